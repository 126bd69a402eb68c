/* A Logical_Router's attachments to switches: what the switches there must
 * know of its addresses. */

#include "views.h"

static void
add_mac(struct svec *macs, const char *text)
{
    struct eth_addr mac;

    if (eth_addr_from_string(text, &mac)) {
        svec_add_nocopy(macs, xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(mac)));
    }
}

static void
add_nat_macs(struct cctx *ctx, const struct nbrec_logical_router *lr,
             struct vrouter_links *v)
{
    for (size_t i = 0; i < lr->n_nat; i++) {
        const struct nbrec_nat *nat = get_nat(ctx, &lr->nat[i]->header_.uuid);

        if (nat && nat->external_mac) {
            add_mac(&v->nat_macs, nat->external_mac);
        }
    }
    svec_sort_unique(&v->nat_macs);
}

static bool
has_address_router(struct cctx *ctx, const struct uuid *key)
{
    const struct nbrec_logical_switch_port *lsp = get_lsp(ctx, key);

    for (size_t i = 0; lsp && i < lsp->n_addresses; i++) {
        if (!strcmp(lsp->addresses[i], "router")) {
            return true;
        }
    }
    return false;
}

static void
add_link(struct cctx *ctx, const struct uuid *key, struct vrouter_links *v)
{
    const struct vrport *lrp = view_router_port(ctx, key);
    const struct vport *lsp = lrp && lrp->enabled && lrp->addrs.mac_s
                              && !uuid_is_zero(&lrp->peer_lsp)
                              ? view_switch_port(ctx, &lrp->peer_lsp) : NULL;
    const struct vswitch_mode *mode
        = lsp && !uuid_is_zero(&lsp->ls) ? view_switch_mode(ctx, &lsp->ls)
                                         : NULL;

    if (mode) {
        v->links = xrealloc(v->links, (v->n_links + 1) * sizeof *v->links);
        v->links[v->n_links++] = (struct vrouter_link) {
            .ls = lsp->ls,
            .lsp = lsp->uuid,
            .json_name = xstrdup(lsp->json_name),
            .enabled = lsp->enabled,
            .floods = !mode->only_router_ports,
            .takes_nat_macs = lrp->is_distributed_gateway
                              && has_address_router(ctx, &lsp->uuid),
        };
    }
}

static void *
compute(struct cctx *ctx, const struct uuid *key)
{
    const struct vrouter *router = view_router(ctx, key);
    const struct nbrec_logical_router *lr = get_lr(ctx, key);

    if (!router || !lr || !router->enabled) {
        return NULL;
    }

    struct vrouter_links *v = xzalloc(sizeof *v);
    svec_init(&v->nat_macs);
    if (router->chassis || router->n_gateways) {
        add_nat_macs(ctx, lr, v);
    }
    for (size_t i = 0; i < lr->n_ports; i++) {
        add_link(ctx, &lr->ports[i]->header_.uuid, v);
    }
    return v;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct vrouter_links *a = a_, *b = b_;

    if (a->n_links != b->n_links
        || !svec_equal(&a->nat_macs, &b->nat_macs)) {
        return false;
    }
    for (size_t i = 0; i < a->n_links; i++) {
        const struct vrouter_link *x = &a->links[i], *y = &b->links[i];

        if (!uuid_equals(&x->ls, &y->ls) || !uuid_equals(&x->lsp, &y->lsp)
            || strcmp(x->json_name, y->json_name)
            || x->enabled != y->enabled || x->floods != y->floods
            || x->takes_nat_macs != y->takes_nat_macs) {
            return false;
        }
    }
    return true;
}

static void
free_view(void *v_)
{
    struct vrouter_links *v = v_;

    for (size_t i = 0; i < v->n_links; i++) {
        free(v->links[i].json_name);
    }
    free(v->links);
    svec_destroy(&v->nat_macs);
    free(v);
}

const struct cview_class cview_router_links = {
    .compute = compute,
    .equal = equal,
    .free = free_view,
};
