/* A Logical_Switch: which of its ports take multicast and what is flooded. */

#include "views.h"

static bool
has_relay(struct cctx *ctx, const struct vport *port)
{
    const struct vrport *lrp = uuid_is_zero(&port->lrp)
                               ? NULL : view_router_port(ctx, &port->lrp);
    const struct nbrec_logical_router *lr
        = lrp && !uuid_is_zero(&lrp->router) ? get_lr(ctx, &lrp->router)
                                             : NULL;

    return lr && smap_get_bool(&lr->options, "mcast_relay", false);
}

static void
add_port(struct cctx *ctx, const struct uuid *key, struct vmulticast *v)
{
    const struct vport *port = view_switch_port(ctx, key);
    const struct nbrec_logical_switch_port *lsp = get_lsp(ctx, key);

    if (!port || !lsp || port->type == VPORT_OTHER) {
        return;
    }
    bool relay = has_relay(ctx, port);
    v->relays |= relay;
    if (smap_get_bool(&lsp->options, "mcast_flood", false)) {
        uuids_add(&v->is_static, key, 1);
    }
    if (relay || smap_get_bool(&lsp->options, "mcast_flood_reports", false)) {
        uuids_add(&v->mrouter, key, 1);
    }
    if (!port->enabled) {
        return;
    }
    uuids_add(&v->flood, key, 1);
    if (port->type != VPORT_ROUTER) {
        uuids_add(&v->flood_l2, key, 1);
    }
    if (port->has_unknown) {
        uuids_add(&v->unknown, key, 1);
    }
}

static void *
compute(struct cctx *ctx, const struct uuid *key)
{
    const struct nbrec_logical_switch *ls = get_ls(ctx, key);

    if (!ls) {
        return NULL;
    }

    struct vmulticast *v = xzalloc(sizeof *v);
    v->snoops = smap_get_bool(&ls->other_config, "mcast_snoop", false);
    v->floods_unregistered = smap_get_bool(&ls->other_config,
                                           "mcast_flood_unregistered", false);
    for (size_t i = 0; i < ls->n_ports; i++) {
        add_port(ctx, &ls->ports[i]->header_.uuid, v);
    }
    return v;
}

static bool
same(const struct uuids *a, const struct uuids *b)
{
    return uuids_equal(a->list, a->n, b->list, b->n);
}

static bool
equal(const void *a_, const void *b_)
{
    const struct vmulticast *a = a_, *b = b_;

    return a->snoops == b->snoops
           && a->floods_unregistered == b->floods_unregistered
           && a->relays == b->relays
           && same(&a->flood, &b->flood) && same(&a->flood_l2, &b->flood_l2)
           && same(&a->is_static, &b->is_static)
           && same(&a->mrouter, &b->mrouter)
           && same(&a->unknown, &b->unknown);
}

static void
free_view(void *v_)
{
    struct vmulticast *v = v_;

    free(v->flood.list);
    free(v->flood_l2.list);
    free(v->is_static.list);
    free(v->mrouter.list);
    free(v->unknown.list);
    free(v);
}

const struct cview_class cview_multicast = {
    .compute = compute,
    .equal = equal,
    .free = free_view,
};
