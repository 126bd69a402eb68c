/* Which packets are copies of each other.  Packets are data: OVS flow syntax
 * and what that has no words for (see packet_spec.h). */

#include "unit.h"

#include <netinet/in.h>

#include "packet_spec.h"
#include "segment.h"

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
#define ICMP4 "icmp,nw_src=10.0.0.2,nw_dst=192.168.1.100,icmp_type=8"
#define INIT "01 00 0014 11223344 00010000 000a 000a 00000001"

struct pair {
    const char *why;
    struct packet_spec a, b;
};

static const struct pair copies[] = {
    { "a retransmitted SYN",
      { .flow = TCP4, .tcp_flags = TCP_SYN, .seq = 1000, .ip_id = 1 },
      { .flow = TCP4, .tcp_flags = TCP_SYN, .seq = 1000, .ip_id = 2 } },
    { "a retransmitted SYN with ECN given up",
      { .flow = TCP4, .tcp_flags = TCP_SYN | TCP_ECE | TCP_CWR, .seq = 1 },
      { .flow = TCP4, .tcp_flags = TCP_SYN, .seq = 1 } },
    { "a retransmitted SYN, IPv6",
      { .flow = TCP6, .tcp_flags = TCP_SYN, .seq = 1000 },
      { .flow = TCP6, .tcp_flags = TCP_SYN, .seq = 1000 } },
    { "retransmitted data that acknowledges more",
      { .flow = TCP4,
        .tcp_flags = TCP_ACK,
        .seq = 1,
        .ack = 5,
        .payload = "GET /" },
      { .flow = TCP4,
        .tcp_flags = TCP_ACK | TCP_PSH,
        .seq = 1,
        .ack = 9,
        .payload = "GET /" } },
    { "retransmitted data, joined with what followed it",
      { .flow = TCP4, .tcp_flags = TCP_ACK, .seq = 1, .payload = "GET" },
      { .flow = TCP4, .tcp_flags = TCP_ACK, .seq = 1, .payload = "GET /" } },
    { "a router further away",
      { .flow = TCP4 ",nw_ttl=64", .tcp_flags = TCP_SYN, .seq = 1 },
      { .flow = TCP4 ",nw_ttl=63", .tcp_flags = TCP_SYN, .seq = 1 } },
    { "another next hop",
      { .flow = TCP4 ",dl_src=0a:00:00:00:00:07", .tcp_flags = TCP_SYN },
      { .flow = TCP4 ",dl_src=0a:00:00:00:00:08", .tcp_flags = TCP_SYN } },
    { "a repeated UDP datagram",
      { .flow = UDP4, .payload = "query", .ip_id = 1 },
      { .flow = UDP4, .payload = "query", .ip_id = 2 } },
    { "a repeated UDP datagram, IPv6",
      { .flow = UDP6, .payload = "query" },
      { .flow = UDP6, .payload = "query" } },
    { "a repeated SCTP INIT",
      { .flow = SCTP4, .hex = INIT },
      { .flow = SCTP4, .hex = INIT } },
    { "the same fragment",
      { .flow = UDP4, .ip_id = 1, .frag_off = 100, .payload = "rest" },
      { .flow = UDP4, .ip_id = 1, .frag_off = 100, .payload = "rest" } },
};

static const struct pair strangers[] = {
    { "other initial sequence number",
      { .flow = TCP4, .tcp_flags = TCP_SYN, .seq = 1000 },
      { .flow = TCP4, .tcp_flags = TCP_SYN, .seq = 1001 } },
    { "SYN and the first data",
      { .flow = TCP4, .tcp_flags = TCP_SYN, .seq = 1000 },
      { .flow = TCP4, .tcp_flags = TCP_ACK, .seq = 1001, .payload = "x" } },
    { "SYN and ACK at one sequence number",
      { .flow = TCP4, .tcp_flags = TCP_SYN, .seq = 1000 },
      { .flow = TCP4, .tcp_flags = TCP_ACK, .seq = 1000 } },
    { "bare ACK and data at one sequence number",
      { .flow = TCP4, .tcp_flags = TCP_ACK, .seq = 1000, .ack = 7 },
      { .flow = TCP4,
        .tcp_flags = TCP_ACK,
        .seq = 1000,
        .ack = 7,
        .payload = "x" } },
    { "SYN and SYN with data (fast open)",
      { .flow = TCP4, .tcp_flags = TCP_SYN, .seq = 1000 },
      { .flow = TCP4, .tcp_flags = TCP_SYN, .seq = 1000, .payload = "x" } },
    { "FIN and ACK at one sequence number",
      { .flow = TCP4, .tcp_flags = TCP_ACK | TCP_FIN, .seq = 1000 },
      { .flow = TCP4, .tcp_flags = TCP_ACK, .seq = 1000 } },
    { "RST and ACK at one sequence number",
      { .flow = TCP4, .tcp_flags = TCP_RST, .seq = 1000 },
      { .flow = TCP4, .tcp_flags = TCP_ACK, .seq = 1000 } },
    { "consecutive data",
      { .flow = TCP4, .tcp_flags = TCP_ACK, .seq = 1, .payload = "GET" },
      { .flow = TCP4, .tcp_flags = TCP_ACK, .seq = 4, .payload = "GET" } },
    { "other source port",
      { .flow = TCP4, .tcp_flags = TCP_SYN },
      { .flow = "tcp,nw_src=10.0.0.2,nw_dst=192.168.1.100,tcp_src=40001,"
                "tcp_dst=80",
        .tcp_flags = TCP_SYN } },
    { "other source",
      { .flow = TCP4, .tcp_flags = TCP_SYN },
      { .flow = "tcp,nw_src=10.0.0.3,nw_dst=192.168.1.100,tcp_src=40000,"
                "tcp_dst=80",
        .tcp_flags = TCP_SYN } },
    { "other destination",
      { .flow = TCP6, .tcp_flags = TCP_SYN },
      { .flow = "tcp6,ipv6_src=fd00::2,ipv6_dst=fd00::101,tcp_src=40000,"
                "tcp_dst=80",
        .tcp_flags = TCP_SYN } },
    { "UDP burst",
      { .flow = UDP4, .payload = "one" },
      { .flow = UDP4, .payload = "two" } },
    { "UDP, a part of the other",
      { .flow = UDP4, .payload = "one" },
      { .flow = UDP4, .payload = "on" } },
    { "UDP, empty or not",
      { .flow = UDP4 },
      { .flow = UDP4, .payload = "x" } },
    { "UDP burst, IPv6",
      { .flow = UDP6, .payload = "one" },
      { .flow = UDP6, .payload = "two" } },
    { "TCP and UDP",
      { .flow = TCP4, .tcp_flags = TCP_SYN },
      { .flow = "udp,nw_src=10.0.0.2,nw_dst=192.168.1.100,udp_src=40000,"
                "udp_dst=80" } },
    { "SCTP INIT with another tag",
      { .flow = SCTP4, .hex = INIT },
      { .flow = SCTP4,
        .hex = "01 00 0014 11223345 00010000 000a 000a 00000001" } },
    { "pings",
      { .flow = ICMP4, .hex = "0001" },
      { .flow = ICMP4, .hex = "0002" } },
    { "first fragments of two datagrams that begin alike",
      { .flow = UDP4,
        .ip_id = 1,
        .frag_off = IP_MORE_FRAGMENTS,
        .payload = "same" },
      { .flow = UDP4,
        .ip_id = 2,
        .frag_off = IP_MORE_FRAGMENTS,
        .payload = "same" } },
    { "later fragments of two datagrams",
      { .flow = UDP4, .ip_id = 1, .frag_off = 100, .payload = "same" },
      { .flow = UDP4, .ip_id = 2, .frag_off = 100, .payload = "same" } },
    { "two fragments with the same bytes",
      { .flow = UDP4,
        .ip_id = 1,
        .frag_off = IP_MORE_FRAGMENTS | 100,
        .payload = "same" },
      { .flow = UDP4,
        .ip_id = 1,
        .frag_off = IP_MORE_FRAGMENTS | 200,
        .payload = "same" } },
    { "a fragment and a whole packet",
      { .flow = UDP4, .payload = "same" },
      { .flow = UDP4,
        .ip_id = 1,
        .frag_off = IP_MORE_FRAGMENTS,
        .payload = "same" } },
};

static void
segment_from_spec(const struct packet_spec *spec, struct segment *segment)
{
    struct dp_packet *p = packet_from_spec(spec);

    assert_case(segment_from_packet(p, segment), "%s", spec->flow);
    dp_packet_delete(p);
}

static void
copies_are_recognized(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(copies); i++) {
        struct segment a, b;

        segment_from_spec(&copies[i].a, &a);
        segment_from_spec(&copies[i].b, &b);
        assert_case(segment_equals(&a, &b), "%s", copies[i].why);
        assert_int_equal(segment_hash(&a), segment_hash(&b));
    }
}

static void
strangers_are_kept_apart(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(strangers); i++) {
        struct segment a, b;

        segment_from_spec(&strangers[i].a, &a);
        segment_from_spec(&strangers[i].b, &b);
        assert_case(!segment_equals(&a, &b), "%s", strangers[i].why);
    }
}

/* 100,000 UDP datagrams that differ in a counter only: a hash of 32 bits
 * would take one of them for another more often than not. */
static void
hashes_of_payloads_do_not_collide(void **state OVS_UNUSED)
{
    enum { N = 100000 };
    struct dp_packet *p = packet_from_spec(
        &(struct packet_spec){ .flow = UDP4, .payload = "number" });
    struct segment *segments = xcalloc(N, sizeof *segments);
    struct hmap_and_node {
        struct hmap_node node;
        size_t i;
    } *nodes = xcalloc(N, sizeof *nodes);
    struct hmap seen = HMAP_INITIALIZER(&seen);

    for (size_t i = 0; i < N; i++) {
        uint32_t number = i;
        struct hmap_and_node *other;

        memcpy((char *) dp_packet_tail(p) - sizeof number, &number,
               sizeof number);
        assert_true(segment_from_packet(p, &segments[i]));
        uint32_t hash = segment_hash(&segments[i]);
        HMAP_FOR_EACH_WITH_HASH (other, node, hash, &seen) {
            assert_case(!segment_equals(&segments[other->i], &segments[i]),
                        "%" PRIuSIZE " = %" PRIuSIZE, i, other->i);
        }
        nodes[i].i = i;
        hmap_insert(&seen, &nodes[i].node, hash);
    }
    hmap_destroy(&seen);
    free(nodes);
    free(segments);
    dp_packet_delete(p);
}

/* A frame shorter than Ethernet's minimum is padded: that is no payload. */
static void
padding_is_not_payload(void **state OVS_UNUSED)
{
    static const struct packet_spec specs[] = {
        { .flow = TCP4, .tcp_flags = TCP_ACK, .seq = 1 },
        { .flow = TCP6, .tcp_flags = TCP_ACK, .seq = 1 },
        { .flow = UDP4, .payload = "x" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
        struct dp_packet *p = packet_from_spec(&specs[i]);
        struct segment bare, padded;

        assert_true(segment_from_packet(p, &bare));
        dp_packet_put_zeros(p, 6);
        assert_true(segment_from_packet(p, &padded));
        assert_case(segment_equals(&bare, &padded), "%s", specs[i].flow);
        dp_packet_delete(p);
    }
}

static void
tag_does_not_matter(void **state OVS_UNUSED)
{
    struct dp_packet *p = packet_from_spec(
        &(struct packet_spec){ .flow = TCP4, .tcp_flags = TCP_SYN });
    struct segment untagged, tagged;

    assert_true(segment_from_packet(p, &untagged));
    eth_push_vlan(p, htons(ETH_TYPE_VLAN_8021Q), htons(7));
    assert_true(segment_from_packet(p, &tagged));
    assert_true(segment_equals(&untagged, &tagged));
    dp_packet_delete(p);
}

static void
addresses_and_ports_are_told(void **state OVS_UNUSED)
{
    struct segment s;
    struct in6_addr addr;

    segment_from_spec(&(struct packet_spec){ .flow = TCP4, .seq = 7 }, &s);
    in6_addr_set_mapped_ipv4(&addr, inet_addr("10.0.0.2"));
    assert_true(ipv6_addr_equals(&s.src, &addr));
    in6_addr_set_mapped_ipv4(&addr, inet_addr("192.168.1.100"));
    assert_true(ipv6_addr_equals(&s.dst, &addr));
    assert_int_equal(s.tp_src, htons(40000));
    assert_int_equal(s.tp_dst, htons(80));
    assert_int_equal(s.id, 7);
}

static const struct packet_spec truncation_specs[] = {
    { .flow = TCP4, .tcp_flags = TCP_SYN, .payload = "data" },
    { .flow = TCP6, .tcp_flags = TCP_ACK, .payload = "data" },
    { .flow = TCP4 ",dl_vlan=7", .tcp_flags = TCP_SYN },
    { .flow = UDP4, .payload = "data" },
    { .flow = UDP6, .payload = "data" },
    { .flow = SCTP4, .hex = INIT },
    { .flow = ICMP4, .payload = "data" },
    { .flow = UDP4, .ip_id = 1, .frag_off = 100, .payload = "data" },
};

/* The IP header says how long the packet is: less is refused. */
static void
every_truncation_is_refused(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(truncation_specs); i++) {
        struct dp_packet *p = packet_from_spec(&truncation_specs[i]);

        for (size_t size = 0; size < dp_packet_size(p); size++) {
            struct dp_packet *part = packet_truncated(p, size);
            struct segment segment;

            assert_case(!segment_from_packet(part, &segment),
                        "%s, %" PRIuSIZE " bytes", truncation_specs[i].flow,
                        size);
            dp_packet_delete(part);
        }
        dp_packet_delete(p);
    }
}

/* As above, but the IP header agrees: what is needed is the whole of the
 * headers. */
static void
every_short_packet_is_survived(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(truncation_specs); i++) {
        struct dp_packet *p = packet_from_spec(&truncation_specs[i]);

        for (size_t size = dp_packet_l3_size(p); size-- > 0;) {
            struct dp_packet *part = packet_truncated(p, p->l3_ofs + size);
            struct segment segment;

            part->l3_ofs = p->l3_ofs;
            if (size >= IP_HEADER_LEN
                && IP_VER(*(uint8_t *) dp_packet_l3(part)) == 4) {
                struct ip_header *ip = dp_packet_l3(part);
                ip->ip_tot_len = htons(size);
            } else if (size >= IPV6_HEADER_LEN) {
                struct ovs_16aligned_ip6_hdr *ip6 = dp_packet_l3(part);
                ip6->ip6_plen = htons(size - IPV6_HEADER_LEN);
            }
            bool ok = segment_from_packet(part, &segment);
            if (size < IP_HEADER_LEN) {
                assert_false(ok);
            } else if (ok && segment.protocol == IPPROTO_TCP) {
                assert_true(dp_packet_l4_size(part) >= TCP_HEADER_LEN);
            }
            dp_packet_delete(part);
        }
        dp_packet_delete(p);
    }
}

static void
headers_that_lie_are_refused(void **state OVS_UNUSED)
{
    struct dp_packet *p = packet_from_spec(
        &(struct packet_spec){ .flow = TCP4, .tcp_flags = TCP_SYN });
    struct tcp_header *tcp = dp_packet_l4(p);
    struct segment segment;

    for (int offset = 0; offset < 16; offset++) {
        tcp->tcp_ctl = TCP_CTL(TCP_SYN, offset);
        assert_int_equal(segment_from_packet(p, &segment), offset == 5);
    }
    tcp->tcp_ctl = TCP_CTL(TCP_SYN, 5);

    struct ip_header *ip = dp_packet_l3(p);
    for (int ihl = 0; ihl < 16; ihl++) {
        /* Longer ones leave too little for a TCP header. */
        ip->ip_ihl_ver = IP_IHL_VER(ihl, 4);
        assert_int_equal(segment_from_packet(p, &segment), ihl == 5);
    }
    ip->ip_ihl_ver = IP_IHL_VER(5, 4);
    for (unsigned int len = 0; len < UINT16_MAX; len += 13) {
        ip->ip_tot_len = htons(len);
        assert_int_equal(segment_from_packet(p, &segment), len == 40);
    }
    dp_packet_delete(p);
}

static void
other_than_ip_is_refused(void **state OVS_UNUSED)
{
    static const char *const flows[] = {
        "arp,arp_op=1,arp_spa=10.0.0.2,arp_tpa=192.168.1.100",
        "dl_type=0x1234",
        "dl_type=0x88cc",
    };

    for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
        struct dp_packet *p =
            packet_from_spec(&(struct packet_spec){ .flow = flows[i] });
        struct segment segment;

        assert_case(!segment_from_packet(p, &segment), "%s", flows[i]);
        dp_packet_delete(p);
    }
}

/* --- IPv6 extension headers --- */

/* An IPv6 packet with 'next' as its first header and 'hex' behind it. */
static struct dp_packet *
ipv6_packet(uint8_t next, const char *hex)
{
    struct dp_packet *p =
        packet_from_spec(&(struct packet_spec){ .flow = UDP6 });

    dp_packet_set_size(p, ETH_HEADER_LEN + IPV6_HEADER_LEN);
    packet_put_hex(p, hex);
    struct ovs_16aligned_ip6_hdr *ip6 = dp_packet_l3(p);
    ip6->ip6_nxt = next;
    ip6->ip6_plen =
        htons(dp_packet_size(p) - ETH_HEADER_LEN - IPV6_HEADER_LEN);
    return p;
}

static void
ipv6_fragments_are_told_apart(void **state OVS_UNUSED)
{
    /* Next header UDP; offset and "more"; identification. */
    static const char *const different[] = {
        "11 00 0001 00000001 9c40 0035 0010 0000 6162636465666768",
        "11 00 0001 00000002 9c40 0035 0010 0000 6162636465666768",
        "11 00 0011 00000001 6162636465666768",
        "11 00 0019 00000001 6162636465666768",
        "11 00 0010 00000001 6162636465666768",
        "11 00 0010 00000002 6162636465666768",
        "11 00 0010 00000001 6162636465666769",
    };

    for (size_t i = 0; i < ARRAY_SIZE(different); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(different); j++) {
            struct dp_packet *p = ipv6_packet(IPPROTO_FRAGMENT, different[i]);
            struct dp_packet *q = ipv6_packet(IPPROTO_FRAGMENT, different[j]);
            struct segment a, b;

            assert_case(segment_from_packet(p, &a), "%s", different[i]);
            assert_true(segment_from_packet(q, &b));
            assert_case(segment_equals(&a, &b) == (i == j), "%s, %s",
                        different[i], different[j]);
            dp_packet_delete(p);
            dp_packet_delete(q);
        }
    }
}

static void
ipv6_extension_headers_are_skipped(void **state OVS_UNUSED)
{
    /* Hop-by-hop options, then destination options, then UDP. */
    struct dp_packet *p =
        ipv6_packet(IPPROTO_HOPOPTS, "3c 00 0104 00000000 11 00 0104 00000000"
                                     "9c40 0035 000c 0000 61626364");
    struct segment segment;

    assert_true(segment_from_packet(p, &segment));
    assert_int_equal(segment.protocol, IPPROTO_UDP);
    assert_int_equal(segment.tp_dst, htons(53));
    dp_packet_delete(p);

    /* The length of a header is beyond the end. */
    p = ipv6_packet(IPPROTO_HOPOPTS, "11 ff 0104 00000000 9c40 0035 0008");
    assert_false(segment_from_packet(p, &segment));
    dp_packet_delete(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_are_recognized),
        cmocka_unit_test(strangers_are_kept_apart),
        cmocka_unit_test(hashes_of_payloads_do_not_collide),
        cmocka_unit_test(padding_is_not_payload),
        cmocka_unit_test(tag_does_not_matter),
        cmocka_unit_test(addresses_and_ports_are_told),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_short_packet_is_survived),
        cmocka_unit_test(headers_that_lie_are_refused),
        cmocka_unit_test(other_than_ip_is_refused),
        cmocka_unit_test(ipv6_fragments_are_told_apart),
        cmocka_unit_test(ipv6_extension_headers_are_skipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
