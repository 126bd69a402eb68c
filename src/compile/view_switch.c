/* A Logical_Switch: what features ask of it as a whole. */

#include "views.h"

static void
note_acl(struct cctx *ctx, const struct uuid *key, struct vswitch *v)
{
    const struct vacl *acl = view_acl(ctx, key);

    if (acl) {
        v->has_acls = true;
        v->has_stateful_acls |= acl->is_stateful;
    }
}

static void
note_group(struct cctx *ctx, const struct uuid *key, struct vswitch *v)
{
    const struct nbrec_port_group *pg = get_pg(ctx, key);

    for (size_t i = 0; pg && i < pg->n_acls && !v->has_stateful_acls; i++) {
        note_acl(ctx, &pg->acls[i]->header_.uuid, v);
    }
}

static void
add_uuid(struct uuid **list, size_t *n, const struct uuid *uuid)
{
    *list = xrealloc(*list, (*n + 1) * sizeof **list);
    (*list)[(*n)++] = *uuid;
}

static void
note_port(struct cctx *ctx, const struct uuid *key, struct vswitch *v)
{
    const struct vport *port = view_switch_port(ctx, key);
    const struct uuid *groups;
    size_t n;

    if (!port) {
        return;
    }
    v->has_unknown |= port->has_unknown && port->enabled;
    v->only_router_ports &= port->type == VPORT_ROUTER;
    if (port->type == VPORT_ROUTER) {
        const struct nbrec_logical_switch_port *lsp = get_lsp(ctx, key);

        v->has_arp_proxy |= lsp && smap_get(&lsp->options, "arp_proxy");
        add_uuid(&v->router_ports, &v->n_router_ports, key);
    } else if (port->type == VPORT_VTEP) {
        v->has_vtep = true;
    } else if (port->type == VPORT_LOCALNET) {
        v->has_localnet = true;
        add_uuid(&v->localnet_ports, &v->n_localnet_ports, key);
    }
    groups = cctx_related(ctx, CR_PG_OF_PORT, key, &n);
    for (size_t i = 0; i < n; i++) {
        note_group(ctx, &groups[i], v);
    }
}

static bool
has_lb_vips(struct cctx *ctx, const struct nbrec_logical_switch *ls)
{
    for (size_t i = 0; i < ls->n_load_balancer; i++) {
        const struct vlb_use *use
            = view_lb_use(ctx, &ls->load_balancer[i]->header_.uuid);

        if (use && use->has_vips) {
            return true;
        }
    }
    for (size_t i = 0; i < ls->n_load_balancer_group; i++) {
        const struct vlbg_use *use
            = view_lbg_use(ctx, &ls->load_balancer_group[i]->header_.uuid);

        if (use && use->has_vips) {
            return true;
        }
    }
    return false;
}

static bool
has_dns(struct cctx *ctx, const struct nbrec_logical_switch *ls)
{
    for (size_t i = 0; i < ls->n_dns_records; i++) {
        const struct nbrec_dns *dns
            = get_dns(ctx, &ls->dns_records[i]->header_.uuid);

        if (dns && !smap_is_empty(&dns->records)) {
            return true;
        }
    }
    return false;
}

static void *
compute(struct cctx *ctx, const struct uuid *key)
{
    const struct nbrec_logical_switch *ls = get_ls(ctx, key);

    if (!ls) {
        return NULL;
    }

    struct vswitch *v = xzalloc(sizeof *v);
    v->uuid = *key;
    v->name = xstrdup(ls->name);
    v->vlan_passthru = smap_get_bool(&ls->other_config, "vlan-passthru",
                                     false);
    v->copp = ls->copp ? ls->copp->header_.uuid : UUID_ZERO;
    for (size_t i = 0; i < ls->n_acls && !v->has_stateful_acls; i++) {
        note_acl(ctx, &ls->acls[i]->header_.uuid, v);
    }
    v->only_router_ports = true;
    for (size_t i = 0; i < ls->n_ports; i++) {
        note_port(ctx, &ls->ports[i]->header_.uuid, v);
    }
    v->has_lb_vips = has_lb_vips(ctx, ls);
    v->has_dns = has_dns(ctx, ls);
    return v;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct vswitch *a = a_, *b = b_;

    return !strcmp(a->name, b->name) && a->has_acls == b->has_acls
           && a->has_stateful_acls == b->has_stateful_acls
           && a->has_lb_vips == b->has_lb_vips
           && a->has_unknown == b->has_unknown && a->has_dns == b->has_dns
           && a->has_localnet == b->has_localnet
           && a->has_vtep == b->has_vtep
           && a->has_arp_proxy == b->has_arp_proxy
           && a->vlan_passthru == b->vlan_passthru
           && a->only_router_ports == b->only_router_ports
           && uuids_equal(a->router_ports, a->n_router_ports,
                          b->router_ports, b->n_router_ports)
           && uuids_equal(a->localnet_ports, a->n_localnet_ports,
                          b->localnet_ports, b->n_localnet_ports)
           && uuid_equals(&a->copp, &b->copp);
}

static void
free_view(void *v_)
{
    struct vswitch *v = v_;

    free(v->name);
    free(v->router_ports);
    free(v->localnet_ports);
    free(v);
}

const struct cview_class cview_switch = {
    .compute = compute,
    .equal = equal,
    .free = free_view,
};
