/* ARP and ND at a router's port: what is learned from neighbours, replies for
 * the router's own addresses.
 *
 * Source: ovn-northd(8), lr_in_lookup_neighbor and lr_in_ip_input.
 * feat_lr_nat.c replies for addresses of NAT. */

#include "rflow.h"
#include "rneighbor.h"

static void
emit_lookup(struct cctx *ctx, const struct vrport *port,
            const struct vrouter *router, const struct caddr *ip)
{
    struct cflow flow = {
        .dp = &port->router,
        .stage = LR_IN_LOOKUP_NEIGHBOR,
        .priority = 100,
    };
    char *resident = rflow_resident(port);
    char *subnet = rneighbor_network(ip);

    if (!router->learns_always) {
        flow.priority = 110;
        rflow_emit_nocopy(
            ctx, &flow,
            xasprintf("inport == %s && arp.spa == %s && arp.tpa == %s && "
                      "arp.op == 1%s", port->json_name, subnet, ip->s,
                      resident),
            xstrdup("reg9[2] = lookup_arp(inport, arp.spa, arp.sha); "
                    "reg9[3] = 1; next;"));
        flow.priority = 100;
    }
    rflow_emit_nocopy(
        ctx, &flow,
        xasprintf("inport == %s && arp.spa == %s && arp.op == 1%s",
                  port->json_name, subnet, resident),
        xasprintf("reg9[2] = lookup_arp(inport, arp.spa, arp.sha); %snext;",
                  router->learns_always
                  ? "" : "reg9[3] = lookup_arp_ip(inport, arp.spa); "));
    free(subnet);
    free(resident);
}

/* Where ARP requests for the port are answered: " && ..." or "".  Requests
 * that come by a localnet port reach all chassis: one of them answers, the
 * gateway's. */
static char *
arp_resident(struct cctx *ctx, const struct vrport *port,
             const struct vrouter *router)
{
    const struct vswitch *ls = rflow_switch(ctx, port);

    if (!ls || !ls->has_localnet) {
        return xstrdup("");
    }
    if (!port->is_distributed_gateway && port->resides_on_redirect
        && router->n_gateways == 1) {
        const struct vrport *gateway = view_router_port(ctx,
                                                        router->gateways);

        return gateway ? rflow_resident(gateway) : xstrdup("");
    }
    return rflow_resident(port);
}

static void
emit_arp(struct cctx *ctx, const struct vrport *port, const char *resident,
         const struct caddr *ip)
{
    struct cflow flow = {
        .dp = &port->router,
        .stage = LR_IN_IP_INPUT,
        .priority = 90,
    };
    char *subnet = rneighbor_network(ip);

    rflow_emit_nocopy(
        ctx, &flow,
        xasprintf("inport == %s && arp.op == 1 && arp.tpa == %s && "
                  "arp.spa == %s%s", port->json_name, ip->s, subnet,
                  resident),
        rneighbor_arp_reply(NULL));
    free(subnet);
}

static void
emit_nd(struct cctx *ctx, const struct vrport *port,
        const struct vrouter *router, const struct caddr *ip)
{
    struct cflow flow = {
        .dp = &port->router,
        .stage = LR_IN_IP_INPUT,
        .priority = 90,
        .meter = rflow_meter(ctx, router, "nd-na"),
    };
    char *resident = rflow_resident(port);

    rflow_emit_nocopy(
        ctx, &flow,
        xasprintf("inport == %s && ip6.dst == {%s, %s} && nd_ns && "
                  "nd.target == %s%s", port->json_name, ip->s,
                  ip->solicited_s, ip->s, resident),
        rneighbor_nd_reply("nd_na_router", NULL));
    free(resident);
}

static void
compile_port(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router_port *lrp = row;
    const struct vrport *port = view_router_port(ctx, &lrp->header_.uuid);
    const struct vrouter *router = rflow_router(ctx, port);

    if (!router) {
        return;
    }

    char *resident = arp_resident(ctx, port, router);
    for (size_t i = 0; i < port->addrs.n; i++) {
        const struct caddr *ip = &port->addrs.ips[i];

        if (ip->is_ipv4) {
            emit_lookup(ctx, port, router, ip);
            emit_arp(ctx, port, resident, ip);
        } else {
            emit_nd(ctx, port, router, ip);
        }
    }
    free(resident);
}

const struct cunit_class cunit_lr_neighbor = {
    .table = CT_LRP,
    .compile = compile_port,
};
