/* A Logical_Switch: what those who are not its own must know of it.  Small, so
 * that few changes of the switch reach them. */

#include "views.h"

static void *
compute(struct cctx *ctx, const struct uuid *key)
{
    const struct vswitch *sw = view_switch(ctx, key);
    const struct nbrec_logical_switch *ls = get_ls(ctx, key);

    if (!sw || !ls) {
        return NULL;
    }

    struct vswitch_mode *v = xzalloc(sizeof *v);
    v->has_acls = sw->has_acls;
    v->has_stateful_acls = sw->has_stateful_acls;
    v->stateful = sw->has_stateful_acls || sw->has_lb_vips;
    v->vlan_passthru = sw->vlan_passthru;
    v->only_router_ports = sw->only_router_ports;
    v->requested_key = smap_get_uint(&ls->other_config, "requested-tnl-key",
                                     0);
    v->copp = sw->copp;
    return v;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct vswitch_mode *a = a_, *b = b_;

    return a->has_acls == b->has_acls
           && a->has_stateful_acls == b->has_stateful_acls
           && a->stateful == b->stateful
           && a->vlan_passthru == b->vlan_passthru
           && a->only_router_ports == b->only_router_ports
           && a->requested_key == b->requested_key
           && uuid_equals(&a->copp, &b->copp);
}

const struct cview_class cview_switch_mode = {
    .compute = compute,
    .equal = equal,
    .free = free,
};
