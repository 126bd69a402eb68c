/* Routes: to the networks of ports, and static ones.
 *
 * Sources: ovn-northd(8) lr_in_ip_routing, lr_in_ip_routing_pre,
 * lr_in_arp_request; ovn-nb(5) Logical_Router_Static_Route.  Routes with
 * several next hops: feat_lr_ecmp.c. */

#include "feat_lr_ecmp.h"
#include "rflow.h"
#include "rneighbor.h"
#include "rroute.h"

/* --- Networks of ports --- */

static void
emit_connected(struct cctx *ctx, const struct uuid *router,
               const struct vrouter_port *port, const struct caddr *ip)
{
    const char *family = rflow_ip(ip->is_ipv4);
    char *network = rneighbor_network(ip);
    char *to = xasprintf("%s.dst", family);
    struct rroute_hop hop = { .port = port, .source = ip };
    char *match = !ip->is_ipv4 && IN6_IS_ADDR_LINKLOCAL(&ip->ip)
                  ? xasprintf("inport == %s && ip6.dst == %s",
                              port->json_name, network)
                  : xasprintf("%s.dst == %s", family, network);

    rroute_emit(ctx, router, rroute_priority(ip, RROUTE_CONNECTED), match,
                &hop, to);
    free(match);
    free(to);
    free(network);
}

static void
compile_port(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router_port *lrp = row;
    const struct vrport *port = view_router_port(ctx, &lrp->header_.uuid);
    const char *table = smap_get(&lrp->options, "route_table");

    if (!rflow_router(ctx, port)) {
        return;
    }

    struct vrouter_port brief = {
        .name = port->name,
        .json_name = port->json_name,
        .addrs = port->addrs,
    };
    for (size_t i = 0; i < port->addrs.n; i++) {
        emit_connected(ctx, &port->router, &brief, &port->addrs.ips[i]);
    }
    if (table && table[0]) {
        struct cflow flow = {
            .dp = &port->router,
            .stage = LR_IN_IP_ROUTING_PRE,
            .priority = 100,
        };
        uint32_t id = rflow_number(ctx, &port->router, "route table", table);

        rflow_emit_nocopy(ctx, &flow,
                          xasprintf("inport == %s", port->json_name),
                          xasprintf("reg7 = %u; next;", id));
    }
}

const struct cunit_class cunit_lr_connected = {
    .table = CT_LRP,
    .compile = compile_port,
};

/* --- Static routes --- */

static char *
route_match(struct cctx *ctx, const struct uuid *router,
            const struct vroute *route, const struct rroute_hop *hop)
{
    struct ds match = DS_EMPTY_INITIALIZER;
    char *network = rneighbor_network(&route->prefix);

    if (!route->prefix.is_ipv4 && IN6_IS_ADDR_LINKLOCAL(&route->prefix.ip)
        && hop->port) {
        ds_put_format(&match, "inport == %s && ", hop->port->json_name);
    }
    if (route->table[0]) {
        ds_put_format(&match, "reg7 == %u && ",
                      rflow_number(ctx, router, "route table",
                                   route->table));
    } else if (!route->is_src) {
        ds_put_cstr(&match, "reg7 == 0 && ");
    }
    ds_put_format(&match, "%s.%s == %s", rflow_ip(route->prefix.is_ipv4),
                  route->is_src ? "src" : "dst", network);
    free(network);
    return ds_steal_cstr(&match);
}

/* Who asks for the MAC of an IPv6 router asks its solicited-node address. */
static void
emit_solicitation(struct cctx *ctx, const struct vrouter *router,
                  const struct caddr *nexthop)
{
    const uint8_t *ip = nexthop->ip.s6_addr;
    struct cflow flow = {
        .dp = &router->uuid,
        .stage = LR_IN_ARP_REQUEST,
        .priority = 200,
        .meter = rflow_meter(ctx, router, "nd-ns-resolve"),
    };

    rflow_emit_nocopy(
        ctx, &flow,
        xasprintf("eth.dst == 00:00:00:00:00:00 && ip6 && xxreg0 == %s",
                  nexthop->s),
        xasprintf("nd_ns { eth.dst = 33:33:ff:%02x:%02x:%02x; ip6.dst = %s; "
                  "nd.target = %s; output; };", ip[13], ip[14], ip[15],
                  nexthop->solicited_s, nexthop->s));
}

static void
report(struct cctx *ctx, const struct nbrec_logical_router_static_route *row,
       const struct vroute *route)
{
    if (!strcmp(route->column, "ip_prefix")) {
        creport(ctx, row->ip_prefix, "ip_prefix",
                "write it as 10.0.0.0/16 or fd00::/64",
                "\"%s\" %s: nothing is routed by it", row->ip_prefix,
                route->problem);
    } else {
        creport(ctx, row->ip_prefix, "nexthop",
                "write an address in the network of a router's port",
                "\"%s\" %s: nothing is routed by it", row->nexthop,
                route->problem);
    }
}

static void
compile_in_router(struct cctx *ctx,
                  const struct nbrec_logical_router_static_route *row,
                  const struct vroute *route, const struct vrouter *router)
{
    const struct uuid *key = &row->header_.uuid;
    struct rroute_hop hop = { .port = NULL };
    uint16_t prio = rroute_priority(&route->prefix,
                                    route->is_src ? RROUTE_BY_SOURCE
                                                  : RROUTE_BY_DESTINATION);

    if (!route->is_discard
        && !rroute_find_hop(ctx, &router->uuid, &route->nexthop,
                            route->output_port, &hop)) {
        creport(ctx, row->ip_prefix, "nexthop",
                "write an address in the network of a port, or output_port",
                "no port of router \"%s\" leads to \"%s\": nothing is "
                "routed by it", router->name, row->nexthop);
        return;
    }
    if (!route->is_discard && !route->nexthop.is_ipv4) {
        emit_solicitation(ctx, router, &route->nexthop);
    }

    char *match = route_match(ctx, &router->uuid, route, &hop);
    struct feat_lr_ecmp_route member = {
        .router = router,
        .route = route,
        .key = key,
        .hop = &hop,
        .match = match,
        .priority = prio,
    };
    if (feat_lr_ecmp_emit(ctx, &member)) {
        free(match);
        return;
    }
    if (route->is_discard) {
        cflow_emit(ctx, &(struct cflow) {
            .dp = &router->uuid,
            .stage = LR_IN_IP_ROUTING,
            .priority = prio,
            .match = match,
            .actions = "drop;",
        });
    } else {
        rroute_emit(ctx, &router->uuid, prio, match, &hop, route->nexthop.s);
    }
    free(match);
}

static void
compile_route(struct cctx *ctx, const void *row_)
{
    const struct nbrec_logical_router_static_route *row = row_;
    const struct vroute *route = view_route(ctx, &row->header_.uuid);
    const struct uuid *routers;
    size_t n;

    if (!route) {
        return;
    }
    if (route->problem) {
        report(ctx, row, route);
        return;
    }
    if (route->has_bfd && cctx_fact(ctx, CFACT_SELF, "chassis")) {
        creport(ctx, row->ip_prefix, "bfd", NULL,
                "nobody here speaks BFD with \"%s\": the route is used "
                "whether its next hop is there or not", row->nexthop);
    }
    if (route->is_down) {
        return;
    }
    routers = cctx_related(ctx, CR_LR_OF_ROUTE, &row->header_.uuid, &n);
    for (size_t i = 0; i < n; i++) {
        const struct vrouter *router = view_router(ctx, &routers[i]);

        if (router && router->enabled) {
            compile_in_router(ctx, row, route, router);
        }
    }
}

const struct cunit_class cunit_lr_route = {
    .table = CT_ROUTE,
    .compile = compile_route,
};
