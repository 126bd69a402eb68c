/* Neighbours of routers whose MACs the Northbound database knows: ports of
 * switches and of other routers.
 *
 * Source: ovn-northd(8), lr_in_arp_resolve. */

#include "rflow.h"

static void
emit(struct cctx *ctx, const struct vrport *port, char *match,
     const char *mac)
{
    struct cflow flow = {
        .dp = &port->router,
        .stage = LR_IN_ARP_RESOLVE,
        .priority = 100,
    };

    rflow_emit_nocopy(ctx, &flow, match,
                      xasprintf("eth.dst = %s; next;", mac));
}

static bool
is_in_network(const struct vrport *port, const struct caddr *ip)
{
    for (size_t i = 0; i < port->addrs.n; i++) {
        if (caddr_contains(&port->addrs.ips[i], &ip->ip)) {
            return true;
        }
    }
    return false;
}

/* An address that 'port' reaches. */
static void
emit_address(struct cctx *ctx, const struct vrport *port,
             const struct caddr *ip, const char *mac)
{
    if (is_in_network(port, ip)) {
        emit(ctx, port,
             xasprintf("outport == %s && %s == %s", port->json_name,
                       rflow_reg0(ip->is_ipv4), ip->s), mac);
    }
}

/* Whoever has the virtual address is asked each time. */
static void
emit_virtual(struct cctx *ctx, const struct vrport *port,
             const struct nbrec_logical_switch_port *lsp)
{
    const char *text = smap_get(&lsp->options, "virtual-ip");
    struct caddr ip;

    if (text && smap_get(&lsp->options, "virtual-parents")
        && caddr_parse(text, &ip)) {
        emit_address(ctx, port, &ip, "00:00:00:00:00:00");
        caddr_uninit(&ip);
    }
}

static void
emit_list(struct cctx *ctx, const struct vrport *port,
          const struct vrport *other, bool ipv4)
{
    char *ips = rflow_ips(&other->addrs, ipv4);

    if (ips) {
        emit(ctx, port,
             xasprintf("outport == %s && %s == %s", port->json_name,
                       rflow_reg0(ipv4), ips), other->addrs.mac_s);
    }
    free(ips);
}

/* 'port' is one of the routers at the switch that 'own' is a port of. */
static void
compile_neighbor(struct cctx *ctx, const struct vrport *port,
                 const struct vport *own,
                 const struct nbrec_logical_switch_port *lsp)
{
    const struct vrouter *router = rflow_router(ctx, port);

    if (!router) {
        return;
    }
    if (own->type == VPORT_ROUTER) {
        const struct vrport *other = uuid_is_zero(&own->lrp) ? NULL
                                     : view_router_port(ctx, &own->lrp);

        if (other && other != port && other->addrs.mac_s
            && !router->dynamic_neighbors) {
            emit_list(ctx, port, other, true);
            emit_list(ctx, port, other, false);
        }
    } else if (!own->enabled) {
        return;
    } else if (own->type == VPORT_VIRTUAL) {
        emit_virtual(ctx, port, lsp);
    } else {
        for (size_t i = 0; i < own->n_addrs; i++) {
            for (size_t j = 0; j < own->addrs[i].n; j++) {
                emit_address(ctx, port, &own->addrs[i].ips[j],
                             own->addrs[i].mac_s);
            }
        }
    }
}

static void
compile_switch_port(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_switch_port *lsp = row;
    const struct vport *own = view_switch_port(ctx, &lsp->header_.uuid);
    const struct vswitch_routers *routers
        = own && !uuid_is_zero(&own->ls) ? view_switch_routers(ctx, &own->ls)
                                         : NULL;

    for (size_t i = 0; routers && i < routers->n; i++) {
        const struct vrport *port = view_router_port(ctx,
                                                     &routers->ports[i]);

        if (port) {
            compile_neighbor(ctx, port, own, lsp);
        }
    }
}

const struct cunit_class cunit_lr_neighbor_lsp = {
    .table = CT_LSP,
    .compile = compile_switch_port,
};

/* --- Routers attached directly --- */

static void
emit_peer(struct cctx *ctx, const struct vrport *port,
          const struct vrport *peer, bool ipv4)
{
    char *ips = rflow_ips(&peer->addrs, ipv4);

    if (ips) {
        emit(ctx, port,
             xasprintf("outport == %s && %s== %s", port->json_name,
                       ipv4 ? "reg0" : "xxreg0 ", ips), peer->addrs.mac_s);
    }
    free(ips);
}

static void
compile_router_port(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router_port *lrp = row;
    const struct vrport *port = view_router_port(ctx, &lrp->header_.uuid);
    const struct vrport *peer = port && !uuid_is_zero(&port->peer_lrp)
                                ? view_router_port(ctx, &port->peer_lrp)
                                : NULL;

    if (!rflow_router(ctx, port)) {
        return;
    }
    if (peer && peer->addrs.mac_s) {
        emit_peer(ctx, port, peer, true);
        emit_peer(ctx, port, peer, false);
    }
}

const struct cunit_class cunit_lr_neighbor_lrp = {
    .table = CT_LRP,
    .compile = compile_router_port,
};
