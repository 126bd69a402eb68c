/* "R = check_in_port_sec();" and "R = check_out_port_sec();": may a port send,
 * and be sent, this (ovn-nb(5), Logical_Switch_Port.port_security)? */

#include "pipe_private.h"

static bool
has_ip(const struct net_security *security, const struct in6_addr *ip)
{
    bool v4 = IN6_IS_ADDR_V4MAPPED(ip);

    for (size_t i = 0; i < security->n_prefixes; i++) {
        const struct net_prefix *p = &security->prefixes[i];

        if (v4 != IN6_IS_ADDR_V4MAPPED(&p->ip)) {
            continue;
        }

        int plen = ipv6_count_cidr_bits(&p->mask);
        int host = 128;
        struct in6_addr a = ipv6_addr_bitand(&p->ip, &p->mask);
        struct in6_addr b = ipv6_addr_bitand(ip, &p->mask);
        bool is_network = plen < host && ipv6_addr_equals(&p->ip, &a);

        /* A prefix whose host bits are set is that address alone. */
        if (is_network ? ipv6_addr_equals(&a, &b)
            : ipv6_addr_equals(&p->ip, ip)) {
            return true;
        }
    }
    return false;
}

/* Is it the broadcast address of a prefix? */
static bool
is_broadcast(const struct net_security *security, ovs_be32 ip)
{
    for (size_t i = 0; i < security->n_prefixes; i++) {
        const struct net_prefix *p = &security->prefixes[i];

        if (IN6_IS_ADDR_V4MAPPED(&p->ip)) {
            ovs_be32 host = in6_addr_get_mapped_ipv4(&p->ip);
            ovs_be32 mask;

            memcpy(&mask, &p->mask.s6_addr[12], sizeof mask);
            if (mask != OVS_BE32_MAX && ip == (host | ~mask)) {
                return true;
            }
        }
    }
    return false;
}

static bool
has_family(const struct net_security *security, bool v4)
{
    for (size_t i = 0; i < security->n_prefixes; i++) {
        if (IN6_IS_ADDR_V4MAPPED(&security->prefixes[i].ip) == v4) {
            return true;
        }
    }
    return false;
}

static struct in6_addr
mapped(ovs_be32 ip)
{
    struct in6_addr addr;

    in6_addr_set_mapped_ipv4(&addr, ip);
    return addr;
}

static bool
in_ipv4(const struct net_security *security, const struct flow *f)
{
    struct in6_addr src = mapped(f->nw_src);

    if (!security->n_prefixes) {
        return true;
    }
    /* DHCPDISCOVER comes from nowhere. */
    return ((f->nw_src == 0 && f->nw_dst == htonl(UINT32_MAX)
             && f->nw_proto == IPPROTO_UDP && f->tp_src == htons(68)
             && f->tp_dst == htons(67)
             && has_family(security, true))
            || has_ip(security, &src));
}

static bool
in_ipv6(const struct net_security *security, const struct flow *f)
{
    static const struct in6_addr nd_group = { .s6_addr = {
        [0] = 0xff, [1] = 0x02 } };
    struct in6_addr local;

    if (!security->n_prefixes) {
        return true;
    }
    if (!has_family(security, false)) {
        return false;
    }
    in6_generate_lla(security->mac, &local);
    return ((ipv6_mask_is_any(&f->ipv6_src)
             && f->ipv6_dst.s6_addr[0] == nd_group.s6_addr[0]
             && f->ipv6_dst.s6_addr[1] == nd_group.s6_addr[1]
             && is_icmpv6(f, NULL)
             && (f->tp_src == htons(131) || f->tp_src == htons(135)
                 || f->tp_src == htons(143)) && f->tp_dst == 0)
            || ipv6_addr_equals(&f->ipv6_src, &local)
            || has_ip(security, &f->ipv6_src));
}

static bool
in_arp(const struct net_security *security, const struct flow *f)
{
    struct in6_addr spa = mapped(f->nw_src);

    return (eth_addr_equals(f->arp_sha, security->mac)
            && (!security->n_prefixes
                || (has_family(security, true)
                    && has_ip(security, &spa))));
}

static bool
nd_mac_fits(const struct net_security *security, struct eth_addr mac)
{
    return eth_addr_is_zero(mac) || eth_addr_equals(mac, security->mac);
}

static bool
in_nd(const struct net_security *security, const struct flow *f)
{
    struct in6_addr local;

    in6_generate_lla(security->mac, &local);
    if (f->tp_src == htons(ND_NEIGHBOR_SOLICIT)) {
        return nd_mac_fits(security, f->arp_sha);
    }
    return (nd_mac_fits(security, f->arp_tha)
            && (!security->n_prefixes
                || ipv6_addr_equals(&f->nd_target, &local)
                || has_ip(security, &f->nd_target)));
}

static bool
in_passes(const struct net_security *security, const struct flow *f)
{
    if (!eth_addr_equals(f->dl_src, security->mac)) {
        return false;
    }
    if (f->dl_type == htons(ETH_TYPE_ARP)) {
        return in_arp(security, f);
    }
    if (f->dl_type == htons(ETH_TYPE_IP)) {
        return in_ipv4(security, f);
    }
    if (f->dl_type == htons(ETH_TYPE_IPV6)) {
        return (in_ipv6(security, f)
                && (!is_nd(f, NULL) || in_nd(security, f)));
    }
    return true;
}

static bool
out_passes(const struct net_security *security, const struct flow *f)
{
    if (eth_addr_is_multicast(f->dl_dst)) {
        return true;
    }
    if (!eth_addr_equals(f->dl_dst, security->mac)) {
        return false;
    }
    if (!security->n_prefixes) {
        return true;
    }
    if (f->dl_type == htons(ETH_TYPE_IP)) {
        struct in6_addr dst = mapped(f->nw_dst);

        return (has_family(security, true)
                && (f->nw_dst == htonl(UINT32_MAX)
                    || is_broadcast(security, f->nw_dst)
                    || ip_is_multicast(f->nw_dst)
                    || has_ip(security, &dst)));
    }
    if (f->dl_type == htons(ETH_TYPE_IPV6)) {
        struct in6_addr local;

        in6_generate_lla(security->mac, &local);
        return (has_family(security, false)
                && (f->ipv6_dst.s6_addr[0] == 0xff
                    || ipv6_addr_equals(&f->ipv6_dst, &local)
                    || has_ip(security, &f->ipv6_dst)));
    }
    return true;
}

static void
check(struct pipe_state *s, const struct lact *lact, int reg,
      bool (*passes)(const struct net_security *, const struct flow *))
{
    const struct net_port *port
        = net_datapath_find_port(s->datapath, s->flow.regs[reg]);
    bool ok = !port || !port->n_security;

    if (!ok) {
        struct flow_wildcards wc;

        flow_wildcards_init_for_packet(&wc, &s->flow);
        /* What port security never looks at: a bit too many would keep the
         * verdict from being remembered. */
        wc.masks.tcp_flags = 0;
        wc.masks.nw_ttl = 0;
        wc.masks.nw_tos = 0;
        wc.masks.ipv6_label = 0;
        if (s->flow.nw_proto == IPPROTO_TCP) {
            wc.masks.tp_src = wc.masks.tp_dst = 0;
        }
        pipe_depend(s, &wc);
    }
    for (size_t i = 0; !ok && i < port->n_security; i++) {
        ok = passes(&port->security[i], &s->flow);
    }
    /* The result is 1 if the packet fails. */
    pipe_store_bit(s, lact, !ok);
}

static void
check_in_port_sec_execute(struct pipe_state *s, const struct lact *lact,
                          bool last OVS_UNUSED)
{
    check(s, lact, LREG_INPORT, in_passes);
}

static void
check_out_port_sec_execute(struct pipe_state *s, const struct lact *lact,
                           bool last OVS_UNUSED)
{
    check(s, lact, LREG_OUTPORT, out_passes);
}

const struct lact_class act_check_in_port_sec = {
    .name = "check_in_port_sec",
    .result = RESULT_BIT,
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = check_in_port_sec_execute,
};

const struct lact_class act_check_out_port_sec = {
    .name = "check_out_port_sec",
    .result = RESULT_BIT,
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = check_out_port_sec_execute,
};
