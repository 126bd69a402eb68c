/* Real fragments through flows with connection tracking and NAT, and what is
 * kept of them. */

#include "unit.h"

#include "fragments.h"
#include "packet_spec.h"
#include "pipeline.h"

#define MAX_OUT 64

struct fixture {
    struct network *network;
    struct pipeline *pipeline;
    struct net_port *client, *server;
    long long now_ms;
    uint64_t n_in;
    /* Of the last fragment. */
    enum drop_reason reason;             /* 0: it was not dropped. */
    struct dp_packet *out[MAX_OUT];      /* Owned. */
    const struct net_port *out_port;
    size_t n_out, n_events;
};

static const char *const flows[] = {
    "i 0 1 ip => ct_lb_mark;",
    "i 0 0 1 => next;",
    "i 1 3 ct.new && ip4.dst == 10.9.0.1 && udp.dst == 53"
    " => ct_lb_mark(backends=10.0.0.2:5353);",
    "i 1 3 ct.new && ip6.dst == fd09::1 && udp.dst == 53"
    " => ct_lb_mark(backends=[fd00::2]:5353);",
    "i 1 3 ip4.dst == 10.9.0.9 => trigger_event(event = \"empty_lb_backends\","
    " vip = \"10.9.0.9:53\", protocol = \"udp\");",
    "i 1 2 ct.inv => drop;",
    "i 1 1 ct.new => ct_commit { ct_mark.blocked = 0; }; next;",
    "i 1 0 1 => next;",
    "i 2 1 1 => reg0[0] = check_pkt_larger(120); next;",
    "i 3 2 reg0[0] == 1 => drop;",
    "i 3 1 inport == \"client\" => outport = \"server\"; output;",
    "i 3 1 inport == \"server\" => outport = \"client\"; output;",
    "e 0 1 ip => ct_lb_mark;",
    "e 1 0 1 => output;",
};

static void
add_flow(struct fixture *f, struct net_datapath *dp, const char *text)
{
    struct lflow_desc desc = {
        .datapaths = &dp->flows, .n_datapaths = 1,
        .pipeline = *text == 'i' ? PIPELINE_INGRESS : PIPELINE_EGRESS,
        .stage = text[2] - '0', .priority = text[4] - '0',
    };
    char *match = xstrdup(text + 6), *error = NULL;
    char *arrow = strstr(match, "=>");

    *arrow = '\0';
    desc.match = match;
    desc.actions = arrow + 2;
    uuid_generate(&desc.uuid);
    assert_case(ltables_add(network_tables(f->network), &desc, &error)
                != NULL, "%s", error);
    free(match);
}

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);
    struct uuid uuid;

    uuid_generate(&uuid);
    f->network = network_new();
    network_add_datapath(f->network, &uuid, 1, "sw", false);

    struct net_datapath *dp = network_find_datapath(f->network, 1);
    f->client = network_add_port(f->network, dp, 1, "client", PORT_VIF);
    f->server = network_add_port(f->network, dp, 2, "server", PORT_VIF);
    for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
        add_flow(f, dp, flows[i]);
    }
    ltables_publish(network_tables(f->network));
    f->pipeline = pipeline_new(f->network);
    /* Ahead of the clock, which the pipeline does not lag behind: so this is
     * the time, however long a test takes. */
    f->now_ms = time_msec() + 60000;
    *state = f;
    return 0;
}

static void
forget_out(struct fixture *f)
{
    for (size_t i = 0; i < f->n_out; i++) {
        dp_packet_delete(f->out[i]);
    }
    f->n_out = f->n_events = 0;
    f->reason = 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    forget_out(f);
    pipeline_free(f->pipeline);
    network_free(f->network);
    free(f);
    return 0;
}

/* A UDP packet with 'size' bytes of data. */
static struct dp_packet *
make(const char *flow, size_t size)
{
    struct ds hex = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < size; i++) {
        ds_put_format(&hex, "%02x", (unsigned int) (i * 7 & 0xff));
    }

    struct dp_packet *packet = packet_from_spec(
        &(struct packet_spec) { .flow = flow, .hex = ds_cstr(&hex) });
    ds_destroy(&hex);
    return packet;
}

/* Bytes 'start' to 'end' - 1 of what is behind the IP header of 'whole', by
 * RFC 791 and RFC 8200; not the way of the code under test. */
static struct dp_packet *
cut(const struct dp_packet *whole, uint32_t id, size_t start, size_t end)
{
    const char *l4 = dp_packet_l4(whole);
    size_t size = dp_packet_l4_size(whole);
    bool more = end < size;
    struct dp_packet *part = dp_packet_new(128);
    struct flow flow;

    end = MIN(end, size);
    dp_packet_put(part, dp_packet_data(whole), whole->l4_ofs);
    flow_extract(CONST_CAST(struct dp_packet *, whole), &flow);
    if (flow.dl_type == htons(ETH_TYPE_IP)) {
        struct ip_header *ip = dp_packet_at(part, whole->l3_ofs,
                                            IP_HEADER_LEN);

        ip->ip_id = htons(id);
        ip->ip_tot_len = htons(IP_HEADER_LEN + end - start);
        ip->ip_frag_off = htons(start / 8 | (more ? 0x2000 : 0));
        ip->ip_csum = 0;
        ip->ip_csum = csum(ip, IP_HEADER_LEN);
    } else {
        struct ovs_16aligned_ip6_hdr *ip6
            = dp_packet_at(part, whole->l3_ofs, IPV6_HEADER_LEN);
        uint8_t header[8] = { ip6->ip6_nxt, 0, start >> 8,
                              (start & 0xff) | more, id >> 24, id >> 16,
                              id >> 8, id };

        ip6->ip6_nxt = IPPROTO_FRAGMENT;
        ip6->ip6_plen = htons(8 + end - start);
        dp_packet_put(part, header, sizeof header);
    }
    dp_packet_put(part, l4 + start, end - start);
    return part;
}

static void
send_packet(struct fixture *f, const struct net_port *inport,
            struct dp_packet *packet)
{
    struct pipe_verdict verdict;

    forget_out(f);
    f->n_in++;
    pipe_verdict_init(&verdict);
    pipeline_run(f->pipeline, &packet, inport, f->now_ms, NULL, &verdict);
    for (size_t i = 0; i < verdict.n; i++) {
        struct pipe_effect *e = &verdict.effects[i];

        if (e->type == EFFECT_DROP) {
            f->reason = e->reason;
        } else if (e->packet) {
            assert_true(f->n_out < MAX_OUT);
            f->n_events += e->type == EFFECT_EVENT;
            f->out[f->n_out++] = pipe_effect_steal_packet(e);
            f->out_port = e->port;
        }
    }
    pipe_verdict_uninit(&verdict);
}

/* Sends a part of 'whole'. */
static void
send_part(struct fixture *f, const struct dp_packet *whole, uint32_t id,
          size_t start, size_t end)
{
    send_packet(f, f->client, cut(whole, id, start, end));
}

#define assert_reason(FIXTURE, REASON)                                        \
    assert_case((FIXTURE)->reason == DROP_##REASON && !(FIXTURE)->n_out,      \
                "it is dropped: %s, %"PRIuSIZE" left",                        \
                drop_reason_name((FIXTURE)->reason), (FIXTURE)->n_out)

/* What left are 'n' fragments of one packet, in order, which is right and has
 * these addresses and ports, and the data of 'original'. */
static void
assert_whole(struct fixture *f, size_t n, const char *src, uint16_t sport,
             const char *dst, uint16_t dport,
             const struct dp_packet *original)
{
    struct fragments *fragments = fragments_new();
    struct dp_packet *whole = NULL;
    enum drop_reason reason;
    struct flow flow;
    uint16_t mru;

    assert_case(f->n_out == n, "%"PRIuSIZE" left; %s", f->n_out,
                drop_reason_name(f->reason));
    for (size_t i = 0; i < n; i++) {
        struct dp_packet *copy = dp_packet_clone(f->out[i]);

        assert_null(whole);
        assert_null(packet_check(copy));
        flow_extract(copy, &flow);
        assert_int_equal(flow.nw_frag, i ? FLOW_NW_FRAG_ANY
                         | FLOW_NW_FRAG_LATER : FLOW_NW_FRAG_ANY);
        whole = fragments_add(fragments, &copy, flow.dl_type, 0, 0, &mru,
                              &reason);
    }
    fragments_free(fragments);
    assert_non_null(whole);

    const char *problem = packet_check(whole);
    assert_case(!problem, "joined: %s", problem);
    flow_extract(whole, &flow);
    struct in6_addr ip;
    assert_true(ipv6_parse(src, &ip));
    assert_true(flow.dl_type == htons(ETH_TYPE_IPV6)
                ? ipv6_addr_equals(&ip, &flow.ipv6_src)
                : flow.nw_src == in6_addr_get_mapped_ipv4(&ip));
    assert_true(ipv6_parse(dst, &ip));
    assert_true(flow.dl_type == htons(ETH_TYPE_IPV6)
                ? ipv6_addr_equals(&ip, &flow.ipv6_dst)
                : flow.nw_dst == in6_addr_get_mapped_ipv4(&ip));
    assert_int_equal(ntohs(flow.tp_src), sport);
    assert_int_equal(ntohs(flow.tp_dst), dport);
    assert_int_equal(dp_packet_l4_size(whole), dp_packet_l4_size(original));
    assert_memory_equal((char *) dp_packet_l4(whole) + UDP_HEADER_LEN,
                        (char *) dp_packet_l4(original) + UDP_HEADER_LEN,
                        dp_packet_l4_size(whole) - UDP_HEADER_LEN);
    dp_packet_delete(whole);
}

/* Every fragment that waited is in one of the counts. */
static void
assert_conserved(struct fixture *f, uint64_t n_held)
{
    const struct fragment_counts *c = pipeline_fragments(f->pipeline);

    assert_int_equal(c->n_held, n_held);
    assert_int_equal(c->n_queued, c->n_held + c->n_joined + c->n_lost
                     + c->n_overlapped + c->n_evicted);
    assert_true(!c->n_held == !c->n_held_bytes);
}

#define V4 "udp,nw_src=10.0.0.1,nw_dst=10.9.0.1,udp_src=1000,udp_dst=53"
#define V6 "udp6,ipv6_src=fd00::1,ipv6_dst=fd09::1,udp_src=1000,udp_dst=53"
#define V4_LEFT "::ffff:10.0.0.1", 1000, "::ffff:10.0.0.2", 5353
#define V6_LEFT "fd00::1", 1000, "fd00::2", 5353

static void
both_leave_translated(void **state)
{
    struct fixture *f = *state;
    struct dp_packet *v4 = make(V4, 72), *v6 = make(V6, 72);

    send_part(f, v4, 7, 0, 48);
    assert_reason(f, FRAGMENT_QUEUED);
    assert_conserved(f, 1);
    send_part(f, v4, 7, 48, 80);
    assert_whole(f, 2, V4_LEFT, v4);
    assert_ptr_equal(f->out_port, f->server);
    send_part(f, v6, 7, 0, 48);
    assert_reason(f, FRAGMENT_QUEUED);
    send_part(f, v6, 7, 48, 80);
    assert_whole(f, 2, V6_LEFT, v6);
    assert_conserved(f, 0);

    /* What comes back, too. */
    struct dp_packet *reply = make("udp,nw_src=10.0.0.2,nw_dst=10.0.0.1,"
                                   "udp_src=5353,udp_dst=1000", 72);
    send_packet(f, f->server, cut(reply, 8, 0, 48));
    assert_reason(f, FRAGMENT_QUEUED);
    send_packet(f, f->server, cut(reply, 8, 48, 80));
    assert_whole(f, 2, "::ffff:10.9.0.1", 53, "::ffff:10.0.0.1", 1000, reply);
    dp_packet_delete(reply);
    dp_packet_delete(v4);
    dp_packet_delete(v6);
}

/* In each order of three. */
static void
order_does_not_matter(void **state)
{
    static const uint8_t orders[][3] = {
        { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 },
        { 2, 1, 0 },
    };
    struct fixture *f = *state;
    struct dp_packet *whole[2] = { make(V4, 62), make(V6, 62) };

    for (size_t i = 0; i < 2 * ARRAY_SIZE(orders); i++) {
        for (size_t j = 0; j < 3; j++) {
            size_t start = orders[i / 2][j] * 24;

            send_part(f, whole[i % 2], i, start, start + 24);
            if (j < 2) {
                assert_reason(f, FRAGMENT_QUEUED);
            }
        }
        if (i % 2) {
            assert_whole(f, 3, V6_LEFT, whole[1]);
        } else {
            assert_whole(f, 3, V4_LEFT, whole[0]);
        }
    }
    assert_conserved(f, 0);
    dp_packet_delete(whole[0]);
    dp_packet_delete(whole[1]);
}

static void
one_is_lost(void **state)
{
    struct fixture *f = *state;
    struct dp_packet *v4 = make(V4, 62), *v6 = make(V6, 62);

    send_part(f, v4, 1, 0, 24);
    send_part(f, v4, 1, 48, 70);
    send_part(f, v6, 1, 0, 24);
    send_part(f, v6, 1, 24, 48);
    assert_conserved(f, 4);
    f->now_ms += FRAGMENTS_TIMEOUT_MS - 1;
    pipeline_expire(f->pipeline, f->now_ms);
    assert_conserved(f, 4);
    f->now_ms++;
    pipeline_expire(f->pipeline, f->now_ms);
    assert_conserved(f, 0);
    assert_int_equal(pipeline_fragments(f->pipeline)->n_lost, 4);

    /* The one that comes too late waits for all the others. */
    send_part(f, v4, 1, 24, 48);
    assert_reason(f, FRAGMENT_QUEUED);
    send_part(f, v4, 1, 0, 24);
    assert_reason(f, FRAGMENT_QUEUED);
    send_part(f, v4, 1, 48, 70);
    assert_whole(f, 3, V4_LEFT, v4);
    assert_conserved(f, 0);
    dp_packet_delete(v4);
    dp_packet_delete(v6);
}

/* Teardrop and its kin: none of such a packet gets through. */
static void
overlaps_are_dropped(void **state)
{
    struct fixture *f = *state;
    struct dp_packet *whole[2] = { make(V4, 62), make(V6, 62) };

    for (size_t i = 0; i < 2; i++) {
        send_part(f, whole[i], 1, 0, 32);
        send_part(f, whole[i], 1, 24, 70);
        assert_reason(f, FRAGMENT_OVERLAP);
        assert_conserved(f, 0);
        /* In the middle of one. */
        send_part(f, whole[i], 2, 0, 48);
        send_part(f, whole[i], 2, 16, 32);
        assert_reason(f, FRAGMENT_OVERLAP);
        /* Behind the end. */
        send_part(f, whole[i], 3, 48, 70);
        dp_packet_set_size(whole[i], dp_packet_size(whole[i]) - 24);
        send_part(f, whole[i], 3, 24, 46);
        assert_reason(f, FRAGMENT_OVERLAP);
        assert_conserved(f, 0);
    }
    assert_int_equal(pipeline_fragments(f->pipeline)->n_overlapped, 6);

    /* The same one twice does no harm. */
    struct dp_packet *again = make(V4, 62);
    send_part(f, again, 4, 0, 48);
    send_part(f, again, 4, 0, 48);
    assert_reason(f, FRAGMENT_OVERLAP);
    assert_conserved(f, 1);
    send_part(f, again, 4, 48, 70);
    assert_whole(f, 2, V4_LEFT, again);
    dp_packet_delete(again);
    dp_packet_delete(whole[0]);
    dp_packet_delete(whole[1]);
}

/* Neither another id, nor protocol, address or zone. */
static void
packets_are_not_mixed(void **state)
{
    struct fixture *f = *state;
    struct dp_packet *a = make(V4, 62);
    struct dp_packet *b = make("udp,nw_src=10.0.0.7,nw_dst=10.9.0.1,"
                               "udp_src=1000,udp_dst=53", 62);

    send_part(f, a, 1, 0, 48);
    send_part(f, a, 2, 48, 70);
    assert_reason(f, FRAGMENT_QUEUED);
    send_part(f, b, 1, 48, 70);
    assert_reason(f, FRAGMENT_QUEUED);
    send_packet(f, f->server, cut(a, 1, 48, 70));
    assert_reason(f, FRAGMENT_QUEUED);
    assert_conserved(f, 4);
    send_part(f, a, 1, 48, 70);
    assert_whole(f, 2, V4_LEFT, a);
    assert_conserved(f, 3);
    dp_packet_delete(a);
    dp_packet_delete(b);
}

static void
malformed_ones_are_dropped(void **state)
{
    struct fixture *f = *state;
    struct dp_packet *v4 = make(V4, 62), *part;

    /* Not the last, and no multiple of 8. */
    send_part(f, v4, 1, 0, 47);
    assert_reason(f, MALFORMED);
    /* Beyond what a packet can have. */
    part = cut(v4, 1, 48, 70);
    struct ip_header *ip = dp_packet_at(part, ETH_HEADER_LEN, IP_HEADER_LEN);
    ip->ip_frag_off = htons(0x1fff);
    ip->ip_csum = 0;
    ip->ip_csum = csum(ip, IP_HEADER_LEN);
    send_packet(f, f->client, part);
    assert_reason(f, MALFORMED);
    /* A wrong checksum. */
    part = cut(v4, 1, 0, 48);
    ip = dp_packet_at(part, ETH_HEADER_LEN, IP_HEADER_LEN);
    ip->ip_csum ^= htons(1);
    send_packet(f, f->client, part);
    assert_reason(f, MALFORMED);
    assert_conserved(f, 0);
    assert_int_equal(pipeline_fragments(f->pipeline)->n_queued, 0);
    dp_packet_delete(v4);
}

/* The event's packets come back, as they were, once a backend is there. */
static void
events_have_fragments(void **state)
{
    struct fixture *f = *state;
    struct dp_packet *v4 = make("udp,nw_src=10.0.0.1,nw_dst=10.9.0.9,"
                                "udp_src=1000,udp_dst=53", 72);

    send_part(f, v4, 7, 0, 48);
    send_part(f, v4, 7, 48, 80);
    assert_int_equal(f->n_events, 2);
    assert_whole(f, 2, "::ffff:10.0.0.1", 1000, "::ffff:10.9.0.9", 53, v4);
    dp_packet_delete(v4);
}

/* check_pkt_larger() is about what leaves: frames of up to 120 bytes. */
static void
size_is_that_of_fragments(void **state)
{
    struct fixture *f = *state;
    struct dp_packet *v4 = make(V4, 192);

    for (size_t i = 0; i < 4; i++) {
        send_part(f, v4, 1, i * 56, i * 56 + 56);
    }
    assert_whole(f, 4, V4_LEFT, v4);
    send_part(f, v4, 2, 0, 104);
    send_part(f, v4, 2, 104, 200);
    assert_reason(f, BY_FLOW);
    dp_packet_delete(v4);
}

/* Memory is bounded: the oldest make room. */
static void
oldest_make_room(void **state)
{
    struct fixture *f = *state;
    struct dp_packet *v4 = make(V4, 62);

    for (uint32_t i = 0; i < FRAGMENTS_MAX + 100; i++) {
        send_part(f, v4, i, 0, 48);
        assert_reason(f, FRAGMENT_QUEUED);
    }
    assert_conserved(f, FRAGMENTS_MAX);
    assert_int_equal(pipeline_fragments(f->pipeline)->n_evicted, 100);
    send_part(f, v4, 50, 48, 70);
    assert_reason(f, FRAGMENT_QUEUED); /* Of nothing any more. */
    send_part(f, v4, 150, 48, 70);
    assert_whole(f, 2, V4_LEFT, v4);
    dp_packet_delete(v4);
}

int
main(int argc OVS_UNUSED, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_leave_translated, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(order_does_not_matter, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(one_is_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(overlaps_are_dropped, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(packets_are_not_mixed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(malformed_ones_are_dropped, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(events_have_fragments, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(size_is_that_of_fragments, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(oldest_make_room, set_up, tear_down),
    };

    set_program_name(argv[0]);
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ovsrcu_exit();
    return failed;
}
