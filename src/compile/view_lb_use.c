/* Which switches and routers a load balancer, or a group of them, is on. */

#include "views.h"

static const struct cdps *
steal_dps(struct cctx *ctx, struct uuids *u)
{
    const struct cdps *dps = u->n ? cdps_get(ctx, u->list, u->n) : NULL;

    free(u->list);
    return dps;
}

static void
add_switches_of(struct cctx *ctx, struct uuids *switches,
                const struct uuid *router)
{
    const struct nbrec_logical_router *lr = get_lr(ctx, router);

    for (size_t i = 0; lr && i < lr->n_ports; i++) {
        const struct vrport *port
            = view_router_port(ctx, &lr->ports[i]->header_.uuid);
        const struct uuid *ls
            = port && !uuid_is_zero(&port->peer_lsp)
              ? cctx_related1(ctx, CR_LS_OF_PORT, &port->peer_lsp) : NULL;

        if (ls) {
            uuids_add(switches, ls, 1);
        }
    }
}

/* ovn-nb(5), install_ls_lb_from_router: what a router balances, its switches
 * balance, too. */
static void
add_attached(struct cctx *ctx, struct uuids *switches,
             const struct uuid *routers, size_t n)
{
    if (n && cctx_option_bool(ctx, "install_ls_lb_from_router", false)) {
        for (size_t i = 0; i < n; i++) {
            add_switches_of(ctx, switches, &routers[i]);
        }
    }
}

/* --- Groups --- */

static bool
lb_has_vips(struct cctx *ctx, const struct uuid *key)
{
    const struct nbrec_load_balancer *lb = get_lb(ctx, key);

    return lb && !smap_is_empty(&lb->vips);
}

static void *
compute_group(struct cctx *ctx, const struct uuid *key)
{
    const struct nbrec_load_balancer_group *lbg = get_lbg(ctx, key);

    if (!lbg) {
        return NULL;
    }

    struct vlbg_use *v = xzalloc(sizeof *v);
    struct uuids switches = { .n = 0 }, routers = { .n = 0 };
    const struct uuid *list;
    size_t n;
    list = cctx_related(ctx, CR_LS_OF_LBG, key, &n);
    uuids_add(&switches, list, n);
    list = cctx_related(ctx, CR_LR_OF_LBG, key, &n);
    uuids_add(&routers, list, n);
    add_attached(ctx, &switches, list, n);
    v->switches = steal_dps(ctx, &switches);
    v->routers = steal_dps(ctx, &routers);
    for (size_t i = 0; i < lbg->n_load_balancer && !v->has_vips; i++) {
        v->has_vips = lb_has_vips(ctx, &lbg->load_balancer[i]->header_.uuid);
    }
    return v;
}

static bool
equal_group(const void *a_, const void *b_)
{
    const struct vlbg_use *a = a_, *b = b_;

    return a->switches == b->switches && a->routers == b->routers
           && a->has_vips == b->has_vips;
}

static void
free_group(void *v_)
{
    struct vlbg_use *v = v_;

    cdps_unref(v->switches);
    cdps_unref(v->routers);
    free(v);
}

const struct cview_class cview_lbg_use = {
    .compute = compute_group,
    .equal = equal_group,
    .free = free_group,
};

/* --- Load balancers --- */

static void *
compute(struct cctx *ctx, const struct uuid *key)
{
    struct uuids switches = { .n = 0 }, routers = { .n = 0 };
    const struct uuid *list, *groups;
    size_t n, n_groups;
    bool has_vips = lb_has_vips(ctx, key);
    struct vlb_use *v = xzalloc(sizeof *v);

    v->has_vips = has_vips;
    groups = cctx_related(ctx, CR_LBG_OF_LB, key, &n_groups);
    list = cctx_related(ctx, CR_LS_OF_LB, key, &n);
    uuids_add(&switches, list, n);
    list = cctx_related(ctx, CR_LR_OF_LB, key, &n);
    uuids_add(&routers, list, n);
    add_attached(ctx, &switches, list, n);
    if (n_groups == 1 && !switches.n && !routers.n) {
        /* The usual case, of which there may be very many. */
        const struct vlbg_use *use = view_lbg_use(ctx, groups);

        v->switches = use ? cdps_ref(use->switches) : NULL;
        v->routers = use ? cdps_ref(use->routers) : NULL;
        return v;
    }
    for (size_t i = 0; i < n_groups; i++) {
        const struct vlbg_use *use = view_lbg_use(ctx, &groups[i]);

        if (use && use->switches) {
            uuids_add(&switches, use->switches->uuids, use->switches->n);
        }
        if (use && use->routers) {
            uuids_add(&routers, use->routers->uuids, use->routers->n);
        }
    }
    v->switches = steal_dps(ctx, &switches);
    v->routers = steal_dps(ctx, &routers);
    return v;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct vlb_use *a = a_, *b = b_;

    return a->switches == b->switches && a->routers == b->routers
           && a->has_vips == b->has_vips;
}

static void
free_view(void *v_)
{
    struct vlb_use *v = v_;

    cdps_unref(v->switches);
    cdps_unref(v->routers);
    free(v);
}

const struct cview_class cview_lb_use = {
    .compute = compute,
    .equal = equal,
    .free = free_view,
};
