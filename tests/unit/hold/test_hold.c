#include "unit.h"

#include "hold.h"
#include "packet_spec.h"

#define UDP "udp,nw_dst=192.168.1.100,udp_src=40000,udp_dst=53"

static const struct hold_policy roomy = { .n_packets = 1000,
                                          .timeout_ms = 60000 };
static const struct hold_limits roomy_limits = { .n_packets = 10000,
                                                 .n_bytes = 10000000,
                                                 .n_source_packets = 10000,
                                                 .n_source_bytes = 10000000,
                                                 .n_queue_bytes = 1000000 };

/* A datagram of 'source', whose 'text' makes it what it is. */
static struct dp_packet *
datagram(const char *source, const char *text)
{
    char *flow = xasprintf(UDP ",nw_src=%s", source);
    struct dp_packet *p = packet_from_spec(
        &(struct packet_spec){ .flow = flow, .payload = text });

    free(flow);
    return p;
}

/* A TCP segment at 'seq'. */
static struct dp_packet *
data_at(uint32_t seq, const char *text)
{
    return packet_from_spec(&(struct packet_spec){
        .flow = "tcp,nw_src=10.0.0.1,nw_dst=192.168.1.100,tcp_src=40000,"
                "tcp_dst=80",
        .tcp_flags = TCP_ACK,
        .seq = seq,
        .payload = text });
}

/* Counts in and parks 'p', whose origin's datapath is 'tag'. */
static int
park(struct hold *hold, struct hold_queue *queue, struct custody *custody,
     struct dp_packet *p, uint64_t tag, long long now_ms)
{
    struct hold_origin origin = { .datapath = tag,
                                  .inport = 2,
                                  .ct_zones = { 3, 4, 5 } };

    custody->received++;
    int reason = hold_park(hold, queue, &p, &origin, now_ms);
    assert_null(p);
    assert_true(custody_balances(custody));
    return reason;
}

/* Asserts that 'queue' holds the packets tagged 'tags', in that order. */
static void
assert_tags(const struct hold_queue *queue, const uint64_t *tags, size_t n)
{
    const struct hold_packet *p = hold_packet_first(queue);

    assert_int_equal(hold_queue_n_packets(queue), n);
    for (size_t i = 0; i < n; i++, p = hold_packet_next(queue, p)) {
        assert_non_null(p);
        assert_int_equal(hold_packet_origin(p)->datapath, tags[i]);
        assert_ptr_equal(hold_packet_queue(p), queue);
    }
    assert_null(p);
}
#define ASSERT_TAGS(QUEUE, ...)                           \
    assert_tags(QUEUE, (const uint64_t[]){ __VA_ARGS__ }, \
                sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

/* Steals the oldest of 'queue', and counts it as sent. */
static void
steal_first(struct hold *hold, struct hold_queue *queue,
            struct custody *custody, uint64_t tag)
{
    struct hold_packet *p = hold_packet_first(queue);

    assert_non_null(p);
    assert_int_equal(hold_packet_origin(p)->datapath, tag);
    dp_packet_delete(hold_packet_steal(hold, &p));
    assert_null(p);
    assert_false(custody_balances(custody));
    custody->sent++;
    assert_true(custody_balances(custody));
}

/* --- Cases --- */

static void
packets_come_out_as_they_went_in(void **state OVS_UNUSED)
{
    struct custody custody = { .received = 0 };
    struct hold *hold = hold_new(&roomy_limits, &custody);
    int owner;
    struct hold_queue *queue = hold_queue_new(hold, "web", &owner, &roomy);
    struct dp_packet *original = datagram("10.0.0.1", "hello");

    assert_int_equal(hold_n_queues(hold), 1);
    assert_string_equal(hold_queue_key(queue), "web");
    assert_ptr_equal(hold_queue_owner(queue), &owner);
    assert_null(hold_packet_first(queue));
    assert_int_equal(hold_next_deadline(hold), LLONG_MAX);
    assert_null(hold_packet_expired(hold, LLONG_MAX));

    assert_int_equal(
        park(hold, queue, &custody, dp_packet_clone(original), 1, 1000), 0);
    struct hold_packet *p = hold_packet_first(queue);
    assert_int_equal(hold_packet_origin(p)->inport, 2);
    assert_int_equal(hold_packet_origin(p)->ct_zones[2], 5);
    assert_int_equal(hold_packet_arrived_ms(p), 1000);
    assert_int_equal(hold_queue_n_bytes(queue), dp_packet_size(original));
    assert_int_equal(custody.held, 1);

    struct dp_packet *stolen = hold_packet_steal(hold, &p);
    custody.sent++;
    assert_int_equal(dp_packet_size(stolen), dp_packet_size(original));
    assert_memory_equal(dp_packet_data(stolen), dp_packet_data(original),
                        dp_packet_size(original));
    assert_int_equal(hold_queue_n_bytes(queue), 0);
    assert_int_equal(hold_queue_n_packets(queue), 0);
    assert_int_equal(hold_next_deadline(hold), LLONG_MAX);

    dp_packet_delete(stolen);
    dp_packet_delete(original);
    hold_queue_take(hold, &queue, DROP_SHUTDOWN);
    assert_null(queue);
    assert_int_equal(hold_n_queues(hold), 0);
    assert_int_equal(custody_dropped(&custody), 0);
    assert_true(custody_balances(&custody));
    hold_free(hold);
}

static void
order_is_that_of_arrival(void **state OVS_UNUSED)
{
    struct custody custody = { .received = 0 };
    struct hold *hold = hold_new(&roomy_limits, &custody);
    struct hold_queue *a = hold_queue_new(hold, "a", NULL, &roomy);
    struct hold_queue *b = hold_queue_new(hold, "b", NULL, &roomy);

    park(hold, a, &custody, datagram("10.0.0.1", "1"), 1, 1000);
    park(hold, b, &custody, datagram("10.0.0.1", "1"), 2, 1000);
    park(hold, a, &custody, datagram("10.0.0.2", "1"), 3, 1001);
    park(hold, a, &custody, datagram("10.0.0.1", "2"), 4, 1001);
    ASSERT_TAGS(a, 1, 3, 4);
    ASSERT_TAGS(b, 2);

    /* Out of the middle, too. */
    struct hold_packet *p = hold_packet_next(a, hold_packet_first(a));
    dp_packet_delete(hold_packet_steal(hold, &p));
    custody.sent++;
    ASSERT_TAGS(a, 1, 4);
    steal_first(hold, a, &custody, 1);
    steal_first(hold, a, &custody, 4);
    steal_first(hold, b, &custody, 2);
    assert_int_equal(custody.held, 0);
    hold_free(hold);
    assert_true(custody_balances(&custody));
}

static void
a_full_queue_loses_its_oldest_packet(void **state OVS_UNUSED)
{
    struct custody custody = { .received = 0 };
    struct hold *hold = hold_new(&roomy_limits, &custody);
    struct hold_policy policy = { .n_packets = 3, .timeout_ms = 1000 };
    struct hold_queue *full = hold_queue_new(hold, "full", NULL, &policy);
    struct hold_queue *other = hold_queue_new(hold, "other", NULL, &policy);

    park(hold, other, &custody, datagram("10.0.0.1", "0"), 100, 1000);
    for (int i = 1; i <= 5; i++) {
        char text[] = { '0' + i, '\0' };
        assert_int_equal(park(hold, full, &custody, datagram("10.0.0.1", text),
                              i, 1000 + i),
                         0);
    }
    ASSERT_TAGS(full, 3, 4, 5);
    ASSERT_TAGS(other, 100);
    assert_int_equal(custody.dropped[DROP_VIP_FULL], 2);
    assert_int_equal(custody_dropped(&custody), 2);
    hold_free(hold);
    assert_int_equal(custody.dropped[DROP_SHUTDOWN], 4);
    assert_int_equal(custody.held, 0);
    assert_true(custody_balances(&custody));
}

static void
bytes_of_a_queue_are_bounded(void **state OVS_UNUSED)
{
    struct custody custody = { .received = 0 };
    struct dp_packet *p = datagram("10.0.0.1", "12345678");
    struct hold_limits limits = roomy_limits;
    limits.n_queue_bytes = 3 * dp_packet_size(p) - 1;
    struct hold *hold = hold_new(&limits, &custody);
    struct hold_queue *queue = hold_queue_new(hold, "q", NULL, &roomy);

    park(hold, queue, &custody, p, 1, 1000);
    park(hold, queue, &custody, datagram("10.0.0.1", "2345678"), 2, 1000);
    /* One byte more would be too much. */
    park(hold, queue, &custody, datagram("10.0.0.1", "34567890"), 3, 1000);
    ASSERT_TAGS(queue, 1, 2, 3);
    assert_int_equal(hold_queue_n_bytes(queue), limits.n_queue_bytes);
    park(hold, queue, &custody, datagram("10.0.0.1", "4"), 4, 1000);
    ASSERT_TAGS(queue, 2, 3, 4);
    /* A large one drives out several. */
    char *text = xmalloc(limits.n_queue_bytes + 1);
    memset(text, 'x', limits.n_queue_bytes);
    text[limits.n_queue_bytes] = '\0';
    text[limits.n_queue_bytes - ETH_HEADER_LEN - IP_HEADER_LEN
         - UDP_HEADER_LEN] = '\0';
    assert_int_equal(
        park(hold, queue, &custody, datagram("10.0.0.1", text), 5, 1000), 0);
    ASSERT_TAGS(queue, 5);
    assert_int_equal(custody.dropped[DROP_VIP_FULL], 4);

    /* One that would not fit alone is refused, and drives out nobody. */
    text[strlen(text)] = 'x';
    assert_int_equal(
        park(hold, queue, &custody, datagram("10.0.0.1", text), 6, 1000),
        DROP_TOO_LARGE);
    ASSERT_TAGS(queue, 5);
    assert_int_equal(custody.dropped[DROP_TOO_LARGE], 1);
    free(text);
    hold_free(hold);
    assert_true(custody_balances(&custody));
}

static void
a_source_that_holds_too_many_loses_its_own(void **state OVS_UNUSED)
{
    struct custody custody = { .received = 0 };
    struct hold_limits limits = roomy_limits;
    limits.n_source_packets = 2;
    struct hold *hold = hold_new(&limits, &custody);
    struct hold_queue *a = hold_queue_new(hold, "a", NULL, &roomy);
    struct hold_queue *b = hold_queue_new(hold, "b", NULL, &roomy);

    park(hold, a, &custody, datagram("10.0.0.9", "other"), 1, 1000);
    park(hold, a, &custody, datagram("10.0.0.1", "1"), 2, 1000);
    park(hold, b, &custody, datagram("10.0.0.1", "2"), 3, 1000);
    park(hold, b, &custody, datagram("10.0.0.1", "3"), 4, 1000);
    ASSERT_TAGS(a, 1);
    ASSERT_TAGS(b, 3, 4);
    assert_int_equal(custody.dropped[DROP_SOURCE_FULL], 1);

    /* The count goes down when packets leave. */
    steal_first(hold, b, &custody, 3);
    park(hold, a, &custody, datagram("10.0.0.1", "4"), 5, 1000);
    assert_int_equal(custody.dropped[DROP_SOURCE_FULL], 1);
    /* A retransmission does not count. */
    park(hold, a, &custody, datagram("10.0.0.1", "4"), 6, 1000);
    assert_int_equal(custody.dropped[DROP_SOURCE_FULL], 1);
    ASSERT_TAGS(a, 1, 6);
    ASSERT_TAGS(b, 4);
    hold_free(hold);
    assert_true(custody_balances(&custody));
}

static void
a_source_is_bounded_in_bytes(void **state OVS_UNUSED)
{
    struct custody custody = { .received = 0 };
    struct dp_packet *p = datagram("10.0.0.1", "1");
    struct hold_limits limits = roomy_limits;
    limits.n_source_bytes = 2 * dp_packet_size(p);
    struct hold *hold = hold_new(&limits, &custody);
    struct hold_queue *a = hold_queue_new(hold, "a", NULL, &roomy);
    struct hold_queue *b = hold_queue_new(hold, "b", NULL, &roomy);

    park(hold, a, &custody, p, 1, 1000);
    park(hold, b, &custody, datagram("10.0.0.1", "2"), 2, 1000);
    park(hold, b, &custody, datagram("10.0.0.2", "2"), 3, 1000);
    ASSERT_TAGS(a, 1);
    ASSERT_TAGS(b, 2, 3);
    park(hold, b, &custody, datagram("10.0.0.1", "3"), 4, 1000);
    assert_null(hold_packet_first(a));
    ASSERT_TAGS(b, 2, 3, 4);
    /* One packet may be larger than its share, not two. */
    park(hold, b, &custody,
         datagram("10.0.0.1", "a text that is longer than two of the others "
                  "with all of their headers: a text that is long enough"),
         5, 1000);
    ASSERT_TAGS(b, 3, 5);
    park(hold, b, &custody, datagram("10.0.0.1", "6"), 6, 1000);
    ASSERT_TAGS(b, 3, 6);
    assert_int_equal(custody.dropped[DROP_SOURCE_FULL], 4);
    hold_free(hold);
    assert_true(custody_balances(&custody));
}

/* However much one source sends to a queue, the packet of another that has
 * only that one stays; likewise queues in a full store. */
static void
who_has_most_loses(void **state OVS_UNUSED)
{
    struct custody custody = { .received = 0 };
    struct hold_policy policy = { .n_packets = 10, .timeout_ms = 1000 };
    struct hold_limits limits = roomy_limits;
    limits.n_packets = 15;
    struct hold *hold = hold_new(&limits, &custody);
    struct hold_queue *a = hold_queue_new(hold, "a", NULL, &policy);
    struct hold_queue *b = hold_queue_new(hold, "b", NULL, &policy);
    struct hold_queue *c = hold_queue_new(hold, "c", NULL, &policy);

    park(hold, a, &custody, datagram("10.0.0.1", "1"), 1, 1000);
    park(hold, b, &custody, datagram("10.0.0.1", "1"), 2, 1000);
    for (int i = 0; i < 1000; i++) {
        char text[16];

        snprintf(text, sizeof text, "%04d", i);
        park(hold, a, &custody, datagram("10.0.0.66", text), 1000 + i, 1000);
        snprintf(text, sizeof text, "%06d", i);
        park(hold, c, &custody, datagram("10.0.0.67", text), 3000 + i, 1000);
    }
    assert_int_equal(hold_packet_origin(hold_packet_first(a))->datapath, 1);
    ASSERT_TAGS(b, 2);
    assert_int_equal(custody.held, 15);
    assert_true(hold_queue_n_packets(a) >= 7);
    assert_true(hold_queue_n_packets(c) >= 6);

    /* New bounds hold for what is there. */
    limits.n_packets = 3;
    hold_set_limits(hold, &limits);
    ASSERT_TAGS(a, 1999);
    ASSERT_TAGS(b, 2);
    ASSERT_TAGS(c, 3999);
    hold_free(hold);
    assert_true(custody_balances(&custody));
}

static void
the_store_is_bounded_in_packets(void **state OVS_UNUSED)
{
    struct custody custody = { .received = 0 };
    struct hold_limits limits = roomy_limits;
    limits.n_packets = 3;
    struct hold *hold = hold_new(&limits, &custody);
    struct hold_queue *a = hold_queue_new(hold, "a", NULL, &roomy);
    struct hold_queue *b = hold_queue_new(hold, "b", NULL, &roomy);

    park(hold, b, &custody, datagram("10.0.0.1", "1"), 1, 1000);
    park(hold, a, &custody, datagram("10.0.0.2", "1"), 2, 1000);
    park(hold, a, &custody, datagram("10.0.0.3", "1"), 3, 1000);
    park(hold, a, &custody, datagram("10.0.0.4", "1"), 4, 1000);
    /* That which holds most loses. */
    ASSERT_TAGS(a, 3, 4);
    ASSERT_TAGS(b, 1);
    /* Among equals, that with the oldest packet. */
    park(hold, b, &custody, datagram("10.0.0.4", "1"), 5, 1000);
    ASSERT_TAGS(a, 3, 4);
    ASSERT_TAGS(b, 5);
    assert_int_equal(custody.held, 3);
    assert_int_equal(custody.dropped[DROP_STORE_FULL], 2);
    hold_free(hold);
    assert_true(custody_balances(&custody));
}

static void
the_store_is_bounded_in_bytes(void **state OVS_UNUSED)
{
    struct custody custody = { .received = 0 };
    struct dp_packet *p = datagram("10.0.0.1", "1");
    struct hold_limits limits = roomy_limits;
    limits.n_bytes = 3 * dp_packet_size(p);
    struct hold *hold = hold_new(&limits, &custody);
    struct hold_queue *a = hold_queue_new(hold, "a", NULL, &roomy);
    struct hold_queue *b = hold_queue_new(hold, "b", NULL, &roomy);

    park(hold, a, &custody, p, 1, 1000);
    park(hold, b, &custody, datagram("10.0.0.1", "1"), 2, 1000);
    park(hold, a, &custody, datagram("10.0.0.1", "2"), 3, 1000);
    ASSERT_TAGS(a, 1, 3);
    ASSERT_TAGS(b, 2);
    park(hold, b, &custody, datagram("10.0.0.1", "22"), 4, 1000);
    ASSERT_TAGS(a, 3);
    ASSERT_TAGS(b, 4);
    assert_int_equal(custody.dropped[DROP_STORE_FULL], 2);

    char text[1000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(
        park(hold, a, &custody, datagram("10.0.0.1", text), 5, 1000),
        DROP_TOO_LARGE);
    hold_free(hold);
    assert_true(custody_balances(&custody));
}

/* Nothing can be held then, but nothing breaks either. */
static void
bounds_may_be_zero(void **state OVS_UNUSED)
{
    for (int i = 0; i < 5; i++) {
        struct custody custody = { .received = 0 };
        struct hold_limits limits = roomy_limits;
        struct hold_policy policy = roomy;

        *(i == 0   ? &limits.n_packets
          : i == 1 ? &limits.n_bytes
          : i == 2 ? &limits.n_source_packets
          : i == 3 ? &limits.n_queue_bytes
                   : &policy.n_packets) = 0;
        struct hold *hold = hold_new(&limits, &custody);
        struct hold_queue *queue = hold_queue_new(hold, "q", NULL, &policy);

        park(hold, queue, &custody, datagram("10.0.0.1", "1"), 1, 1000);
        park(hold, queue, &custody, datagram("10.0.0.1", "1"), 2, 1000);
        park(hold, queue, &custody, datagram("10.0.0.1", "2"), 3, 1000);
        assert_true(custody.held <= 1);
        hold_free(hold);
        assert_int_equal(custody.held, 0);
        assert_true(custody_balances(&custody));
    }
}

static void
the_newest_copy_has_the_place_of_the_first(void **state OVS_UNUSED)
{
    struct custody custody = { .received = 0 };
    struct hold *hold = hold_new(&roomy_limits, &custody);
    struct hold_queue *queue = hold_queue_new(hold, "q", NULL, &roomy);

    park(hold, queue, &custody, data_at(1, "old"), 1, 1000);
    park(hold, queue, &custody, data_at(4, "next"), 2, 2000);
    size_t n_bytes = hold_queue_n_bytes(queue);
    park(hold, queue, &custody, data_at(1, "newer and longer"), 3, 3000);
    ASSERT_TAGS(queue, 3, 2);
    struct hold_packet *p = hold_packet_first(queue);
    assert_int_equal(hold_packet_arrived_ms(p), 1000);
    assert_int_equal(hold_next_deadline(hold), 61000);
    assert_int_equal(hold_queue_n_bytes(queue), n_bytes + 13);
    assert_int_equal(custody.dropped[DROP_SUPERSEDED], 1);
    assert_int_equal(custody.held, 2);

    struct dp_packet *stolen = hold_packet_steal(hold, &p);
    custody.sent++;
    assert_memory_equal((char *) dp_packet_tail(stolen) - 16,
                        "newer and longer", 16);
    dp_packet_delete(stolen);

    /* Not held any more, so it is new again. */
    park(hold, queue, &custody, data_at(1, "old"), 4, 4000);
    ASSERT_TAGS(queue, 2, 4);
    assert_int_equal(custody.dropped[DROP_SUPERSEDED], 1);
    hold_free(hold);
    assert_true(custody_balances(&custody));
}

static void
the_same_segment_in_another_queue_is_no_copy(void **state OVS_UNUSED)
{
    struct custody custody = { .received = 0 };
    struct hold *hold = hold_new(&roomy_limits, &custody);
    struct hold_queue *a = hold_queue_new(hold, "a", NULL, &roomy);
    struct hold_queue *b = hold_queue_new(hold, "b", NULL, &roomy);

    park(hold, a, &custody, data_at(1, "data"), 1, 1000);
    park(hold, b, &custody, data_at(1, "data"), 2, 1000);
    ASSERT_TAGS(a, 1);
    ASSERT_TAGS(b, 2);
    assert_int_equal(custody_dropped(&custody), 0);
    hold_free(hold);
    assert_true(custody_balances(&custody));
}

/* A longer copy may be too much for the queue: bounds hold all the same. */
static void
a_longer_copy_drives_out_the_oldest(void **state OVS_UNUSED)
{
    struct custody custody = { .received = 0 };
    struct dp_packet *p = data_at(1, "1");
    struct hold_limits limits = roomy_limits;
    limits.n_queue_bytes = 2 * dp_packet_size(p) + 1;
    struct hold *hold = hold_new(&limits, &custody);
    struct hold_queue *queue = hold_queue_new(hold, "q", NULL, &roomy);

    park(hold, queue, &custody, p, 1, 1000);
    park(hold, queue, &custody, data_at(2, "2"), 2, 1000);
    park(hold, queue, &custody, data_at(2, "2222"), 3, 1000);
    ASSERT_TAGS(queue, 3);
    assert_int_equal(custody.dropped[DROP_VIP_FULL], 1);

    /* Even if that is the copy itself. */
    park(hold, queue, &custody, data_at(3, "3"), 4, 1000);
    assert_int_equal(custody.dropped[DROP_VIP_FULL], 2);
    park(hold, queue, &custody, data_at(4, "4"), 5, 1000);
    ASSERT_TAGS(queue, 4, 5);
    park(hold, queue, &custody, data_at(3, "333333"), 6, 1000);
    ASSERT_TAGS(queue, 5);
    hold_free(hold);
    assert_true(custody_balances(&custody));
}

static void
expiry_goes_by_each_queues_timeout(void **state OVS_UNUSED)
{
    static const struct {
        long long timeout_ms;
        long long arrived_ms[3];
    } cases[] = {
        { 5000, { 1000, 1500, 9000 } }, /* 6000, 6500, 14000 */
        { 1000, { 4000, 5600, 5700 } }, /* 5000, 6600, 6700 */
        { 60000, { 0, 1, 2 } },         /* 60000, 60001, 60002 */
        { 1, { 5999, 6001, 59999 } },   /* 6000, 6002, 60000 */
    };
    struct custody custody = { .received = 0 };
    struct hold *hold = hold_new(&roomy_limits, &custody);
    long long last_ms = 0;
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct hold_policy policy = { .n_packets = 10,
                                      .timeout_ms = cases[i].timeout_ms };
        struct hold_queue *queue = hold_queue_new(hold, "q", NULL, &policy);
        for (size_t j = 0; j < 3; j++) {
            char text[] = { '0' + j, '\0' };
            park(hold, queue, &custody, datagram("10.0.0.1", text),
                 cases[i].arrived_ms[j] + cases[i].timeout_ms,
                 cases[i].arrived_ms[j]);
        }
    }
    assert_int_equal(hold_next_deadline(hold), 5000);
    assert_null(hold_packet_expired(hold, 4999));
    while (hold_next_deadline(hold) != LLONG_MAX) {
        long long deadline_ms = hold_next_deadline(hold);

        assert_true(deadline_ms >= last_ms);
        assert_null(hold_packet_expired(hold, deadline_ms - 1));
        struct hold_packet *p = hold_packet_expired(hold, deadline_ms);
        assert_non_null(p);
        /* Its tag is its deadline. */
        assert_int_equal(hold_packet_origin(p)->datapath, deadline_ms);
        dp_packet_delete(hold_packet_steal(hold, &p));
        custody.dropped[DROP_DEADLINE]++;
        last_ms = deadline_ms;
        n++;
    }
    assert_int_equal(n, 12);
    assert_true(custody_balances(&custody));
    hold_free(hold);
}

static void
a_new_policy_holds_for_what_is_held(void **state OVS_UNUSED)
{
    struct custody custody = { .received = 0 };
    struct hold *hold = hold_new(&roomy_limits, &custody);
    struct hold_queue *queue = hold_queue_new(hold, "q", NULL, &roomy);
    struct hold_policy policy = roomy;

    hold_queue_set_policy(hold, queue, &policy); /* While it is empty. */
    for (int i = 1; i <= 4; i++) {
        char text[] = { '0' + i, '\0' };
        park(hold, queue, &custody, datagram("10.0.0.1", text), i, 1000 * i);
    }
    assert_int_equal(hold_next_deadline(hold), 61000);
    policy.timeout_ms = 10;
    hold_queue_set_policy(hold, queue, &policy);
    assert_int_equal(hold_next_deadline(hold), 1010);
    assert_non_null(hold_packet_expired(hold, 1010));
    policy.timeout_ms = 3600 * 1000;
    hold_queue_set_policy(hold, queue, &policy);
    assert_int_equal(hold_next_deadline(hold), 3601000);
    assert_null(hold_packet_expired(hold, 3600999));

    policy.n_packets = 2;
    hold_queue_set_policy(hold, queue, &policy);
    ASSERT_TAGS(queue, 3, 4);
    assert_int_equal(custody.dropped[DROP_VIP_FULL], 2);
    assert_int_equal(hold_next_deadline(hold), 3603000);
    policy.n_packets = 0;
    hold_queue_set_policy(hold, queue, &policy);
    assert_int_equal(hold_queue_n_packets(queue), 0);
    assert_int_equal(hold_next_deadline(hold), LLONG_MAX);
    hold_free(hold);
    assert_true(custody_balances(&custody));
}

static void
a_queue_may_go_with_packets_in_it(void **state OVS_UNUSED)
{
    struct custody custody = { .received = 0 };
    struct hold *hold = hold_new(&roomy_limits, &custody);
    struct hold_queue *a = hold_queue_new(hold, "a", NULL, &roomy);
    struct hold_queue *b = hold_queue_new(hold, "b", NULL, &roomy);

    park(hold, a, &custody, datagram("10.0.0.1", "1"), 1, 1000);
    park(hold, b, &custody, datagram("10.0.0.1", "1"), 2, 2000);
    park(hold, a, &custody, datagram("10.0.0.1", "2"), 3, 3000);
    hold_queue_take(hold, &a, DROP_VIP_GONE);
    assert_null(a);
    assert_int_equal(custody.dropped[DROP_VIP_GONE], 2);
    assert_int_equal(custody.held, 1);
    assert_int_equal(hold_next_deadline(hold), 62000);
    ASSERT_TAGS(b, 2);
    assert_true(custody_balances(&custody));
    hold_free(hold);
    assert_int_equal(custody.dropped[DROP_SHUTDOWN], 1);
    assert_true(custody_balances(&custody));
    hold_free(NULL);
}

static void
what_cannot_be_parsed_is_not_parked(void **state OVS_UNUSED)
{
    struct custody custody = { .received = 0 };
    struct hold *hold = hold_new(&roomy_limits, &custody);
    struct hold_queue *queue = hold_queue_new(hold, "q", NULL, &roomy);
    struct dp_packet *whole = data_at(1, "data");

    for (size_t size = 0; size < dp_packet_size(whole); size++) {
        assert_int_equal(park(hold, queue, &custody,
                              packet_truncated(whole, size), 1, 1000),
                         DROP_TRUNCATED);
    }
    assert_int_equal(custody.dropped[DROP_TRUNCATED], dp_packet_size(whole));
    assert_int_equal(hold_queue_n_packets(queue), 0);
    dp_packet_delete(whole);
    hold_free(hold);
    assert_true(custody_balances(&custody));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_come_out_as_they_went_in),
        cmocka_unit_test(order_is_that_of_arrival),
        cmocka_unit_test(a_full_queue_loses_its_oldest_packet),
        cmocka_unit_test(bytes_of_a_queue_are_bounded),
        cmocka_unit_test(a_source_that_holds_too_many_loses_its_own),
        cmocka_unit_test(a_source_is_bounded_in_bytes),
        cmocka_unit_test(who_has_most_loses),
        cmocka_unit_test(the_store_is_bounded_in_packets),
        cmocka_unit_test(the_store_is_bounded_in_bytes),
        cmocka_unit_test(bounds_may_be_zero),
        cmocka_unit_test(the_newest_copy_has_the_place_of_the_first),
        cmocka_unit_test(the_same_segment_in_another_queue_is_no_copy),
        cmocka_unit_test(a_longer_copy_drives_out_the_oldest),
        cmocka_unit_test(expiry_goes_by_each_queues_timeout),
        cmocka_unit_test(a_new_policy_holds_for_what_is_held),
        cmocka_unit_test(a_queue_may_go_with_packets_in_it),
        cmocka_unit_test(what_cannot_be_parsed_is_not_parked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
