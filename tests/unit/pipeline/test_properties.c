/* What must hold of all packets, on random ones through the network that
 * ovn-northd wrote (tests/data/pipeline/rich.json): verdict_check.h; the same
 * packet twice has the same verdict where it depended on nothing else; and a
 * packet that differs only in bits that were not looked at, too. */

#include "unit.h"

#include "netload.h"
#include "packet_spec.h"
#include "verdict_check.h"

enum { N_PACKETS = 4000 };

struct fixture {
    struct network *network;
    struct pipeline *pipeline;
    struct net_port *ports[64];
    size_t n_ports;
    uint32_t dice;
};

static uint32_t
roll(struct fixture *f, uint32_t n_sides)
{
    f->dice = hash_int(f->dice + 1, 0x9e3779b9);
    return f->dice % n_sides;
}

#define PICK(F, ARRAY) ARRAY[roll(F, ARRAY_SIZE(ARRAY))]

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);
    struct svec problems = SVEC_EMPTY_INITIALIZER;
    struct json *tables = json_from_file(getenv("NETWORK"));

    assert_case(tables->type == JSON_OBJECT, "%s", json_string(tables));
    f->network = network_new();
    netload(f->network, tables, &problems);
    assert_case(!problems.n, "%s", problems.names[0]);
    svec_destroy(&problems);
    json_destroy(tables);
    f->pipeline = pipeline_new(f->network);
    for (uint32_t key = 1; key < 16; key++) {
        struct net_datapath *dp = network_find_datapath(f->network, key);

        for (uint32_t port = 1; dp && port < 16; port++) {
            struct net_port *p = net_datapath_find_port(dp, port);

            if (p) {
                f->ports[f->n_ports++] = p;
            }
        }
    }
    assert_true(f->n_ports > 10);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    pipeline_free(f->pipeline);
    network_free(f->network);
    free(f);
    return 0;
}

static const char *const macs[] = {
    "50:54:00:00:10:03", "50:54:00:00:10:04", "50:54:00:00:20:03",
    "00:00:00:00:ff:01", "00:00:00:00:ff:02", "00:00:00:00:ff:05",
    "00:00:00:00:ff:06", "00:00:00:00:aa:01", "ff:ff:ff:ff:ff:ff",
    "33:33:00:00:00:02", "0a:00:00:00:00:07",
};
static const char *const ips[] = {
    "10.0.0.3", "10.0.0.4", "10.0.0.5", "20.0.0.3", "20.0.0.4", "10.0.0.1",
    "10.0.0.100", "10.0.0.101", "10.0.0.104", "10.0.0.105", "10.0.0.106",
    "172.16.0.2", "172.16.0.10", "172.16.0.21", "172.16.0.99", "40.0.0.9",
};
static const char *const ip6s[] = {
    "fd00:10::3", "fd00:10::4", "fd00:20::3", "fd00:10::1", "fd00:10::100",
    "fd00:10::111", "fd00:10::112", "fd00:72::3", "fe80::1", "ff02::2",
};
static const uint16_t ports[] = { 80, 53, 67, 68, 546, 547, 8080, 1000 };

static struct dp_packet *
random_packet(struct fixture *f)
{
    static const uint8_t ttls[] = { 0, 1, 64, 255 };
    bool v6 = roll(f, 3) == 0, is_arp = !v6 && roll(f, 8) == 0;
    const char *proto = PICK(f, ((const char *const[]) { "tcp", "udp",
                                                         "sctp" }));
    struct ds flow = DS_EMPTY_INITIALIZER;

    ds_put_format(&flow, "%s%s,dl_src=%s,dl_dst=%s", is_arp ? "arp" : proto,
                  v6 ? "6" : "", PICK(f, macs), PICK(f, macs));
    if (is_arp) {
        ds_put_format(&flow, ",arp_op=%d,arp_spa=%s,arp_tpa=%s",
                      1 + roll(f, 2), PICK(f, ips), PICK(f, ips));
    } else {
        ds_put_format(&flow, v6 ? ",ipv6_src=%s,ipv6_dst=%s"
                      : ",nw_src=%s,nw_dst=%s",
                      v6 ? PICK(f, ip6s) : PICK(f, ips),
                      v6 ? PICK(f, ip6s) : PICK(f, ips));
        ds_put_format(&flow, ",nw_ttl=%d,%s_src=%d,%s_dst=%d", PICK(f, ttls),
                      proto, PICK(f, ports), proto, PICK(f, ports));
    }

    struct dp_packet *packet = packet_from_spec(&(struct packet_spec) {
        .flow = ds_cstr(&flow), .payload = roll(f, 2) ? "data" : NULL,
        .tcp_flags = roll(f, 2) ? TCP_SYN : TCP_ACK,
    });
    ds_destroy(&flow);
    return packet;
}

/* Sends a copy. */
static void
send_packet(struct fixture *f, const struct dp_packet *packet,
            const struct net_port *inport, struct pipe_verdict *verdict)
{
    struct dp_packet *copy = dp_packet_clone(packet);
    struct verdict_watch watch;

    pipe_verdict_init(verdict);
    verdict_watch_init(&watch, copy);
    pipeline_run(f->pipeline, &copy, inport, time_msec(), &watch.observer,
                 verdict);

    char *problem = verdict_check(&watch, verdict);
    if (problem) {
        char *s = ofp_dp_packet_to_string(packet);

        assert_case(false, "%s, from %s: %s", problem, inport->name, s);
    }
}

static void
assert_same_way(const struct pipe_verdict *a, const struct pipe_verdict *b,
                const struct dp_packet *packet)
{
    bool same = a->n == b->n;

    for (size_t i = 0; same && i < a->n; i++) {
        same = (a->effects[i].type == b->effects[i].type
                && a->effects[i].port == b->effects[i].port
                && a->effects[i].reason == b->effects[i].reason
                && a->effects[i].flow == b->effects[i].flow);
    }
    if (!same) {
        char *s = ofp_dp_packet_to_string(packet);

        assert_case(false, "another verdict for %s", s);
    }
}

static void
verdicts_hold(void **state)
{
    struct fixture *f = *state;
    size_t n_by_type[EFFECT_DROP + 1] = { 0 };

    for (int i = 0; i < N_PACKETS; i++) {
        struct dp_packet *packet = random_packet(f);
        const struct net_port *inport = f->ports[roll(f, f->n_ports)];
        struct pipe_verdict verdict;

        send_packet(f, packet, inport, &verdict);
        for (size_t j = 0; j < verdict.n; j++) {
            n_by_type[verdict.effects[j].type]++;
        }
        pipe_verdict_uninit(&verdict);
        dp_packet_delete(packet);
        ovsrcu_quiesce();
    }
    /* The packets were worth it. */
    assert_true(n_by_type[EFFECT_OUTPUT] > N_PACKETS / 10);
    assert_true(n_by_type[EFFECT_DROP] > N_PACKETS / 10);
    assert_true(n_by_type[EFFECT_EVENT] > 0);
    assert_true(n_by_type[EFFECT_MAC] > 0);
}

static void
verdicts_repeat(void **state)
{
    struct fixture *f = *state;
    int n_repeated = 0;

    for (int i = 0; i < N_PACKETS; i++) {
        struct dp_packet *packet = random_packet(f);
        const struct net_port *inport = f->ports[roll(f, f->n_ports)];
        struct pipe_verdict a, b;

        send_packet(f, packet, inport, &a);
        send_packet(f, packet, inport, &b);
        if (!(a.dependencies & (DEPENDS_ON_CT | DEPENDS_ON_TIME))) {
            assert_same_way(&a, &b, packet);
            n_repeated++;
        }
        pipe_verdict_uninit(&a);
        pipe_verdict_uninit(&b);
        dp_packet_delete(packet);
        ovsrcu_quiesce();
    }
    assert_true(n_repeated > N_PACKETS / 10);
}

/* Takes over from 'other' what the verdict did not look at. */
static bool
mix(const struct flow *flow, const struct flow *other,
    const struct flow_wildcards *wc, struct flow *mixed)
{
    const uint64_t *a = (const uint64_t *) flow;
    const uint64_t *b = (const uint64_t *) other;
    const uint64_t *mask = (const uint64_t *) &wc->masks;
    uint64_t *to = (uint64_t *) mixed;
    bool differs = false;

    for (size_t i = 0; i < FLOW_U64S; i++) {
        to[i] = (a[i] & mask[i]) | (b[i] & ~mask[i]);
        differs |= to[i] != a[i];
    }
    return differs;
}

static void
verdicts_depend_on_what_they_say(void **state)
{
    struct fixture *f = *state;
    int n_mixed = 0;

    for (int i = 0; i < N_PACKETS; i++) {
        struct dp_packet *packet = random_packet(f);
        struct dp_packet *other = random_packet(f);
        const struct net_port *inport = f->ports[roll(f, f->n_ports)];
        struct flow a, b, mixed;
        struct pipe_verdict va, vb;

        flow_extract(packet, &a);
        flow_extract(other, &b);
        send_packet(f, packet, inport, &va);
        /* Of the same kind: what is where in a flow goes by it. */
        if (a.dl_type == b.dl_type && a.nw_proto == b.nw_proto
            && !(va.dependencies & ~(DEPENDS_ON_MACS | DEPENDS_ON_FDB))
            && mix(&a, &b, &va.wc, &mixed)) {
            struct dp_packet *third = dp_packet_new(128);

            flow_compose(third, &mixed, NULL, 0);
            send_packet(f, third, inport, &vb);
            assert_same_way(&va, &vb, packet);
            pipe_verdict_uninit(&vb);
            dp_packet_delete(third);
            n_mixed++;
        }
        pipe_verdict_uninit(&va);
        dp_packet_delete(packet);
        dp_packet_delete(other);
        ovsrcu_quiesce();
    }
    assert_true(n_mixed > N_PACKETS / 20);
}

int
main(int argc OVS_UNUSED, char *argv[])
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(verdicts_hold),
        TEST(verdicts_repeat),
        TEST(verdicts_depend_on_what_they_say),
    };

    set_program_name(argv[0]);
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    int failed = cmocka_run_group_tests_name("properties", tests, NULL, NULL);
    ovsrcu_exit();
    return failed;
}
