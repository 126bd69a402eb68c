/* Routes of neighbour routers to external addresses that are in no network of
 * theirs.
 *
 * Source: ovn-nb(5) NAT.options:add_route.  As with OVN, IPv4 only. */

#include "rnat.h"
#include "rneighbor.h"

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

        if (port && !uuid_equals(&port->router, &n->router->uuid)) {
            rneighbor_emit_route(ctx, port, n->external, n->mac);
        }
    }
}
