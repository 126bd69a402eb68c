/* Flows that each logical router has, whatever is in it.
 *
 * Source: ovn-northd(8), "Logical Router Datapaths". */

#include "rflow.h"

static const struct rflow always[] = {
    {LR_IN_ADMISSION, 100, "vlan.present || eth.src[40]", "drop;", NULL},
    {LR_IN_ADMISSION, 0, "1", "drop;", NULL},
    {LR_IN_LOOKUP_NEIGHBOR, 0, "1", "reg9[2] = 1; next;", NULL},
    {LR_IN_LEARN_NEIGHBOR, 95, "nd_ns && (ip6.src == 0 || nd.sll == 0)",
     "next;", NULL},
    {LR_IN_LEARN_NEIGHBOR, 95, "nd_na && nd.tll == 0",
     "put_nd(inport, nd.target, eth.src); next;", "nd-na"},
    {LR_IN_LEARN_NEIGHBOR, 90, "arp",
     "put_arp(inport, arp.spa, arp.sha); next;", "arp"},
    {LR_IN_LEARN_NEIGHBOR, 90, "nd_na",
     "put_nd(inport, nd.target, nd.tll); next;", "nd-na"},
    {LR_IN_LEARN_NEIGHBOR, 90, "nd_ns",
     "put_nd(inport, ip6.src, nd.sll); next;", "nd-ns"},
    {LR_IN_LEARN_NEIGHBOR, 0, "1", "drop;", NULL},
    {LR_IN_IP_INPUT, 100,
     "ip4.src_mcast ||ip4.src == 255.255.255.255 || "
     "ip4.src == 127.0.0.0/8 || ip4.dst == 127.0.0.0/8 || "
     "ip4.src == 0.0.0.0/8 || ip4.dst == 0.0.0.0/8", "drop;", NULL},
    {LR_IN_IP_INPUT, 85, "arp || nd", "drop;", NULL},
    {LR_IN_IP_INPUT, 84, "nd_rs || nd_ra", "next;", NULL},
    {LR_IN_IP_INPUT, 83, "ip6.mcast_rsvd", "drop;", NULL},
    {LR_IN_IP_INPUT, 50, "eth.bcast", "drop;", NULL},
    {LR_IN_IP_INPUT, 32, "ip.ttl == {0, 1} && !ip.later_frag && "
     "(ip4.mcast || ip6.mcast)", "drop;", NULL},
    {LR_IN_IP_INPUT, 30, "ip.ttl == {0, 1}", "drop;", NULL},
    {LR_IN_IP_INPUT, 0, "1", "next;", NULL},
    {LR_IN_UNSNAT, 0, "1", "next;", NULL},
    {LR_IN_DEFRAG, 0, "1", "next;", NULL},
    {LR_IN_LB_AFF_CHECK, 0, "1", "next;", NULL},
    {LR_IN_DNAT, 0, "1", "next;", NULL},
    {LR_IN_LB_AFF_LEARN, 0, "1", "next;", NULL},
    {LR_IN_ECMP_STATEFUL, 0, "1", "next;", NULL},
    {LR_IN_ND_RA_OPTIONS, 0, "1", "next;", NULL},
    {LR_IN_ND_RA_RESPONSE, 0, "1", "next;", NULL},
    {LR_IN_IP_ROUTING_PRE, 0, "1", "reg7 = 0; next;", NULL},
    {LR_IN_IP_ROUTING, 10550, "nd_rs || nd_ra", "drop;", NULL},
    {LR_IN_IP_ROUTING, 0, "1", "drop;", NULL},
    {LR_IN_IP_ROUTING_ECMP, 150, "reg8[0..15] == 0", "next;", NULL},
    {LR_IN_IP_ROUTING_ECMP, 0, "1", "drop;", NULL},
    {LR_IN_POLICY, 0, "1", "reg8[0..15] = 0; next;", NULL},
    {LR_IN_POLICY_ECMP, 150, "reg8[0..15] == 0", "next;", NULL},
    {LR_IN_POLICY_ECMP, 0, "1", "drop;", NULL},
    {LR_IN_ARP_RESOLVE, 500, "ip4.mcast || ip6.mcast", "next;", NULL},
    {LR_IN_ARP_RESOLVE, 1, "ip4", "get_arp(outport, reg0); next;", NULL},
    {LR_IN_ARP_RESOLVE, 1, "ip6", "get_nd(outport, xxreg0); next;", NULL},
    {LR_IN_ARP_RESOLVE, 0, "1", "drop;", NULL},
    {LR_IN_CHK_PKT_LEN, 0, "1", "next;", NULL},
    {LR_IN_LARGER_PKTS, 0, "1", "next;", NULL},
    {LR_IN_GW_REDIRECT, 0, "1", "next;", NULL},
    {LR_IN_ARP_REQUEST, 100, "eth.dst == 00:00:00:00:00:00 && ip4",
     "arp { eth.dst = ff:ff:ff:ff:ff:ff; arp.spa = reg1; arp.tpa = reg0; "
     "arp.op = 1; output; };", "arp-resolve"},
    {LR_IN_ARP_REQUEST, 100, "eth.dst == 00:00:00:00:00:00 && ip6",
     "nd_ns { nd.target = xxreg0; output; };", "nd-ns-resolve"},
    {LR_IN_ARP_REQUEST, 0, "1", "output;", NULL},
    {LR_OUT_CHK_DNAT_LOCAL, 0, "1", "reg9[4] = 0; next;", NULL},
    {LR_OUT_UNDNAT, 0, "1", "next;", NULL},
    {LR_OUT_POST_UNDNAT, 0, "1", "next;", NULL},
    {LR_OUT_SNAT, 120, "nd_ns", "next;", NULL},
    {LR_OUT_SNAT, 0, "1", "next;", NULL},
    {LR_OUT_POST_SNAT, 0, "1", "next;", NULL},
    {LR_OUT_EGR_LOOP, 0, "1", "next;", NULL},
};

static const struct rflow learns_always[] = {
    {LR_IN_LOOKUP_NEIGHBOR, 100, "arp.op == 2",
     "reg9[2] = lookup_arp(inport, arp.spa, arp.sha); next;", NULL},
    {LR_IN_LOOKUP_NEIGHBOR, 100, "nd_na",
     "reg9[2] = lookup_nd(inport, nd.target, nd.tll); next;", NULL},
    {LR_IN_LOOKUP_NEIGHBOR, 100, "nd_ns",
     "reg9[2] = lookup_nd(inport, ip6.src, nd.sll); next;", NULL},
    {LR_IN_LEARN_NEIGHBOR, 100, "reg9[2] == 1", "next;", NULL},
};

/* always_learn_from_arp_request=false: requests only refresh what is known. */
static const struct rflow learns_replies[] = {
    {LR_IN_LOOKUP_NEIGHBOR, 110,
     "nd_na && ip6.src == fe80::/10 && ip6.dst == ff00::/8",
     "reg9[2] = lookup_nd(inport, ip6.src, nd.tll); "
     "reg9[3] = lookup_nd_ip(inport, ip6.src); next;", NULL},
    {LR_IN_LOOKUP_NEIGHBOR, 100, "arp.op == 2",
     "reg9[2] = lookup_arp(inport, arp.spa, arp.sha); reg9[3] = 1; next;",
     NULL},
    {LR_IN_LOOKUP_NEIGHBOR, 100, "nd_na",
     "reg9[2] = lookup_nd(inport, nd.target, nd.tll); reg9[3] = 1; next;",
     NULL},
    {LR_IN_LOOKUP_NEIGHBOR, 100, "nd_ns",
     "reg9[2] = lookup_nd(inport, ip6.src, nd.sll); "
     "reg9[3] = lookup_nd_ip(inport, ip6.src); next;", NULL},
    {LR_IN_LEARN_NEIGHBOR, 100, "reg9[2] == 1 || reg9[3] == 0", "next;",
     NULL},
};

static void
compile_router(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router *lr = row;
    const struct vrouter *router = view_router(ctx, &lr->header_.uuid);

    if (!router || !router->enabled) {
        return;
    }
    rflow_emit(ctx, router, always, ARRAY_SIZE(always));
    if (router->learns_always) {
        rflow_emit(ctx, router, learns_always, ARRAY_SIZE(learns_always));
    } else {
        rflow_emit(ctx, router, learns_replies, ARRAY_SIZE(learns_replies));
    }
}

const struct cunit_class cunit_lr_defaults = {
    .table = CT_LR,
    .compile = compile_router,
};
