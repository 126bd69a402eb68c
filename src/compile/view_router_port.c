/* A Logical_Router_Port and what it is attached to. */

#include "views.h"

static void
find_peers(struct cctx *ctx, const struct nbrec_logical_router_port *lrp,
           struct vrport *v)
{
    const struct uuid *lsp = cctx_named1(ctx, CR_LSP_OF_LRP, lrp->name);

    if (lrp->peer && lrp->peer[0]) {
        const struct uuid *peer = cctx_named1(ctx, CR_LRP_NAMED, lrp->peer);
        const struct nbrec_logical_router_port *row
            = peer ? get_lrp(ctx, peer) : NULL;

        /* Both must agree. */
        if (row && row->peer && !strcmp(row->peer, lrp->name)) {
            v->peer_lrp = *peer;
        }
    } else if (lsp) {
        v->peer_lsp = *lsp;
    }
}

static void
parse_addresses(const struct nbrec_logical_router_port *lrp,
                struct vrport *v)
{
    struct eth_addr mac;

    if (!eth_addr_from_string(lrp->mac, &mac)) {
        return;
    }
    caddrs_set_mac(&v->addrs, mac);
    for (size_t i = 0; i < lrp->n_networks; i++) {
        struct caddr addr;

        if (caddr_parse(lrp->networks[i], &addr)) {
            caddrs_add(&v->addrs, &addr);
        }
    }
    caddrs_add_link_local(&v->addrs);
}

/* Does the port specify chassis that count?  A gateway router is on its own
 * chassis. */
static bool
is_distributed_gateway(struct cctx *ctx,
                       const struct nbrec_logical_router_port *lrp,
                       const struct uuid *router)
{
    if (!lrp->n_gateway_chassis && !lrp->ha_chassis_group) {
        return false;
    }

    const struct nbrec_logical_router *lr = router ? get_lr(ctx, router)
                                                   : NULL;
    const char *chassis = lr ? smap_get(&lr->options, "chassis") : NULL;
    return lr && (!chassis || !chassis[0]);
}

static void
parse_options(const struct smap *options, struct vrport *v)
{
    const char *type = smap_get_def(options, "redirect-type", "");
    int mtu = smap_get_int(options, "gateway_mtu", 0);

    v->mtu = mtu > 0 ? mtu : 0;
    v->mtu_bypass = nullable_xstrdup(smap_get(options,
                                              "gateway_mtu_bypass"));
    v->is_bridged = !strcmp(type, "bridged");
    v->resides_on_redirect = smap_get_bool(options,
                                           "reside-on-redirect-chassis",
                                           false);
    v->floods_multicast = smap_get_bool(options, "mcast_flood", false);
}

static void *
compute(struct cctx *ctx, const struct uuid *key)
{
    const struct nbrec_logical_router_port *lrp = get_lrp(ctx, key);

    if (!lrp) {
        return NULL;
    }

    struct vrport *v = xzalloc(sizeof *v);
    const struct uuid *lr = cctx_related1(ctx, CR_LR_OF_PORT, key);
    v->uuid = *key;
    v->router = lr ? *lr : UUID_ZERO;
    v->name = xstrdup(lrp->name);
    v->json_name = json_quote(lrp->name);
    v->enabled = !lrp->n_enabled || lrp->enabled[0];
    parse_addresses(lrp, v);
    find_peers(ctx, lrp, v);
    parse_options(&lrp->options, v);
    if (is_distributed_gateway(ctx, lrp, lr)) {
        v->is_distributed_gateway = true;
        v->redirect = xasprintf("cr-%s", lrp->name);
        v->json_redirect = json_quote(v->redirect);
    }
    return v;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct vrport *a = a_, *b = b_;

    return uuid_equals(&a->router, &b->router)
           && !strcmp(a->name, b->name)
           && a->enabled == b->enabled
           && caddrs_equal(&a->addrs, &b->addrs)
           && uuid_equals(&a->peer_lsp, &b->peer_lsp)
           && uuid_equals(&a->peer_lrp, &b->peer_lrp)
           && a->is_distributed_gateway == b->is_distributed_gateway
           && a->mtu == b->mtu
           && nullable_string_is_equal(a->mtu_bypass, b->mtu_bypass)
           && a->is_bridged == b->is_bridged
           && a->resides_on_redirect == b->resides_on_redirect
           && a->floods_multicast == b->floods_multicast;
}

static void
free_view(void *v_)
{
    struct vrport *v = v_;

    free(v->name);
    free(v->json_name);
    caddrs_uninit(&v->addrs);
    free(v->redirect);
    free(v->json_redirect);
    free(v->mtu_bypass);
    free(v);
}

const struct cview_class cview_router_port = {
    .compute = compute,
    .equal = equal,
    .free = free_view,
};
