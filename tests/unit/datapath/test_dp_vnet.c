/* What is left to the device, on the way in and out. */

#include "unit.h"

#include "dp_vnet.h"
#include "packet_spec.h"
#include "reasons.h"

#define TCP4 "tcp,nw_src=10.0.0.2,nw_dst=10.0.0.3,tcp_src=4000,tcp_dst=80"
#define TCP6 "tcp6,ipv6_src=fd00::2,ipv6_dst=fd00::3,tcp_src=4000,tcp_dst=80"
#define UDP4 "udp,nw_src=10.0.0.2,nw_dst=10.0.0.3,udp_src=4000,udp_dst=53"
#define UDP6 "udp6,ipv6_src=fd00::2,ipv6_dst=fd00::3,udp_src=4000,udp_dst=53"

#define NEEDS VIRTIO_NET_HDR_F_NEEDS_CSUM

/* What the device does at last. */
static void
complete(struct dp_packet *p, const struct virtio_net_hdr *h)
{
    uint8_t *data = dp_packet_data(p);
    ovs_be16 sum;

    assert_true(h->csum_start + h->csum_offset + 2 <= dp_packet_size(p));
    sum = csum(data + h->csum_start, dp_packet_size(p) - h->csum_start);
    memcpy(data + h->csum_start + h->csum_offset, &sum, sizeof sum);
}

static struct dp_packet *
make(const char *flow)
{
    return packet_from_spec(&(struct packet_spec) {
        .flow = flow, .payload = "twelve bytes", .tcp_flags = TCP_ACK,
    });
}

struct wanted {
    const char *flow;
    uint16_t start, offset;
    uint8_t gso_type;
};

/* The checksum field means nothing in between, whatever is rewritten. */
static void
partial_checksums_come_out_right(void **state OVS_UNUSED)
{
    static const struct wanted cases[] = {
        { TCP4, 34, 16, 0 },
        { TCP4, 34, 16, VIRTIO_NET_HDR_GSO_TCPV4 },
        { TCP6, 54, 16, VIRTIO_NET_HDR_GSO_TCPV6 },
        { TCP6, 54, 16, VIRTIO_NET_HDR_GSO_TCPV6 | VIRTIO_NET_HDR_GSO_ECN },
        { UDP4, 34, 6, 0 },
        { UDP4, 34, 6, 5 },
        { UDP6, 54, 6, 5 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct wanted *w = &cases[i];
        struct virtio_net_hdr in = {
            .flags = NEEDS, .csum_start = w->start, .csum_offset = w->offset,
            .gso_type = w->gso_type, .gso_size = w->gso_type ? 4 : 0,
        }, out;
        struct dp_packet *p = make(w->flow);
        uint8_t *field = (uint8_t *) dp_packet_data(p) + w->start + w->offset;

        memset(field, 0xab, 2);
        assert_int_equal(vnet_note(p, &in), 0);
        assert_true(dp_packet_l4_checksum_valid(p));

        struct flow flow;
        flow_extract(p, &flow);
        if (flow.dl_type == htons(ETH_TYPE_IP)) {
            packet_set_ipv4(p, htonl(0x0a090001), flow.nw_dst, 0, 63);
        } else {
            flow.ipv6_src.s6_addr[3] = 9;
            packet_set_ipv6(p, &flow.ipv6_src, &flow.ipv6_dst, 0, 0, 63);
        }

        struct dp_packet *copy = dp_packet_clone(p);
        assert_int_equal(vnet_header(copy, &out), 0);
        assert_int_equal(out.flags, NEEDS);
        assert_int_equal(out.csum_start, w->start);
        assert_int_equal(out.csum_offset, w->offset);
        assert_int_equal(out.gso_type, w->gso_type);
        assert_int_equal(out.gso_size, w->gso_type ? 4 : 0);
        assert_int_equal(out.hdr_len,
                         w->gso_type ? w->start + (w->offset == 16 ? 20 : 8)
                         : 0);
        complete(copy, &out);
        assert_case(!packet_check(copy), "%s, gso %d: %s", w->flow,
                    w->gso_type, packet_check(copy));
        dp_packet_delete(copy);
        dp_packet_delete(p);
    }
}

static void
a_tag_moves_the_checksum(void **state OVS_UNUSED)
{
    struct virtio_net_hdr in = {
        .flags = NEEDS, .csum_start = 34, .csum_offset = 16,
    }, out;
    struct dp_packet *p = make(TCP4);

    assert_int_equal(vnet_note(p, &in), 0);
    eth_push_vlan(p, htons(ETH_TYPE_VLAN), htons(5));
    assert_int_equal(vnet_header(p, &out), 0);
    assert_int_equal(out.csum_start, 38);
    dp_packet_delete(p);
}

/* A finished packet stays as it is, bytes and all. */
static void
full_checksums_are_left_alone(void **state OVS_UNUSED)
{
    struct virtio_net_hdr in = { .flags = 0 }, out;
    struct dp_packet *p = make(TCP4);
    struct dp_packet *before = dp_packet_clone(p);

    assert_int_equal(vnet_note(p, &in), 0);
    assert_false(dp_packet_l4_checksum_valid(p));
    assert_int_equal(vnet_header(p, &out), 0);
    assert_int_equal(out.flags, 0);
    assert_int_equal(out.gso_type, 0);
    assert_memory_equal(dp_packet_data(p), dp_packet_data(before),
                        dp_packet_size(before));
    in.flags = VIRTIO_NET_HDR_F_DATA_VALID;
    assert_int_equal(vnet_note(p, &in), 0);
    assert_true(dp_packet_l4_checksum_valid(p));
    dp_packet_delete(before);
    dp_packet_delete(p);
}

/* Of a packet in a tunnel: nobody later would know where it is. */
static void
inner_checksums_are_completed(void **state OVS_UNUSED)
{
    struct virtio_net_hdr in = {
        .flags = NEEDS, .csum_start = 42, .csum_offset = 4,
    }, out;
    struct dp_packet *p = make(UDP4);

    /* What the sender has summed up so far: nothing. */
    memset((uint8_t *) dp_packet_data(p) + 46, 0, 2);
    assert_int_equal(vnet_note(p, &in), 0);
    assert_false(offload_get(p).partial);
    assert_int_equal(csum((uint8_t *) dp_packet_data(p) + 42,
                          dp_packet_size(p) - 42), 0);
    assert_int_equal(vnet_header(p, &out), 0);
    assert_int_equal(out.flags, 0);
    dp_packet_delete(p);
}

static void
nonsense_is_refused(void **state OVS_UNUSED)
{
    static const struct virtio_net_hdr cases[] = {
        { .gso_type = VIRTIO_NET_HDR_GSO_TCPV4, .gso_size = 100 },
        { .flags = NEEDS, .csum_start = 34, .csum_offset = 16,
          .gso_type = VIRTIO_NET_HDR_GSO_TCPV4, .gso_size = 0 },
        { .flags = NEEDS, .csum_start = 60000, .csum_offset = 16 },
        { .flags = NEEDS, .csum_start = 34, .csum_offset = 60000 },
        { .flags = NEEDS, .csum_start = 30, .csum_offset = 16,
          .gso_type = VIRTIO_NET_HDR_GSO_TCPV4, .gso_size = 100 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct dp_packet *p = make(TCP4);

        assert_case(vnet_note(p, &cases[i]) == DROP_MALFORMED, "case %zu", i);
        dp_packet_delete(p);
    }

    /* IPv4 does not become IPv6 on the way, but a workload may lie. */
    struct virtio_net_hdr in = {
        .flags = NEEDS, .csum_start = 34, .csum_offset = 16,
        .gso_type = VIRTIO_NET_HDR_GSO_TCPV6, .gso_size = 100,
    }, out;
    struct dp_packet *p = make(TCP4);
    assert_int_equal(vnet_note(p, &in), 0);
    assert_int_equal(vnet_header(p, &out), DROP_MALFORMED);
    dp_packet_delete(p);
}

/* A sanitizer sees who reads on. */
static void
truncated_frames_are_no_danger(void **state OVS_UNUSED)
{
    static const char *const flows[] = { TCP4, TCP6, UDP4, UDP6 };

    for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
        struct dp_packet *whole = make(flows[i]);

        for (size_t n = 0; n <= dp_packet_size(whole); n++) {
            struct virtio_net_hdr in = {
                .flags = NEEDS, .csum_start = i % 2 ? 54 : 34,
                .csum_offset = i < 2 ? 16 : 6,
            }, out;
            struct dp_packet *p = packet_truncated(whole, n);

            if (!vnet_note(p, &in)) {
                vnet_header(p, &out);
            } else {
                assert_true(n < dp_packet_size(whole));
            }
            dp_packet_delete(p);
        }
        dp_packet_delete(whole);
    }
}

static void
a_frame_with_segments_is_as_large_as_one(void **state OVS_UNUSED)
{
    struct offload offload = { .partial = true, .gso_type = 1,
                               .gso_size = 4 };
    struct dp_packet *p = make(TCP4);
    struct flow flow;

    flow_extract(p, &flow);
    assert_int_equal(offload_frame_size(p), dp_packet_size(p));
    offload_set(p, &offload);
    assert_int_equal(offload_frame_size(p), 14 + 20 + 20 + 4);
    dp_packet_delete(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(partial_checksums_come_out_right),
        cmocka_unit_test(a_tag_moves_the_checksum),
        cmocka_unit_test(full_checksums_are_left_alone),
        cmocka_unit_test(inner_checksums_are_completed),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(truncated_frames_are_no_danger),
        cmocka_unit_test(a_frame_with_segments_is_as_large_as_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
