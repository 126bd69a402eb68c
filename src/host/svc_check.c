#include "svc_check.h"

#include "probe_packet.h"

/* Ports that checks come from. */
#define PORT_MIN 32768
#define PORT_MAX 65535

/* Checks that are sent in one run, so that packets are not kept waiting. */
#define MAX_PER_RUN 64

enum verdict { UNKNOWN, ONLINE, OFFLINE };

struct check {
    struct hmap_node by_row;   /* In struct svc_checks's 'by_row'... */
    struct hmap_node by_place; /* ...and 'by_place'. */
    struct heap_node due;      /* In 'queue', by the time of what is next. */
    struct sb_service service;
    char *logical_port;        /* The service's. */
    long long due_ms;

    bool waiting;              /* For an answer, until 'due_ms'. */
    long long sent_ms;
    struct probe_path path;    /* Of the last check... */
    uint16_t sport;            /* ...its port... */
    uint32_t seq;              /* ...and number. */

    enum verdict verdict;
    unsigned int n_good, n_bad; /* In a row. */
};

struct svc_checks {
    const struct svc_check_ops *ops;
    void *aux;
    struct hmap by_row;    /* Contains "struct check"s, by row's UUID... */
    struct hmap by_place;  /* ...the same, by address and port... */
    struct heap queue;     /* ...and by what is due first. */
    uint64_t n_sent;
};

struct svc_checks *
svc_checks_new(const struct svc_check_ops *ops, void *aux)
{
    struct svc_checks *cs = xzalloc(sizeof *cs);

    cs->ops = ops;
    cs->aux = aux;
    hmap_init(&cs->by_row);
    hmap_init(&cs->by_place);
    heap_init(&cs->queue);
    return cs;
}

static void
check_free(struct svc_checks *cs, struct check *check)
{
    hmap_remove(&cs->by_row, &check->by_row);
    hmap_remove(&cs->by_place, &check->by_place);
    heap_remove(&cs->queue, &check->due);
    free(check->logical_port);
    free(check);
}

void
svc_checks_clear(struct svc_checks *cs)
{
    struct check *check;

    HMAP_FOR_EACH_SAFE (check, by_row, &cs->by_row) {
        check_free(cs, check);
    }
}

void
svc_checks_free(struct svc_checks *cs)
{
    if (cs) {
        svc_checks_clear(cs);
        hmap_destroy(&cs->by_row);
        hmap_destroy(&cs->by_place);
        heap_destroy(&cs->queue);
        free(cs);
    }
}

static struct check *
find_row(const struct svc_checks *cs, const struct uuid *row)
{
    struct check *check;

    HMAP_FOR_EACH_WITH_HASH (check, by_row, uuid_hash(row), &cs->by_row) {
        if (uuid_equals(&check->service.row, row)) {
            return check;
        }
    }
    return NULL;
}

/* The heap's first is the greatest. */
static uint64_t
priority(long long due_ms)
{
    return UINT64_MAX - (uint64_t) due_ms;
}

static void
schedule(struct svc_checks *cs, struct check *check, long long due_ms)
{
    check->due_ms = due_ms;
    heap_change(&cs->queue, &check->due, priority(due_ms));
}

static bool
same_place(const struct check *check, const struct sb_service *service)
{
    return endpoint_equals(&check->service.at, &service->at)
           && check->service.udp == service->udp
           && !strcmp(check->logical_port, service->logical_port);
}

void
svc_checks_set(struct svc_checks *cs, const struct sb_service *service,
               long long now_ms)
{
    struct check *check = find_row(cs, &service->row);

    if (check && !same_place(check, service)) {
        check_free(cs, check);
        check = NULL;
    }
    if (!check) {
        check = xzalloc(sizeof *check);
        check->logical_port = xstrdup(service->logical_port);
        check->due_ms = now_ms;
        hmap_insert(&cs->by_row, &check->by_row, uuid_hash(&service->row));
        hmap_insert(&cs->by_place, &check->by_place,
                    endpoint_hash(&service->at, 0));
        heap_insert(&cs->queue, &check->due, priority(now_ms));
    }
    check->service = *service;
    check->service.logical_port = check->logical_port;
    if (!check->waiting) {
        schedule(cs, check, MIN(check->due_ms,
                                now_ms + service->interval_ms));
    }
}

void
svc_checks_remove(struct svc_checks *cs, const struct uuid *row)
{
    struct check *check = find_row(cs, row);

    if (check) {
        check_free(cs, check);
    }
}

/* --- Checking --- */

static void
conclude(struct svc_checks *cs, struct check *check, bool good)
{
    const struct sb_service *service = &check->service;

    check->n_good = good ? check->n_good + 1 : 0;
    check->n_bad = good ? 0 : check->n_bad + 1;
    check->waiting = false;
    schedule(cs, check, check->sent_ms + MAX(service->interval_ms, 1));
    if (check->n_good >= service->n_success && check->verdict != ONLINE) {
        check->verdict = ONLINE;
        cs->ops->found(cs->aux, &service->row, true);
    } else if (check->n_bad >= service->n_failure
               && check->verdict != OFFLINE) {
        check->verdict = OFFLINE;
        cs->ops->found(cs->aux, &service->row, false);
    }
}

static void
send_check(struct svc_checks *cs, struct check *check, long long now_ms)
{
    const struct sb_service *service = &check->service;

    check->path = (struct probe_path) {
        .eth_src = service->src_mac,
        .dst = service->at.addr,
        .dport = service->at.port,
    };
    in6_addr_set_mapped_ipv4(&check->path.src, service->src_ip);
    check->sent_ms = now_ms;
    if (!cs->ops->find_mac(cs->aux, check->logical_port, &service->at.addr,
                           &check->path.eth_dst)) {
        /* Another chassis', or nobody's yet.  What was found out here counts
         * no more. */
        check->verdict = UNKNOWN;
        check->n_good = check->n_bad = 0;
        schedule(cs, check, now_ms + service->interval_ms);
        return;
    }
    check->sport = PORT_MIN + random_range(PORT_MAX - PORT_MIN);
    check->seq = random_uint32();
    check->waiting = true;
    schedule(cs, check, now_ms + service->timeout_ms);
    cs->n_sent++;

    struct dp_packet *packet
        = service->udp ? probe_compose_udp(&check->path, check->sport)
                       : probe_compose(&check->path, check->sport,
                                       check->seq, TCP_SYN);
    cs->ops->send(cs->aux, check->logical_port, &packet);
}

void
svc_checks_run(struct svc_checks *cs, long long now_ms)
{
    for (size_t n = 0; n < MAX_PER_RUN && !heap_is_empty(&cs->queue); n++) {
        struct check *check = CONTAINER_OF(heap_max(&cs->queue),
                                           struct check, due);

        if (check->due_ms > now_ms) {
            break;
        } else if (check->waiting) {
            /* Silence. */
            conclude(cs, check, check->service.udp);
        } else {
            send_check(cs, check, now_ms);
        }
    }
}

void
svc_checks_wait(const struct svc_checks *cs)
{
    if (!heap_is_empty(&cs->queue)) {
        poll_timer_wait_until(CONTAINER_OF(heap_max(&cs->queue),
                                           struct check, due)->due_ms);
    }
}

/* --- Answers --- */

/* The check that waits for an answer from 'at' to 'sport'. */
static struct check *
find_waiting(const struct svc_checks *cs, const char *logical_port,
             const struct endpoint *at, bool udp, uint16_t sport)
{
    struct check *check;

    HMAP_FOR_EACH_WITH_HASH (check, by_place, endpoint_hash(at, 0),
                             &cs->by_place) {
        if (check->waiting && check->service.udp == udp
            && check->sport == sport
            && endpoint_equals(&check->service.at, at)
            && !strcmp(check->logical_port, logical_port)) {
            return check;
        }
    }
    return NULL;
}

static bool
take_tcp(struct svc_checks *cs, const char *logical_port,
         const struct probe_reply *reply)
{
    const struct endpoint at = { .addr = reply->src, .port = reply->sport };
    struct check *check = find_waiting(cs, logical_port, &at, false,
                                       reply->dport);

    if (!check || reply->ack != check->seq + 1) {
        return false;
    }
    if (!reply->refused) {
        struct dp_packet *packet = probe_compose(
            &check->path, check->sport, check->seq + 1, TCP_RST);

        cs->ops->send(cs->aux, check->logical_port, &packet);
    }
    conclude(cs, check, !reply->refused);
    return true;
}

bool
svc_checks_answer(struct svc_checks *cs, const char *logical_port,
                  const struct dp_packet *packet)
{
    struct probe_unreachable error;
    struct probe_reply reply;

    if (probe_reply_from_packet(packet, &reply)) {
        return take_tcp(cs, logical_port, &reply);
    } else if (probe_unreachable_from_packet(packet, &error)) {
        const struct endpoint at = { .addr = error.dst, .port = error.dport };
        struct check *check = find_waiting(cs, logical_port, &at, true,
                                           error.sport);

        if (check) {
            conclude(cs, check, false);
            return true;
        }
    }
    return false;
}

struct json *
svc_checks_status(const struct svc_checks *cs)
{
    struct json *json = json_object_create();
    size_t n[] = { [UNKNOWN] = 0, [ONLINE] = 0, [OFFLINE] = 0 };
    const struct check *check;

    HMAP_FOR_EACH (check, by_row, &cs->by_row) {
        n[check->verdict]++;
    }
    json_object_put(json, "services", json_integer_create(
                                          hmap_count(&cs->by_row)));
    json_object_put(json, "online", json_integer_create(n[ONLINE]));
    json_object_put(json, "offline", json_integer_create(n[OFFLINE]));
    json_object_put(json, "sent", json_integer_create(cs->n_sent));
    return json;
}
