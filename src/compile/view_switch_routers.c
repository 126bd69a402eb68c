/* The router ports that a Logical_Switch is attached to. */

#include "views.h"

static void *
compute(struct cctx *ctx, const struct uuid *key)
{
    const struct vswitch *ls = view_switch(ctx, key);

    if (!ls) {
        return NULL;
    }

    struct vswitch_routers *v = xzalloc(sizeof *v);
    v->ports = xcalloc(ls->n_router_ports, sizeof *v->ports);
    for (size_t i = 0; i < ls->n_router_ports; i++) {
        const struct vport *port = view_switch_port(ctx,
                                                    &ls->router_ports[i]);

        if (port && !uuid_is_zero(&port->lrp)) {
            v->ports[v->n++] = port->lrp;
        }
    }
    return v;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct vswitch_routers *a = a_, *b = b_;

    return uuids_equal(a->ports, a->n, b->ports, b->n);
}

static void
free_view(void *v_)
{
    struct vswitch_routers *v = v_;

    free(v->ports);
    free(v);
}

const struct cview_class cview_switch_routers = {
    .compute = compute,
    .equal = equal,
    .free = free_view,
};
