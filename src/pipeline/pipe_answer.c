/* Packets that answer a packet. */

#include "pipe_answer.h"

size_t
answer_datagram(struct pipe_state *s, const void **data)
{
    size_t size = dp_packet_l3(s->packet) ? dp_packet_l3_size(s->packet) : 0;

    *data = dp_packet_l3(s->packet);
    if (s->flow.dl_type == htons(ETH_TYPE_IP) && size >= IP_HEADER_LEN) {
        const struct ip_header *ip = *data;

        return MIN(size, ntohs(ip->ip_tot_len));
    }
    return size >= IPV6_HEADER_LEN ? size : 0;
}

struct dp_packet *
answer_new(const struct flow *f, bool swap, size_t size)
{
    struct dp_packet *packet = dp_packet_new(
        ETH_HEADER_LEN + VLAN_HEADER_LEN + size);

    eth_compose(packet, swap ? f->dl_src : f->dl_dst,
                swap ? f->dl_dst : f->dl_src, ntohs(f->dl_type), 0);
    if (f->vlans[0].tci & htons(VLAN_CFI)) {
        /* Later: eth_push_vlan() wants a complete header. */
        packet->packet_type = htonl(PT_ETH);
    }
    return packet;
}

void
answer_put_ipv4(struct dp_packet *packet, const struct flow *f, bool swap,
                uint8_t proto, size_t payload)
{
    struct ip_header *ip = dp_packet_put_zeros(packet, IP_HEADER_LEN);

    dp_packet_set_l3(packet, ip);
    ip->ip_ihl_ver = IP_IHL_VER(5, 4);
    ip->ip_tos = f->nw_tos;
    ip->ip_tot_len = htons(IP_HEADER_LEN + payload);
    ip->ip_ttl = 255;
    ip->ip_proto = proto;
    put_16aligned_be32(&ip->ip_src, swap ? f->nw_dst : f->nw_src);
    put_16aligned_be32(&ip->ip_dst, swap ? f->nw_src : f->nw_dst);
    ip->ip_csum = csum(ip, sizeof *ip);
}

void
answer_put_ipv6(struct dp_packet *packet, const struct flow *f, bool swap,
                uint8_t proto, size_t payload)
{
    struct ovs_16aligned_ip6_hdr *ip6
        = dp_packet_put_zeros(packet, IPV6_HEADER_LEN);

    dp_packet_set_l3(packet, ip6);
    put_16aligned_be32(&ip6->ip6_flow, htonl(0x60000000
                                             | (uint32_t) f->nw_tos << 20));
    ip6->ip6_plen = htons(payload);
    ip6->ip6_nxt = proto;
    ip6->ip6_hlim = 255;
    memcpy(&ip6->ip6_src, swap ? &f->ipv6_dst : &f->ipv6_src,
           sizeof ip6->ip6_src);
    memcpy(&ip6->ip6_dst, swap ? &f->ipv6_src : &f->ipv6_dst,
           sizeof ip6->ip6_dst);
}

struct dp_packet *
answer_finish(struct dp_packet *packet, const struct flow *f)
{
    if (f->vlans[0].tci & htons(VLAN_CFI)) {
        eth_push_vlan(packet, htons(ETH_TYPE_VLAN), f->vlans[0].tci);
    }
    return packet;
}

bool
answer_is_possible(const struct pipe_state *s)
{
    const struct flow *f = &s->flow;

    return (is_ip_any(f) && dp_packet_l3(s->packet)
            && dp_packet_l3_size(s->packet)
               >= (f->dl_type == htons(ETH_TYPE_IP) ? IP_HEADER_LEN
                   : IPV6_HEADER_LEN));
}

void
answer_with(struct pipe_state *s, const struct lact *lact,
            struct dp_packet *packet)
{
    const struct lact_nested *nested = (const struct lact_nested *) lact;
    struct dp_packet *copy = dp_packet_clone(s->packet);
    struct pipe_state fork;

    s->handled = true;
    pipe_state_fork(&fork, s, &copy);
    pipe_replace_packet(&fork, &packet);
    pipe_do_forked(&fork, &nested->actions);
}
