/* Sources: ovn-northd(8) lr_in_ip_routing, lr_in_ip_routing_ecmp,
 * lr_in_defrag, lr_in_ecmp_stateful; ovn-nb(5) ecmp_symmetric_reply. */

#include "feat_lr_ecmp.h"

#include "rflow.h"
#include "rneighbor.h"
#include "rows_binding.h"

/* In routers with more routes, others of the group are looked for among the
 * routes of all routers with the same prefix. */
#define FEW_ROUTES 64

/* The group: members in order, and which one is asked about. */
struct group {
    struct uuid first; /* Lowest UUID. */
    size_t n;
    size_t index; /* From 1. */
};

static bool
is_in_router(struct cctx *ctx, const struct uuid *route,
             const struct uuid *router)
{
    size_t n;
    const struct uuid *routers = cctx_related(ctx, CR_LR_OF_ROUTE, route, &n);

    for (size_t i = 0; i < n; i++) {
        if (uuid_equals(&routers[i], router)) {
            return true;
        }
    }
    return false;
}

static bool
is_usable(struct cctx *ctx, const struct uuid *router,
          const struct vroute *route)
{
    struct rroute_hop hop;

    return route->is_discard
           || rroute_find_hop(ctx, router, &route->nexthop,
                              route->output_port, &hop);
}

static int
compare_uuids(const void *a, const void *b)
{
    return uuid_compare_3way(a, b);
}

static struct group
find_group(struct cctx *ctx, const struct feat_lr_ecmp_route *m)
{
    const struct uuid *router = &m->router->uuid;
    const struct vrouter_routes *all = view_router_routes(ctx, router);
    bool few = all && all->n <= FEW_ROUTES;
    size_t n = few ? all->n : 0;
    const struct uuid *list = few ? all->routes
                              : cctx_named(ctx, CR_ROUTE_OF_KEY,
                                           m->route->key, &n);
    struct uuid *members = xcalloc(n, sizeof *members);
    struct group g = { .n = 0 };

    for (size_t i = 0; i < n; i++) {
        const struct vroute *other = view_route(ctx, &list[i]);

        if (other && !other->problem && !other->is_down
            && !strcmp(other->key, m->route->key)
            && (few || is_in_router(ctx, &list[i], router))
            && is_usable(ctx, router, other)) {
            members[g.n++] = list[i];
        }
    }
    if (g.n) {
        qsort(members, g.n, sizeof *members, compare_uuids);
        g.first = members[0];
    }
    for (size_t i = 0; i < g.n; i++) {
        if (uuid_equals(&members[i], m->key)) {
            g.index = i + 1;
        }
    }
    free(members);
    return g;
}

static void
emit(struct cctx *ctx, const struct feat_lr_ecmp_route *m, enum cstage stage,
     uint16_t priority, char *match, char *actions)
{
    struct cflow flow = {
        .dp = &m->router->uuid,
        .stage = stage,
        .priority = priority,
    };

    rflow_emit_nocopy(ctx, &flow, match, actions);
}

static void
emit_select(struct cctx *ctx, const struct feat_lr_ecmp_route *m,
            const struct group *g, uint32_t id)
{
    struct ds select = DS_EMPTY_INITIALIZER;
    struct cflow flow = {
        .dp = &m->router->uuid,
        .stage = LR_IN_IP_ROUTING,
        .priority = m->priority,
        .hint = g->first, /* All members emit it. */
    };

    for (size_t i = 1; i <= g->n; i++) {
        ds_put_format(&select, "%s%"PRIuSIZE, i > 1 ? ", " : "", i);
    }
    rflow_emit_nocopy(
        ctx, &flow, xstrdup(m->match),
        xasprintf("ip.ttl--; flags.loopback = 1; reg8[0..15] = %u; "
                  "reg8[16..31] = select(%s);", id, ds_cstr(&select)));
    ds_destroy(&select);
}

static uint32_t
port_key(struct cctx *ctx, const struct feat_lr_ecmp_route *m)
{
    const struct vrouter_port *port = m->hop->port;
    const struct nbrec_logical_router_port *lrp = get_lrp(ctx, &port->uuid);

    return lrp ? cport_key(ctx, &m->router->uuid, &port->uuid, port->name,
                           smap_get_int(&lrp->options, "requested-tnl-key",
                                        0))
               : 0;
}

/* What comes in from the route's next hop is remembered with its MAC. */
static void
emit_commit(struct cctx *ctx, const struct feat_lr_ecmp_route *m,
            const char *request, uint32_t key)
{
    static const char *const protocols[] = { "tcp", "udp", "sctp" };

    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        char *actions = xasprintf(
            "ct_commit { ct_label.ecmp_reply_eth = eth.src;  "
            "ct_mark.ecmp_reply_port = %u;}; commit_ecmp_nh(ipv6 = %s, "
            "proto = %s); next;", key,
            m->route->prefix.is_ipv4 ? "false" : "true", protocols[i]);

        emit(ctx, m, LR_IN_ECMP_STATEFUL, 100,
             xasprintf("%s && (ct.new && !ct.est) && %s", request,
                       protocols[i]),
             xstrdup(actions));
        emit(ctx, m, LR_IN_ECMP_STATEFUL, 100,
             xasprintf("%s && (!ct.rpl && ct.est) && %s && reg9[5] == 0",
                       request, protocols[i]),
             actions);
    }
}

static void
emit_symmetric(struct cctx *ctx, const struct feat_lr_ecmp_route *m)
{
    const struct vroute *route = m->route;
    uint32_t key = port_key(ctx, m);
    char *network = rneighbor_network(&route->prefix);
    char *request = xasprintf("inport == %s && %s.%s == %s",
                              m->hop->port->json_name,
                              rflow_ip(route->prefix.is_ipv4),
                              route->is_src ? "dst" : "src", network);
    char *reply = xasprintf("ct.rpl && reg9[5] == 1 && "
                            "ct_mark.ecmp_reply_port == %u", key);

    emit(ctx, m, LR_IN_DEFRAG, 100, xstrdup(request),
         xstrdup("reg9[5] = chk_ecmp_nh_mac(); ct_next;"));
    emit(ctx, m, LR_IN_DEFRAG, 100, xstrdup(m->match),
         xstrdup("reg9[5] = chk_ecmp_nh(); ct_next;"));
    emit_commit(ctx, m, request, key);
    emit(ctx, m, LR_IN_IP_ROUTING, 10300,
         xasprintf("%s && %s", reply, m->match),
         xasprintf("ip.ttl--; flags.loopback = 1; eth.src = %s; %s = %s; "
                   "outport = %s; next;", m->hop->port->addrs.mac_s,
                   rflow_reg1(m->hop->source->is_ipv4), m->hop->source->s,
                   m->hop->port->json_name));
    emit(ctx, m, LR_IN_POLICY, 65535, xstrdup(reply), xstrdup("next;"));
    emit(ctx, m, LR_IN_ARP_RESOLVE, 200, xstrdup(reply),
         xstrdup("push(xxreg1); xxreg1 = ct_label; "
                 "eth.dst = xxreg1[32..79]; pop(xxreg1); next;"));
    free(reply);
    free(request);
    free(network);
}

bool
feat_lr_ecmp_emit(struct cctx *ctx, const struct feat_lr_ecmp_route *m)
{
    struct group g = find_group(ctx, m);
    uint32_t id;

    if (g.n < 2 || !g.index) {
        return false;
    }
    id = rflow_number(ctx, &m->router->uuid, "ecmp", m->route->key);
    emit_select(ctx, m, &g, id);
    if (m->route->is_discard) {
        /* Its share of the packets is dropped at the end of the stage. */
        return true;
    }

    char *to = rroute_actions(m->hop, m->route->nexthop.s);
    emit(ctx, m, LR_IN_IP_ROUTING_ECMP, 100,
         xasprintf("reg8[0..15] == %u && reg8[16..31] == %"PRIuSIZE, id,
                   g.index),
         xasprintf("%snext;", to));
    free(to);
    if (m->route->is_symmetric && m->router->chassis) {
        emit_symmetric(ctx, m);
    }
    return true;
}
