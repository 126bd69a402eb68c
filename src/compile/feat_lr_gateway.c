/* Distributed gateway ports: packets that must leave by the gateway's chassis
 * go there.
 *
 * Sources: ovn-northd(8) lr_in_gw_redirect, lr_in_arp_resolve; ovn-nb(5)
 * Logical_Router_Port.options:redirect-type. */

#include "rflow.h"

static void
compile_port(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router_port *lrp = row;
    const struct vrport *port = view_router_port(ctx, &lrp->header_.uuid);

    if (!rflow_router(ctx, port) || !port->is_distributed_gateway) {
        return;
    }

    const struct vswitch *ls = rflow_switch(ctx, port);
    if (!ls || !ls->has_vtep) {
        struct cflow flow = {
            .dp = &port->router,
            .stage = LR_IN_GW_REDIRECT,
            .priority = 50,
        };

        rflow_emit_nocopy(ctx, &flow,
                          xasprintf("outport == %s", port->json_name),
                          xasprintf("outport = %s; next;",
                                    port->json_redirect));
    }
    if (port->is_bridged) {
        struct cflow flow = {
            .dp = &port->router,
            .stage = LR_IN_ARP_RESOLVE,
            .priority = 50,
        };

        rflow_emit_nocopy(
            ctx, &flow,
            xasprintf("outport == %s && !is_chassis_resident(%s)",
                      port->json_name, port->json_redirect),
            xasprintf("eth.dst = %s; next;", port->addrs.mac_s));
    }
}

const struct cunit_class cunit_lr_gateway = {
    .table = CT_LRP,
    .compile = compile_port,
};
