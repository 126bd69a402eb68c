/* A Logical_Router_Static_Route, parsed; and those of a router. */

#include "rroute.h"

static void
set_problem(struct vroute *v, const char *column, const char *problem)
{
    if (!v->problem) {
        v->column = column;
        v->problem = problem;
    }
}

static void
parse_nexthop(const struct nbrec_logical_router_static_route *route,
              struct vroute *v)
{
    v->is_discard = !strcmp(route->nexthop, "discard");
    if (v->is_discard) {
        return;
    }
    if (!caddr_parse(route->nexthop, &v->nexthop)
        || v->nexthop.plen != (v->nexthop.is_ipv4 ? 32 : 128)) {
        set_problem(v, "nexthop", "is neither an IP address nor \"discard\"");
    } else if (v->key && v->nexthop.is_ipv4 != v->prefix.is_ipv4) {
        set_problem(v, "nexthop", "is of another IP version than ip_prefix");
    }
}

/* Where packets are ours nobody speaks BFD, and the route is used. */
static void
note_bfd(struct cctx *ctx, const struct nbrec_logical_router_static_route *row,
         struct vroute *v)
{
    const struct uuid *key = &row->bfd->header_.uuid;

    v->has_bfd = get_bfd(ctx, key) != NULL;
    if (v->has_bfd && !cctx_fact(ctx, CFACT_SELF, "chassis")) {
        char *id = xasprintf(UUID_FMT, UUID_ARGS(key));
        const char *status = cctx_fact(ctx, CFACT_BFD, id);

        v->is_down = !status || (strcmp(status, "up")
                                 && strcmp(status, "init"));
        free(id);
    }
}

static void *
compute(struct cctx *ctx, const struct uuid *key)
{
    const struct nbrec_logical_router_static_route *route
        = get_route(ctx, key);

    if (!route) {
        return NULL;
    }

    struct vroute *v = xzalloc(sizeof *v);
    v->key = rroute_key(route);
    if (!v->key || !caddr_parse(route->ip_prefix, &v->prefix)) {
        set_problem(v, "ip_prefix", "is no IP network");
    }
    parse_nexthop(route, v);
    v->is_src = route->policy && !strcmp(route->policy, "src-ip");
    v->table = xstrdup(route->route_table);
    v->output_port = nullable_xstrdup(route->output_port);
    v->is_symmetric = smap_get_bool(&route->options, "ecmp_symmetric_reply",
                                    false);
    if (route->bfd) {
        note_bfd(ctx, route, v);
    }
    return v;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct vroute *a = a_, *b = b_;

    return a->problem == b->problem && a->column == b->column
           && nullable_string_is_equal(a->key, b->key)
           && nullable_string_is_equal(a->nexthop.s, b->nexthop.s)
           && nullable_string_is_equal(a->output_port, b->output_port)
           && a->is_discard == b->is_discard && a->is_src == b->is_src
           && a->is_symmetric == b->is_symmetric
           && a->has_bfd == b->has_bfd && a->is_down == b->is_down;
}

static void
free_view(void *v_)
{
    struct vroute *v = v_;

    free(v->key);
    caddr_uninit(&v->prefix);
    caddr_uninit(&v->nexthop);
    free(v->table);
    free(v->output_port);
    free(v);
}

const struct cview_class cview_route = {
    .compute = compute,
    .equal = equal,
    .free = free_view,
};

/* --- Of a router --- */

static void *
compute_router(struct cctx *ctx, const struct uuid *key)
{
    const struct nbrec_logical_router *lr = get_lr(ctx, key);

    if (!lr) {
        return NULL;
    }

    struct vrouter_routes *v = xzalloc(sizeof *v);
    v->n = lr->n_static_routes;
    v->routes = xcalloc(v->n, sizeof *v->routes);
    for (size_t i = 0; i < v->n; i++) {
        v->routes[i] = lr->static_routes[i]->header_.uuid;
    }
    return v;
}

static bool
equal_router(const void *a_, const void *b_)
{
    const struct vrouter_routes *a = a_, *b = b_;

    return uuids_equal(a->routes, a->n, b->routes, b->n);
}

static void
free_router(void *v_)
{
    struct vrouter_routes *v = v_;

    free(v->routes);
    free(v);
}

const struct cview_class cview_router_routes = {
    .compute = compute_router,
    .equal = equal_router,
    .free = free_router,
};
