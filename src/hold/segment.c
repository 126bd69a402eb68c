#include "segment.h"

/* Bits above the IP protocol in segment.protocol. */
#define HAS_PAYLOAD (1u << 8)
#define IS_FRAGMENT (1u << 9)
#define TCP_FLAGS_SHIFT 16

static bool
fill_addresses(const struct flow *flow, struct segment *segment)
{
    if (flow->dl_type == htons(ETH_TYPE_IP)) {
        in6_addr_set_mapped_ipv4(&segment->src, flow->nw_src);
        in6_addr_set_mapped_ipv4(&segment->dst, flow->nw_dst);
    } else if (flow->dl_type == htons(ETH_TYPE_IPV6)) {
        segment->src = flow->ipv6_src;
        segment->dst = flow->ipv6_dst;
    } else {
        return false;
    }
    return true;
}

static bool
fill_tcp(const struct dp_packet *packet, struct segment *segment)
{
    const struct tcp_header *tcp = dp_packet_l4(packet);
    size_t size = dp_packet_l4_size(packet);

    if (!tcp || size < TCP_HEADER_LEN) {
        return false;
    }
    size_t header = TCP_OFFSET(tcp->tcp_ctl) * 4;
    uint32_t flags = TCP_FLAGS(tcp->tcp_ctl) & (TCP_SYN | TCP_FIN | TCP_RST);

    if (header < TCP_HEADER_LEN || header > size) {
        return false;
    }
    segment->id = ntohl(get_16aligned_be32(&tcp->tcp_seq));
    segment->protocol |= flags << TCP_FLAGS_SHIFT;
    if (size > header) {
        segment->protocol |= HAS_PAYLOAD;
    }
    return true;
}

/* 64 bits: with 32, two of a thousand held datagrams of one client would look
 * alike often enough to lose one now and then. */
static uint64_t
hash_payload(const void *payload, size_t size)
{
    ovs_u128 hash;

    hash_bytes128(payload, size, 0, &hash);
    return hash.u64.lo;
}

bool
segment_from_packet(struct dp_packet *packet, struct segment *segment)
{
    struct flow flow;

    memset(segment, 0, sizeof *segment);
    flow_extract(packet, &flow);
    if (!fill_addresses(&flow, segment) || !dp_packet_l4(packet)) {
        return false;
    }
    segment->protocol = flow.nw_proto;
    if (flow.nw_frag & FLOW_NW_FRAG_ANY) {
        /* A fragment is a copy of nothing but itself: its siblings may carry
         * the same bytes, and one of another datagram does not fit in. */
        segment->protocol |= IS_FRAGMENT;
        segment->id = hash_payload(dp_packet_l3(packet),
                                   dp_packet_l3_size(packet));
        return true;
    }
    segment->tp_src = flow.tp_src;
    segment->tp_dst = flow.tp_dst;
    if (flow.nw_proto == IPPROTO_TCP) {
        return fill_tcp(packet, segment);
    }
    segment->id = hash_payload(dp_packet_l4(packet),
                               dp_packet_l4_size(packet));
    return true;
}

bool
segment_equals(const struct segment *a, const struct segment *b)
{
    return !memcmp(a, b, sizeof *a);
}

uint32_t
segment_hash(const struct segment *segment)
{
    return hash_bytes(segment, sizeof *segment, 0);
}
