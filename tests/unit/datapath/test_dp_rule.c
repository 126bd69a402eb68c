/* From verdicts to entries; and every entry is applied to the packet twice, by
 * what the verdict did and by the eBPF program: the bytes must be the same. */

#include "unit.h"

#include <linux/pkt_cls.h>
#include <unistd.h>

#include "dp_neighbor.h"
#include "dp_rule.h"
#include "packet_spec.h"

#define LOOPBACK 1 /* ifindex of packets in test runs. */

struct rewrite {
    const char *name;
    const char *in, *out; /* Flows. */
    uint32_t ct_states;
    unsigned int dependencies;
    bool looks_at_ttl;
    uint16_t flags; /* Expected of the entry. */
};

#define MACS "dl_src=0a:00:00:00:00:07,dl_dst=0a:00:00:00:00:08,"
#define TCP4 "tcp,nw_src=10.0.0.2,nw_dst=10.9.0.1,tcp_src=4000,tcp_dst=80"
#define UDP4 "udp,nw_src=10.0.0.2,nw_dst=10.9.0.1,udp_src=4000,udp_dst=53"
#define TCP6 "tcp6,ipv6_src=fd00::2,ipv6_dst=fd00:9::1,tcp_src=4000,tcp_dst=80"
#define UDP6 "udp6,ipv6_src=fd00::2,ipv6_dst=fd00:9::1,udp_src=4000,udp_dst=53"

static const struct rewrite rewrites[] = {
    { "nothing", TCP4, TCP4, 0, 0, false, 0 },
    { "routed", TCP4, MACS TCP4 ",nw_ttl=63", 0, 0, true, FP_CHECK_TTL },
    { "DNAT", TCP4, MACS "tcp,nw_src=10.0.0.2,nw_dst=10.0.1.2,tcp_src=4000,"
      "tcp_dst=8080,nw_ttl=63", CS_TRACKED | CS_ESTABLISHED, DEPENDS_ON_CT,
      true, FP_NAT | FP_CONNECTION | FP_CHECK_TTL },
    { "un-DNAT", TCP4, "tcp,nw_src=10.9.9.9,nw_dst=10.9.0.1,tcp_src=80,"
      "tcp_dst=80", CS_TRACKED | CS_ESTABLISHED | CS_REPLY_DIR, DEPENDS_ON_CT,
      false, FP_NAT | FP_CONNECTION | FP_REPLY },
    { "SNAT and DNAT", UDP4, MACS "udp,nw_src=172.16.0.1,nw_dst=10.0.1.2,"
      "udp_src=60000,udp_dst=5353,nw_ttl=62",
      CS_TRACKED | CS_ESTABLISHED, DEPENDS_ON_CT, true,
      FP_NAT | FP_CONNECTION | FP_CHECK_TTL },
    { "port alone", UDP4, "udp,nw_src=10.0.0.2,nw_dst=10.9.0.1,udp_src=4000,"
      "udp_dst=5353", 0, 0, false, FP_NAT },
    { "v6 routed", TCP6, MACS TCP6 ",nw_ttl=63", 0, 0, true, FP_CHECK_TTL },
    { "v6 DNAT", TCP6, MACS "tcp6,ipv6_src=fd00::2,ipv6_dst=fd00:1::2,"
      "tcp_src=4000,tcp_dst=8080,nw_ttl=63", CS_TRACKED | CS_ESTABLISHED,
      DEPENDS_ON_CT, true, FP_NAT | FP_CONNECTION | FP_CHECK_TTL },
    { "v6 SNAT and DNAT", UDP6, MACS "udp6,ipv6_src=fd00:5::1,"
      "ipv6_dst=fd00:1::2,udp_src=60000,udp_dst=5353,nw_ttl=60", 0, 0, true,
      FP_NAT | FP_CHECK_TTL },
};

static struct dp_packet *
make(const char *flow, uint16_t tcp_flags)
{
    return packet_from_spec(&(struct packet_spec) {
        .flow = flow, .payload = "payload of some bytes",
        .tcp_flags = tcp_flags ? tcp_flags : TCP_ACK,
    });
}

/* A verdict that sends 'out' (taken). */
static void
make_verdict(struct pipe_verdict *v, struct dp_packet *out,
             const struct rewrite *r)
{
    pipe_verdict_init(v);
    v->effects = xzalloc(sizeof *v->effects);
    v->n = v->allocated = 1;
    v->effects[0].type = EFFECT_OUTPUT;
    v->effects[0].packet = out;
    v->ct_states = r->ct_states;
    v->dependencies = r->dependencies;
    if (r->looks_at_ttl) {
        v->wc.masks.nw_ttl = UINT8_MAX;
    }
}

static const struct rule_output there = { .ifindex = 7, .mtu = 1500 };

static struct fastpath *
open_fastpath(void)
{
    char name[9];
    char *error = NULL;
    struct fastpath *f = NULL;

    snprintf(name, sizeof name, "u%u", (unsigned) getpid() % 10000000);
    if (fastpath_open(name, &f, &error)) {
        print_message("no eBPF here: %s\n", error);
        free(error);
        return NULL;
    }
    assert_int_equal(fastpath_set_config(f, &(struct fp_config) {
        .generation = 5, .cache = 1, .slow_cost_ns = 1,
        .slow_burst_ns = 1000 }), 0);
    return f;
}

/* The program's answer to 'in' (taken) must be 'out' (taken), as bytes; NULL:
 * must not be a hit. */
static void
check_program(struct fastpath *f, const char *what, struct dp_packet *in,
              struct dp_packet *out)
{
    uint32_t verdict = 0;

    assert_int_equal(fastpath_test(f, 0, in, &verdict), 0);
    assert_case((verdict == TC_ACT_REDIRECT) == (out != NULL),
                "%s: program returns %u", what, verdict);
    if (out) {
        struct flow flow;

        assert_int_equal(dp_packet_size(in), dp_packet_size(out));
        assert_case(!memcmp(dp_packet_data(in), dp_packet_data(out),
                            dp_packet_size(out)),
                    "%s: other bytes", what);
        flow_extract(in, &flow);
    }
    dp_packet_delete(in);
    dp_packet_delete(out);
}

static void
entries_do_what_the_verdict_did(void **state OVS_UNUSED)
{
    struct fastpath *f = open_fastpath();

    for (size_t i = 0; i < ARRAY_SIZE(rewrites); i++) {
        const struct rewrite *r = &rewrites[i];
        struct dp_packet *in = make(r->in, 0);
        struct dp_packet *out = make(r->out, 0);
        struct pipe_verdict v;
        struct arrival a;
        struct fp_entry e;

        assert_int_equal(arrival_init(&a, in, LOOPBACK), ARRIVAL_PLAIN);
        make_verdict(&v, dp_packet_clone(out), r);
        const char *why = rule_from_verdict(&a, &v, &there, &e);
        assert_case(!why, "%s: %s", r->name, why);
        assert_case(e.flags == r->flags, "%s: flags %#x", r->name, e.flags);
        assert_int_equal(e.out_ifindex, there.ifindex);
        if (f) {
            e.generation = 5;
            assert_int_equal(fastpath_put(f, &a.key, &e), 0);
            check_program(f, r->name, dp_packet_clone(in),
                          dp_packet_clone(out));
            assert_int_equal(fastpath_get(f, &a.key, &e), 0);
            assert_int_equal(e.packets, 1);
            assert_int_equal(e.bytes, dp_packet_size(in));
            assert_int_equal(fastpath_delete(f, &a.key), 0);
        }
        pipe_verdict_uninit(&v);
        dp_packet_delete(in);
        dp_packet_delete(out);
    }
    fastpath_close(f, true);
}

/* Puts the entry '*e' for what 'r' does to its packet, which is the caller's
 * and arrives as '*a'. */
static struct dp_packet *
put_entry(struct fastpath *f, const struct rewrite *r, struct arrival *a,
          struct fp_entry *e)
{
    struct dp_packet *in = make(r->in, 0);
    struct pipe_verdict v;

    arrival_init(a, in, LOOPBACK);
    make_verdict(&v, make(r->out, 0), r);
    assert_null(rule_from_verdict(a, &v, &there, e));
    e->generation = 5;
    assert_int_equal(fastpath_put(f, &a->key, e), 0);
    pipe_verdict_uninit(&v);
    return in;
}

/* An entry for rewrites[1], which looked at the TTL; and packets that differ
 * from the one that made it. */
static void
unlike_packets_miss(void **state OVS_UNUSED)
{
    static const struct {
        const char *flow;
        uint16_t tcp_flags;
    } others[] = {
        { TCP4 ",nw_ttl=63", 0 },
        { TCP4 ",nw_ttl=1", 0 },
        { "tcp,nw_src=10.0.0.3,nw_dst=10.9.0.1,tcp_src=4000,tcp_dst=80", 0 },
        { "tcp,nw_src=10.0.0.2,nw_dst=10.9.0.1,tcp_src=4001,tcp_dst=80", 0 },
        { UDP4, 0 },
        { TCP6, 0 },
        { "dl_src=0a:00:00:00:00:09," TCP4, 0 },
        { TCP4, TCP_SYN },
        { TCP4, TCP_SYN | TCP_ACK },
        { TCP4, TCP_RST },
    };
    struct fastpath *f = open_fastpath();
    const struct rewrite *r = &rewrites[1];
    struct dp_packet *in;
    struct arrival a;
    struct fp_entry e;

    if (!f) {
        skip();
    }
    in = put_entry(f, r, &a, &e);
    check_program(f, "itself", dp_packet_clone(in), make(r->out, 0));
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        check_program(f, others[i].flow,
                      make(others[i].flow, others[i].tcp_flags), NULL);
    }

    e.generation = 4;
    assert_int_equal(fastpath_put(f, &a.key, &e), 0);
    check_program(f, "generation", dp_packet_clone(in), NULL);
    e.generation = 5;
    e.mtu = dp_packet_size(in) - ETH_HEADER_LEN - 1;
    assert_int_equal(fastpath_put(f, &a.key, &e), 0);
    check_program(f, "MTU", dp_packet_clone(in), NULL);
    e.mtu++;
    e.tos = 4;
    e.tos_mask = 0xfc;
    assert_int_equal(fastpath_put(f, &a.key, &e), 0);
    check_program(f, "TOS", dp_packet_clone(in), NULL);
    dp_packet_delete(in);
    fastpath_close(f, true);
}

/* A FIN goes on as all others, and is noted. */
static void
a_fin_is_seen(void **state OVS_UNUSED)
{
    struct fastpath *f = open_fastpath();
    const struct rewrite *r = &rewrites[1];
    struct dp_packet *in;
    struct arrival a;
    struct fp_entry e;

    if (!f) {
        skip();
    }
    in = put_entry(f, r, &a, &e);
    check_program(f, "plain", dp_packet_clone(in), make(r->out, 0));
    assert_int_equal(fastpath_get(f, &a.key, &e), 0);
    assert_int_equal(e.seen, FP_SEEN_MORE);
    check_program(f, "FIN", make(r->in, TCP_FIN | TCP_ACK),
                  make(r->out, TCP_FIN | TCP_ACK));
    assert_int_equal(fastpath_get(f, &a.key, &e), 0);
    assert_int_equal(e.seen, FP_SEEN_MORE | FP_SEEN_FIN);
    dp_packet_delete(in);
    fastpath_close(f, true);
}

/* Only frames for the MAC at the other end go there directly. */
static void
frames_are_handed_to_whom_they_are_for(void **state OVS_UNUSED)
{
    const struct rewrite *r = &rewrites[1];
    struct rule_output output = there;
    struct dp_packet *in = make(r->in, 0);
    struct pipe_verdict v;
    struct arrival a;
    struct fp_entry e;

    arrival_init(&a, in, LOOPBACK);
    make_verdict(&v, make(r->out, 0), r);
    assert_true(eth_addr_from_string("0a:00:00:00:00:08", &output.peer));
    assert_null(rule_from_verdict(&a, &v, &output, &e));
    assert_true(e.flags & FP_PEER);
    assert_true(eth_addr_from_string("0a:00:00:00:00:09", &output.peer));
    assert_null(rule_from_verdict(&a, &v, &output, &e));
    assert_false(e.flags & FP_PEER);
    pipe_verdict_uninit(&v);
    dp_packet_delete(in);
}

/* New for ever is UDP alone. */
static void
what_is_not_answered_is_one_way(void **state OVS_UNUSED)
{
    static const struct rewrite udp = {
        "unanswered", UDP4, UDP4, CS_TRACKED | CS_NEW, DEPENDS_ON_CT, false,
        FP_CONNECTION | FP_ONE_WAY,
    };
    static const struct rewrite tcp = {
        "SYN", TCP4, TCP4, CS_TRACKED | CS_NEW, DEPENDS_ON_CT, false, 0,
    };
    const struct rewrite *both[] = { &udp, &tcp };

    for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
        struct dp_packet *in = make(both[i]->in, TCP_SYN);
        struct pipe_verdict v;
        struct arrival a;
        struct fp_entry e;

        arrival_init(&a, in, LOOPBACK);
        make_verdict(&v, make(both[i]->out, TCP_SYN), both[i]);
        const char *why = rule_from_verdict(&a, &v, &there, &e);
        if (both[i]->flags) {
            assert_null(why);
            assert_int_equal(e.flags, both[i]->flags);
        } else {
            assert_non_null(why);
            assert_null(rule_from_first(&a, &v, &there, &e));
            v.ct_states |= CS_ESTABLISHED;
            assert_non_null(rule_from_first(&a, &v, &there, &e));
        }
        pipe_verdict_uninit(&v);
        dp_packet_delete(in);
    }
}

struct dialog {
    const char *to, *sent; /* A client's packet, before and after. */
    const char *from, *got; /* The answer's. */
    const char *next_to, *next_sent, *next_from, *next_got; /* Another's. */
};

#define CLIENT4(PORT) "tcp,nw_src=10.0.0.2,nw_dst=10.9.0.1,tcp_src=" PORT \
                      ",tcp_dst=80"
#define CLIENT4_SENT(PORT) MACS "tcp,nw_src=10.0.0.2,nw_dst=10.0.1.2," \
                           "tcp_src=" PORT ",tcp_dst=8080,nw_ttl=63"
#define SERVER4(PORT) "dl_src=0a:00:00:00:00:0c,dl_dst=0a:00:00:00:00:0d," \
                      "tcp,nw_src=10.0.1.2,nw_dst=10.0.0.2,tcp_src=8080," \
                      "tcp_dst=" PORT
#define SERVER4_GOT(PORT) "tcp,nw_src=10.9.0.1,nw_dst=10.0.0.2,tcp_src=80," \
                          "tcp_dst=" PORT
#define CLIENT6(PORT) "tcp6,ipv6_src=fd00::2,ipv6_dst=fd00:9::1,tcp_src=" \
                      PORT ",tcp_dst=80"
#define CLIENT6_SENT(PORT) MACS "tcp6,ipv6_src=fd00::2,ipv6_dst=fd00:1::2," \
                           "tcp_src=" PORT ",tcp_dst=8080,nw_ttl=63"
#define SERVER6(PORT) "dl_src=0a:00:00:00:00:0c,dl_dst=0a:00:00:00:00:0d," \
                      "tcp6,ipv6_src=fd00:1::2,ipv6_dst=fd00::2," \
                      "tcp_src=8080,tcp_dst=" PORT
#define SERVER6_GOT(PORT) "tcp6,ipv6_src=fd00:9::1,ipv6_dst=fd00::2," \
                          "tcp_src=80,tcp_dst=" PORT

static const struct dialog dialogs[] = {
    { CLIENT4("4000"), CLIENT4_SENT("4000"),
      SERVER4("4000"), SERVER4_GOT("4000"),
      CLIENT4("61234"), CLIENT4_SENT("61234"),
      SERVER4("61234"), SERVER4_GOT("61234") },
    { CLIENT6("4000"), CLIENT6_SENT("4000"),
      SERVER6("4000"), SERVER6_GOT("4000"),
      CLIENT6("61234"), CLIENT6_SENT("61234"),
      SERVER6("61234"), SERVER6_GOT("61234") },
};

/* Of one direction, which leaves where the program is tested. */
static void
make_direction(const char *in, const char *out, struct flow_key *key,
               struct fp_entry *e)
{
    static const struct rewrite est = {
        "", "", "", CS_TRACKED | CS_ESTABLISHED, DEPENDS_ON_CT, true, 0,
    };
    static const struct rule_output back = {
        .ifindex = LOOPBACK, .mtu = 1500,
    };
    struct dp_packet *packet = make(in, 0);
    struct pipe_verdict v;
    struct arrival a;

    assert_int_equal(arrival_init(&a, packet, LOOPBACK), ARRIVAL_PLAIN);
    make_verdict(&v, make(out, 0), &est);
    assert_null(rule_from_verdict(&a, &v, &back, e));
    e->generation = 5;
    *key = a.key;
    pipe_verdict_uninit(&v);
    dp_packet_delete(packet);
}

static void
set_openings(struct fastpath *f, uint64_t generation, int64_t allowance)
{
    struct fp_config config;

    assert_int_equal(fastpath_get_config(f, &config), 0);
    config.openings = generation;
    assert_int_equal(fastpath_set_config(f, &config), 0);
    assert_int_equal(fastpath_set_allowance(f, allowance), 0);
}

static void
a_client_opens_connections_like_its_first(void **state OVS_UNUSED)
{
    struct fastpath *f = open_fastpath();

    if (!f) {
        skip();
    }
    for (size_t i = 0; i < ARRAY_SIZE(dialogs); i++) {
        const struct dialog *d = &dialogs[i];
        struct fp_opening_key key;
        struct fp_opening opening;
        struct rule_pair pair;

        make_direction(d->to, d->sent, &pair.client, &pair.there);
        make_direction(d->from, d->got, &pair.server, &pair.back);
        assert_true(rule_opening(&pair, &key, &opening));
        opening.generation = 3;
        assert_int_equal(fastpath_put_opening(f, &key, &opening), 0);

        /* Not of this generation, or no more for now. */
        set_openings(f, 4, 100);
        check_program(f, "void", make(d->next_to, TCP_SYN), NULL);
        set_openings(f, 3, 0);
        check_program(f, "no leave", make(d->next_to, TCP_SYN), NULL);

        /* Nothing but a SYN begins a connection. */
        set_openings(f, 3, 100);
        check_program(f, "ACK", make(d->next_to, 0), NULL);
        check_program(f, "RST", make(d->next_to, TCP_SYN | TCP_RST), NULL);
        check_program(f, "SYN|ACK", make(d->next_to, TCP_SYN | TCP_ACK),
                      NULL);
        check_program(f, "answer to none", make(d->next_from, 0), NULL);
        assert_int_equal(fastpath_get_allowance(f), 100);

        check_program(f, "SYN", make(d->next_to, TCP_SYN),
                      make(d->next_sent, TCP_SYN));
        check_program(f, "SYN again", make(d->next_to, TCP_SYN),
                      make(d->next_sent, TCP_SYN));
        check_program(f, "its answer", make(d->next_from, TCP_SYN | TCP_ACK),
                      make(d->next_got, TCP_SYN | TCP_ACK));
        check_program(f, "data", make(d->next_to, 0), make(d->next_sent, 0));
        check_program(f, "data back", make(d->next_from, 0),
                      make(d->next_got, 0));
        assert_int_equal(fastpath_get_allowance(f), 99);

        /* One finds the other, whichever way it takes. */
        struct flow_key next, other;
        struct fp_entry e;
        make_direction(d->next_to, d->next_sent, &next, &e);
        assert_int_equal(fastpath_get(f, &next, &e), 0);
        assert_int_equal(e.packets, 3);
        rule_find_other(&next, &e, &other);
        assert_int_equal(fastpath_get(f, &other, &e), 0);
        assert_true(e.flags & FP_ANSWERS);
        assert_int_equal(e.packets, 2);
        rule_find_other(&other, &e, &next);
        assert_int_equal(fastpath_get(f, &next, &e), 0);

        /* The end: the port's next connection is for the pipeline. */
        check_program(f, "FIN", make(d->next_to, TCP_FIN | TCP_ACK),
                      make(d->next_sent, TCP_FIN | TCP_ACK));
        check_program(f, "SYN anew", make(d->next_to, TCP_SYN), NULL);
    }
    fastpath_close(f, true);
}

/* Behind NAT it has a port of conntrack's choice. */
static void
a_client_behind_nat_is_no_example(void **state OVS_UNUSED)
{
    struct fp_opening_key key;
    struct fp_opening opening;
    struct rule_pair pair;

    make_direction(CLIENT4("4000"), "tcp,nw_src=172.16.0.1,nw_dst=10.0.1.2,"
                   "tcp_src=4000,tcp_dst=8080", &pair.client, &pair.there);
    make_direction("tcp,nw_src=10.0.1.2,nw_dst=172.16.0.1,tcp_src=8080,"
                   "tcp_dst=4000", SERVER4_GOT("4000"), &pair.server,
                   &pair.back);
    assert_false(rule_opening(&pair, &key, &opening));
}

/* Changes rewrites[1]'s verdict so that there must be no entry. */
enum spoiler {
    TWO_OUTPUTS, A_DROP, A_QUEUE, NEW, RELATED, INVALID, TIME, SIZE, BYTES,
    FLAGS, LABEL, OTHER_PAYLOAD, OTHER_TOS, LONGER, N_SPOILERS,
};

static void
spoil(struct pipe_verdict *v, enum spoiler s)
{
    uint8_t *out = dp_packet_data(v->effects[0].packet);

    switch (s) {
    case TWO_OUTPUTS:
        v->effects = xrealloc(v->effects, 2 * sizeof *v->effects);
        v->effects[v->n++] = (struct pipe_effect) { .type = EFFECT_LOG };
        break;
    case A_DROP: v->effects[0].type = EFFECT_DROP; break;
    case A_QUEUE: v->effects[0].queue = 1; break;
    case NEW: v->ct_states = CS_TRACKED | CS_NEW; break;
    case RELATED: v->ct_states = CS_TRACKED | CS_RELATED; break;
    case INVALID: v->ct_states = CS_TRACKED | CS_INVALID; break;
    case TIME: v->dependencies = DEPENDS_ON_TIME; break;
    case SIZE: v->dependencies = DEPENDS_ON_SIZE; break;
    case BYTES: v->dependencies = DEPENDS_ON_BYTES; break;
    case FLAGS: v->wc.masks.tcp_flags = htons(1); break;
    case LABEL: v->wc.masks.ipv6_label = htonl(1); break;
    case OTHER_PAYLOAD: out[14 + 20 + 4]++; break; /* Sequence number. */
    case OTHER_TOS: out[15]++; break;
    case LONGER: dp_packet_put_zeros(v->effects[0].packet, 1); break;
    case N_SPOILERS: break;
    }
}

static void
what_an_entry_cannot_stand_for_makes_none(void **state OVS_UNUSED)
{
    for (int s = 0; s <= N_SPOILERS; s++) {
        const struct rewrite *r = &rewrites[1];
        struct dp_packet *in = make(r->in, 0);
        struct pipe_verdict v;
        struct arrival a;
        struct fp_entry e;

        arrival_init(&a, in, LOOPBACK);
        make_verdict(&v, make(r->out, 0), r);
        spoil(&v, s);
        assert_case(!rule_from_verdict(&a, &v, &there, &e)
                    == (s == N_SPOILERS), "spoiler %d", s);
        pipe_verdict_uninit(&v);
        dp_packet_delete(in);
    }
}

static void
unusual_packets_are_told_apart(void **state OVS_UNUSED)
{
    static const struct {
        struct packet_spec spec;
        enum arrival_type type;
    } cases[] = {
        { { .flow = TCP4, .tcp_flags = TCP_ACK }, ARRIVAL_PLAIN },
        { { .flow = TCP4, .tcp_flags = TCP_SYN }, ARRIVAL_CHANGE },
        { { .flow = TCP6, .tcp_flags = TCP_FIN | TCP_ACK }, ARRIVAL_CHANGE },
        { { .flow = TCP4, .tcp_flags = TCP_RST }, ARRIVAL_CHANGE },
        { { .flow = UDP6 }, ARRIVAL_PLAIN },
        { { .flow = UDP4, .frag_off = 0x2000 }, ARRIVAL_OTHER },
        { { .flow = UDP4, .frag_off = 1 }, ARRIVAL_OTHER },
        { { .flow = "icmp,nw_src=1.1.1.1,nw_dst=2.2.2.2" }, ARRIVAL_OTHER },
        { { .flow = "arp,arp_op=1,arp_spa=1.1.1.1,arp_tpa=2.2.2.2" },
          ARRIVAL_OTHER },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct dp_packet *p = packet_from_spec(&cases[i].spec);
        struct arrival a;

        assert_case(arrival_init(&a, p, 1) == cases[i].type, "%s, case %zu",
                    cases[i].spec.flow, i);
        for (size_t n = 0; n < dp_packet_size(p); n++) {
            struct dp_packet *cut = packet_truncated(p, n);

            arrival_init(&a, cut, 1);
            dp_packet_delete(cut);
        }
        dp_packet_delete(p);
    }
}

static void
a_key_makes_a_packet_with_that_key(void **state OVS_UNUSED)
{
    static const char *const flows[] = { TCP4, TCP6, UDP4, UDP6 };

    for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
        struct dp_packet *in = make(flows[i], 0);
        struct fp_entry like = { .ttl = 64 };
        struct arrival a, b;

        arrival_init(&a, in, 3);
        struct dp_packet *made = rule_compose(&a.key, &like, TCP_ACK);
        assert_int_equal(arrival_init(&b, made, 3), ARRIVAL_PLAIN);
        assert_true(flow_key_equals(&a.key, &b.key));
        assert_int_equal(flow_key_hash(&a.key), flow_key_hash(&b.key));
        dp_packet_delete(made);
        dp_packet_delete(in);
    }
}

/* Neighbours: the pipeline's answers and the program's are the same bytes. */
static void
neighbours_are_answered_alike(void **state OVS_UNUSED)
{
    static const struct fp_neighbor_key keys[] = {
        { .ifindex = LOOPBACK, .eth_dst = { 255, 255, 255, 255, 255, 255 },
          .eth_src = { 10, 0, 0, 0, 0, 1 },
          .src = { CONSTANT_HTONL(0x0a000002) },
          .dst = { CONSTANT_HTONL(0x0a000001) } },
        { .ifindex = LOOPBACK, .eth_dst = { 0x33, 0x33, 255, 0, 0, 1 },
          .eth_src = { 10, 0, 0, 0, 0, 1 },
          .src = { CONSTANT_HTONL(0xfd000000), 0, 0, CONSTANT_HTONL(2) },
          .dst = { CONSTANT_HTONL(0xfd000000), 0, 0, CONSTANT_HTONL(1) },
          .ip_dst = { CONSTANT_HTONL(0xff020000), 0, CONSTANT_HTONL(1),
                      CONSTANT_HTONL(0xff000001) } },
    };
    struct fastpath *f = open_fastpath();

    for (size_t i = 0; f && i < ARRAY_SIZE(keys); i++) {
        struct dp_packet *question = neighbor_compose(&keys[i]);
        struct fp_neighbor given = {
            .generation = 5, .mac = { 10, 0, 0, 0, 0, 9 },
            .nd_flags = i ? 0xe0 : 0,
        }, seen;
        struct fp_neighbor_key key;
        uint32_t verdict;

        assert_true(neighbor_key_init(&key, question, LOOPBACK));
        assert_memory_equal(&key, &keys[i], sizeof key);
        check_program(f, "unknown", dp_packet_clone(question), NULL);
        assert_int_equal(fastpath_put_neighbor(f, &key, &given), 0);

        struct dp_packet *answer = dp_packet_clone(question);
        assert_int_equal(fastpath_test(f, 0, answer, &verdict), 0);
        assert_int_equal(verdict, TC_ACT_REDIRECT);
        assert_true(neighbor_from_answer(&key, answer, &seen));
        assert_memory_equal(seen.mac, given.mac, sizeof given.mac);
        assert_int_equal(seen.nd_flags, given.nd_flags);

        /* Any other byte, and it is no answer that could be kept. */
        for (size_t n = 0; n < dp_packet_size(answer); n++) {
            uint8_t *byte = (uint8_t *) dp_packet_data(answer) + n;

            *byte ^= 0x55;
            assert_case(!neighbor_from_answer(&key, answer, &seen),
                        "byte %zu", n);
            *byte ^= 0x55;
        }
        /* And any other question gets none. */
        for (size_t n = 0; n < dp_packet_size(question); n++) {
            struct dp_packet *other = dp_packet_clone(question);

            ((uint8_t *) dp_packet_data(other))[n] ^= 0x55;
            check_program(f, "other question", other, NULL);
        }
        dp_packet_delete(answer);
        dp_packet_delete(question);
    }
    fastpath_close(f, true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_do_what_the_verdict_did),
        cmocka_unit_test(unlike_packets_miss),
        cmocka_unit_test(a_fin_is_seen),
        cmocka_unit_test(frames_are_handed_to_whom_they_are_for),
        cmocka_unit_test(what_is_not_answered_is_one_way),
        cmocka_unit_test(a_client_opens_connections_like_its_first),
        cmocka_unit_test(a_client_behind_nat_is_no_example),
        cmocka_unit_test(what_an_entry_cannot_stand_for_makes_none),
        cmocka_unit_test(unusual_packets_are_told_apart),
        cmocka_unit_test(a_key_makes_a_packet_with_that_key),
        cmocka_unit_test(neighbours_are_answered_alike),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_ERR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
