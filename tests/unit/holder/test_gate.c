/* The gate: which packets may wake which service, and what is remembered of
 * the others.  What a policy says is test_admission.c's. */

#include "unit.h"

#include "cleanup.h"
#include "gate.h"
#include "packet_spec.h"

#define TALLIES_MAX 65536 /* gate.c's. */

struct fixture {
    struct gate *gate;
    struct smap keys;       /* Of every service that is not 'plain'. */
    struct uuid plain;      /* Has no policy. */
    uint64_t seqno;
    unsigned int n_lookups;
    long long now_ms;
};

static const struct smap *
policy(void *f_, const struct uuid *lb)
{
    struct fixture *f = f_;

    f->n_lookups++;
    return uuid_equals(lb, &f->plain) ? NULL : &f->keys;
}

static uint64_t
seqno(void *f_)
{
    const struct fixture *f = f_;

    return f->seqno;
}

static const struct gate_ops ops = { .policy = policy, .seqno = seqno };

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    smap_init(&f->keys);
    f->plain = (struct uuid) { .parts = { 9, 9, 9, 9 } };
    f->now_ms = 1000000;
    f->gate = gate_new(&ops, f);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    gate_free(f->gate);
    smap_destroy(&f->keys);
    free(f);
    return 0;
}

/* Another policy, for all. */
static void
publish(struct fixture *f, const char *key, const char *value)
{
    smap_clear(&f->keys);
    smap_add(&f->keys, key, value);
    f->seqno++;
}

static struct event
event_of(unsigned int lb, const char *vip)
{
    return (struct event) {
        .kind = EVENT_empty_lb_backends, .vip = CONST_CAST(char *, vip),
        .protocol = CONST_CAST(char *, "tcp"), .lb = { { lb, 0, 0, 1 } },
    };
}

static const struct event web = {
    .kind = EVENT_empty_lb_backends, .vip = "10.0.0.100:80",
    .protocol = "tcp", .lb = { { 1, 0, 0, 1 } },
};

struct asked {
    const struct event *event;
    const char *source;
    uint16_t flags;
    bool is_pending;
};

static enum refusal
ask(struct fixture *f, struct asked q)
{
    char *flow OWNED_STRING
        = xasprintf("tcp,nw_src=%s,nw_dst=10.0.0.100,tcp_src=40000,"
                    "tcp_dst=80", q.source);
    struct dp_packet *packet = packet_from_spec(&(struct packet_spec) {
        .flow = flow, .tcp_flags = q.flags,
    });
    struct in6_addr source = in6addr_any;
    enum refusal refusal = gate_ask(f->gate, &(struct gate_question) {
        .event = q.event, .packet = packet, .is_pending = q.is_pending,
    }, &source, f->now_ms);
    char got[INET6_ADDRSTRLEN];

    /* Told whether or not it may. */
    ovs_assert(inet_ntop(AF_INET6, &source, got, sizeof got));
    assert_string_equal(got + strlen("::ffff:"), q.source);
    dp_packet_delete(packet);
    return refusal;
}

static enum refusal
syn(struct fixture *f, const char *source)
{
    return ask(f, (struct asked) { &web, source, TCP_SYN, false });
}

/* What the gate says of itself, "closing=2 ..."; the caller's. */
static char *
counted(const struct fixture *f)
{
    struct json *json = gate_status(f->gate);
    char *text = json_to_string(json, JSSF_SORT);

    json_destroy(json);
    return text;
}

static void
what_opens_may_wake_and_is_not_tallied(void **state)
{
    struct fixture *f = *state;
    char *said OWNED_STRING = NULL;

    assert_int_equal(syn(f, "10.0.0.2"), REFUSAL_NONE);
    assert_null(gate_tally_first(f->gate));
    assert_null(gate_tally_find(f->gate, &web));
    said = counted(f);
    assert_string_equal(said, "{}");
}

static void
refusals_are_tallied_by_event(void **state)
{
    struct fixture *f = *state;
    struct event mail = event_of(2, "10.0.0.100:25");
    struct gate_tally *tally;

    assert_int_equal(ask(f, (struct asked) { &web, "10.0.0.2", TCP_FIN,
                                             false }), REFUSAL_CLOSING);
    f->now_ms += 5;
    assert_int_equal(ask(f, (struct asked) { &mail, "10.0.0.3", TCP_RST,
                                             false }), REFUSAL_CLOSING);
    assert_int_equal(ask(f, (struct asked) { &web, "10.0.0.4", TCP_ACK,
                                             false }), REFUSAL_NOT_OPENING);

    tally = gate_tally_first(f->gate);
    assert_ptr_equal(tally, gate_tally_find(f->gate, &web));
    assert_true(event_equals(&tally->event, &web));
    assert_int_equal(tally->n[REFUSAL_CLOSING], 1);
    assert_int_equal(tally->n[REFUSAL_NOT_OPENING], 1);
    assert_int_equal(tally->last, REFUSAL_NOT_OPENING);
    assert_int_equal(tally->since_ms, 1000000);
    assert_int_equal(in6_addr_get_mapped_ipv4(&tally->source),
                     htonl(0x0a000004));
    assert_ptr_equal(gate_tally_next(f->gate, tally),
                     gate_tally_find(f->gate, &mail));
    assert_null(gate_tally_next(f->gate, gate_tally_find(f->gate, &mail)));

    gate_tally_take(f->gate, &tally);
    assert_null(tally);
    assert_null(gate_tally_find(f->gate, &web));
    tally = gate_tally_first(f->gate);
    assert_true(event_equals(&tally->event, &mail));
    assert_int_equal(tally->since_ms, 1000005);
    gate_tally_take(f->gate, &tally);
    assert_null(gate_tally_first(f->gate));

    /* The counters go on. */
    char *said OWNED_STRING = counted(f);
    assert_string_equal(said, "{\"closing\":2,\"not-opening\":1}");
}

static void
a_taken_tally_begins_anew(void **state)
{
    struct fixture *f = *state;
    struct gate_tally *tally;

    ask(f, (struct asked) { &web, "10.0.0.2", TCP_FIN, false });
    tally = gate_tally_first(f->gate);
    gate_tally_take(f->gate, &tally);
    f->now_ms += 100;
    ask(f, (struct asked) { &web, "10.0.0.2", TCP_ACK, false });
    tally = gate_tally_find(f->gate, &web);
    assert_int_equal(tally->n[REFUSAL_CLOSING], 0);
    assert_int_equal(tally->n[REFUSAL_NOT_OPENING], 1);
    assert_int_equal(tally->since_ms, 1000100);
}

static void
an_empty_tally_makes_room_for_one_that_counts(void **state)
{
    struct fixture *f = *state;
    struct gate_tally *tally;

    gate_tally_begin(f->gate, &web, f->now_ms);
    tally = gate_tally_find(f->gate, &web);
    assert_int_equal(refusals_sum(tally->n), 0);
    f->now_ms += 7;
    ask(f, (struct asked) { &web, "10.0.0.2", TCP_FIN, false });
    tally = gate_tally_find(f->gate, &web);
    assert_int_equal(tally->n[REFUSAL_CLOSING], 1);
    assert_int_equal(tally->since_ms, 1000007);
    /* One that counts stays. */
    gate_tally_begin(f->gate, &web, f->now_ms + 1);
    assert_int_equal(gate_tally_find(f->gate, &web)->since_ms, 1000007);
    assert_int_equal(gate_tally_find(f->gate, &web)->n[REFUSAL_CLOSING], 1);
}

static void
tallies_that_nobody_takes_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct gate_tally *tally;
    size_t n = 0;

    for (unsigned int i = 0; i < TALLIES_MAX + 2; i++) {
        struct event event = event_of(i, "10.0.0.100:80");

        gate_tally_begin(f->gate, &event, i);
    }
    /* The oldest went. */
    assert_int_equal(gate_tally_first(f->gate)->since_ms, 2);
    while ((tally = gate_tally_first(f->gate)) != NULL) {
        gate_tally_take(f->gate, &tally);
        n++;
    }
    assert_int_equal(n, TALLIES_MAX);
}

static void
a_policy_counts_at_once(void **state)
{
    struct fixture *f = *state;

    publish(f, "rouse-wake-from", "10.0.0.0/24");
    assert_int_equal(syn(f, "10.0.0.2"), REFUSAL_NONE);
    assert_int_equal(syn(f, "10.0.1.2"), REFUSAL_UNLISTED);
    publish(f, "rouse-wake-from", "10.0.1.0/24");
    assert_int_equal(syn(f, "10.0.0.2"), REFUSAL_UNLISTED);
    assert_int_equal(syn(f, "10.0.1.2"), REFUSAL_NONE);
    publish(f, "rouse-wake-from", "what?");
    assert_int_equal(syn(f, "10.0.1.2"), REFUSAL_BAD_POLICY);
}

static void
a_policy_is_parsed_once(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 5; i++) {
        syn(f, "10.0.0.2");
    }
    assert_int_equal(f->n_lookups, 1);
    f->seqno++;
    syn(f, "10.0.0.2");
    assert_int_equal(f->n_lookups, 2);
}

static void
a_service_without_a_policy_is_open_to_all(void **state)
{
    struct fixture *f = *state;
    struct event event = web;

    publish(f, "rouse-wake-from", "192.0.2.1");
    event.lb = f->plain;
    assert_int_equal(ask(f, (struct asked) { &event, "10.0.0.2", TCP_SYN,
                                             false }), REFUSAL_NONE);
    assert_int_equal(syn(f, "10.0.0.2"), REFUSAL_UNLISTED);
}

static void
who_joins_a_wake_costs_nothing(void **state)
{
    struct fixture *f = *state;

    publish(f, "rouse-wake-budget", "1/1h");
    assert_int_equal(syn(f, "10.0.0.2"), REFUSAL_NONE);
    assert_int_equal(ask(f, (struct asked) { &web, "10.0.0.3", TCP_SYN,
                                             true }), REFUSAL_NONE);
    assert_int_equal(syn(f, "10.0.0.4"), REFUSAL_SERVICE_BUDGET);
    assert_int_equal(gate_tally_find(f->gate, &web)
                         ->n[REFUSAL_SERVICE_BUDGET], 1);
    /* What is spent stays so, whatever else is published. */
    f->seqno++;
    assert_int_equal(syn(f, "10.0.0.4"), REFUSAL_SERVICE_BUDGET);
    f->now_ms += 3600 * 1000;
    assert_int_equal(syn(f, "10.0.0.4"), REFUSAL_NONE);
}

static void
any_bytes_will_do(void **state)
{
    struct fixture *f = *state;
    struct dp_packet *packet = packet_from_spec(&(struct packet_spec) {
        .flow = "tcp,nw_src=10.0.0.2,nw_dst=10.0.0.100,tcp_src=1,tcp_dst=80",
        .tcp_flags = TCP_SYN,
    });

    for (size_t size = 1; size < dp_packet_size(packet); size++) {
        struct dp_packet *cut = packet_truncated(packet, size);
        struct in6_addr source;

        assert_case(gate_ask(f->gate, &(struct gate_question) {
            .event = &web, .packet = cut,
        }, &source, f->now_ms) != REFUSAL_NONE, "%"PRIuSIZE" bytes", size);
        dp_packet_delete(cut);
    }
    dp_packet_delete(packet);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_opens_may_wake_and_is_not_tallied),
        TEST(refusals_are_tallied_by_event),
        TEST(a_taken_tally_begins_anew),
        TEST(an_empty_tally_makes_room_for_one_that_counts),
        TEST(tallies_that_nobody_takes_are_bounded),
        TEST(a_policy_counts_at_once),
        TEST(a_policy_is_parsed_once),
        TEST(a_service_without_a_policy_is_open_to_all),
        TEST(who_joins_a_wake_costs_nothing),
        TEST(any_bytes_will_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
