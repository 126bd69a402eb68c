/* Routes of neighbour routers to VIPs: those of routers at the switch of a
 * distributed gateway port.
 *
 * Source: ovn-nb(5) Load_Balancer.options:add_route.  As with OVN, IPv4 only,
 * and only for routers with distributed gateway ports. */

#include "lb.h"
#include "rflow.h"
#include "rneighbor.h"

static void
emit_gateway(struct cctx *ctx, const struct lb *lb, const struct uuid *key)
{
    const struct vrport *gateway = view_router_port(ctx, key);
    const struct vswitch *ls = gateway && gateway->addrs.mac_s
                               ? rflow_switch(ctx, gateway) : NULL;
    const struct vswitch_routers *routers
        = ls ? view_switch_routers(ctx, &ls->uuid) : NULL;

    for (size_t i = 0; routers && i < routers->n; i++) {
        const struct vrport *port = view_router_port(ctx,
                                                     &routers->ports[i]);

        if (!port || uuid_equals(&port->router, &gateway->router)) {
            continue;
        }
        for (size_t j = 0; j < lb->n_vips; j++) {
            if (lb->vips[j].is_ipv4) {
                rneighbor_emit_route(ctx, port, lb->vips[j].at.ip,
                                     gateway->addrs.mac_s);
            }
        }
    }
}

void
lb_route_emit(struct cctx *ctx, const struct lb *lb,
              const struct vlb_routers *routers)
{
    if (!smap_get_bool(&lb->row->options, "add_route", false)) {
        return;
    }
    for (size_t i = 0; i < routers->all->n; i++) {
        const struct vrouter *router = view_router(ctx,
                                                   &routers->all->uuids[i]);

        for (size_t j = 0; router && !router->chassis
                           && j < router->n_gateways; j++) {
            emit_gateway(ctx, lb, &router->gateways[j]);
        }
    }
}
