/* A Logical_Router: what features ask of it as a whole. */

#include "views.h"

static void
note_ports(struct cctx *ctx, const struct nbrec_logical_router *lr,
           struct vrouter *v)
{
    for (size_t i = 0; i < lr->n_ports; i++) {
        const struct uuid *key = &lr->ports[i]->header_.uuid;
        const struct vrport *port = view_router_port(ctx, key);

        if (port && port->is_distributed_gateway) {
            v->gateways = xrealloc(v->gateways, (v->n_gateways + 1)
                                   * sizeof *v->gateways);
            v->gateways[v->n_gateways++] = *key;
        }
    }
}

static bool
has_lb_vips(struct cctx *ctx, const struct nbrec_logical_router *lr)
{
    for (size_t i = 0; i < lr->n_load_balancer; i++) {
        const struct vlb_use *use
            = view_lb_use(ctx, &lr->load_balancer[i]->header_.uuid);

        if (use && use->has_vips) {
            return true;
        }
    }
    for (size_t i = 0; i < lr->n_load_balancer_group; i++) {
        const struct vlbg_use *use
            = view_lbg_use(ctx, &lr->load_balancer_group[i]->header_.uuid);

        if (use && use->has_vips) {
            return true;
        }
    }
    return false;
}

static void *
compute(struct cctx *ctx, const struct uuid *key)
{
    const struct nbrec_logical_router *lr = get_lr(ctx, key);

    if (!lr) {
        return NULL;
    }

    struct vrouter *v = xzalloc(sizeof *v);
    v->uuid = *key;
    v->name = xstrdup(lr->name);
    v->enabled = !lr->n_enabled || lr->enabled[0];
    v->chassis = nullable_xstrdup(smap_get(&lr->options, "chassis"));
    v->copp = lr->copp ? lr->copp->header_.uuid : UUID_ZERO;
    v->has_nat = lr->n_nat > 0;
    note_ports(ctx, lr, v);
    v->has_lb_vips = has_lb_vips(ctx, lr);
    return v;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct vrouter *a = a_, *b = b_;

    return !strcmp(a->name, b->name) && a->enabled == b->enabled
           && nullable_string_is_equal(a->chassis, b->chassis)
           && uuids_equal(a->gateways, a->n_gateways, b->gateways,
                          b->n_gateways)
           && a->has_lb_vips == b->has_lb_vips && a->has_nat == b->has_nat
           && uuid_equals(&a->copp, &b->copp);
}

static void
free_view(void *v_)
{
    struct vrouter *v = v_;

    free(v->name);
    free(v->chassis);
    free(v->gateways);
    free(v);
}

const struct cview_class cview_router = {
    .compute = compute,
    .equal = equal,
    .free = free_view,
};
