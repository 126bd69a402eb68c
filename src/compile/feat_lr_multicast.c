/* IP multicast through routers, as far as it does not depend on who has
 * joined: relaying to ports with mcast_flood.
 *
 * Sources: ovn-nb(5) mcast_relay, mcast_flood; ovn-northd(8). */

#include "rflow.h"
#include "rows_binding.h"

/* Tunnel key and name of the group of ports that get all multicast; OVN's
 * own. */
#define STATIC_KEY 32771
#define STATIC_GROUP "_MC_static"

static const struct rflow no_relay[] = {
    {LR_IN_IP_INPUT, 82, "ip4.mcast || ip6.mcast", "drop;", NULL},
};

static const struct rflow relay[] = {
    {LR_IN_IP_INPUT, 82, "ip4.mcast || ip6.mcast", "next;", NULL},
};

static const struct rflow relay_to_none[] = {
    {LR_IN_IP_ROUTING, 10450, "ip4.mcast || ip6.mcast", "drop;", NULL},
};

static const struct rflow relay_to_static[] = {
    {LR_IN_IP_ROUTING, 10460, "igmp",
     "clone { outport = \"" STATIC_GROUP "\"; next; };", NULL},
    {LR_IN_IP_ROUTING, 10460, "mldv1 || mldv2",
     "clone { outport = \"" STATIC_GROUP "\"; next; };", NULL},
    {LR_IN_IP_ROUTING, 10450, "ip4.mcast || ip6.mcast",
     "clone { outport = \"" STATIC_GROUP "\"; ip.ttl--; next; };", NULL},
};

static const struct rflow control[] = {
    {LR_IN_IP_INPUT, 120, "igmp && ip.ttl == 1", "next;", NULL},
    {LR_IN_IP_INPUT, 120, "(mldv1 || mldv2) && ip.ttl == 1", "next;", NULL},
};

static void
emit_group(struct cctx *ctx, const struct nbrec_logical_router *lr)
{
    struct uuid *ports = xcalloc(lr->n_ports, sizeof *ports);
    size_t n = 0;

    for (size_t i = 0; i < lr->n_ports; i++) {
        const struct vrport *port
            = view_router_port(ctx, &lr->ports[i]->header_.uuid);

        if (port && port->floods_multicast) {
            ports[n++] = port->redirect ? cport_redirect_uuid(port->name)
                                        : port->uuid;
        }
    }
    cgroup_emit(ctx, &lr->header_.uuid, STATIC_GROUP, STATIC_KEY, ports, n);
    free(ports);
}

static void
compile_router(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router *lr = row;
    const struct vrouter *router = view_router(ctx, &lr->header_.uuid);

    if (!router || !router->enabled) {
        return;
    }
    if (router->relays_multicast) {
        if (cctx_fact(ctx, CFACT_SELF, "chassis")) {
            creport(ctx, lr->name, "options:mcast_relay",
                    "set mcast_flood=true on the ports that are to get it",
                    "groups that hosts join are not followed: multicast is "
                    "relayed to ports with mcast_flood only");
        }
        rflow_emit(ctx, router, relay, ARRAY_SIZE(relay));
        if (router->floods_multicast) {
            rflow_emit(ctx, router, relay_to_static,
                       ARRAY_SIZE(relay_to_static));
        } else {
            rflow_emit(ctx, router, relay_to_none,
                       ARRAY_SIZE(relay_to_none));
        }
    } else {
        rflow_emit(ctx, router, no_relay, ARRAY_SIZE(no_relay));
    }
    if (router->floods_multicast) {
        rflow_emit(ctx, router, control, ARRAY_SIZE(control));
        emit_group(ctx, lr);
    }
}

const struct cunit_class cunit_lr_multicast = {
    .table = CT_LR,
    .compile = compile_router,
};

/* What the router itself has flooded must not come round again. */
static void
emit_no_loop(struct cctx *ctx, const struct vrport *port, const char *what)
{
    struct cflow flow = {
        .dp = &port->router,
        .stage = LR_IN_IP_ROUTING,
        .priority = 10550,
    };

    rflow_emit_nocopy(ctx, &flow,
                      xasprintf("eth.src == %s && %s", port->addrs.mac_s,
                                what),
                      xstrdup("drop;"));
}

static void
compile_port(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router_port *lrp = row;
    const struct vrport *port = view_router_port(ctx, &lrp->header_.uuid);
    const struct vrouter *router = rflow_router(ctx, port);

    if (!router || !router->relays_multicast) {
        return;
    }
    if (router->floods_multicast) {
        emit_no_loop(ctx, port, "igmp");
        emit_no_loop(ctx, port, "(mldv1 || mldv2)");
    }
    if (port->enabled) {
        struct cflow flow = {
            .dp = &port->router,
            .stage = LR_OUT_DELIVERY,
            .priority = 110,
        };

        rflow_emit_nocopy(
            ctx, &flow,
            xasprintf("(ip4.mcast || ip6.mcast) && outport == %s",
                      port->json_name),
            xasprintf("eth.src = %s; output;", port->addrs.mac_s));
    }
}

const struct cunit_class cunit_lr_multicast_port = {
    .table = CT_LRP,
    .compile = compile_port,
};
