#include "dp_vnet.h"

#include <netinet/in.h>

#include "reasons.h"

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

/* Where layers 3 and 4 of a frame begin. */
struct layers {
    size_t l3, l4;
    uint8_t proto;
    bool is_ipv6;
};

/* Past up to two VLAN tags: the type of what follows, at '*offset'. */
static ovs_be16
skip_ethernet(const uint8_t *data, size_t size, size_t *offset)
{
    ovs_be16 type;

    *offset = ETH_HEADER_LEN;
    if (size < ETH_HEADER_LEN) {
        return 0;
    }
    memcpy(&type, data + 12, sizeof type);
    for (int i = 0; i < 2 && eth_type_vlan(type); i++) {
        if (size < *offset + VLAN_HEADER_LEN) {
            return 0;
        }
        memcpy(&type, data + *offset + 2, sizeof type);
        *offset += VLAN_HEADER_LEN;
    }
    return type;
}

static bool
find_layer4_of_ipv6(const uint8_t *data, size_t size, struct layers *l)
{
    size_t offset = l->l3 + IPV6_HEADER_LEN;

    if (size < offset) {
        return false;
    }
    l->is_ipv6 = true;
    l->proto = data[l->l3 + 6];
    while (l->proto == IPPROTO_HOPOPTS || l->proto == IPPROTO_ROUTING
           || l->proto == IPPROTO_DSTOPTS) {
        if (size < offset + 8) {
            return false;
        }
        l->proto = data[offset];
        offset += (data[offset + 1] + 1) * 8;
    }
    l->l4 = offset;
    return true;
}

static bool
find_layers(const struct dp_packet *packet, struct layers *l)
{
    const uint8_t *data = dp_packet_data(packet);
    size_t size = dp_packet_size(packet);
    ovs_be16 type = skip_ethernet(data, size, &l->l3);

    if (type == htons(ETH_TYPE_IP)) {
        if (size < l->l3 + IP_HEADER_LEN) {
            return false;
        }

        const uint8_t *ip = data + l->l3;
        size_t length = (ip[0] & 0xf) * 4;
        bool is_fragment = (ip[6] & 0x3f) || ip[7];
        l->is_ipv6 = false;
        l->proto = ip[9];
        l->l4 = l->l3 + length;
        return length >= IP_HEADER_LEN && !is_fragment;
    }
    return (type == htons(ETH_TYPE_IPV6)
            && find_layer4_of_ipv6(data, size, l));
}

/* Offset of the checksum in the header of layer 4; 0 if it is not TCP or UDP,
 * or cut off. */
static size_t
checksum_offset(const struct dp_packet *packet, const struct layers *l)
{
    size_t size = dp_packet_size(packet);

    if (l->proto == IPPROTO_TCP && size >= l->l4 + TCP_HEADER_LEN) {
        return offsetof(struct tcp_header, tcp_csum);
    }
    if (l->proto == IPPROTO_UDP && size >= l->l4 + UDP_HEADER_LEN) {
        return offsetof(struct udp_header, udp_csum);
    }
    return 0;
}

/* Does the device's work for a checksum that starts at 'start'. */
static int
complete_checksum(struct dp_packet *packet, size_t start, size_t offset)
{
    uint8_t *data = dp_packet_data(packet);
    size_t size = dp_packet_size(packet);

    if (start + offset + sizeof(ovs_be16) > size) {
        return DROP_MALFORMED;
    }

    ovs_be16 sum = csum(data + start, size - start);
    memcpy(data + start + offset, &sum, sizeof sum);
    return 0;
}

int
vnet_note(struct dp_packet *packet, const struct virtio_net_hdr *header)
{
    uint8_t type = header->gso_type & ~VIRTIO_NET_HDR_GSO_ECN;
    struct offload offload = { .partial = false };

    if (!(header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)) {
        if (type != VIRTIO_NET_HDR_GSO_NONE) {
            return DROP_MALFORMED;
        }
        if (header->flags & VIRTIO_NET_HDR_F_DATA_VALID) {
            *dp_packet_ol_flags_ptr(packet)
                |= DP_PACKET_OL_RX_L4_CKSUM_GOOD;
        }
        return 0;
    }

    struct layers l;
    size_t where = (find_layers(packet, &l)
                    ? checksum_offset(packet, &l) : 0);
    offload.partial = (where && l.l4 == header->csum_start
                       && where == header->csum_offset);
    if (!offload.partial) {
        return (type != VIRTIO_NET_HDR_GSO_NONE ? DROP_MALFORMED
                : complete_checksum(packet, header->csum_start,
                                    header->csum_offset));
    }
    if (type != VIRTIO_NET_HDR_GSO_NONE) {
        if (!header->gso_size) {
            return DROP_MALFORMED;
        }
        offload.gso_type = header->gso_type;
        offload.gso_size = header->gso_size;
    }
    offload_set(packet, &offload);
    return 0;
}

/* True if packets with those headers can be cut into segments so. */
static bool
gso_fits(uint8_t gso_type, const struct layers *l)
{
    switch (gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
    case VIRTIO_NET_HDR_GSO_TCPV4:
        return l->proto == IPPROTO_TCP && !l->is_ipv6;
    case VIRTIO_NET_HDR_GSO_TCPV6:
        return l->proto == IPPROTO_TCP && l->is_ipv6;
    case VIRTIO_NET_HDR_GSO_UDP_L4:
        return l->proto == IPPROTO_UDP;
    default:
        return false;
    }
}

/* The folded, not complemented sum of the pseudo header. */
static ovs_be16
pseudo_header_sum(const struct dp_packet *packet, const struct layers *l)
{
    const uint8_t *ip = (const uint8_t *) dp_packet_data(packet) + l->l3;
    /* Not the frame's size, which may have padding. */
    size_t length = (l->is_ipv6
                     ? (ip[4] << 8 | ip[5]) + l->l3 + IPV6_HEADER_LEN - l->l4
                     : (ip[2] << 8 | ip[3]) + l->l3 - l->l4);
    uint32_t sum = (l->is_ipv6
                    ? csum_continue(0, ip + 8, 2 * sizeof(struct in6_addr))
                    : csum_continue(0, ip + 12, 2 * sizeof(ovs_be32)));

    sum = csum_add16(sum, htons(l->proto));
    sum = csum_add32(sum, htonl(length));
    return ~csum_finish(sum);
}

int
vnet_header(struct dp_packet *packet, struct virtio_net_hdr *header)
{
    struct offload offload = offload_get(packet);
    struct layers l;

    memset(header, 0, sizeof *header);
    if (!offload.partial) {
        return 0;
    }

    size_t where = (find_layers(packet, &l)
                    ? checksum_offset(packet, &l) : 0);
    if (!where) {
        return DROP_MALFORMED;
    }

    uint8_t *l4 = (uint8_t *) dp_packet_data(packet) + l.l4;
    ovs_be16 sum = pseudo_header_sum(packet, &l);
    memcpy(l4 + where, &sum, sizeof sum);
    header->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    header->csum_start = l.l4;
    header->csum_offset = where;
    if (offload.gso_type) {
        if (!gso_fits(offload.gso_type, &l)) {
            return DROP_MALFORMED;
        }
        header->gso_type = offload.gso_type;
        header->gso_size = offload.gso_size;
        header->hdr_len = l.l4 + (l.proto == IPPROTO_TCP
                                  ? (l4[12] >> 4) * 4 : UDP_HEADER_LEN);
    }
    return 0;
}
