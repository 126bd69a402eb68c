#include "rroute.h"

#include "rflow.h"
#include "rneighbor.h"

char *
rroute_key(const struct nbrec_logical_router_static_route *route)
{
    struct caddr prefix;

    if (!caddr_parse(route->ip_prefix, &prefix)) {
        return NULL;
    }

    char *network = rneighbor_network(&prefix);
    char *key = xasprintf("%s %s %s", network,
                          route->policy && !strcmp(route->policy, "src-ip")
                          ? "src" : "dst", route->route_table);

    free(network);
    caddr_uninit(&prefix);
    return key;
}

static const struct caddr *
find_source(const struct vrouter_port *port, const struct caddr *nexthop)
{
    for (size_t i = 0; i < port->addrs.n; i++) {
        if (caddr_contains(&port->addrs.ips[i], &nexthop->ip)) {
            return &port->addrs.ips[i];
        }
    }
    return NULL;
}

bool
rroute_find_hop(struct cctx *ctx, const struct uuid *router,
                const struct caddr *nexthop, const char *output_port,
                struct rroute_hop *hop)
{
    const struct vrouter_ports *ports = view_router_ports(ctx, router);

    for (size_t i = 0; ports && i < ports->n; i++) {
        hop->port = &ports->ports[i];
        if (output_port && strcmp(output_port, hop->port->name)) {
            continue;
        }
        hop->source = find_source(hop->port, nexthop);
        if (!hop->source && output_port) {
            hop->source = caddrs_first(&hop->port->addrs, nexthop->is_ipv4);
        }
        if (hop->source) {
            return true;
        }
    }
    return false;
}

char *
rroute_actions(const struct rroute_hop *hop, const char *nexthop)
{
    bool ipv4 = hop->source->is_ipv4;

    return xasprintf("%s = %s; %s = %s; eth.src = %s; outport = %s; ",
                     rflow_reg0(ipv4), nexthop, rflow_reg1(ipv4),
                     hop->source->s, hop->port->addrs.mac_s,
                     hop->port->json_name);
}

uint16_t
rroute_priority(const struct caddr *prefix, enum rroute_kind kind)
{
    return prefix->plen * 3 + kind;
}

void
rroute_emit(struct cctx *ctx, const struct uuid *router, uint16_t priority,
            const char *match, const struct rroute_hop *hop,
            const char *nexthop)
{
    struct cflow flow = {
        .dp = router,
        .stage = LR_IN_IP_ROUTING,
        .priority = priority,
    };
    char *to = rroute_actions(hop, nexthop);

    rflow_emit_nocopy(ctx, &flow, xstrdup(match),
                      xasprintf("ip.ttl--; reg8[0..15] = 0; %s"
                                "flags.loopback = 1; next;", to));
    if (cctx_named1(ctx, CR_BFD_OF_PORT, hop->port->name)) {
        flow.priority++;
        rflow_emit_nocopy(ctx, &flow,
                          xasprintf("%s && udp.dst == 3784", match),
                          xasprintf("reg8[0..15] = 0; %s"
                                    "flags.loopback = 1; next;", to));
    }
    free(to);
}
