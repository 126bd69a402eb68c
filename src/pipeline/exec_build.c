/* Packets made from packets: arp, nd_ns, nd_na; what the nested actions then
 * work on. */

#include "pipe_private.h"

/* A fork of 's' whose packet is '*packet' now, does the nested actions. */
static void
do_with(struct pipe_state *s, const struct lact_nested *nested,
        struct dp_packet **packet)
{
    struct dp_packet *copy = dp_packet_clone(s->packet);
    struct pipe_state fork;

    pipe_state_fork(&fork, s, &copy);
    pipe_replace_packet(&fork, packet);
    pipe_do_forked(&fork, &nested->actions);
    s->handled = true;
}

static void
push_vlan(struct dp_packet *packet, const struct flow *flow)
{
    if (flow->vlans[0].tci & htons(VLAN_CFI)) {
        eth_push_vlan(packet, htons(ETH_TYPE_VLAN), flow->vlans[0].tci);
    }
}

void
exec_arp(struct pipe_state *s, const struct lact *lact, bool last OVS_UNUSED)
{
    const struct flow *f = &s->flow;
    struct dp_packet *packet = dp_packet_new(128);

    pipe_note(s, lact, NULL);
    compose_arp(packet, ARP_OP_REQUEST, f->dl_src, eth_addr_zero, false,
                f->nw_src, f->nw_dst);

    struct eth_header *eth = dp_packet_eth(packet);
    eth->eth_dst = f->dl_dst;
    push_vlan(packet, f);
    do_with(s, (const struct lact_nested *) lact, &packet);
}

void
exec_nd_ns(struct pipe_state *s, const struct lact *lact,
           bool last OVS_UNUSED)
{
    const struct flow *f = &s->flow;
    struct dp_packet *packet = dp_packet_new(128);

    pipe_note(s, lact, NULL);
    compose_nd_ns(packet, f->dl_src, &f->ipv6_src, &f->ipv6_dst);
    push_vlan(packet, f);
    do_with(s, (const struct lact_nested *) lact, &packet);
}

void
exec_nd_na(struct pipe_state *s, const struct lact *lact,
           bool last OVS_UNUSED)
{
    const struct flow *f = &s->flow;
    struct dp_packet *packet = dp_packet_new(128);
    uint32_t rso = ND_RSO_SOLICITED | ND_RSO_OVERRIDE;

    pipe_note(s, lact, NULL);
    if (lact->type == LACT_ND_NA_ROUTER) {
        rso |= ND_RSO_ROUTER;
    }
    compose_nd_na(packet, f->dl_dst, f->dl_src, &f->nd_target, &f->ipv6_src,
                  htonl(rso));
    push_vlan(packet, f);
    do_with(s, (const struct lact_nested *) lact, &packet);
}
