/* A set of routers as load balancers need it: what differs between their
 * flows, and which networks VIPs may be in. */

#include "lb.h"
#include "lb_parts.h"

/* While the view is being made. */
struct making {
    struct cctx *ctx;
    struct vlb_routers *v;
    struct lb_partition events, rejects, dnats;
    struct uuid *enabled, *plain;
    size_t n_enabled, n_plain;
    size_t allocated_nets, allocated_gwports;
};

/* "The switch at the port" and its port, if there is one. */
static void
find_switch(struct cctx *ctx, const struct vrport *port, struct vlb_net *net)
{
    const struct vport *lsp = uuid_is_zero(&port->peer_lsp)
                              ? NULL : view_switch_port(ctx, &port->peer_lsp);
    const struct nbrec_logical_switch *ls
        = lsp && !uuid_is_zero(&lsp->ls) ? get_ls(ctx, &lsp->ls) : NULL;

    if (ls) {
        const struct vswitch *v = view_switch(ctx, &lsp->ls);

        net->ls = lsp->ls;
        net->lsp = xstrdup(lsp->json_name);
        net->only_routers = v && v->n_router_ports == ls->n_ports;
    }
}

static void
add_networks(struct making *m, const struct uuid *router,
             const struct vrport *port)
{
    for (size_t i = 0; i < port->addrs.n; i++) {
        const struct caddr *addr = &port->addrs.ips[i];
        struct vlb_net net = {
            .plen = addr->plen + (addr->is_ipv4 ? 96 : 0),
            .router = *router,
        };
        struct in6_addr mask = ipv6_create_mask(net.plen);

        net.net = ipv6_addr_bitand(&addr->ip, &mask);
        find_switch(m->ctx, port, &net);
        if (m->v->n_nets == m->allocated_nets) {
            m->v->nets = x2nrealloc(m->v->nets, &m->allocated_nets,
                                    sizeof *m->v->nets);
        }
        m->v->nets[m->v->n_nets++] = net;
    }
}

static void
add_gwport(struct making *m, const struct uuid *router,
           const struct vrport *port)
{
    if (m->v->n_gwports == m->allocated_gwports) {
        m->v->gwports = x2nrealloc(m->v->gwports, &m->allocated_gwports,
                                   sizeof *m->v->gwports);
    }
    m->v->gwports[m->v->n_gwports++] = (struct vlb_gwport) {
        .router = *router,
        .port = xstrdup(port->json_name),
        .gateway = nullable_xstrdup(port->json_redirect),
    };
}

static void
add_router(struct making *m, const struct uuid *key)
{
    struct cctx *ctx = m->ctx;
    const struct nbrec_logical_router *lr = get_lr(ctx, key);
    const struct vrouter *router = view_router(ctx, key);
    struct lb_force force;
    bool bad;

    if (!lr || !router || !router->enabled) {
        return;
    }

    bool forced = lb_force_parse(lr, &force, &bad);
    const struct vrport *gateway
        = router->n_gateways ? view_router_port(ctx, &router->gateways[0])
                             : NULL;
    m->enabled[m->n_enabled++] = *key;
    if (!gateway) {
        m->plain[m->n_plain++] = *key;
    }
    struct lb_member event = {
        .meter = lb_copp_meter(ctx, &router->copp, "event-elb"),
    };
    struct lb_member reject = {
        .forced = forced,
        .meter = lb_copp_meter(ctx, &router->copp, "reject"),
    };
    struct lb_member dnat = {
        .forced = forced,
        .gateway = gateway ? gateway->json_redirect : NULL,
        .gateway_port = gateway ? gateway->json_name : NULL,
    };
    lb_partition_add(&m->events, key, &event);
    lb_partition_add(&m->rejects, key, &reject);
    lb_partition_add(&m->dnats, key, &dnat);
    for (size_t i = 0; i < lr->n_ports; i++) {
        const struct vrport *port
            = view_router_port(ctx, &lr->ports[i]->header_.uuid);

        if (port && port->addrs.mac_s) {
            add_networks(m, key, port);
            if (gateway) {
                add_gwport(m, key, port);
            }
        }
    }
}

static int
compare_nets(const void *a_, const void *b_)
{
    const struct vlb_net *a = a_, *b = b_;
    int cmp = a->plen < b->plen ? -1 : a->plen > b->plen;

    if (!cmp) {
        cmp = memcmp(&a->net, &b->net, sizeof a->net);
    }
    return cmp ? cmp : uuid_compare_3way(&a->router, &b->router);
}

static void *
compute(struct cctx *ctx, const struct uuid *key)
{
    const struct cdps *set = cdps_find(ctx, key);

    if (!set) {
        return NULL;
    }

    struct vlb_routers *v = xzalloc(sizeof *v);
    struct making m = {
        .ctx = ctx,
        .v = v,
        .enabled = xmalloc(set->n * sizeof *m.enabled),
        .plain = xmalloc(set->n * sizeof *m.plain),
    };
    v->set = cdps_ref(set);
    for (size_t i = 0; i < set->n; i++) {
        add_router(&m, &set->uuids[i]);
    }
    if (v->n_nets) {
        qsort(v->nets, v->n_nets, sizeof *v->nets, compare_nets);
    }
    v->all = m.n_enabled ? cdps_get(ctx, m.enabled, m.n_enabled) : NULL;
    v->plain = m.n_plain ? cdps_get(ctx, m.plain, m.n_plain) : NULL;
    free(m.enabled);
    free(m.plain);
    lb_partition_finish(ctx, &m.events, &v->events);
    lb_partition_finish(ctx, &m.rejects, &v->rejects);
    lb_partition_finish(ctx, &m.dnats, &v->dnats);
    return v;
}

static bool
equal_nets(const struct vlb_routers *a, const struct vlb_routers *b)
{
    if (a->n_nets != b->n_nets) {
        return false;
    }
    for (size_t i = 0; i < a->n_nets; i++) {
        const struct vlb_net *x = &a->nets[i], *y = &b->nets[i];

        if (compare_nets(x, y) || !uuid_equals(&x->ls, &y->ls)
            || !nullable_string_is_equal(x->lsp, y->lsp)
            || x->only_routers != y->only_routers) {
            return false;
        }
    }
    return true;
}

static bool
equal_gwports(const struct vlb_routers *a, const struct vlb_routers *b)
{
    if (a->n_gwports != b->n_gwports) {
        return false;
    }
    for (size_t i = 0; i < a->n_gwports; i++) {
        const struct vlb_gwport *x = &a->gwports[i], *y = &b->gwports[i];

        if (!uuid_equals(&x->router, &y->router) || strcmp(x->port, y->port)
            || !nullable_string_is_equal(x->gateway, y->gateway)) {
            return false;
        }
    }
    return true;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct vlb_routers *a = a_, *b = b_;

    return a->set == b->set && a->all == b->all && a->plain == b->plain
           && lb_parts_equal(&a->events, &b->events)
           && lb_parts_equal(&a->rejects, &b->rejects)
           && lb_parts_equal(&a->dnats, &b->dnats)
           && equal_nets(a, b) && equal_gwports(a, b);
}

static void
free_view(void *v_)
{
    struct vlb_routers *v = v_;

    for (size_t i = 0; i < v->n_nets; i++) {
        free(v->nets[i].lsp);
    }
    free(v->nets);
    for (size_t i = 0; i < v->n_gwports; i++) {
        free(v->gwports[i].port);
        free(v->gwports[i].gateway);
    }
    free(v->gwports);
    cdps_unref(v->set);
    cdps_unref(v->all);
    cdps_unref(v->plain);
    lb_parts_uninit(&v->events);
    lb_parts_uninit(&v->rejects);
    lb_parts_uninit(&v->dnats);
    free(v);
}

const struct cview_class cview_lb_routers = {
    .compute = compute,
    .equal = equal,
    .free = free_view,
};
