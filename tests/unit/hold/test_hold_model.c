/* hold.c against a naive model of it: random operations from a fixed seed,
 * the same on both, compared after each. */

#include "unit.h"

#include "hold.h"
#include "packet_spec.h"

#define SEED 20261123
#define N_OPS 100000

#define N_QUEUES 6
#define N_SOURCES 5
#define N_IDS 12
#define MAX_PACKETS 64
#define MAX_PAYLOAD 200
#define HUGE_PAYLOAD 1460

/* A held packet, oldest first in struct model's array. */
struct model_packet {
    size_t queue;
    size_t source, id; /* Identity within its queue. */
    size_t size;
    uint64_t tag; /* Of the newest copy. */
    long long arrived_ms;
};

struct model {
    struct hold_limits limits;
    struct hold_policy policies[N_QUEUES];
    struct model_packet packets[MAX_PACKETS];
    size_t n;
    struct custody custody;
};

struct world {
    struct model model;
    struct hold *hold;
    struct custody custody;
    struct hold_queue *queues[N_QUEUES];
    struct dp_packet *templates[N_SOURCES];
    long long now_ms;
    uint64_t last_tag;
};

/* --- The model --- */

static void
model_remove(struct model *m, size_t i)
{
    m->n--;
    memmove(&m->packets[i], &m->packets[i + 1],
            (m->n - i) * sizeof m->packets[0]);
    m->custody.held--;
}

enum { ANY = SIZE_MAX };

static bool
model_is_in(const struct model_packet *p, size_t queue, size_t source)
{
    return (queue == ANY || p->queue == queue)
           && (source == ANY || p->source == source);
}

/* Packets and bytes of 'queue' and 'source'. */
static size_t
model_count(const struct model *m, size_t queue, size_t source,
            size_t *n_bytes)
{
    size_t n = 0;

    *n_bytes = 0;
    for (size_t i = 0; i < m->n; i++) {
        if (model_is_in(&m->packets[i], queue, source)) {
            n++;
            *n_bytes += m->packets[i].size;
        }
    }
    return n;
}

static void
model_drop_oldest(struct model *m, size_t queue, size_t source,
                  enum drop_reason reason)
{
    for (size_t i = 0; i < m->n; i++) {
        if (model_is_in(&m->packets[i], queue, source)) {
            model_remove(m, i);
            m->custody.dropped[reason]++;
            return;
        }
    }
    fail_msg("nothing to drop");
}

/* The source with most packets in 'queue', or of all queues that with most
 * bytes; among equals, whose oldest packet is older. */
static size_t
model_largest(const struct model *m, size_t queue)
{
    size_t largest = 0, most = 0;

    for (size_t i = 0; i < m->n; i++) {
        const struct model_packet *p = &m->packets[i];
        size_t n_bytes, n;

        if (queue == ANY) {
            model_count(m, p->queue, ANY, &n_bytes);
            if (n_bytes > most) {
                most = n_bytes;
                largest = p->queue;
            }
        } else if (p->queue == queue) {
            n = model_count(m, queue, p->source, &n_bytes);
            if (n > most) {
                most = n;
                largest = p->source;
            }
        }
    }
    return largest;
}

static void
model_shrink_source(struct model *m, size_t source)
{
    size_t n_bytes, n;

    while ((n = model_count(m, ANY, source, &n_bytes)) > 1
           && (n > m->limits.n_source_packets
               || n_bytes > m->limits.n_source_bytes)) {
        model_drop_oldest(m, ANY, source, DROP_SOURCE_FULL);
    }
}

static void
model_shrink_queue(struct model *m, size_t queue)
{
    size_t n_bytes;

    while (model_count(m, queue, ANY, &n_bytes) > m->policies[queue].n_packets
           || n_bytes > m->limits.n_queue_bytes) {
        model_drop_oldest(m, queue, model_largest(m, queue), DROP_VIP_FULL);
    }
}

static void
model_shrink_store(struct model *m)
{
    size_t n_bytes;

    while (model_count(m, ANY, ANY, &n_bytes) > m->limits.n_packets
           || n_bytes > m->limits.n_bytes) {
        size_t queue = model_largest(m, ANY);

        model_drop_oldest(m, queue, model_largest(m, queue),
                          DROP_STORE_FULL);
    }
}

static void
model_park(struct model *m, const struct model_packet *p)
{
    m->custody.received++;
    if (p->size > m->limits.n_queue_bytes || p->size > m->limits.n_bytes) {
        m->custody.dropped[DROP_TOO_LARGE]++;
        return;
    }

    size_t i;
    for (i = 0; i < m->n; i++) {
        if (model_is_in(&m->packets[i], p->queue, p->source)
            && m->packets[i].id == p->id) {
            break;
        }
    }
    if (i < m->n) {
        m->packets[i].size = p->size;
        m->packets[i].tag = p->tag;
        m->custody.dropped[DROP_SUPERSEDED]++;
    } else {
        assert_true(m->n < MAX_PACKETS);
        m->packets[m->n++] = *p;
        m->custody.held++;
    }
    model_shrink_source(m, p->source);
    model_shrink_queue(m, p->queue);
    model_shrink_store(m);
}

static long long
model_deadline(const struct model *m, const struct model_packet *p)
{
    return p->arrived_ms + m->policies[p->queue].timeout_ms;
}

static long long
model_next_deadline(const struct model *m)
{
    long long next = LLONG_MAX;

    for (size_t i = 0; i < m->n; i++) {
        next = MIN(next, model_deadline(m, &m->packets[i]));
    }
    return next;
}

static size_t
model_find_tag(const struct model *m, uint64_t tag)
{
    for (size_t i = 0; i < m->n; i++) {
        if (m->packets[i].tag == tag) {
            return i;
        }
    }
    fail_msg("the model does not hold tag %" PRIu64, tag);
    return 0;
}

/* --- Operations --- */

static void
op_park(struct world *w)
{
    struct model_packet mp = {
        .queue = random_range(N_QUEUES),
        .source = random_range(N_SOURCES),
        .id = random_range(N_IDS),
        .tag = ++w->last_tag,
        .arrived_ms = w->now_ms,
    };
    size_t payload_len =
        random_range(32) ? 1 + random_range(MAX_PAYLOAD) : HUGE_PAYLOAD;
    struct dp_packet *p = dp_packet_clone(w->templates[mp.source]);
    struct tcp_header *tcp = dp_packet_l4(p);
    struct ip_header *ip = dp_packet_l3(p);

    put_16aligned_be32(&tcp->tcp_seq, htonl(mp.id));
    ip->ip_tot_len = htons(ntohs(ip->ip_tot_len) + payload_len);
    dp_packet_put_zeros(p, payload_len);
    mp.size = dp_packet_size(p);

    struct hold_origin origin = { .datapath = mp.tag };
    uint64_t too_large = w->model.custody.dropped[DROP_TOO_LARGE];
    w->custody.received++;
    int reason =
        hold_park(w->hold, w->queues[mp.queue], &p, &origin, w->now_ms);
    assert_null(p);
    model_park(&w->model, &mp);
    assert_int_equal(reason,
                     w->model.custody.dropped[DROP_TOO_LARGE] != too_large
                         ? DROP_TOO_LARGE
                         : 0);
}

static void
steal(struct world *w, struct hold_packet *p)
{
    size_t i = model_find_tag(&w->model, hold_packet_origin(p)->datapath);
    struct dp_packet *packet = hold_packet_steal(w->hold, &p);

    assert_null(p);
    assert_int_equal(dp_packet_size(packet), w->model.packets[i].size);
    dp_packet_delete(packet);
    model_remove(&w->model, i);
    w->custody.sent++;
    w->model.custody.sent++;
}

static void
op_steal(struct world *w)
{
    const struct hold_queue *queue = w->queues[random_range(N_QUEUES)];
    size_t n = hold_queue_n_packets(queue);
    struct hold_packet *p = hold_packet_first(queue);

    if (n) {
        for (size_t skip = random_range(n); skip; skip--) {
            p = hold_packet_next(queue, p);
        }
        steal(w, p);
    } else {
        assert_null(p);
    }
}

static void
op_expire(struct world *w)
{
    long long deadline_ms;

    w->now_ms += random_range(300);
    while ((deadline_ms = model_next_deadline(&w->model)) <= w->now_ms) {
        struct hold_packet *p = hold_packet_expired(w->hold, w->now_ms);

        assert_non_null(p);
        assert_ptr_equal(p, hold_packet_first(hold_packet_queue(p)));
        size_t i = model_find_tag(&w->model, hold_packet_origin(p)->datapath);
        assert_int_equal(model_deadline(&w->model, &w->model.packets[i]),
                         deadline_ms);
        steal(w, p);
    }
    assert_null(hold_packet_expired(w->hold, w->now_ms));
}

static void
op_set_policy(struct world *w)
{
    size_t q = random_range(N_QUEUES);
    struct hold_policy policy = { .n_packets = 1 + random_range(12),
                                  .timeout_ms = 1 + random_range(3000) };

    hold_queue_set_policy(w->hold, w->queues[q], &policy);
    w->model.policies[q] = policy;
    model_shrink_queue(&w->model, q);
}

static void
op_renew_queue(struct world *w)
{
    size_t q = random_range(N_QUEUES);
    size_t n_bytes;

    hold_queue_take(w->hold, &w->queues[q], DROP_VIP_GONE);
    assert_null(w->queues[q]);
    w->queues[q] =
        hold_queue_new(w->hold, "renewed", w, &w->model.policies[q]);
    while (model_count(&w->model, q, ANY, &n_bytes)) {
        model_drop_oldest(&w->model, q, ANY, DROP_VIP_GONE);
    }
}

/* --- Comparing --- */

static void
compare_queue(const struct world *w, size_t q)
{
    const struct model *m = &w->model;
    const struct hold_packet *p = hold_packet_first(w->queues[q]);
    size_t n_bytes, n = model_count(m, q, ANY, &n_bytes);

    assert_int_equal(hold_queue_n_packets(w->queues[q]), n);
    assert_int_equal(hold_queue_n_bytes(w->queues[q]), n_bytes);
    for (size_t i = 0; i < m->n; i++) {
        if (m->packets[i].queue == q) {
            assert_non_null(p);
            assert_int_equal(hold_packet_origin(p)->datapath,
                             m->packets[i].tag);
            assert_int_equal(hold_packet_arrived_ms(p),
                             m->packets[i].arrived_ms);
            p = hold_packet_next(w->queues[q], p);
        }
    }
    assert_null(p);
}

static void
compare(const struct world *w)
{
    for (size_t q = 0; q < N_QUEUES; q++) {
        compare_queue(w, q);
    }
    assert_int_equal(hold_next_deadline(w->hold),
                     model_next_deadline(&w->model));
    assert_memory_equal(&w->custody, &w->model.custody, sizeof w->custody);
    assert_true(custody_balances(&w->custody));
    assert_int_equal(hold_n_queues(w->hold), N_QUEUES);
}

/* --- All together --- */

static void
world_init(struct world *w, const struct hold_limits *limits)
{
    *w = (struct world){ .model.limits = *limits, .now_ms = 1000 };
    w->hold = hold_new(limits, &w->custody);
    for (size_t q = 0; q < N_QUEUES; q++) {
        w->model.policies[q] =
            (struct hold_policy){ .n_packets = 10, .timeout_ms = 1000 };
        w->queues[q] =
            hold_queue_new(w->hold, "queue", w, &w->model.policies[q]);
    }
    for (size_t s = 0; s < N_SOURCES; s++) {
        char *flow = xasprintf("tcp,nw_src=10.0.0.%" PRIuSIZE
                               ",nw_dst=192.168.1.100,tcp_dst=80",
                               s + 1);
        w->templates[s] = packet_from_spec(
            &(struct packet_spec){ .flow = flow, .tcp_flags = TCP_ACK });
        free(flow);
    }
}

static void
world_uninit(struct world *w)
{
    uint64_t n_held = w->custody.held;

    hold_free(w->hold);
    assert_int_equal(w->custody.dropped[DROP_SHUTDOWN], n_held);
    assert_int_equal(w->custody.held, 0);
    assert_true(custody_balances(&w->custody));
    for (size_t s = 0; s < N_SOURCES; s++) {
        dp_packet_delete(w->templates[s]);
    }
}

/* A quarter of all operations; 'reason' is what the bounds are tight for. */
static void
run_ops(const struct hold_limits *limits, enum drop_reason reason)
{
    struct world w;

    random_set_seed(SEED);
    world_init(&w, limits);
    for (int i = 0; i < N_OPS / 4; i++) {
        int dice = random_range(100);

        w.now_ms += random_range(10);
        if (dice < 70) {
            op_park(&w);
        } else if (dice < 85) {
            op_steal(&w);
        } else if (dice < 92) {
            op_expire(&w);
        } else if (dice < 98) {
            op_set_policy(&w);
        } else {
            op_renew_queue(&w);
        }
        compare(&w);
    }
    /* Otherwise nothing of interest was compared. */
    assert_true(w.custody.dropped[DROP_SUPERSEDED] > 100);
    assert_true(w.custody.dropped[DROP_TOO_LARGE] > 100);
    assert_true(w.custody.dropped[reason] > 100);
    world_uninit(&w);
}

static void
queues_are_as_in_the_model(void **state OVS_UNUSED)
{
    run_ops(&(struct hold_limits) { .n_packets = 60,
                                    .n_bytes = 100000,
                                    .n_source_packets = 60,
                                    .n_source_bytes = 100000,
                                    .n_queue_bytes = 1000 },
            DROP_VIP_FULL);
}

static void
sources_are_as_in_the_model(void **state OVS_UNUSED)
{
    run_ops(&(struct hold_limits) { .n_packets = 60,
                                    .n_bytes = 100000,
                                    .n_source_packets = 4,
                                    .n_source_bytes = 600,
                                    .n_queue_bytes = 1400 },
            DROP_SOURCE_FULL);
}

static void
packets_in_all_are_as_in_the_model(void **state OVS_UNUSED)
{
    run_ops(&(struct hold_limits) { .n_packets = 15,
                                    .n_bytes = 100000,
                                    .n_source_packets = 15,
                                    .n_source_bytes = 100000,
                                    .n_queue_bytes = 1400 },
            DROP_STORE_FULL);
}

static void
bytes_in_all_are_as_in_the_model(void **state OVS_UNUSED)
{
    run_ops(&(struct hold_limits) { .n_packets = 60,
                                    .n_bytes = 2500,
                                    .n_source_packets = 60,
                                    .n_source_bytes = 100000,
                                    .n_queue_bytes = 1400 },
            DROP_STORE_FULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queues_are_as_in_the_model),
        cmocka_unit_test(sources_are_as_in_the_model),
        cmocka_unit_test(packets_in_all_are_as_in_the_model),
        cmocka_unit_test(bytes_in_all_are_as_in_the_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
