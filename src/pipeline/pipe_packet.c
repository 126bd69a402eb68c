/* Between the packet's flow, which actions change, and its bytes. */

#include "pipe_private.h"

static bool
is_ipv4(const struct pipe_state *s)
{
    return (s->flow.dl_type == htons(ETH_TYPE_IP)
            && dp_packet_l3(s->packet)
            && dp_packet_l3_size(s->packet) >= IP_HEADER_LEN);
}

static bool
is_ipv6(const struct pipe_state *s)
{
    return (s->flow.dl_type == htons(ETH_TYPE_IPV6)
            && dp_packet_l3(s->packet)
            && dp_packet_l3_size(s->packet) >= IPV6_HEADER_LEN);
}

static bool
has_l4(const struct pipe_state *s, size_t size)
{
    return (!(s->flow.nw_frag & FLOW_NW_FRAG_LATER)
            && dp_packet_l4(s->packet)
            && dp_packet_l4_size(s->packet) >= size);
}

static void
flush_ethernet(struct pipe_state *s)
{
    struct eth_header *eth = dp_packet_eth(s->packet);

    if (!eth) {
        return;
    }
    eth->eth_src = s->flow.dl_src;
    eth->eth_dst = s->flow.dl_dst;

    ovs_be16 old = s->bytes.vlans[0].tci;
    ovs_be16 new = s->flow.vlans[0].tci;
    if (old != new) {
        if (old & htons(VLAN_CFI)) {
            eth_pop_vlan(s->packet);
        }
        if (new & htons(VLAN_CFI)) {
            eth_push_vlan(s->packet, htons(ETH_TYPE_VLAN), new);
        }
    }
}

static void
flush_ip(struct pipe_state *s)
{
    const struct flow *f = &s->flow, *b = &s->bytes;
    uint16_t l4_ofs = s->packet->l4_ofs;

    if (f->nw_frag & FLOW_NW_FRAG_LATER) {
        /* What is behind the IP header is no header with a checksum, but
         * packet_set_ip*() would think so. */
        s->packet->l4_ofs = UINT16_MAX;
    }
    if (is_ipv4(s)
        && (f->nw_src != b->nw_src || f->nw_dst != b->nw_dst
            || f->nw_tos != b->nw_tos || f->nw_ttl != b->nw_ttl)) {
        packet_set_ipv4(s->packet, f->nw_src, f->nw_dst, f->nw_tos,
                        f->nw_ttl);
    } else if (is_ipv6(s)
               && (!ipv6_addr_equals(&f->ipv6_src, &b->ipv6_src)
                   || !ipv6_addr_equals(&f->ipv6_dst, &b->ipv6_dst)
                   || f->nw_tos != b->nw_tos || f->nw_ttl != b->nw_ttl
                   || f->ipv6_label != b->ipv6_label)) {
        packet_set_ipv6(s->packet, &f->ipv6_src, &f->ipv6_dst, f->nw_tos,
                        f->ipv6_label, f->nw_ttl);
    }
    s->packet->l4_ofs = l4_ofs;
}

static void
flush_tcp_flags(struct pipe_state *s)
{
    struct tcp_header *tcp = dp_packet_l4(s->packet);
    ovs_be16 old = tcp->tcp_ctl;
    ovs_be16 new = (old & htons(0xf000)) | (s->flow.tcp_flags
                                            & htons(0x0fff));

    if (old != new) {
        tcp->tcp_ctl = new;
        tcp->tcp_csum = recalc_csum16(tcp->tcp_csum, old, new);
    }
}

/* packet_set_nd() of libopenvswitch believes the lengths of options. */
static void
flush_nd(struct pipe_state *s)
{
    const struct flow *f = &s->flow, *b = &s->bytes;
    struct ovs_nd_msg *nd = dp_packet_l4(s->packet);
    const char *end = (char *) nd + dp_packet_l4_size(s->packet);
    ovs_be16 *sum = &nd->icmph.icmp6_cksum;

    if (!ipv6_addr_equals(&f->nd_target, &b->nd_target)) {
        *sum = recalc_csum128(*sum, nd->target.be32, &f->nd_target);
        memcpy(&nd->target, &f->nd_target, sizeof nd->target);
    }
    for (struct ovs_nd_lla_opt *opt = nd->options;
         end - (char *) opt >= ND_LLA_OPT_LEN && opt->len; opt += opt->len) {
        bool is_source = opt->type == ND_OPT_SOURCE_LINKADDR;
        struct eth_addr old = is_source ? b->arp_sha : b->arp_tha;
        struct eth_addr new = is_source ? f->arp_sha : f->arp_tha;

        if ((is_source || opt->type == ND_OPT_TARGET_LINKADDR)
            && opt->len == 1 && !eth_addr_equals(old, new)) {
            *sum = recalc_csum48(*sum, opt->mac, new);
            opt->mac = new;
        }
    }
}

static void
flush_transport(struct pipe_state *s)
{
    const struct flow *f = &s->flow;
    bool ports = f->tp_src != s->bytes.tp_src || f->tp_dst != s->bytes.tp_dst;

    if (!is_ipv4(s) && !is_ipv6(s)) {
        return;
    }
    if (f->nw_proto == IPPROTO_TCP && has_l4(s, TCP_HEADER_LEN)) {
        if (ports) {
            packet_set_tcp_port(s->packet, f->tp_src, f->tp_dst);
        }
        if (f->tcp_flags != s->bytes.tcp_flags) {
            flush_tcp_flags(s);
        }
    } else if (f->nw_proto == IPPROTO_UDP && ports
               && has_l4(s, UDP_HEADER_LEN)) {
        packet_set_udp_port(s->packet, f->tp_src, f->tp_dst);
    } else if (f->nw_proto == IPPROTO_SCTP && ports
               && has_l4(s, SCTP_HEADER_LEN)) {
        packet_set_sctp_port(s->packet, f->tp_src, f->tp_dst);
    } else if (is_icmpv4(f, NULL) && ports && has_l4(s, ICMP_HEADER_LEN)) {
        packet_set_icmp(s->packet, ntohs(f->tp_src), ntohs(f->tp_dst));
    } else if (is_icmpv6(f, NULL) && has_l4(s, ICMP6_HEADER_LEN)) {
        if (ports) {
            packet_set_icmp(s->packet, ntohs(f->tp_src), ntohs(f->tp_dst));
        }
        if (is_nd(f, NULL) && has_l4(s, sizeof(struct ovs_nd_msg))) {
            flush_nd(s);
        }
    }
}

static void
flush_arp(struct pipe_state *s)
{
    struct arp_eth_header *arp = dp_packet_l3(s->packet);

    if ((s->flow.dl_type != htons(ETH_TYPE_ARP)
         && s->flow.dl_type != htons(ETH_TYPE_RARP))
        || !arp || dp_packet_l3_size(s->packet) < ARP_ETH_HEADER_LEN) {
        return;
    }
    arp->ar_op = htons(s->flow.nw_proto);
    arp->ar_sha = s->flow.arp_sha;
    arp->ar_tha = s->flow.arp_tha;
    put_16aligned_be32(&arp->ar_spa, s->flow.nw_src);
    put_16aligned_be32(&arp->ar_tpa, s->flow.nw_dst);
}

/* 'bytes' tells of headers only. */
static void
bytes_are_flow(struct pipe_state *s)
{
    size_t ofs = offsetof(struct flow, dl_dst);

    memcpy((char *) &s->bytes + ofs, (char *) &s->flow + ofs,
           sizeof s->flow - ofs);
    s->reassigned = false;
}

void
pipe_flush(struct pipe_state *s)
{
    if (!s->reassigned) {
        return;
    }
    flush_ethernet(s);
    flush_ip(s);
    flush_transport(s);
    flush_arp(s);
    s->packet->md.pkt_mark = s->flow.pkt_mark;
    bytes_are_flow(s);
}

/* Changes 'size' bytes of the flow, at 'field', to 'value'. */
static void
take(struct pipe_state *s, void *field, const void *value, size_t size)
{
    if (memcmp(field, value, size)) {
        size_t ofs = (char *) field - (char *) &s->flow;
        size_t first = ofs / sizeof(uint64_t);

        pipe_disown_words(s, first,
                          (ofs + size - 1) / sizeof(uint64_t) - first + 1);
        memcpy(field, value, size);
    }
}

void
pipe_take_tuple(struct pipe_state *s)
{
    struct flow *f = &s->flow;

    if (is_ipv4(s)) {
        const struct ip_header *ip = dp_packet_l3(s->packet);

        take(s, &f->nw_src, &ip->ip_src, sizeof f->nw_src);
        take(s, &f->nw_dst, &ip->ip_dst, sizeof f->nw_dst);
    } else if (is_ipv6(s)) {
        const struct ovs_16aligned_ip6_hdr *ip6 = dp_packet_l3(s->packet);

        take(s, &f->ipv6_src, &ip6->ip6_src, sizeof f->ipv6_src);
        take(s, &f->ipv6_dst, &ip6->ip6_dst, sizeof f->ipv6_dst);
    } else {
        return;
    }
    if ((f->nw_proto == IPPROTO_TCP && has_l4(s, TCP_HEADER_LEN))
        || (f->nw_proto == IPPROTO_UDP && has_l4(s, UDP_HEADER_LEN))
        || (f->nw_proto == IPPROTO_SCTP && has_l4(s, SCTP_HEADER_LEN))) {
        /* Where all three have their ports. */
        const struct udp_header *l4 = dp_packet_l4(s->packet);

        take(s, &f->tp_src, &l4->udp_src, sizeof f->tp_src);
        take(s, &f->tp_dst, &l4->udp_dst, sizeof f->tp_dst);
    }
    bytes_are_flow(s);
}

/* Takes the headers of 'headers', and the metadata that are in 'flow'. */
static void
keep_metadata(struct flow *flow, const struct flow *headers)
{
    struct flow old = *flow;

    *flow = *headers;
    memcpy(flow, &old, offsetof(struct flow, dl_dst));
    flow->packet_type = headers->packet_type;
    flow->ct_nw_src = old.ct_nw_src;
    flow->ct_nw_dst = old.ct_nw_dst;
    flow->ct_ipv6_src = old.ct_ipv6_src;
    flow->ct_ipv6_dst = old.ct_ipv6_dst;
    flow->ct_tp_src = old.ct_tp_src;
    flow->ct_tp_dst = old.ct_tp_dst;
}

void
pipe_extract(struct pipe_state *s)
{
    struct flow headers;

    flow_extract(s->packet, &headers);
    keep_metadata(&s->flow, &headers);
    bytes_are_flow(s);
}

void
pipe_replace_packet(struct pipe_state *s, struct dp_packet **packet)
{
    /* What becomes of the new packet depends on the old one's headers. */
    pipe_depend_on_headers(s);
    pipe_disown_words(s, 0, FLOW_U64S);

    (*packet)->md = s->packet->md;
    (*packet)->md.ct_state = 0;
    (*packet)->md.conn = NULL;
    dp_packet_delete(s->packet);
    s->packet = *packet;
    *packet = NULL;
    s->mru = 0;
    pipe_extract(s);
}
