/* Entries that the kernel made, as the daemon meets them: with the kernel's
 * maps faked, and a pipeline that says yes to everything, or to nothing. */

#include "unit.h"

#include <netinet/in.h>
#include <time.h>

#include "dp_opening.h"
#include "fake_fastpath.h"

#define QUIET_NS 1000000000ULL
#define GIVEN_UP_NS 4000000000ULL

struct fixture {
    struct fastpath fake;
    struct network *network;
    struct datapath d;
    struct flow_key client, server;
    struct ds asked; /* What conntrack was told: "end there:S back:SA ". */
    bool says_no;
    bool knows_old;
    unsigned int n_awaited;
};

static struct fixture *
fixture_of(const struct datapath *d)
{
    return CONTAINER_OF(CONST_CAST(struct datapath *, d), struct fixture, d);
}

bool
ask_pipeline(struct datapath *d, const struct ask_question *q,
             struct ask_answer *answer)
{
    struct fixture *f = fixture_of(d);

    memset(answer, 0, sizeof *answer);
    answer->rule = *q->like;
    ds_put_format(&f->asked, "%s%s%s ",
                  flow_key_equals(q->key, &f->client) ? "there:" : "back:",
                  q->tcp_flags & TCP_SYN ? "S" : "",
                  q->tcp_flags & TCP_ACK ? "A" : "");
    return !f->says_no;
}

bool
ask_was_known(struct datapath *d, const struct ask_question *q OVS_UNUSED)
{
    return fixture_of(d)->knows_old;
}

void
ask_to_end(struct datapath *d, const struct ask_question *q)
{
    assert_int_equal(q->tcp_flags, TCP_RST | TCP_ACK);
    ds_put_cstr(&fixture_of(d)->asked, "end ");
}

int
fastpath_set_config(struct fastpath *fake OVS_UNUSED,
                    const struct fp_config *config OVS_UNUSED)
{
    return 0;
}

void
fastpath_await_openings(struct fastpath *fake)
{
    CONTAINER_OF(fake, struct fixture, fake)->n_awaited++;
}

int
fastpath_set_allowance(struct fastpath *fake, int64_t left)
{
    fake->allowance = left;
    return 0;
}

int64_t
fastpath_get_allowance(struct fastpath *fake)
{
    return fake->allowance;
}

int
fastpath_put_opening(struct fastpath *fake OVS_UNUSED,
                     const struct fp_opening_key *key OVS_UNUSED,
                     const struct fp_opening *opening OVS_UNUSED)
{
    return 0;
}

static struct flow_key
make_key(uint32_t ifindex, uint32_t src, uint32_t dst, uint16_t sport,
         uint16_t dport)
{
    struct flow_key key;

    memset(&key, 0, sizeof key);
    key.v4.ifindex = ifindex;
    key.v4.src = htonl(src);
    key.v4.dst = htonl(dst);
    key.v4.sport = htons(sport);
    key.v4.dport = htons(dport);
    key.v4.proto = IPPROTO_TCP;
    return key;
}

/* One entry of a connection from 10.0.0.1 to 10.9.0.1:80, that is
 * 10.0.0.2:8080: as the kernel makes it, with 'packets', the last of them
 * 'age_ns' ago. */
static void
open_half(struct fixture *f, bool is_answer, uint64_t packets, uint32_t seen,
          uint64_t age_ns)
{
    const struct flow_key *key = is_answer ? &f->server : &f->client;
    const struct fp_entry entry = {
        .out_ifindex = is_answer ? 1 : 2,
        .flags = (FP_OPENED | FP_CONNECTION | FP_NAT
                  | (is_answer ? FP_ANSWERS | FP_REPLY : 0)),
        .src = { htonl(is_answer ? 0x0a090001 : 0x0a000001) },
        .dst = { htonl(is_answer ? 0x0a000001 : 0x0a000002) },
        .sport = htons(is_answer ? 80 : 1000),
        .dport = htons(is_answer ? 1000 : 8080),
        .used_ns = fastpath_now_ns() - age_ns,
        .packets = packets,
        .bytes = packets * 100,
        .seen = seen,
    };

    assert_int_equal(fastpath_put(&f->fake, key, &entry), 0);
}

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    f->network = network_new();
    ltables_publish(network_tables(f->network));
    ds_init(&f->asked);
    f->client = make_key(1, 0x0a000001, 0x0a090001, 1000, 80);
    f->server = make_key(2, 0x0a000002, 0x0a000001, 8080, 1000);
    f->d.network = f->network;
    f->d.fastpath = &f->fake;
    f->d.cache = cache_new(&f->fake, f->network, 100, 10000);
    f->d.openings = openings_new(&f->d, true);

    /* Another client's, so that there are any. */
    struct flow_key key = make_key(7, 1, 2, 3, 4);
    struct rule_pair pair = {
        .client = key,
        .there = { .src = { key.v4.src }, .sport = key.v4.sport },
        .back = { .dst = { key.v4.src }, .dport = key.v4.sport },
    };

    openings_begin(f->d.openings, &(struct arrival) { .key = key },
                   &pair.there, true);
    openings_put(f->d.openings, &pair);
    assert_true(openings_are_used(f->d.openings));
    f->n_awaited = 0;
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    openings_free(f->d.openings);
    cache_free(f->d.cache);
    network_free(f->network);
    ds_destroy(&f->asked);
    free(f);
    return 0;
}

static void
sweep(struct fixture *f, bool meet_all)
{
    openings_begin_sweep(f->d.openings, meet_all);
    cache_sweep(f->d.cache, 100, 10000, 1000);
    openings_end_sweep(f->d.openings, 1000);
}

static void
assert_asked(struct fixture *f, const char *expected)
{
    assert_string_equal(ds_cstr(&f->asked), expected);
    ds_clear(&f->asked);
}

static void
add_spent(void *packets, const struct flow_key *client, uint64_t n,
          uint64_t bytes OVS_UNUSED)
{
    assert_int_equal(client->v4.sport, 0);
    *(uint64_t *) packets += n;
}

static uint64_t
n_spent(const struct fixture *f)
{
    uint64_t packets = 0;

    openings_each_spent(f->d.openings, add_spent, &packets);
    return packets;
}

static void
one_that_is_over_needs_nobody(void **state)
{
    struct fixture *f = *state;
    uint32_t seen = FP_SEEN_FIN | FP_SEEN_MORE;

    open_half(f, false, 5, seen, QUIET_NS);
    open_half(f, true, 4, seen, QUIET_NS);
    sweep(f, true);
    assert_int_equal(f->fake.n, 0);
    assert_int_equal(n_spent(f), 9);
    assert_asked(f, "");
    assert_int_equal(cache_get_counters(f->d.cache)->ended, 2);
}

/* The last ACK, and FINs that were lost, are of no connection that conntrack
 * knows. */
static void
its_last_packets_still_come(void **state)
{
    struct fixture *f = *state;
    uint32_t seen = FP_SEEN_FIN | FP_SEEN_MORE;

    open_half(f, false, 5, seen, QUIET_NS);
    open_half(f, true, 4, seen, 0);
    sweep(f, true);
    assert_int_equal(f->fake.n, 2);
    assert_asked(f, "");
    assert_int_equal(n_spent(f), 0);
    /* Unless the port is used again. */
    openings_forget(f->d.openings, &f->client);
    assert_int_equal(f->fake.n, 0);
    assert_int_equal(n_spent(f), 9);
}

static void
one_that_lasts_becomes_known(void **state)
{
    struct fixture *f = *state;

    open_half(f, false, 2, FP_SEEN_MORE, 0);
    open_half(f, true, 2, FP_SEEN_MORE, 0);
    sweep(f, false);
    assert_asked(f, "end there:S back:SA there:A back:A ");
    assert_int_equal(cache_count(f->d.cache), 2);
    assert_int_equal(f->fake.n, 2);
    /* Once. */
    sweep(f, true);
    assert_asked(f, "");
}

/* Without an answer nothing is known of it yet, and it may come. */
static void
an_answer_is_waited_for(void **state)
{
    struct fixture *f = *state;

    open_half(f, false, 1, 0, 0);
    open_half(f, true, 0, 0, 0);
    sweep(f, false);
    assert_int_equal(f->fake.n, 2);
    assert_asked(f, "");
    assert_true(openings_are_unmet(f->d.openings));
}

static void
an_answer_that_does_not_come_is_not_waited_for(void **state)
{
    struct fixture *f = *state;

    open_half(f, false, 1, 0, GIVEN_UP_NS);
    open_half(f, true, 0, 0, GIVEN_UP_NS);
    sweep(f, false);
    assert_int_equal(f->fake.n, 0);
    assert_asked(f, "end there:S ");
}

/* Conntrack must know the SYN: its answer may be on the way, and nothing else
 * says that there was one. */
static void
nothing_is_lost_where_flows_change(void **state)
{
    struct fixture *f = *state;

    open_half(f, false, 1, 0, 0);
    open_half(f, true, 0, 0, 0);
    openings_void(f->d.openings);
    assert_int_equal(f->n_awaited, 1);
    sweep(f, true);
    assert_asked(f, "end there:S ");
    assert_int_equal(f->fake.n, 0);

    open_half(f, false, 1, 0, 0);
    open_half(f, true, 1, 0, 0);
    sweep(f, true);
    assert_asked(f, "end there:S back:SA ");
    assert_int_equal(f->fake.n, 0);
    assert_false(openings_are_unmet(f->d.openings));
}

/* The answers' entry is put first. */
static void
half_a_pair_is_waited_for(void **state)
{
    struct fixture *f = *state;

    open_half(f, true, 0, 0, 0);
    sweep(f, false);
    assert_int_equal(f->fake.n, 1);
    open_half(f, true, 0, 0, QUIET_NS / 2);
    sweep(f, false);
    assert_int_equal(f->fake.n, 1);
    open_half(f, true, 0, 0, QUIET_NS);
    sweep(f, false);
    assert_int_equal(f->fake.n, 0);
    open_half(f, false, 0, 0, QUIET_NS / 2);
    sweep(f, false);
    assert_int_equal(f->fake.n, 0);
    assert_asked(f, "");
}

static void
a_packet_of_the_slow_path_has_it_introduced(void **state)
{
    struct fixture *f = *state;

    open_half(f, false, 1, 0, 0);
    open_half(f, true, 0, 0, 0);
    openings_introduce(f->d.openings, &f->server);
    assert_asked(f, "end there:S ");
    assert_int_equal(f->fake.n, 0);
    openings_introduce(f->d.openings, &f->server);
    assert_asked(f, "");
}

static void
what_the_pipeline_refuses_goes(void **state)
{
    struct fixture *f = *state;

    f->says_no = true;
    open_half(f, false, 2, FP_SEEN_MORE, 0);
    open_half(f, true, 2, FP_SEEN_MORE, 0);
    sweep(f, false);
    assert_int_equal(cache_count(f->d.cache), 0);
    assert_int_equal(f->fake.n, 0);
}

/* A SYN of the slow path finds nothing of the port's last connection. */
static void
a_port_that_is_used_again_is_free(void **state)
{
    struct fixture *f = *state;

    openings_forget(f->d.openings, &f->client);
    assert_asked(f, "");
    f->knows_old = true;
    openings_forget(f->d.openings, &f->client);
    assert_asked(f, "end ");
}

int
main(void)
{
#define CASE(FUNCTION) \
    cmocka_unit_test_setup_teardown(FUNCTION, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(one_that_is_over_needs_nobody),
        CASE(its_last_packets_still_come),
        CASE(one_that_lasts_becomes_known),
        CASE(an_answer_is_waited_for),
        CASE(an_answer_that_does_not_come_is_not_waited_for),
        CASE(nothing_is_lost_where_flows_change),
        CASE(half_a_pair_is_waited_for),
        CASE(a_packet_of_the_slow_path_has_it_introduced),
        CASE(what_the_pipeline_refuses_goes),
        CASE(a_port_that_is_used_again_is_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
