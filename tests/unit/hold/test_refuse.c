/* Answers to packets whose service did not wake.  Packets are data: OVS flow
 * syntax and what that has no words for (see packet_spec.h). */

#include "unit.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>

#include "packet_spec.h"
#include "refuse.h"

#define TCP4 \
    "tcp,nw_src=10.0.0.2,nw_dst=192.168.1.100,tcp_src=40000,tcp_dst=80"
#define TCP6 \
    "tcp6,ipv6_src=fd00::2,ipv6_dst=fd00::100,tcp_src=40000,tcp_dst=80"
#define UDP4 \
    "udp,nw_src=10.0.0.2,nw_dst=192.168.1.100,udp_src=40000,udp_dst=53"
#define UDP6 \
    "udp6,ipv6_src=fd00::2,ipv6_dst=fd00::100,udp_src=40000,udp_dst=53"
#define SCTP4 \
    "sctp,nw_src=10.0.0.2,nw_dst=192.168.1.100,sctp_src=40000,sctp_dst=99"
#define SCTP6 \
    "sctp6,ipv6_src=fd00::2,ipv6_dst=fd00::100,sctp_src=40000,sctp_dst=99"
#define ICMP4 "icmp,nw_src=10.0.0.2,nw_dst=192.168.1.100"
#define ICMP6 "icmp6,ipv6_src=fd00::2,ipv6_dst=fd00::100"
#define INIT "01 00 0014 11223344 00010000 000a 000a 00000001"

/* The other way round. */
#define BACK4 "nw_src=192.168.1.100,nw_dst=10.0.0.2,nw_ttl=64"
#define BACK6 "ipv6_src=fd00::100,ipv6_dst=fd00::2,nw_ttl=64"
#define RST4 "tcp," BACK4 ",tcp_src=80,tcp_dst=40000"
#define RST6 "tcp6," BACK6 ",tcp_src=80,tcp_dst=40000"
#define RST ",tcp_flags=rst"
#define RST_ACK ",tcp_flags=ack|rst"

/* The answer to 'in' (taken), or NULL. */
static struct dp_packet *
refuse(struct dp_packet *in)
{
    struct dp_packet *out = refuse_compose(in);

    if (out) {
        const char *error = packet_check(out);
        assert_case(!error, "%s", error);
    }
    dp_packet_delete(in);
    return out;
}

/* Asserts that 'p' is an answer with all the fields of 'text', sent back to
 * where packets of packet_from_spec() come from. */
static void
assert_flow(struct dp_packet *p, const char *text)
{
    struct flow flow, expected;
    struct flow_wildcards wc;
    char *full = xasprintf("%s,dl_src=0a:00:00:00:00:02,"
                           "dl_dst=0a:00:00:00:00:01",
                           text);
    char *error = parse_ofp_exact_flow(&expected, &wc, NULL, full, NULL);

    assert_case(!error, "%s", error);
    flow_extract(p, &flow);
    bool equal = flow_equal_except(&flow, &expected, &wc);
    if (!equal) {
        print_error("expected %s\ngot ", full);
        flow_print(stderr, &flow, NULL);
        print_error("\n");
    }
    assert_true(equal);
    free(full);
}

/* --- TCP --- */

static const struct tcp_case {
    const char *why;
    struct packet_spec in;
    const char *out; /* Flow, or NULL for silence. */
    uint32_t seq, ack;
} tcp_cases[] = {
    { "SYN",
      { .flow = TCP4, .tcp_flags = TCP_SYN, .seq = 1000 },
      RST4 RST_ACK,
      0,
      1001 },
    { "SYN, IPv6",
      { .flow = TCP6, .tcp_flags = TCP_SYN, .seq = 1000 },
      RST6 RST_ACK,
      0,
      1001 },
    { "SYN with data (fast open)",
      { .flow = TCP4, .tcp_flags = TCP_SYN, .seq = 1000, .payload = "12345" },
      RST4 RST_ACK,
      0,
      1006 },
    { "SYN at the end of the sequence space",
      { .flow = TCP4, .tcp_flags = TCP_SYN, .seq = UINT32_MAX },
      RST4 RST_ACK,
      0,
      0 },
    { "SYN and FIN",
      { .flow = TCP4, .tcp_flags = TCP_SYN | TCP_FIN, .seq = 1 },
      RST4 RST_ACK,
      0,
      3 },
    { "no flags but data",
      { .flow = TCP4, .seq = 7, .payload = "123" },
      RST4 RST_ACK,
      0,
      10 },
    { "no flags", { .flow = TCP4, .seq = 7 }, RST4 RST_ACK, 0, 7 },
    { "ACK",
      { .flow = TCP4, .tcp_flags = TCP_ACK, .seq = 5, .ack = 9 },
      RST4 RST,
      9,
      0 },
    { "ACK with data",
      { .flow = TCP4,
        .tcp_flags = TCP_ACK | TCP_PSH,
        .seq = 5,
        .ack = 9,
        .payload = "GET /" },
      RST4 RST,
      9,
      0 },
    { "ACK with data, IPv6",
      { .flow = TCP6,
        .tcp_flags = TCP_ACK,
        .seq = 5,
        .ack = 9,
        .payload = "GET /" },
      RST6 RST,
      9,
      0 },
    { "FIN and ACK",
      { .flow = TCP4, .tcp_flags = TCP_ACK | TCP_FIN, .seq = 5, .ack = 9 },
      RST4 RST,
      9,
      0 },
    { "SYN and ACK",
      { .flow = TCP4, .tcp_flags = TCP_ACK | TCP_SYN, .seq = 5, .ack = 9 },
      RST4 RST,
      9,
      0 },
    { "RST", { .flow = TCP4, .tcp_flags = TCP_RST, .seq = 5 }, NULL, 0, 0 },
    { "RST and ACK",
      { .flow = TCP6, .tcp_flags = TCP_RST | TCP_ACK, .seq = 5 },
      NULL,
      0,
      0 },
    { "tagged SYN",
      { .flow = TCP4 ",dl_vlan=7,dl_vlan_pcp=3",
        .tcp_flags = TCP_SYN,
        .seq = 1 },
      RST4 RST_ACK ",dl_vlan=7,dl_vlan_pcp=3",
      0,
      2 },
    { "tagged SYN, IPv6",
      { .flow = TCP6 ",dl_vlan=4094,dl_vlan_pcp=0",
        .tcp_flags = TCP_SYN,
        .seq = 1 },
      RST6 RST_ACK ",dl_vlan=4094,dl_vlan_pcp=0",
      0,
      2 },
};

static void
tcp_is_reset(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(tcp_cases); i++) {
        const struct tcp_case *c = &tcp_cases[i];
        struct dp_packet *out = refuse(packet_from_spec(&c->in));

        assert_case(!out == !c->out, "%s", c->why);
        if (!out) {
            continue;
        }
        assert_flow(out, c->out);
        const struct tcp_header *tcp = dp_packet_l4(out);
        assert_case(get_16aligned_be32(&tcp->tcp_seq) == htonl(c->seq)
                        && get_16aligned_be32(&tcp->tcp_ack) == htonl(c->ack),
                    "%s: seq %u, ack %u", c->why,
                    ntohl(get_16aligned_be32(&tcp->tcp_seq)),
                    ntohl(get_16aligned_be32(&tcp->tcp_ack)));
        assert_int_equal(dp_packet_l4_size(out), TCP_HEADER_LEN);
        dp_packet_delete(out);
    }
}

/* Options are neither payload nor answered. */
static void
tcp_options_are_not_payload(void **state OVS_UNUSED)
{
    struct dp_packet *in = packet_from_spec(&(struct packet_spec){
        .flow = TCP4,
        .tcp_flags = TCP_SYN,
        .seq = 1000,
        .hex = "020405b4 0402080a 00000001 00000000 01030307 616263" });
    struct tcp_header *tcp = dp_packet_l4(in);

    tcp->tcp_ctl = TCP_CTL(TCP_SYN, 10);
    struct dp_packet *out = refuse(in);
    assert_non_null(out);
    tcp = dp_packet_l4(out);
    assert_int_equal(ntohl(get_16aligned_be32(&tcp->tcp_ack)), 1004);
    dp_packet_delete(out);
}

static void
padding_is_not_payload(void **state OVS_UNUSED)
{
    struct dp_packet *in = packet_from_spec(&(struct packet_spec){
        .flow = TCP4, .tcp_flags = TCP_SYN, .seq = 1000 });

    dp_packet_put_zeros(in, 6);
    struct dp_packet *out = refuse(in);
    assert_non_null(out);
    const struct tcp_header *tcp = dp_packet_l4(out);
    assert_int_equal(ntohl(get_16aligned_be32(&tcp->tcp_ack)), 1001);
    dp_packet_delete(out);
}

/* --- SCTP --- */

static void
sctp_init_is_aborted(void **state OVS_UNUSED)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        { SCTP4, "sctp," BACK4 ",sctp_src=99,sctp_dst=40000" },
        { SCTP6, "sctp6," BACK6 ",sctp_src=99,sctp_dst=40000" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct dp_packet *out = refuse(packet_from_spec(
            &(struct packet_spec){ .flow = cases[i].in, .hex = INIT }));

        assert_non_null(out);
        assert_flow(out, cases[i].out);
        const struct sctp_header *sctp = dp_packet_l4(out);
        assert_int_equal(dp_packet_l4_size(out), SCTP_HEADER_LEN + 4);
        assert_int_equal(get_16aligned_be32(&sctp->sctp_vtag),
                         htonl(0x11223344));
        assert_memory_equal(sctp + 1, "\6\0\0\4", 4);
        dp_packet_delete(out);
    }
}

static void
other_sctp_is_met_with_silence(void **state OVS_UNUSED)
{
    static const char *const chunks[] = {
        "",                /* No chunk. */
        "01 00 00",        /* Part of one. */
        "01 00 0014 1122", /* INIT without its tag. */
        "01 00 0014 00000000 00010000 000a 000a 00000001", /* Tag 0. */
        "06 00 0004 00000000",                             /* ABORT. */
        "00 03 0011 00000001 00000000 00000000 61",        /* DATA. */
        "02 00 0014 11223344 00010000 000a 000a 00000001", /* INIT ACK. */
        "0e 00 0004 00000000", /* SHUTDOWN COMPLETE. */
    };

    for (size_t i = 0; i < ARRAY_SIZE(chunks); i++) {
        struct dp_packet *out = refuse(packet_from_spec(
            &(struct packet_spec){ .flow = SCTP4, .hex = chunks[i] }));

        assert_case(!out, "%s", chunks[i]);
    }
}

/* --- ICMP --- */

/* Asserts that 'out' is an ICMP error that quotes 'n' bytes of 'in'. */
static void
assert_quotes(const struct dp_packet *out, const struct dp_packet *in,
              size_t n)
{
    assert_int_equal(dp_packet_l4_size(out), 8 + n);
    assert_memory_equal((const char *) dp_packet_l4(out) + 8, dp_packet_l3(in),
                        n);
}

static void
udp_is_told_that_the_port_is_unreachable(void **state OVS_UNUSED)
{
    static const struct {
        struct packet_spec in;
        const char *out;
    } cases[] = {
        { { .flow = UDP4, .payload = "query" },
          "icmp," BACK4 ",icmp_type=3,icmp_code=3" },
        { { .flow = UDP4 }, "icmp," BACK4 ",icmp_type=3,icmp_code=3" },
        { { .flow = UDP6, .payload = "query" },
          "icmp6," BACK6 ",icmpv6_type=1,icmpv6_code=4" },
        { { .flow = UDP4 ",dl_vlan=7,dl_vlan_pcp=0", .payload = "query" },
          "icmp," BACK4 ",icmp_type=3,icmp_code=3,dl_vlan=7" },
        { { .flow = UDP4,
            .ip_id = 1,
            .frag_off = IP_MORE_FRAGMENTS,
            .payload = "first" },
          "icmp," BACK4 ",icmp_type=3,icmp_code=3" },
        { { .flow = ICMP4 ",icmp_type=8", .payload = "ping" },
          "icmp," BACK4 ",icmp_type=3,icmp_code=3" },
        { { .flow = ICMP6 ",icmpv6_type=128", .payload = "ping" },
          "icmp6," BACK6 ",icmpv6_type=1,icmpv6_code=4" },
        { { .flow = "ip,nw_src=10.0.0.2,nw_dst=192.168.1.100,nw_proto=47",
            .payload = "gre" },
          "icmp," BACK4 ",icmp_type=3,icmp_code=3" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct dp_packet *in = packet_from_spec(&cases[i].in);
        struct dp_packet *out = refuse(dp_packet_clone(in));
        struct flow flow;

        assert_case(out != NULL, "%s", cases[i].in.flow);
        assert_flow(out, cases[i].out);
        flow_extract(in, &flow);
        assert_quotes(out, in, dp_packet_l3_size(in));
        dp_packet_delete(in);
        dp_packet_delete(out);
    }
}

/* RFC 1812: 576 bytes in all; RFC 4443: 1280. */
static void
long_packets_are_quoted_in_part(void **state OVS_UNUSED)
{
    char *payload = xmalloc(60001);

    memset(payload, 'x', 60000);
    payload[60000] = '\0';
    for (size_t n = 500; n <= 60000; n = n < 1300 ? n + 1 : n * 2) {
        payload[n] = '\0';
        for (int ip6 = 0; ip6 < 2; ip6++) {
            struct dp_packet *in = packet_from_spec(&(struct packet_spec){
                .flow = ip6 ? UDP6 : UDP4, .payload = payload });
            struct dp_packet *out = refuse(dp_packet_clone(in));
            size_t max = ip6 ? 1280 : 576;
            size_t headers = ip6 ? IPV6_HEADER_LEN + 8 : IP_HEADER_LEN + 8;
            struct flow flow;

            assert_non_null(out);
            assert_int_equal(dp_packet_l3_size(out),
                             MIN(max, headers + headers + n));
            flow_extract(in, &flow);
            assert_quotes(out, in, MIN(max - headers, headers + n));
            dp_packet_delete(in);
            dp_packet_delete(out);
        }
        payload[n] = 'x';
    }
    free(payload);
}

/* --- Silence --- */

static const struct silence {
    const char *why;
    struct packet_spec in;
} silences[] = {
    { "ARP", { .flow = "arp,arp_op=1,arp_spa=10.0.0.2,arp_tpa=10.0.0.3" } },
    { "no IP", { .flow = "dl_type=0x88cc" } },
    { "later fragment", { .flow = UDP4, .frag_off = 1, .payload = "x" } },
    { "later fragment, TCP",
      { .flow = TCP4,
        .frag_off = 185 | IP_MORE_FRAGMENTS,
        .payload = "12345678901234567890" } },
    { "Ethernet broadcast",
      { .flow = TCP4 ",dl_dst=ff:ff:ff:ff:ff:ff", .tcp_flags = TCP_SYN } },
    { "Ethernet multicast", { .flow = UDP4 ",dl_dst=01:00:5e:00:00:01" } },
    { "to an IP multicast group",
      { .flow = "udp,nw_src=10.0.0.2,nw_dst=224.0.0.1,udp_dst=53" } },
    { "TCP to an IP multicast group",
      { .flow = "tcp,nw_src=10.0.0.2,nw_dst=239.1.1.1,tcp_dst=80",
        .tcp_flags = TCP_SYN } },
    { "IP broadcast",
      { .flow = "udp,nw_src=10.0.0.2,nw_dst=255.255.255.255,udp_dst=53" } },
    { "to an IPv6 multicast group",
      { .flow = "udp6,ipv6_src=fd00::2,ipv6_dst=ff02::1,udp_dst=53" } },
    { "from nobody",
      { .flow = "udp,nw_src=0.0.0.0,nw_dst=192.168.1.100,udp_dst=53" } },
    { "from an IP multicast group",
      { .flow = "tcp,nw_src=224.0.0.1,nw_dst=192.168.1.100,tcp_dst=80",
        .tcp_flags = TCP_SYN } },
    { "from all",
      { .flow = "udp,nw_src=255.255.255.255,"
                "nw_dst=192.168.1.100,udp_dst=53" } },
    { "from nobody, IPv6",
      { .flow = "udp6,ipv6_src=::,ipv6_dst=fd00::100,udp_dst=53" } },
    { "from an IPv6 multicast group",
      { .flow = "udp6,ipv6_src=ff02::1,ipv6_dst=fd00::100,udp_dst=53" } },
    { "destination unreachable", { .flow = ICMP4 ",icmp_type=3" } },
    { "source quench", { .flow = ICMP4 ",icmp_type=4" } },
    { "redirect", { .flow = ICMP4 ",icmp_type=5" } },
    { "time exceeded", { .flow = ICMP4 ",icmp_type=11" } },
    { "parameter problem", { .flow = ICMP4 ",icmp_type=12" } },
    { "destination unreachable, IPv6", { .flow = ICMP6 ",icmpv6_type=1" } },
    { "packet too big, IPv6", { .flow = ICMP6 ",icmpv6_type=2" } },
    { "time exceeded, IPv6", { .flow = ICMP6 ",icmpv6_type=3" } },
    { "unknown error, IPv6", { .flow = ICMP6 ",icmpv6_type=127" } },
    { "redirect, IPv6", { .flow = ICMP6 ",icmpv6_type=137" } },
};

static void
what_must_not_be_answered_is_met_with_silence(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(silences); i++) {
        struct dp_packet *out = refuse(packet_from_spec(&silences[i].in));

        assert_case(!out, "%s", silences[i].why);
    }
}

/* Answers must never be answered, or two of us would keep a packet alive. */
static void
answers_are_not_answered(void **state OVS_UNUSED)
{
    static const struct packet_spec specs[] = {
        { .flow = TCP4, .tcp_flags = TCP_SYN },
        { .flow = TCP6, .tcp_flags = TCP_ACK },
        { .flow = UDP4 },
        { .flow = UDP6 },
        { .flow = SCTP4, .hex = INIT },
    };

    for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
        struct dp_packet *out = refuse(packet_from_spec(&specs[i]));

        assert_non_null(out);
        assert_null(refuse(out));
    }
}

/* --- Broken packets --- */

static const struct packet_spec truncation_specs[] = {
    { .flow = TCP4, .tcp_flags = TCP_SYN, .payload = "data" },
    { .flow = TCP6, .tcp_flags = TCP_ACK, .payload = "data" },
    { .flow = TCP4 ",dl_vlan=7", .tcp_flags = TCP_SYN },
    { .flow = UDP4, .payload = "data" },
    { .flow = UDP6, .payload = "data" },
    { .flow = SCTP4, .hex = INIT },
    { .flow = ICMP4 ",icmp_type=8", .payload = "data" },
    { .flow = ICMP6 ",icmpv6_type=128", .payload = "data" },
};

static void
every_truncation_is_met_with_silence(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(truncation_specs); i++) {
        struct dp_packet *p = packet_from_spec(&truncation_specs[i]);

        for (size_t size = 0; size < dp_packet_size(p); size++) {
            assert_case(!refuse(packet_truncated(p, size)),
                        "%s, %" PRIuSIZE " bytes", truncation_specs[i].flow,
                        size);
        }
        dp_packet_delete(p);
    }
}

/* As above, but the IP header agrees with the length. */
static void
short_packets_are_survived(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(truncation_specs); i++) {
        struct dp_packet *p = packet_from_spec(&truncation_specs[i]);

        for (size_t size = dp_packet_l3_size(p); size-- > 0;) {
            struct dp_packet *part = packet_truncated(p, p->l3_ofs + size);

            part->l3_ofs = p->l3_ofs;
            if (size >= IP_HEADER_LEN
                && IP_VER(*(uint8_t *) dp_packet_l3(part)) == 4) {
                struct ip_header *ip = dp_packet_l3(part);
                ip->ip_tot_len = htons(size);
            } else if (size >= IPV6_HEADER_LEN) {
                struct ovs_16aligned_ip6_hdr *ip6 = dp_packet_l3(part);
                ip6->ip6_plen = htons(size - IPV6_HEADER_LEN);
            }
            dp_packet_delete(refuse(part));
        }
        dp_packet_delete(p);
    }
}

static void
random_changes_are_survived(void **state OVS_UNUSED)
{
    random_set_seed(20261123);
    for (int i = 0; i < 200000; i++) {
        const struct packet_spec *spec =
            &truncation_specs[i % ARRAY_SIZE(truncation_specs)];
        struct dp_packet *p = packet_from_spec(spec);

        for (int n = random_range(8); n >= 0; n--) {
            uint8_t *byte = (uint8_t *) dp_packet_data(p)
                            + random_range(dp_packet_size(p));
            *byte = random_range(2) ? random_uint8() : 0;
        }
        dp_packet_delete(refuse_compose(p));
        dp_packet_delete(p);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_is_reset),
        cmocka_unit_test(tcp_options_are_not_payload),
        cmocka_unit_test(padding_is_not_payload),
        cmocka_unit_test(sctp_init_is_aborted),
        cmocka_unit_test(other_sctp_is_met_with_silence),
        cmocka_unit_test(udp_is_told_that_the_port_is_unreachable),
        cmocka_unit_test(long_packets_are_quoted_in_part),
        cmocka_unit_test(what_must_not_be_answered_is_met_with_silence),
        cmocka_unit_test(answers_are_not_answered),
        cmocka_unit_test(every_truncation_is_met_with_silence),
        cmocka_unit_test(short_packets_are_survived),
        cmocka_unit_test(random_changes_are_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
