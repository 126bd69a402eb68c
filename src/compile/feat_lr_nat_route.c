/* Routes of neighbour routers to external addresses that are in no network of
 * theirs.
 *
 * Source: ovn-nb(5) NAT.options:add_route.  As with OVN, IPv4 only. */

#include "rnat.h"
#include "rroute.h"

static void
emit_route(struct cctx *ctx, const struct rnat *n, const struct vrport *port)
{
    struct vrouter_port brief = {
        .name = port->name,
        .json_name = port->json_name,
        .addrs = port->addrs,
    };
    struct rroute_hop hop = {
        .port = &brief,
        .source = caddrs_first(&port->addrs, true),
    };
    char *match = xasprintf("ip4.dst == %s/32", n->external);

    if (hop.source) {
        rroute_emit(ctx, &port->router,
                    rroute_priority(&n->nat->external, RROUTE_CONNECTED),
                    match, &hop, "ip4.dst");
    }
    free(match);
    if (port->is_distributed_gateway) {
        struct cflow flow = {
            .dp = &port->router,
            .stage = LR_IN_ARP_RESOLVE,
            .priority = 100,
        };

        rflow_emit_nocopy(ctx, &flow,
                          xasprintf("outport == %s && reg0 == {%s}",
                                    port->json_name, n->external),
                          xasprintf("eth.dst = %s; next;", n->mac));
    }
}

void
rnat_emit_routes(struct cctx *ctx, const struct rnat *n)
{
    const struct vswitch *ls = rflow_switch(ctx, n->gateway);
    const struct vswitch_routers *routers
        = ls && n->nat->external.is_ipv4 ? view_switch_routers(ctx, &ls->uuid)
                                         : NULL;

    for (size_t i = 0; routers && i < routers->n; i++) {
        const struct vrport *port = view_router_port(ctx,
                                                     &routers->ports[i]);

        if (port && !uuid_equals(&port->router, &n->router->uuid)
            && rflow_router(ctx, port)) {
            emit_route(ctx, n, port);
        }
    }
}
