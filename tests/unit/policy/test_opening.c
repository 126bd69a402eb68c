/* What a packet is to a service that sleeps.  Packets are data: OVS flow
 * syntax and what that has no words for (see packet_spec.h). */

#include "unit.h"

#include <netinet/in.h>

#include "opening.h"
#include "packet_spec.h"

#define V4 "nw_src=10.0.0.2,nw_dst=192.168.1.100"
#define V6 "ipv6_src=fd00::2,ipv6_dst=fd00::100"
#define TCP4 "tcp," V4 ",tcp_src=40000,tcp_dst=80"
#define TCP6 "tcp6," V6 ",tcp_src=40000,tcp_dst=80"
#define UDP4 "udp," V4 ",udp_src=40000,udp_dst=53"
#define UDP6 "udp6," V6 ",udp_src=40000,udp_dst=53"
#define SCTP4 "sctp," V4 ",sctp_src=40000,sctp_dst=99"
#define SCTP6 "sctp6," V6 ",sctp_src=40000,sctp_dst=99"

struct opening_case {
    enum packet_kind kind;
    struct packet_spec packet;
};

static const struct opening_case cases[] = {
    { PACKET_TCP, { .flow = TCP4, .tcp_flags = TCP_SYN } },
    { PACKET_TCP, { .flow = TCP6, .tcp_flags = TCP_SYN } },
    { PACKET_TCP, { .flow = TCP4, .tcp_flags = TCP_SYN, .payload = "open" } },
    { PACKET_TCP, { .flow = TCP4, .tcp_flags = TCP_SYN | TCP_ECE | TCP_CWR } },
    { PACKET_ONGOING, { .flow = TCP4, .tcp_flags = 0 } },
    { PACKET_ONGOING, { .flow = TCP4, .tcp_flags = TCP_ACK } },
    { PACKET_ONGOING, { .flow = TCP6, .tcp_flags = TCP_ACK | TCP_PSH } },
    { PACKET_ONGOING, { .flow = TCP4, .tcp_flags = TCP_SYN | TCP_ACK } },
    { PACKET_ONGOING, { .flow = TCP4, .tcp_flags = TCP_PSH | TCP_URG } },
    { PACKET_CLOSING, { .flow = TCP4, .tcp_flags = TCP_FIN } },
    { PACKET_CLOSING, { .flow = TCP4, .tcp_flags = TCP_FIN | TCP_ACK } },
    { PACKET_CLOSING, { .flow = TCP6, .tcp_flags = TCP_RST } },
    { PACKET_CLOSING, { .flow = TCP4, .tcp_flags = TCP_RST | TCP_ACK } },
    /* nmap's Xmas tree, and other flags that no stack sends. */
    { PACKET_CLOSING,
      { .flow = TCP4, .tcp_flags = TCP_FIN | TCP_PSH | TCP_URG } },
    { PACKET_CLOSING, { .flow = TCP4, .tcp_flags = TCP_SYN | TCP_FIN } },
    { PACKET_CLOSING, { .flow = TCP4, .tcp_flags = TCP_SYN | TCP_RST } },
    { PACKET_UDP, { .flow = UDP4, .payload = "query" } },
    { PACKET_UDP, { .flow = UDP6 } },
    { PACKET_UDP, { .flow = UDP4, .frag_off = IP_MORE_FRAGMENTS } },
    { PACKET_UDP, { .flow = UDP4, .frag_off = 100, .payload = "rest" } },
    { PACKET_ONGOING, { .flow = TCP4, .frag_off = 100, .payload = "rest" } },
    { PACKET_SCTP,
      { .flow = SCTP4,
        .hex = "01 00 0014 11223344 00010000 000a 000a 00000001" } },
    { PACKET_SCTP,
      { .flow = SCTP6,
        .hex = "01 00 0014 11223344 00010000 000a 000a 00000001" } },
    { PACKET_ONGOING, { .flow = SCTP4, .hex = "00 03 0011 00000001" } },
    { PACKET_ONGOING, { .flow = SCTP4, .hex = "04 00 0004" } },
    { PACKET_CLOSING, { .flow = SCTP4, .hex = "06 00 0004" } },
    { PACKET_CLOSING, { .flow = SCTP4, .hex = "07 00 0008 00000001" } },
    { PACKET_OTHER, { .flow = SCTP4 } },
    { PACKET_ICMP, { .flow = "icmp," V4 ",icmp_type=8", .hex = "0001" } },
    { PACKET_OTHER, { .flow = "icmp," V4 ",icmp_type=0" } },
    { PACKET_OTHER, { .flow = "icmp," V4 ",icmp_type=3,icmp_code=1" } },
    { PACKET_ICMP, { .flow = "icmp6," V6 ",icmpv6_type=128" } },
    { PACKET_OTHER, { .flow = "icmp6," V6 ",icmpv6_type=129" } },
    { PACKET_OTHER, { .flow = "icmp6," V6 ",icmpv6_type=8" } },
    { PACKET_OTHER, { .flow = "ip,nw_proto=47," V4 } },
    { PACKET_OTHER, { .flow = "arp" } },
};

static void
kinds(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct dp_packet *p = packet_from_spec(&cases[i].packet);
        struct opening opening;

        opening_classify(p, &opening);
        assert_case(opening.kind == cases[i].kind, "%s, flags %#x: %s",
                    cases[i].packet.flow, cases[i].packet.tcp_flags,
                    packet_kind_name(opening.kind));
        dp_packet_delete(p);
    }
}

static void
sources(void **state OVS_UNUSED)
{
    const struct packet_spec v4 = { .flow = UDP4 }, v6 = { .flow = UDP6 };
    struct dp_packet *p4 = packet_from_spec(&v4);
    struct dp_packet *p6 = packet_from_spec(&v6);
    struct opening opening;
    char text[INET6_ADDRSTRLEN];

    opening_classify(p4, &opening);
    inet_ntop(AF_INET6, &opening.source, text, sizeof text);
    assert_string_equal(text, "::ffff:10.0.0.2");
    opening_classify(p6, &opening);
    inet_ntop(AF_INET6, &opening.source, text, sizeof text);
    assert_string_equal(text, "fd00::2");
    dp_packet_delete(p4);
    dp_packet_delete(p6);
}

/* Of a packet that is cut off, nothing is read that is not there, and what is
 * left does not open anything that the whole would not have. */
static void
truncated(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct dp_packet *whole = packet_from_spec(&cases[i].packet);

        for (size_t size = 0; size < dp_packet_size(whole); size++) {
            struct dp_packet *p = packet_truncated(whole, size);
            struct opening opening;

            opening_classify(p, &opening);
            assert_case(opening.kind == cases[i].kind
                        || opening.kind == PACKET_OTHER,
                        "%s, %"PRIuSIZE" bytes: %s", cases[i].packet.flow,
                        size, packet_kind_name(opening.kind));
            dp_packet_delete(p);
        }
        dp_packet_delete(whole);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(sources),
        cmocka_unit_test(truncated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
