#include "unit.h"

#include <netinet/in.h>

#include "packet_spec.h"
#include "probe_packet.h"

#define V4 "tcp,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,"           \
           "nw_src=10.0.0.2,nw_dst=192.168.1.7,tcp_src=40000,tcp_dst=80"
#define V6 "tcp6,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,"          \
           "ipv6_src=fd00::2,ipv6_dst=fd00::7,tcp_src=40000,tcp_dst=80"

static void
only_syns_are_samples(void **state OVS_UNUSED)
{
    static const struct {
        struct packet_spec spec;
        bool ok;
    } cases[] = {
        { { .flow = V4, .tcp_flags = TCP_SYN }, true },
        { { .flow = V6, .tcp_flags = TCP_SYN }, true },
        { { .flow = V4, .tcp_flags = TCP_SYN | TCP_ECE }, true },
        { { .flow = V4, .tcp_flags = TCP_ACK }, false },
        { { .flow = V4, .tcp_flags = TCP_SYN | TCP_ACK }, false },
        { { .flow = V4, .tcp_flags = TCP_RST }, false },
        { { .flow = "udp,nw_src=10.0.0.2,nw_dst=10.0.0.3,udp_src=1,"
                    "udp_dst=2" }, false },
        { { .flow = "arp,arp_spa=10.0.0.2,arp_tpa=10.0.0.3" }, false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct dp_packet *packet = packet_from_spec(&cases[i].spec);
        struct probe_path path;

        assert_case(probe_path_from_packet(packet, &path) == cases[i].ok,
                    "%s, flags %x", cases[i].spec.flow,
                    cases[i].spec.tcp_flags);
        dp_packet_delete(packet);
    }
}

/* What is composed of a sample takes the sample's way. */
static void
check_composed(const char *spec)
{
    struct dp_packet *syn = packet_from_spec(&(struct packet_spec) {
        .flow = spec, .tcp_flags = TCP_SYN,
    });
    struct probe_path path;
    struct flow a, b;

    assert_true(probe_path_from_packet(syn, &path));
    struct dp_packet *probe = probe_compose(&path, 1234, 0xfffffffe, TCP_SYN);
    const char *problem = packet_check(probe);
    assert_case(!problem, "%s: %s", spec, problem);
    flow_extract(syn, &a);
    flow_extract(probe, &b);
    assert_int_equal(ntohs(b.tp_src), 1234);
    assert_int_equal(ntohs(b.tcp_flags), TCP_SYN);
    b.tp_src = a.tp_src;
    assert_true(eth_addr_equals(a.dl_src, b.dl_src));
    assert_true(eth_addr_equals(a.dl_dst, b.dl_dst));
    assert_int_equal(a.nw_src, b.nw_src);
    assert_int_equal(a.nw_dst, b.nw_dst);
    assert_true(ipv6_addr_equals(&a.ipv6_src, &b.ipv6_src));
    assert_true(ipv6_addr_equals(&a.ipv6_dst, &b.ipv6_dst));
    assert_int_equal(a.tp_dst, b.tp_dst);

    /* Cut off anywhere, it is no answer, and nobody reads on. */
    for (size_t size = 0; size < dp_packet_size(probe); size++) {
        struct dp_packet *cut = packet_truncated(probe, size);
        struct probe_reply reply;

        if (size) {
            assert_false(probe_reply_from_packet(cut, &reply));
        }
        dp_packet_delete(cut);
    }
    dp_packet_delete(probe);
    dp_packet_delete(syn);
}

static void
probes_are_like_their_samples(void **state OVS_UNUSED)
{
    check_composed(V4);
    check_composed(V6);
}

static void
answers_are_read(void **state OVS_UNUSED)
{
    static const struct {
        uint16_t flags;
        bool is_reply, refused;
    } cases[] = {
        { TCP_SYN | TCP_ACK, true, false },
        { TCP_RST | TCP_ACK, true, true },
        { TCP_RST, false, false },
        { TCP_ACK, false, false },
        { TCP_SYN, false, false },
        { TCP_FIN | TCP_ACK, false, false },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct dp_packet *packet = packet_from_spec(&(struct packet_spec) {
            .flow = "tcp,nw_src=10.0.0.3,nw_dst=10.0.0.2,tcp_src=8080,"
                    "tcp_dst=1234",
            .tcp_flags = cases[i].flags, .ack = 0x80000001,
        });
        struct probe_reply reply;
        bool is_reply = probe_reply_from_packet(packet, &reply);

        assert_case(is_reply == cases[i].is_reply, "flags %x",
                    cases[i].flags);
        if (is_reply) {
            assert_int_equal(reply.refused, cases[i].refused);
            assert_int_equal(reply.dport, 1234);
            assert_int_equal(reply.sport, 8080);
            assert_true(reply.ack == 0x80000001);
            assert_int_equal(in6_addr_get_mapped_ipv4(&reply.src),
                             htonl(0x0a000003));
        }
        dp_packet_delete(packet);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_syns_are_samples),
        cmocka_unit_test(probes_are_like_their_samples),
        cmocka_unit_test(answers_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
