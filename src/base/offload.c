#include "offload.h"

#define PARTIAL (1u << 24)

void
offload_set(struct dp_packet *packet, const struct offload *offload)
{
    dp_packet_set_flow_mark(packet, (offload->partial ? PARTIAL : 0)
                                    | (uint32_t) offload->gso_type << 16
                                    | offload->gso_size);
    if (offload->partial) {
        /* For conntrack: there is no checksum that could be wrong. */
        *dp_packet_ol_flags_ptr(packet) |= DP_PACKET_OL_RX_L4_CKSUM_GOOD;
    }
}

struct offload
offload_get(const struct dp_packet *packet)
{
    uint32_t mark;

    if (!dp_packet_has_flow_mark(CONST_CAST(struct dp_packet *, packet),
                                 &mark)) {
        return (struct offload) { .partial = false };
    }
    return (struct offload) {
        .partial = (mark & PARTIAL) != 0,
        .gso_type = mark >> 16,
        .gso_size = mark,
    };
}

size_t
offload_frame_size(const struct dp_packet *packet)
{
    struct offload offload = offload_get(packet);
    size_t size = dp_packet_size(packet);
    const char *l4 = dp_packet_l4(packet);

    if (!offload.gso_type || !l4) {
        return size;
    }

    size_t header = UDP_HEADER_LEN;
    if (dp_packet_l4_size(packet) >= TCP_HEADER_LEN
        && (offload.gso_type & 0x7f) != 5) {
        const struct tcp_header *tcp = dp_packet_l4(packet);

        header = TCP_OFFSET(tcp->tcp_ctl) * 4;
    }
    return MIN(size, l4 - (const char *) dp_packet_data(packet) + header
                     + offload.gso_size);
}
