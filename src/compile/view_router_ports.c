/* The ports of a Logical_Router with their addresses. */

#include "views.h"

static void *
compute(struct cctx *ctx, const struct uuid *key)
{
    const struct nbrec_logical_router *lr = get_lr(ctx, key);

    if (!lr) {
        return NULL;
    }

    struct vrouter_ports *v = xzalloc(sizeof *v);
    v->ports = xcalloc(lr->n_ports, sizeof *v->ports);
    for (size_t i = 0; i < lr->n_ports; i++) {
        const struct vrport *port
            = view_router_port(ctx, &lr->ports[i]->header_.uuid);

        if (port && port->addrs.mac_s) {
            struct vrouter_port *entry = &v->ports[v->n++];

            entry->uuid = port->uuid;
            entry->name = xstrdup(port->name);
            entry->json_name = xstrdup(port->json_name);
            caddrs_clone(&entry->addrs, &port->addrs);
        }
    }
    return v;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct vrouter_ports *a = a_, *b = b_;

    if (a->n != b->n) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (!uuid_equals(&a->ports[i].uuid, &b->ports[i].uuid)
            || strcmp(a->ports[i].name, b->ports[i].name)
            || !caddrs_equal(&a->ports[i].addrs, &b->ports[i].addrs)) {
            return false;
        }
    }
    return true;
}

static void
free_view(void *v_)
{
    struct vrouter_ports *v = v_;

    for (size_t i = 0; i < v->n; i++) {
        free(v->ports[i].name);
        free(v->ports[i].json_name);
        caddrs_uninit(&v->ports[i].addrs);
    }
    free(v->ports);
    free(v);
}

const struct cview_class cview_router_ports = {
    .compute = compute,
    .equal = equal,
    .free = free_view,
};
