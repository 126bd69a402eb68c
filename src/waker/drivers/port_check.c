#include "port_check.h"

#include "proc_net.h"
#include "vip.h"

#define INTERVAL_MIN_MS 2
#define INTERVAL_MAX_MS 100

struct place {
    char *name;
    struct proc_net *net; /* NULL only if 'trusted'. */
    bool trusted;
};

struct port_check {
    enum proc_net_protocol protocol;
    enum port_check_unowned unowned;
    struct endpoints backends; /* Those with a port. */
    struct place *places;
    size_t n_places;
    long long int start_ms; /* Of the first look, time_msec(); 0 = none yet. */
    long long int next_ms;  /* Of the next one. */
    enum port_check_result result;
    char *why;
};

struct port_check *
port_check_new(const char *protocol, const struct svec *backends,
               enum port_check_unowned unowned)
{
    struct port_check *pc = xzalloc(sizeof *pc);
    const char *backend;
    size_t i;

    pc->protocol = !strcmp(protocol, "udp")    ? PROC_NET_UDP
                   : !strcmp(protocol, "sctp") ? PROC_NET_SCTP
                                               : PROC_NET_TCP;
    pc->unowned = unowned;
    pc->backends.list = xcalloc(backends->n + 1, sizeof *pc->backends.list);
    SVEC_FOR_EACH (i, backend, backends) {
        struct endpoint *ep = &pc->backends.list[pc->backends.n];

        if (endpoint_parse(backend, ep) && ep->port) {
            pc->backends.n++;
        }
    }
    return pc;
}

void
port_check_free(struct port_check *pc)
{
    if (pc) {
        for (size_t i = 0; i < pc->n_places; i++) {
            free(pc->places[i].name);
            proc_net_free(pc->places[i].net);
        }
        free(pc->places);
        endpoints_uninit(&pc->backends);
        free(pc->why);
        free(pc);
    }
}

int
port_check_add(struct port_check *pc, const char *proc, pid_t pid,
               const char *name, bool trusted)
{
    struct proc_net *net = NULL;
    int error = proc_net_open(proc, pid, &net);

    if (error && !trusted) {
        return error;
    }
    pc->places = xrealloc(pc->places, (pc->n_places + 1) * sizeof *pc->places);
    pc->places[pc->n_places++] = (struct place) {
        .name = xstrdup(name),
        .net = net,
        .trusted = trusted,
    };
    return 0;
}

static bool
place_has_address(const struct place *place, const struct in6_addr *addr)
{
    return place->net && proc_net_has_address(place->net, addr);
}

static bool
place_listens(const struct place *place, const struct in6_addr *addr,
              uint16_t port)
{
    return place->trusted || proc_net_is_listening(place->net, addr, port);
}

/* Whether backend 'b' is listened for in a place that has its address.
 * '*owner' is such a place, or NULL if there is none. */
static bool
owner_listens(const struct port_check *pc, const struct endpoint *b,
              const struct place **owner)
{
    *owner = NULL;
    for (size_t i = 0; i < pc->n_places; i++) {
        const struct place *place = &pc->places[i];

        if (place_has_address(place, &b->addr)) {
            *owner = place;
            if (place_listens(place, &b->addr, b->port)) {
                return true;
            }
        }
    }
    return false;
}

/* How many backends with the same port as 'b' nobody owns, 'b' among them. */
static size_t
count_unowned(const struct port_check *pc, const struct endpoint *b)
{
    size_t n = 0;

    for (size_t i = 0; i < pc->backends.n; i++) {
        const struct endpoint *other = &pc->backends.list[i];
        const struct place *owner;

        if (other->port == b->port) {
            owner_listens(pc, other, &owner);
            n += !owner;
        }
    }
    return n;
}

/* Whether enough places listen on the port of 'b', which nobody owns.  If not,
 * '*lazy' is a place that does not. */
static bool
unowned_listens(const struct port_check *pc, const struct endpoint *b,
                const struct place **lazy)
{
    size_t n_wanted = MIN(count_unowned(pc, b), pc->n_places);
    size_t n = 0;

    for (size_t i = 0; i < pc->n_places; i++) {
        if (place_listens(&pc->places[i], NULL, b->port)) {
            n++;
        } else {
            *lazy = &pc->places[i];
        }
    }
    return n >= n_wanted;
}

static enum port_check_result
closed(struct port_check *pc, char *why)
{
    free(pc->why);
    pc->why = why;
    return PORT_CHECK_CLOSED;
}

static enum port_check_result
check_backend(struct port_check *pc, const struct endpoint *b)
{
    static const char *const names[] = {
        [PROC_NET_TCP] = "TCP",
        [PROC_NET_UDP] = "UDP",
        [PROC_NET_SCTP] = "SCTP",
    };
    const struct place *owner;

    if (owner_listens(pc, b, &owner)
        || (!owner && pc->unowned == PORT_CHECK_UNOWNED_IGNORED)) {
        return PORT_CHECK_OPEN;
    }
    if (!owner && unowned_listens(pc, b, &owner)) {
        return PORT_CHECK_OPEN;
    }
    return closed(pc, xasprintf("nothing listens on %s port %"PRIu16" in the "
                                "network namespace of %s yet",
                                names[pc->protocol], b->port,
                                owner ? owner->name : "any backend"));
}

/* Looks once.  Where looking on makes no sense, sets the result as well. */
static enum port_check_result
check_all(struct port_check *pc)
{
    for (size_t i = 0; i < pc->n_places; i++) {
        struct place *place = &pc->places[i];
        int error = place->net ? proc_net_read(place->net, pc->protocol) : 0;

        if (error == ENOENT || error == ESRCH || error == EINVAL) {
            pc->result = closed(pc, xasprintf("%s has ended again",
                                              place->name));
            return pc->result;
        } else if (error) {
            pc->result = closed(pc, xasprintf("cannot see who listens in %s: "
                                              "%s", place->name,
                                              ovs_strerror(error)));
            return pc->result;
        }
    }
    for (size_t i = 0; pc->n_places && i < pc->backends.n; i++) {
        if (check_backend(pc, &pc->backends.list[i]) == PORT_CHECK_CLOSED) {
            return PORT_CHECK_CLOSED;
        }
    }
    return PORT_CHECK_OPEN;
}

enum port_check_result
port_check_run(struct port_check *pc)
{
    long long int now = time_msec();

    if (pc->result != PORT_CHECK_PENDING || now < pc->next_ms) {
        return pc->result;
    }
    if (!pc->start_ms) {
        pc->start_ms = now;
    }

    enum port_check_result result = check_all(pc);
    long long int age = now - pc->start_ms;
    if (pc->result != PORT_CHECK_PENDING) {
        return pc->result;
    }
    if (result == PORT_CHECK_OPEN || age >= PORT_CHECK_WATCH_MS) {
        pc->result = result;
    } else {
        pc->next_ms = now + MAX(INTERVAL_MIN_MS, MIN(age / 8,
                                                     INTERVAL_MAX_MS));
    }
    return pc->result;
}

void
port_check_wait(struct port_check *pc)
{
    poll_timer_wait_until(pc->next_ms);
}

const char *
port_check_why(const struct port_check *pc)
{
    return pc->why ? pc->why : "";
}
