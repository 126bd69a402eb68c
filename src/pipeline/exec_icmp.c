/* ICMP errors, resets, and reject, which picks one of them. */

#include "pipe_private.h"

/* What of the offending packet goes into the error. */
#define ICMP4_QUOTE 576
#define ICMP6_QUOTE (IPV6_MIN_MTU - IPV6_HEADER_LEN - 8)
#define IPV6_MIN_MTU 1280

/* The offending datagram without link padding; 0 if it is not there. */
static size_t
datagram(struct pipe_state *s, const void **data)
{
    size_t size = dp_packet_l3(s->packet) ? dp_packet_l3_size(s->packet) : 0;

    *data = dp_packet_l3(s->packet);
    if (s->flow.dl_type == htons(ETH_TYPE_IP) && size >= IP_HEADER_LEN) {
        const struct ip_header *ip = *data;

        return MIN(size, ntohs(ip->ip_tot_len));
    }
    return size >= IPV6_HEADER_LEN ? size : 0;
}

static struct dp_packet *
new_ethernet(const struct flow *f, bool swap, size_t size)
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

static void
put_ipv4(struct dp_packet *packet, const struct flow *f, bool swap,
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

static void
put_ipv6(struct dp_packet *packet, const struct flow *f, bool swap,
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

static struct dp_packet *
finish(struct dp_packet *packet, const struct flow *f)
{
    if (f->vlans[0].tci & htons(VLAN_CFI)) {
        eth_push_vlan(packet, htons(ETH_TYPE_VLAN), f->vlans[0].tci);
    }
    return packet;
}

static struct dp_packet *
icmp4_error(struct pipe_state *s, bool swap)
{
    const void *data;
    size_t quote = MIN(datagram(s, &data),
                       ICMP4_QUOTE - IP_HEADER_LEN - ICMP_HEADER_LEN);
    const struct flow *f = &s->flow;
    struct dp_packet *packet = new_ethernet(f, swap, ICMP4_QUOTE);

    put_ipv4(packet, f, swap, IPPROTO_ICMP, ICMP_HEADER_LEN + quote);

    struct icmp_header *icmp = dp_packet_put_zeros(packet, ICMP_HEADER_LEN);
    dp_packet_put(packet, data, quote);
    icmp = (struct icmp_header *) ((char *) dp_packet_l3(packet)
                                   + IP_HEADER_LEN);
    dp_packet_set_l4(packet, icmp);
    icmp->icmp_type = ICMP4_DST_UNREACH;
    icmp->icmp_code = 1;
    icmp->icmp_csum = csum(icmp, ICMP_HEADER_LEN + quote);
    return finish(packet, f);
}

static struct dp_packet *
icmp6_error(struct pipe_state *s, bool swap)
{
    const void *data;
    size_t quote = MIN(datagram(s, &data), ICMP6_QUOTE);
    const struct flow *f = &s->flow;
    size_t size = sizeof(struct icmp6_data_header) + quote;
    struct dp_packet *packet = new_ethernet(f, swap, IPV6_MIN_MTU);

    put_ipv6(packet, f, swap, IPPROTO_ICMPV6, size);
    dp_packet_put_zeros(packet, sizeof(struct icmp6_data_header));
    dp_packet_put(packet, data, quote);

    struct ovs_16aligned_ip6_hdr *ip6 = dp_packet_l3(packet);
    struct icmp6_data_header *icmp = (void *) (ip6 + 1);
    dp_packet_set_l4(packet, icmp);
    icmp->icmp6_base.icmp6_type = 1;
    icmp->icmp6_base.icmp6_code = 1;
    icmp->icmp6_base.icmp6_cksum = packet_csum_upperlayer6(
        ip6, icmp, IPPROTO_ICMPV6, size);
    return finish(packet, f);
}

/* The RST that answers the packet; 'swap' turns addresses round as well. */
static struct dp_packet *
tcp_reset(struct pipe_state *s, bool swap)
{
    const struct flow *f = &s->flow;
    const struct tcp_header *in = dp_packet_l4(s->packet);
    const void *data;
    size_t length = datagram(s, &data);
    size_t headers = (char *) in - (char *) data + TCP_OFFSET(in->tcp_ctl) * 4;
    uint32_t payload = length > headers ? length - headers : 0;
    struct dp_packet *packet = new_ethernet(f, swap, 80);
    bool is_ipv6 = f->dl_type == htons(ETH_TYPE_IPV6);
    uint16_t flags = TCP_FLAGS(in->tcp_ctl);

    if (is_ipv6) {
        put_ipv6(packet, f, swap, IPPROTO_TCP, TCP_HEADER_LEN);
    } else {
        put_ipv4(packet, f, swap, IPPROTO_TCP, TCP_HEADER_LEN);
    }

    struct tcp_header *tcp = dp_packet_put_zeros(packet, TCP_HEADER_LEN);
    dp_packet_set_l4(packet, tcp);
    bool keep_ports = !swap || pipe_run_is_like_ovn_trace(s->run);
    tcp->tcp_src = keep_ports ? in->tcp_src : in->tcp_dst;
    tcp->tcp_dst = keep_ports ? in->tcp_dst : in->tcp_src;
    if (flags & TCP_ACK) {
        tcp->tcp_seq = in->tcp_ack;
        tcp->tcp_ctl = TCP_CTL(TCP_RST, 5);
    } else {
        uint32_t seq = ntohl(get_16aligned_be32(&in->tcp_seq));

        /* SYN and FIN each take a number. */
        payload += !!(flags & TCP_SYN) + !!(flags & TCP_FIN);
        put_16aligned_be32(&tcp->tcp_ack, htonl(seq + payload));
        tcp->tcp_ctl = TCP_CTL(TCP_RST | TCP_ACK, 5);
    }

    uint32_t sum = is_ipv6
        ? packet_csum_pseudoheader6(dp_packet_l3(packet))
        : packet_csum_pseudoheader(dp_packet_l3(packet));
    tcp->tcp_csum = csum_finish(csum_continue(sum, tcp, TCP_HEADER_LEN));
    return finish(packet, f);
}

static bool
has_tcp(const struct pipe_state *s)
{
    return (is_ip_any(&s->flow) && s->flow.nw_proto == IPPROTO_TCP
            && !(s->flow.nw_frag & FLOW_NW_FRAG_LATER)
            && dp_packet_l4(s->packet)
            && dp_packet_l4_size(s->packet) >= TCP_HEADER_LEN);
}

/* Is there an IP header to answer? */
static bool
may_answer(const struct pipe_state *s)
{
    const struct flow *f = &s->flow;

    return (is_ip_any(f) && dp_packet_l3(s->packet)
            && dp_packet_l3_size(s->packet)
               >= (f->dl_type == htons(ETH_TYPE_IP) ? IP_HEADER_LEN
                   : IPV6_HEADER_LEN));
}

static void
answer(struct pipe_state *s, const struct lact *lact,
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

void
exec_icmp4(struct pipe_state *s, const struct lact *lact,
           bool last OVS_UNUSED)
{
    pipe_note(s, lact, NULL);
    pipe_flush(s);
    if (!may_answer(s) || s->flow.dl_type != htons(ETH_TYPE_IP)) {
        pipe_drop(s, DROP_MALFORMED);
        return;
    }
    answer(s, lact, icmp4_error(s, false));
}

void
exec_icmp6(struct pipe_state *s, const struct lact *lact,
           bool last OVS_UNUSED)
{
    pipe_note(s, lact, NULL);
    pipe_flush(s);
    if (!may_answer(s) || s->flow.dl_type != htons(ETH_TYPE_IPV6)) {
        pipe_drop(s, DROP_MALFORMED);
        return;
    }
    answer(s, lact, icmp6_error(s, false));
}

void
exec_tcp_reset(struct pipe_state *s, const struct lact *lact,
               bool last OVS_UNUSED)
{
    const struct lact_nested *nested = (const struct lact_nested *) lact;

    pipe_note(s, lact, NULL);
    pipe_flush(s);
    if (!may_answer(s) || !has_tcp(s)) {
        pipe_drop(s, DROP_MALFORMED);
    } else if (nested->has_body) {
        answer(s, lact, tcp_reset(s, false));
    } else {
        struct dp_packet *packet = tcp_reset(s, false);

        pipe_replace_packet(s, &packet);
    }
}

void
exec_sctp_abort(struct pipe_state *s, const struct lact *lact,
                bool last OVS_UNUSED)
{
    pipe_note(s, lact, NULL);
    pipe_drop(s, DROP_MALFORMED);
}

/* Two rejecting ACLs must not talk to each other for ever. */
static bool
is_unreachable(const struct flow *f)
{
    return ((is_icmpv4(f, NULL) && f->tp_src == htons(ICMP4_DST_UNREACH))
            || (is_icmpv6(f, NULL) && f->tp_src == htons(1)));
}

void
exec_reject(struct pipe_state *s, const struct lact *lact,
            bool last OVS_UNUSED)
{
    pipe_note(s, lact, NULL);
    pipe_flush(s);
    pipe_depend_on_headers(s);
    if (!may_answer(s)) {
        pipe_drop(s, DROP_MALFORMED);
    } else if (has_tcp(s)) {
        /* Nobody resets a reset. */
        if (ntohs(s->flow.tcp_flags) & TCP_RST) {
            pipe_drop(s, DROP_BY_FLOW);
        } else {
            answer(s, lact, tcp_reset(s, true));
        }
    } else if (is_unreachable(&s->flow)) {
        pipe_drop(s, DROP_BY_FLOW);
    } else if (s->flow.dl_type == htons(ETH_TYPE_IP)) {
        answer(s, lact, icmp4_error(s, true));
    } else {
        answer(s, lact, icmp6_error(s, true));
    }
}
