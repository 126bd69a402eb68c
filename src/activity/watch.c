#include "watch.h"

#include <netinet/in.h>

#include "idle_policy.h"

/* Time-outs are told in whole seconds. */
#define TIMEOUT_UNIT_MS 1000

#define BEAT_MAX_MS 60000

struct watched {
    struct hmap_node node;   /* In struct watch's 'services'. */
    struct uuid lb;
    struct ovs_list vips;    /* Contains struct watch_vip. */
    struct prefixes ignore;
    long long int idle_after_ms;
    struct activity_report now;
    struct activity_report reported;
    int64_t reported_ms;     /* 0: never. */
    int64_t n_seen;          /* Open connections in this look. */
    bool moved;              /* There were packets since the last. */
};

/* A VIP of a service. */
struct watch_vip {
    struct hmap_node node;   /* In struct watch's 'vips', by endpoint. */
    struct ovs_list list_node; /* In the service's 'vips'. */
    struct endpoint ep;
    uint8_t proto;           /* 0: any. */
    struct watched *service;
};

/* What was seen of a connection before. */
struct seen {
    struct hmap_node node;   /* In struct watch's 'seen', without the zone. */
    struct watch_conn conn;
    uint64_t look;           /* When it was seen last. */
    int64_t ends_min_ms;     /* Earliest of the times at which it was said to
                              * end, since its last packet. */
};

struct watch {
    struct hmap services;    /* Contains struct watched, by UUID. */
    struct hmap vips;        /* Contains struct watch_vip. */
    struct hmap seen;        /* Contains struct seen. */
    int64_t since_ms;
    uint64_t look;           /* Number of the present one. */
    int64_t at_ms;
    int64_t slack_ms;
};

struct watch *
watch_new(int64_t now_ms)
{
    struct watch *w = xzalloc(sizeof *w);

    hmap_init(&w->services);
    hmap_init(&w->vips);
    hmap_init(&w->seen);
    w->since_ms = now_ms;
    return w;
}

static void
remove_vips(struct watch *w, struct watched *service)
{
    struct watch_vip *vip;

    LIST_FOR_EACH_POP (vip, list_node, &service->vips) {
        hmap_remove(&w->vips, &vip->node);
        free(vip);
    }
}

static void
service_free(struct watch *w, struct watched *service)
{
    remove_vips(w, service);
    hmap_remove(&w->services, &service->node);
    prefixes_uninit(&service->ignore);
    free(service);
}

static void
forget_seen(struct watch *w, struct seen *seen)
{
    hmap_remove(&w->seen, &seen->node);
    free(seen);
}

void
watch_free(struct watch *w)
{
    struct watched *service;
    struct seen *seen;

    if (!w) {
        return;
    }
    HMAP_FOR_EACH_SAFE (service, node, &w->services) {
        service_free(w, service);
    }
    HMAP_FOR_EACH_SAFE (seen, node, &w->seen) {
        forget_seen(w, seen);
    }
    hmap_destroy(&w->services);
    hmap_destroy(&w->vips);
    hmap_destroy(&w->seen);
    free(w);
}

/* --- Services --- */

static struct watched *
find_service(const struct watch *w, const struct uuid *lb)
{
    struct watched *service;

    HMAP_FOR_EACH_WITH_HASH (service, node, uuid_hash(lb), &w->services) {
        if (uuid_equals(&service->lb, lb)) {
            return service;
        }
    }
    return NULL;
}

static uint8_t
proto_number(const char *protocol)
{
    return !strcmp(protocol, "udp") ? IPPROTO_UDP
           : !strcmp(protocol, "sctp") ? IPPROTO_SCTP : IPPROTO_TCP;
}

static void
add_vips(struct watch *w, struct watched *service,
         const struct service_policy *policy)
{
    for (size_t i = 0; i < policy->vips.n; i++) {
        struct watch_vip *vip = xzalloc(sizeof *vip);

        vip->ep = policy->vips.list[i];
        vip->proto = vip->ep.port ? proto_number(policy->protocol) : 0;
        vip->service = service;
        hmap_insert(&w->vips, &vip->node, endpoint_hash(&vip->ep, 0));
        ovs_list_push_back(&service->vips, &vip->list_node);
    }
}

void
watch_set(struct watch *w, const struct service_policy *policy)
{
    struct watched *service = find_service(w, &policy->lb);
    struct diag diag = DIAG_INITIALIZER;
    struct idle_policy idle;

    idle_policy_parse(&policy->keys, "", &idle, &diag);
    diag_uninit(&diag);
    if (!idle.enabled) {
        watch_remove(w, &policy->lb);
        idle_policy_uninit(&idle);
        return;
    }
    if (!service) {
        service = xzalloc(sizeof *service);
        service->lb = policy->lb;
        ovs_list_init(&service->vips);
        service->now.last_ms = service->reported.last_ms = w->since_ms;
        hmap_insert(&w->services, &service->node, uuid_hash(&policy->lb));
    } else {
        remove_vips(w, service);
        prefixes_uninit(&service->ignore);
    }
    service->idle_after_ms = idle.idle_after_ms;
    service->ignore = idle.ignore_from;
    idle.ignore_from = (struct prefixes) { .n = 0 };
    idle_policy_uninit(&idle);
    add_vips(w, service, policy);
}

void
watch_remove(struct watch *w, const struct uuid *lb)
{
    struct watched *service = find_service(w, lb);

    if (service) {
        service_free(w, service);
    }
}

size_t
watch_count(const struct watch *w)
{
    return hmap_count(&w->services);
}

void
watch_each(const struct watch *w,
           void (*cb)(void *aux, const struct uuid *lb), void *aux)
{
    const struct watched *service;

    HMAP_FOR_EACH (service, node, &w->services) {
        cb(aux, &service->lb);
    }
}

static long long int
shortest_idle_ms(const struct watch *w)
{
    long long int shortest_ms = LLONG_MAX;
    const struct watched *service;

    HMAP_FOR_EACH (service, node, &w->services) {
        shortest_ms = MIN(shortest_ms, service->idle_after_ms);
    }
    return shortest_ms;
}

long long int
watch_look_period_ms(const struct watch *w)
{
    return idle_policy_period_ms(shortest_idle_ms(w));
}

/* How often what is true of a service is said again. */
static long long int
refresh_ms(long long int idle_after_ms)
{
    return MIN(MAX(idle_after_ms / 4, idle_policy_period_ms(idle_after_ms)),
               BEAT_MAX_MS);
}

long long int
watch_beat_period_ms(const struct watch *w)
{
    return refresh_ms(shortest_idle_ms(w));
}

/* --- A look --- */

void
watch_begin(struct watch *w, int64_t at_ms, int64_t slack_ms)
{
    struct watched *service;

    w->look++;
    w->at_ms = at_ms;
    w->slack_ms = slack_ms;
    HMAP_FOR_EACH (service, node, &w->services) {
        service->n_seen = 0;
        service->moved = false;
    }
}

static uint32_t
tuple_hash(const struct watch_conn *c)
{
    uint32_t hash = hash_bytes(&c->src, sizeof c->src, c->proto);

    hash = hash_bytes(&c->dst, sizeof c->dst, hash);
    return hash_int((uint32_t) c->sport << 16 | c->dport, hash);
}

static bool
tuple_equals(const struct watch_conn *a, const struct watch_conn *b)
{
    return a->sport == b->sport && a->dport == b->dport
           && a->proto == b->proto
           && ipv6_addr_equals(&a->src, &b->src)
           && ipv6_addr_equals(&a->dst, &b->dst);
}

/* What one look has found out of a connection. */
struct finding {
    bool moved;         /* There was a packet since the last look. */
    bool is_twin;       /* The same tuple was counted already. */
    uint64_t n_packets; /* New ones. */
    uint64_t n_bytes;
};

/* Each packet puts off the end of its connection, a change of state may bring
 * it nearer.  'ends_ms' is up to a unit early and up to the slack late. */
static bool
has_moved(const struct watch *w, struct seen *seen,
          const struct watch_conn *conn)
{
    int64_t fuzz_ms = TIMEOUT_UNIT_MS + w->slack_ms;
    int64_t ends_ms = w->at_ms + conn->timeout_s * 1000;

    if (conn->n_packets != seen->conn.n_packets
        || conn->open != seen->conn.open
        || (conn->timeout_s >= 0
            && (ends_ms > seen->ends_min_ms + fuzz_ms
                || ends_ms < seen->ends_min_ms - fuzz_ms))) {
        seen->ends_min_ms = ends_ms;
        return true;
    }
    seen->ends_min_ms = MIN(seen->ends_min_ms, ends_ms);
    return false;
}

static void
compare(const struct watch *w, struct seen *seen,
        const struct watch_conn *conn, struct finding *found)
{
    const struct watch_conn *old = &seen->conn;
    bool went_on = conn->n_packets >= old->n_packets;

    found->moved = has_moved(w, seen, conn);
    found->n_packets = conn->n_packets - (went_on ? old->n_packets : 0);
    found->n_bytes = conn->n_bytes - (went_on ? old->n_bytes : 0);
    seen->conn = *conn;
}

/* Finds out what is new about 'conn', and remembers it. */
static struct finding
look_at(struct watch *w, const struct watch_conn *conn)
{
    uint32_t hash = tuple_hash(conn);
    struct finding found = { .moved = true };
    struct seen *seen, *same = NULL;

    HMAP_FOR_EACH_WITH_HASH (seen, node, hash, &w->seen) {
        if (!tuple_equals(&seen->conn, conn)) {
            continue;
        }
        if (seen->conn.zone == conn->zone) {
            same = seen;
        } else if (seen->look == w->look && seen->conn.open) {
            found.is_twin = true;
        }
    }
    if (same) {
        compare(w, same, conn, &found);
    } else {
        same = xzalloc(sizeof *same);
        same->conn = *conn;
        same->ends_min_ms = w->at_ms + conn->timeout_s * 1000;
        found.n_packets = conn->n_packets;
        found.n_bytes = conn->n_bytes;
        hmap_insert(&w->seen, &same->node, hash);
    }
    same->look = w->look;
    return found;
}

static void
credit(struct watch *w, struct watched *service,
       const struct watch_conn *conn, const struct finding *found)
{
    if (prefixes_contain(&service->ignore, &conn->src)) {
        return;
    }
    service->n_seen += conn->open && !found->is_twin;
    service->now.n_packets += found->n_packets;
    service->now.n_bytes += found->n_bytes;
    if (found->moved) {
        int64_t fuzz_ms = conn->n_packets ? 0 : TIMEOUT_UNIT_MS;

        service->moved = true;
        service->now.last_ms = MAX(service->now.last_ms,
                                   w->at_ms + fuzz_ms);
    }
}

void
watch_add(struct watch *w, const struct watch_conn *conn)
{
    struct endpoint vips[] = {
        { .addr = conn->dst, .port = conn->dport },
        { .addr = conn->dst, .port = 0 },
    };
    struct finding found;
    bool is_known = false;

    for (size_t i = 0; i < ARRAY_SIZE(vips); i++) {
        const struct watch_vip *vip;

        HMAP_FOR_EACH_WITH_HASH (vip, node, endpoint_hash(&vips[i], 0),
                                 &w->vips) {
            if (!endpoint_equals(&vip->ep, &vips[i])
                || (vip->proto && vip->proto != conn->proto)) {
                continue;
            }
            if (!is_known) {
                found = look_at(w, conn);
                is_known = true;
            }
            credit(w, vip->service, conn, &found);
        }
    }
}

/* Connections come and go, and what was last is known once it is over; while
 * it goes on, that it does is said again now and then. */
static bool
is_to_be_reported(const struct watch *w, const struct watched *service)
{
    const struct activity_report *now = &service->now;
    const struct activity_report *told = &service->reported;

    if (!now->n_connections != !told->n_connections) {
        return true;
    }
    if (!memcmp(now, told, sizeof *now)) {
        return false;
    }
    return !service->moved || !service->reported_ms
           || w->at_ms - service->reported_ms
              >= refresh_ms(service->idle_after_ms);
}

void
watch_end(struct watch *w,
          void (*report)(void *aux, const struct uuid *lb,
                         const struct activity_report *), void *aux)
{
    struct watched *service;
    struct seen *seen;

    HMAP_FOR_EACH (service, node, &w->services) {
        service->now.n_connections = service->n_seen;
        if (is_to_be_reported(w, service)) {
            service->reported = service->now;
            service->reported_ms = w->at_ms;
            report(aux, &service->lb, &service->reported);
        }
    }
    HMAP_FOR_EACH_SAFE (seen, node, &w->seen) {
        if (seen->look != w->look) {
            forget_seen(w, seen);
        }
    }
}
