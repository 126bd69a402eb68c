/* Probes against backends that do what a test says.  Time is an argument. */

#include "unit.h"

#include <netinet/in.h>

#include "packet_spec.h"
#include "probe.h"

#define VIP "192.168.1.7:80"

enum behaviour {
    SILENT,
    REFUSES,
    LISTENS,
    ASLEEP, /* The VIP has no backends: the event comes. */
};

struct world {
    struct probes *probes;
    struct event event;
    enum behaviour behaviour;
    size_t n_backends;   /* That take turns. */
    size_t n_syns, n_rsts;
    uint64_t generation;
    struct dp_packet *answers[64]; /* On their way back. */
    size_t n_answers;
};

static struct dp_packet *
make_answer(struct world *w, const struct dp_packet *probe)
{
    const struct tcp_header *tcp = dp_packet_l4(probe);
    char *spec = xasprintf(
        "tcp,nw_src=10.0.0.%"PRIuSIZE",nw_dst=10.0.0.2,tcp_src=8080,"
        "tcp_dst=%u", 10 + w->n_syns % w->n_backends, ntohs(tcp->tcp_src));
    struct dp_packet *answer = packet_from_spec(&(struct packet_spec) {
        .flow = spec,
        .tcp_flags = (w->behaviour == LISTENS ? TCP_SYN : TCP_RST) | TCP_ACK,
        .ack = ntohl(get_16aligned_be32(&tcp->tcp_seq)) + 1,
    });

    free(spec);
    return answer;
}

static void
inject(void *w_, struct dp_packet **packet, const struct hold_origin *origin)
{
    struct world *w = w_;
    const struct tcp_header *tcp = dp_packet_l4(*packet);

    assert_int_equal(origin->inport, 3);
    if (TCP_FLAGS(tcp->tcp_ctl) & TCP_RST) {
        w->n_rsts++;
    } else if (w->behaviour == ASLEEP) {
        w->n_syns++;
        probes_raised(w->probes, &w->event, *packet, origin, w->generation);
    } else {
        w->n_syns++;
        if (w->behaviour != SILENT) {
            assert_true(w->n_answers < ARRAY_SIZE(w->answers));
            w->answers[w->n_answers++] = make_answer(w, *packet);
        }
    }
    dp_packet_delete(*packet);
    *packet = NULL;
}

static const struct probes_ops ops = { .inject = inject };

static void
start(struct world *w, const char *protocol, uint16_t flags)
{
    *w = (struct world) {
        .event = { .kind = EVENT_empty_lb_backends, .vip = xstrdup(VIP),
                   .protocol = xstrdup(protocol) },
        .n_backends = 1, .generation = 1,
    };
    w->probes = probes_new(&ops, w);
    struct dp_packet *packet = packet_from_spec(&(struct packet_spec) {
        .flow = "tcp,nw_src=10.0.0.2,nw_dst=192.168.1.7,tcp_src=40000,"
                "tcp_dst=80", .tcp_flags = flags,
    });
    probes_raised(w->probes, &w->event, packet,
                  &(struct hold_origin) { .datapath = 1, .inport = 3 }, 1);
    dp_packet_delete(packet);
}

static void
finish(struct world *w)
{
    for (size_t i = 0; i < w->n_answers; i++) {
        dp_packet_delete(w->answers[i]);
    }
    probes_free(w->probes);
    event_uninit(&w->event);
}

static enum probe_answer
ask(struct world *w, long long now_ms)
{
    return probes_ask(w->probes, &w->event, w->n_backends, w->generation,
                      now_ms);
}

/* A turn of the loop: answers come in, what is due goes out. */
static void
turn(struct world *w, long long now_ms)
{
    size_t n = w->n_answers;

    w->n_answers = 0;
    for (size_t i = 0; i < n; i++) {
        probes_intercept(w->probes, w->answers[i], now_ms);
        dp_packet_delete(w->answers[i]);
    }
    probes_run(w->probes, now_ms);
}

/* Turns until the answer is there; when that was. */
static long long
run(struct world *w, long long now_ms, long long end_ms)
{
    while (now_ms < end_ms && ask(w, now_ms) == PROBE_WAITING) {
        turn(w, now_ms++);
    }
    return now_ms;
}

static void
asleep_until_flows_change(void **state OVS_UNUSED)
{
    struct world w;

    start(&w, "tcp", TCP_SYN);
    assert_int_equal(ask(&w, 0), PROBE_ASLEEP);
    w.generation++;
    w.behaviour = ASLEEP;
    assert_int_equal(ask(&w, 0), PROBE_WAITING);
    uint64_t seqno = probes_seqno(w.probes);
    turn(&w, 0);
    assert_int_equal(ask(&w, 1), PROBE_ASLEEP);
    assert_true(probes_seqno(w.probes) > seqno);
    assert_int_equal(w.n_syns, 1);
    finish(&w);
}

static void
a_backend_that_listens_is_believed(void **state OVS_UNUSED)
{
    struct world w;

    start(&w, "tcp", TCP_SYN);
    w.generation++;
    w.behaviour = LISTENS;
    assert_true(run(&w, 0, 100) <= 3);
    assert_int_equal(ask(&w, 3), PROBE_ANSWERED);
    turn(&w, 4);
    assert_int_equal(w.n_syns, 1);
    assert_int_equal(w.n_rsts, 1);

    /* Once it sleeps again, that counts no more. */
    probes_reset(w.probes, &w.event);
    w.behaviour = SILENT;
    assert_int_equal(ask(&w, 10), PROBE_WAITING);
    finish(&w);
}

static void
a_refusal_is_waited_out(void **state OVS_UNUSED)
{
    struct world w;

    start(&w, "tcp", TCP_SYN);
    w.generation++;
    w.behaviour = REFUSES;
    assert_int_equal(run(&w, 0, 5000), 5000);
    assert_int_equal(w.n_rsts, 0);
    /* Quickly at first, not for ever. */
    assert_in_range(w.n_syns, 100, 200);
    w.behaviour = LISTENS;
    assert_true(run(&w, 5000, 6000) <= 5000 + 2 * PROBE_INTERVAL_MAX_MS);
    finish(&w);
}

static void
silence_is_no_reason_to_wait_for_ever(void **state OVS_UNUSED)
{
    struct world w;

    start(&w, "tcp", TCP_SYN);
    w.generation++;
    w.behaviour = SILENT;
    long long end_ms = run(&w, 0, 5000);
    assert_in_range(end_ms, PROBE_SILENCE_MS,
                    PROBE_SILENCE_MS + 2 * PROBE_INTERVAL_MAX_MS);
    finish(&w);
}

static void
all_of_several_backends_are_heard(void **state OVS_UNUSED)
{
    struct world w;

    start(&w, "tcp", TCP_SYN);
    w.generation++;
    w.n_backends = 4;
    w.behaviour = LISTENS;
    assert_true(run(&w, 0, 1000) <= 3);
    assert_in_range(w.n_syns, 4, 8);
    finish(&w);
}

static void
one_of_several_is_enough_after_a_while(void **state OVS_UNUSED)
{
    struct world w;

    start(&w, "tcp", TCP_SYN);
    w.generation++;
    w.behaviour = LISTENS;
    long long now_ms = 0;
    while (now_ms < 1000
           && probes_ask(w.probes, &w.event, 2, 2, now_ms) == PROBE_WAITING) {
        turn(&w, now_ms++);
    }
    assert_in_range(now_ms, PROBE_GRACE_MS, PROBE_GRACE_MS + 10);
    finish(&w);
}

static void
without_a_syn_the_drivers_word_counts(void **state OVS_UNUSED)
{
    struct world w;

    start(&w, "udp", TCP_SYN);
    assert_int_equal(ask(&w, 0), PROBE_ASLEEP);
    w.generation++;
    assert_int_equal(ask(&w, 0), PROBE_ANSWERED);
    assert_int_equal(w.n_syns, 0);
    finish(&w);
}

static void
what_is_for_others_is_left_alone(void **state OVS_UNUSED)
{
    struct world w;

    start(&w, "tcp", TCP_SYN);
    w.generation++;
    w.behaviour = LISTENS;
    ask(&w, 0);
    turn(&w, 0);
    assert_int_equal(w.n_answers, 1);
    /* The same port, another sequence number: a client's own connection. */
    struct dp_packet *other = dp_packet_clone(w.answers[0]);
    struct flow flow;
    flow_extract(other, &flow);
    struct tcp_header *tcp = dp_packet_l4(other);
    put_16aligned_be32(&tcp->tcp_ack,
                       htonl(ntohl(get_16aligned_be32(&tcp->tcp_ack)) + 1));
    assert_false(probes_intercept(w.probes, other, 1));
    dp_packet_delete(other);
    assert_int_equal(ask(&w, 1), PROBE_WAITING);
    assert_true(probes_intercept(w.probes, w.answers[0], 1));
    finish(&w);
}

/* The kth of many services. */
static struct event
event_of(size_t k)
{
    return (struct event) {
        .kind = EVENT_empty_lb_backends, .protocol = xstrdup("tcp"),
        .vip = xasprintf("192.168.2.%"PRIuSIZE":80", k),
    };
}

static void
many_take_turns(void **state OVS_UNUSED)
{
    const struct hold_origin origin = { .datapath = 1, .inport = 3 };
    enum { N = 100 };
    struct world w;

    start(&w, "tcp", TCP_SYN);
    for (size_t k = 0; k < N; k++) {
        struct event event = event_of(k);
        struct dp_packet *syn = packet_from_spec(&(struct packet_spec) {
            .flow = "tcp,nw_src=10.0.0.2,nw_dst=192.168.2.1,tcp_src=40000,"
                    "tcp_dst=80", .tcp_flags = TCP_SYN,
        });
        probes_raised(w.probes, &event, syn, &origin, 1);
        assert_int_equal(probes_ask(w.probes, &event, 1, 2, 0),
                         PROBE_WAITING);
        dp_packet_delete(syn);
        event_uninit(&event);
    }

    /* A few at a time, though all are due; in N turns, each some times. */
    probes_run(w.probes, 0);
    assert_in_range(w.n_syns, 1, 64);
    w.behaviour = LISTENS;
    for (long long now_ms = 1; now_ms < N; now_ms++) {
        turn(&w, now_ms);
    }
    for (size_t k = 0; k < N; k++) {
        struct event event = event_of(k);
        assert_int_equal(probes_ask(w.probes, &event, 1, 2, N),
                         PROBE_ANSWERED);
        event_uninit(&event);
    }
    finish(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asleep_until_flows_change),
        cmocka_unit_test(a_backend_that_listens_is_believed),
        cmocka_unit_test(a_refusal_is_waited_out),
        cmocka_unit_test(silence_is_no_reason_to_wait_for_ever),
        cmocka_unit_test(all_of_several_backends_are_heard),
        cmocka_unit_test(one_of_several_is_enough_after_a_while),
        cmocka_unit_test(without_a_syn_the_drivers_word_counts),
        cmocka_unit_test(what_is_for_others_is_left_alone),
        cmocka_unit_test(many_take_turns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
