/* ARP and neighbour discovery for VIPs: routers answer, and switches send
 * what asks for a VIP to the router that has it.
 *
 * ovn-northd puts a router's VIPs into an address set and asks for that; here
 * each load balancer has flows of its own, so that a change of one does not
 * cost all those on its routers. */

#include "lb.h"

#define ARP_REPLY                                                             \
    "eth.dst = eth.src; eth.src = xreg0[0..47]; arp.op = 2; "                 \
    "/* ARP reply */ arp.tha = arp.sha; arp.sha = xreg0[0..47]; "             \
    "arp.tpa <-> arp.spa; outport = inport; flags.loopback = 1; output;"
#define ND_REPLY                                                              \
    "nd_na { eth.src = xreg0[0..47]; ip6.src = nd.target; "                   \
    "nd.tll = xreg0[0..47]; outport = inport; flags.loopback = 1; output; };"

/* The first of the networks with that 'plen' and 'net', or where it would
 * be. */
static size_t
find_net(const struct vlb_routers *routers, unsigned int plen,
         const struct in6_addr *net)
{
    size_t low = 0, high = routers->n_nets;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct vlb_net *candidate = &routers->nets[middle];

        if (candidate->plen < plen
            || (candidate->plen == plen
                && memcmp(&candidate->net, net, sizeof *net) < 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The networks that 'ip' is in: for (i = 0; (i = next_net(...)) < n; i++). */
static size_t
next_net(const struct vlb_routers *routers, const struct in6_addr *ip,
         size_t i)
{
    while (i < routers->n_nets) {
        const struct vlb_net *net = &routers->nets[i];
        struct in6_addr mask = ipv6_create_mask(net->plen);
        struct in6_addr masked = ipv6_addr_bitand(ip, &mask);
        int cmp = memcmp(&masked, &net->net, sizeof masked);

        if (!cmp) {
            break;
        }
        /* To that network if it is still to come, else to the next prefix
         * length. */
        size_t next = cmp > 0 ? find_net(routers, net->plen, &masked)
                              : find_net(routers, net->plen + 1,
                                         &in6addr_any);
        i = MAX(next, i + 1);
    }
    return i;
}

static char *
format_match(const struct lb_vip *vip, const struct vlb_gwport *port)
{
    struct ds match = DS_EMPTY_INITIALIZER;

    if (port) {
        ds_put_format(&match, "inport == %s && ", port->port);
    }
    ds_put_format(&match, "%s == %s",
                  vip->is_ipv4 ? "arp.op == 1 && arp.tpa"
                               : "nd_ns && nd.target", vip->at.ip);
    if (port && port->gateway) {
        ds_put_format(&match, " && is_chassis_resident(%s)", port->gateway);
    }
    return ds_steal_cstr(&match);
}

static void
emit_reply(struct cctx *ctx, const struct lb_vip *vip,
           const struct cdps *dps, const struct vlb_gwport *port)
{
    char *match = format_match(vip, port);

    cflow_emit(ctx, &(struct cflow) {
        .dps = dps,
        .dp = port ? &port->router : NULL,
        .stage = LR_IN_IP_INPUT,
        .priority = 90,
        .match = match,
        .actions = vip->is_ipv4 ? ARP_REPLY : ND_REPLY,
    });
    free(match);
}

/* 'routers' of the set answer. */
static void
emit_replies(struct cctx *ctx, const struct lb_vip *vip,
             const struct vlb_routers *routers, const struct cdps *which)
{
    struct uuid *plain = xmalloc(which->n * sizeof *plain);
    size_t n_plain = 0;

    for (size_t i = 0; i < which->n; i++) {
        if (cdps_contains(routers->plain, &which->uuids[i])) {
            plain[n_plain++] = which->uuids[i];
        }
    }
    if (n_plain) {
        const struct cdps *dps = cdps_get(ctx, plain, n_plain);

        emit_reply(ctx, vip, dps, NULL);
        cdps_unref(dps);
    }
    for (size_t i = 0; i < routers->n_gwports; i++) {
        if (cdps_contains(which, &routers->gwports[i].router)) {
            emit_reply(ctx, vip, NULL, &routers->gwports[i]);
        }
    }
    free(plain);
}

/* Who asks on the switch for a VIP in its network asks its router; and others
 * at layer 2, if there are any. */
static void
emit_lookup(struct cctx *ctx, const struct lb_vip *vip,
            const struct vlb_net *net)
{
    char *match = xasprintf("flags[1] == 0 && %s == %s",
                            vip->is_ipv4 ? "arp.op == 1 && arp.tpa"
                                         : "nd_ns && nd.target", vip->at.ip);
    char *actions = xasprintf(net->only_routers
                              ? "outport = %s; output;"
                              : "clone {outport = %s; output; }; "
                                "outport = \"_MC_flood_l2\"; output;",
                              net->lsp);

    cflow_emit(ctx, &(struct cflow) {
        .dp = &net->ls,
        .stage = LS_IN_L2_LKUP,
        .priority = 80,
        .match = match,
        .actions = actions,
    });
    free(match);
    free(actions);
}

void
lb_arp_emit(struct cctx *ctx, const struct lb *lb, const struct lb_vip *vip,
            const struct vlb_routers *routers)
{
    struct uuid *reaching = NULL;
    size_t n = 0, allocated = 0;

    /* Where the address of a template is, is not known. */
    for (size_t i = lb->is_template ? routers->n_nets : 0;
         (i = next_net(routers, &vip->at.ep.addr, i))
                       < routers->n_nets; i++) {
        const struct vlb_net *net = &routers->nets[i];

        if (IN6_IS_ADDR_V4MAPPED(&net->net) != vip->is_ipv4) {
            continue;
        }
        if (net->lsp) {
            emit_lookup(ctx, vip, net);
        }
        if (n == allocated) {
            reaching = x2nrealloc(reaching, &allocated, sizeof *reaching);
        }
        reaching[n++] = net->router;
    }
    if (lb->responder == LB_RESPOND_ALL) {
        emit_replies(ctx, vip, routers, routers->all);
    } else if (lb->responder == LB_RESPOND_REACHABLE && n) {
        const struct cdps *which = cdps_get(ctx, reaching, n);

        emit_replies(ctx, vip, routers, which);
        cdps_unref(which);
    }
    free(reaching);
}
