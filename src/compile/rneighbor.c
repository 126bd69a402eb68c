#include "rneighbor.h"

#include "rflow.h"
#include "rroute.h"

#define PORT_MAC "xreg0[0..47]"

char *
rneighbor_network(const struct caddr *ip)
{
    return strchr(ip->network_s, '/')
           ? xstrdup(ip->network_s)
           : xasprintf("%s/%u", ip->network_s, ip->plen);
}

char *
rneighbor_arp_reply(const char *mac)
{
    mac = mac ? mac : PORT_MAC;
    return xasprintf("eth.dst = eth.src; eth.src = %s; "
                     "arp.op = 2; /* ARP reply */ arp.tha = arp.sha; "
                     "arp.sha = %s; arp.tpa <-> arp.spa; outport = inport; "
                     "flags.loopback = 1; output;", mac, mac);
}

char *
rneighbor_nd_reply(const char *action, const char *mac)
{
    mac = mac ? mac : PORT_MAC;
    return xasprintf("%s { eth.src = %s; ip6.src = nd.target; nd.tll = %s; "
                     "outport = inport; flags.loopback = 1; output; };",
                     action, mac, mac);
}

/* On one chassis the address' MAC need not be asked for. */
static void
emit_resolve(struct cctx *ctx, const struct vrport *port, const char *ip,
             const char *mac)
{
    struct cflow flow = {
        .dp = &port->router,
        .stage = LR_IN_ARP_RESOLVE,
        .priority = 100,
    };

    rflow_emit_nocopy(ctx, &flow,
                      xasprintf("outport == %s && reg0 == {%s}",
                                port->json_name, ip),
                      xasprintf("eth.dst = %s; next;", mac));
}

void
rneighbor_emit_route(struct cctx *ctx, const struct vrport *port,
                     const char *ip, const char *mac)
{
    const struct vrouter *router = rflow_router(ctx, port);
    struct caddr prefix;

    if (!router || !caddr_parse(ip, &prefix)) {
        return;
    }

    struct vrouter_port brief = {
        .name = port->name,
        .json_name = port->json_name,
        .addrs = port->addrs,
    };
    struct rroute_hop hop = {
        .port = &brief,
        .source = caddrs_first(&port->addrs, true),
    };
    if (hop.source) {
        char *match = xasprintf("ip4.dst == %s/32", ip);

        rroute_emit(ctx, &port->router,
                    rroute_priority(&prefix, RROUTE_CONNECTED), match, &hop,
                    "ip4.dst");
        free(match);
    }
    if (router->chassis || port->is_distributed_gateway) {
        emit_resolve(ctx, port, ip, mac);
    }
    caddr_uninit(&prefix);
}
