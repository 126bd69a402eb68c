/* Which frames a router takes from a port, and how it hands packets out.
 *
 * Source: ovn-northd(8), lr_in_admission and lr_out_delivery. */

#include "rflow.h"

/* "check_pkt_larger" counts the Ethernet header. */
#define ETHERNET_SIZE 14

static void
emit(struct cctx *ctx, const struct vrport *port, const char *match)
{
    struct cflow flow = {
        .dp = &port->router,
        .stage = LR_IN_ADMISSION,
        .priority = 50,
    };
    char *mac = xasprintf("xreg0[0..47] = %s; next;", port->addrs.mac_s);

    if (!port->mtu) {
        rflow_emit_nocopy(ctx, &flow, xstrdup(match), mac);
        return;
    }
    rflow_emit_nocopy(ctx, &flow, xstrdup(match),
                      xasprintf("reg9[1] = check_pkt_larger(%u); %s",
                                port->mtu + ETHERNET_SIZE, mac));
    if (port->mtu_bypass) {
        flow.priority = 55;
        rflow_emit_nocopy(ctx, &flow,
                          xasprintf("%s && (%s)", match, port->mtu_bypass),
                          xstrdup(mac));
    }
    free(mac);
}

/* Where nothing is delivered, nothing needs to be said. */
static const struct rflow undelivered[] = {
    {LR_OUT_DELIVERY, 0, "1", "drop;", NULL},
};

static void
compile_port(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router_port *lrp = row;
    const struct vrport *port = view_router_port(ctx, &lrp->header_.uuid);
    const struct vrouter *router = rflow_router(ctx, port);

    if (!router || !port->enabled) {
        return;
    }
    rflow_emit(ctx, router, undelivered, ARRAY_SIZE(undelivered));

    /* Gateways of VTEP cannot send to a chassis: each takes them. */
    const struct vswitch *ls = rflow_switch(ctx, port);
    char *resident = ls && ls->has_vtep ? xstrdup("") : rflow_resident(port);
    char *match = xasprintf("eth.mcast && inport == %s", port->json_name);
    emit(ctx, port, match);
    free(match);
    match = xasprintf("eth.dst == %s && inport == %s%s", port->addrs.mac_s,
                      port->json_name, resident);
    emit(ctx, port, match);
    free(match);
    free(resident);

    struct cflow flow = {
        .dp = &port->router,
        .stage = LR_OUT_DELIVERY,
        .priority = 100,
    };
    rflow_emit_nocopy(ctx, &flow,
                      xasprintf("outport == %s", port->json_name),
                      xstrdup("output;"));
}

const struct cunit_class cunit_lr_admission = {
    .table = CT_LRP,
    .compile = compile_port,
};
