#include "pipe_reply.h"

const uint8_t *
reply_udp_payload(const struct pipe_state *s, size_t *size)
{
    size_t l4 = dp_packet_l4(s->packet) ? dp_packet_l4_size(s->packet) : 0;

    if (!is_ip_any(&s->flow) || s->flow.nw_proto != IPPROTO_UDP
        || s->flow.nw_frag & FLOW_NW_FRAG_ANY || l4 < UDP_HEADER_LEN) {
        return NULL;
    }

    const struct udp_header *udp = dp_packet_l4(s->packet);
    size_t length = ntohs(udp->udp_len);
    if (length < UDP_HEADER_LEN || length > l4) {
        return NULL;
    }
    *size = length - UDP_HEADER_LEN;
    return (const uint8_t *) (udp + 1);
}

static void
fix_ip_length(struct dp_packet *packet, const struct flow *f, size_t l4_size)
{
    if (f->dl_type == htons(ETH_TYPE_IP)) {
        struct ip_header *ip = dp_packet_l3(packet);
        ovs_be16 length = htons((char *) dp_packet_l4(packet)
                                - (char *) ip + l4_size);

        ip->ip_csum = recalc_csum16(ip->ip_csum, ip->ip_tot_len, length);
        ip->ip_tot_len = length;
    } else {
        struct ovs_16aligned_ip6_hdr *ip6 = dp_packet_l3(packet);

        ip6->ip6_plen = htons((char *) dp_packet_l4(packet)
                              - (char *) (ip6 + 1) + l4_size);
    }
}

static void
fix_checksum(struct dp_packet *packet, const struct flow *f, size_t l4_size)
{
    bool v4 = f->dl_type == htons(ETH_TYPE_IP);
    void *l4 = dp_packet_l4(packet);

    if (f->nw_proto == IPPROTO_UDP) {
        struct udp_header *udp = l4;

        udp->udp_len = htons(l4_size);
        udp->udp_csum = 0;
        uint32_t sum = v4 ? packet_csum_pseudoheader(dp_packet_l3(packet))
                          : packet_csum_pseudoheader6(dp_packet_l3(packet));
        udp->udp_csum = csum_finish(csum_continue(sum, l4, l4_size));
        if (!udp->udp_csum) {
            udp->udp_csum = htons(0xffff);
        }
    } else {
        struct icmp6_header *icmp = l4;

        icmp->icmp6_cksum = 0;
        icmp->icmp6_cksum = packet_csum_upperlayer6(
            dp_packet_l3(packet), l4, IPPROTO_ICMPV6, l4_size);
    }
}

void
reply_replace_payload(struct pipe_state *s, size_t l4_header,
                      const struct ofpbuf *payload)
{
    const struct flow *f = &s->flow;
    size_t head = (char *) dp_packet_l4(s->packet)
                  - (char *) dp_packet_data(s->packet) + l4_header;
    struct dp_packet *packet = dp_packet_new(head + payload->size);

    pipe_flush(s);
    dp_packet_put(packet, dp_packet_data(s->packet), head);
    dp_packet_put(packet, payload->data, payload->size);
    dp_packet_reset_offsets(packet);
    dp_packet_set_l3(packet, (char *) dp_packet_data(packet)
                             + s->packet->l3_ofs);
    dp_packet_set_l4(packet, (char *) dp_packet_data(packet)
                             + s->packet->l4_ofs);
    fix_ip_length(packet, f, l4_header + payload->size);
    fix_checksum(packet, f, l4_header + payload->size);
    s->run->verdict->dependencies |= DEPENDS_ON_BYTES;
    pipe_replace_packet(s, &packet);
}

const uint8_t *
reply_take(const uint8_t **p, const uint8_t *end, size_t size)
{
    const uint8_t *here = *p;

    if ((size_t) (end - here) < size) {
        return NULL;
    }
    *p = here + size;
    return here;
}

void
reply_put_u8(struct ofpbuf *b, uint8_t x)
{
    ofpbuf_put(b, &x, sizeof x);
}

void
reply_put_be16(struct ofpbuf *b, uint16_t x)
{
    ovs_be16 be = htons(x);

    ofpbuf_put(b, &be, sizeof be);
}

void
reply_put_be32(struct ofpbuf *b, uint32_t x)
{
    ovs_be32 be = htonl(x);

    ofpbuf_put(b, &be, sizeof be);
}

void
reply_put_ipv6(struct ofpbuf *b, ovs_u128 x)
{
    ovs_be128 be = hton128(x);

    ofpbuf_put(b, &be, sizeof be);
}

void
reply_put_mac(struct ofpbuf *b, uint64_t x)
{
    struct eth_addr mac;

    eth_addr_from_uint64(x, &mac);
    ofpbuf_put(b, &mac, sizeof mac);
}

void
reply_put_domain(struct ofpbuf *b, const char *name)
{
    while (*name) {
        size_t n = MIN(strcspn(name, "."), 63);

        if (n) {
            reply_put_u8(b, n);
            ofpbuf_put(b, name, n);
        }
        name += n;
        name += *name == '.';
    }
    reply_put_u8(b, 0);
}
