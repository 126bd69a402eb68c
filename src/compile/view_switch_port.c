/* A Logical_Switch_Port, its addresses resolved. */

#include "views.h"

static enum vport_type
parse_type(const char *type)
{
    static const char *const names[] = {
        [VPORT_VIF] = "",
        [VPORT_ROUTER] = "router",
        [VPORT_LOCALNET] = "localnet",
        [VPORT_LOCALPORT] = "localport",
        [VPORT_VIRTUAL] = "virtual",
        [VPORT_EXTERNAL] = "external",
        [VPORT_REMOTE] = "remote",
        [VPORT_L2GATEWAY] = "l2gateway",
        [VPORT_VTEP] = "vtep",
    };

    for (enum vport_type i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(type, names[i])) {
            return i;
        }
    }
    return VPORT_OTHER;
}

static void
add_addresses(struct vport *v, struct caddrs *addrs)
{
    v->addrs = xrealloc(v->addrs, (v->n_addrs + 1) * sizeof *v->addrs);
    v->addrs[v->n_addrs++] = *addrs;
}

static void
add_text(struct vport *v, const char *text)
{
    struct caddrs addrs;

    if (text && caddrs_parse(text, &addrs)) {
        add_addresses(v, &addrs);
    }
}

/* "router": those of the router port. */
static void
add_router(struct cctx *ctx, struct vport *v)
{
    const struct vrport *peer = uuid_is_zero(&v->lrp)
                                ? NULL : view_router_port(ctx, &v->lrp);

    if (peer && peer->addrs.mac_s) {
        struct caddrs addrs;

        caddrs_clone(&addrs, &peer->addrs);
        add_addresses(v, &addrs);
    }
}

static void
parse_addresses(struct cctx *ctx, const struct nbrec_logical_switch_port *lsp,
                struct vport *v)
{
    for (size_t i = 0; i < lsp->n_addresses; i++) {
        const char *text = lsp->addresses[i];

        if (!strcmp(text, "unknown")) {
            v->has_unknown = true;
        } else if (!strcmp(text, "router")) {
            add_router(ctx, v);
        } else if (strstr(text, "dynamic")) {
            /* "dynamic", "MAC dynamic", "dynamic IP": feat_ipam has written
             * what came of it. */
            add_text(v, lsp->dynamic_addresses);
        } else {
            add_text(v, text);
        }
    }
}

static void
find_router_port(struct cctx *ctx,
                 const struct nbrec_logical_switch_port *lsp, struct vport *v)
{
    const char *name = smap_get(&lsp->options, "router-port");
    const struct uuid *lrp = name ? cctx_named1(ctx, CR_LRP_NAMED, name)
                                  : NULL;

    if (v->type == VPORT_ROUTER && lrp) {
        v->lrp = *lrp;
    }
}

static void *
compute(struct cctx *ctx, const struct uuid *key)
{
    const struct nbrec_logical_switch_port *lsp = get_lsp(ctx, key);

    if (!lsp) {
        return NULL;
    }

    struct vport *v = xzalloc(sizeof *v);
    const struct uuid *ls = cctx_related1(ctx, CR_LS_OF_PORT, key);
    v->uuid = *key;
    v->ls = ls ? *ls : UUID_ZERO;
    v->name = xstrdup(lsp->name);
    v->json_name = json_quote(lsp->name);
    v->type = parse_type(lsp->type);
    v->enabled = !lsp->n_enabled || lsp->enabled[0];
    v->is_container = lsp->parent_name && lsp->parent_name[0];
    find_router_port(ctx, lsp, v);
    parse_addresses(ctx, lsp, v);
    /* By default it does not matter (ovn-nb(5), ignore_lsp_down). */
    v->up = v->type == VPORT_ROUTER || v->type == VPORT_LOCALPORT
            || cctx_option_bool(ctx, "ignore_lsp_down", true)
            || cctx_fact(ctx, CFACT_PORT_UP, lsp->name);
    return v;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct vport *a = a_, *b = b_;

    if (!uuid_equals(&a->ls, &b->ls) || strcmp(a->name, b->name)
        || a->type != b->type || a->enabled != b->enabled || a->up != b->up
        || a->has_unknown != b->has_unknown
        || a->is_container != b->is_container || a->n_addrs != b->n_addrs
        || !uuid_equals(&a->lrp, &b->lrp)) {
        return false;
    }
    for (size_t i = 0; i < a->n_addrs; i++) {
        if (!caddrs_equal(&a->addrs[i], &b->addrs[i])) {
            return false;
        }
    }
    return true;
}

static void
free_view(void *v_)
{
    struct vport *v = v_;

    for (size_t i = 0; i < v->n_addrs; i++) {
        caddrs_uninit(&v->addrs[i]);
    }
    free(v->addrs);
    free(v->name);
    free(v->json_name);
    free(v);
}

const struct cview_class cview_switch_port = {
    .compute = compute,
    .equal = equal,
    .free = free_view,
};
