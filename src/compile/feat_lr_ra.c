/* IPv6 router advertisements that routers send when asked.
 *
 * Sources: ovn-northd(8) lr_in_nd_ra_options, lr_in_nd_ra_response; ovn-nb(5)
 * Logical_Router_Port.ipv6_ra_configs. */

#include "feat_lr_ra.h"

#include "rflow.h"

/* Smallest MTU of IPv6. */
#define MIN_MTU 1280

bool
feat_lr_ra_is_mode(const char *mode)
{
    return mode && (!strcmp(mode, "slaac") || !strcmp(mode, "dhcpv6_stateful")
                    || !strcmp(mode, "dhcpv6_stateless"));
}

static void
put_quoted(struct ds *s, const char *name, const char *value)
{
    if (value) {
        char *quoted = json_quote(value);

        ds_put_format(s, ", %s = %s", name, quoted);
        free(quoted);
    }
}

static char *
options(const struct smap *config, const struct vrport *port)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    const char *preference = smap_get_def(config, "router_preference",
                                          "MEDIUM");
    const char *rdnss = smap_get(config, "rdnss");
    int mtu = smap_get_int(config, "mtu", 0);
    struct in6_addr ip;

    ds_put_format(&s, "reg0[5] = put_nd_ra_opts(addr_mode = \"%s\", "
                  "slla = %s", smap_get(config, "address_mode"),
                  port->addrs.mac_s);
    if (mtu >= MIN_MTU) {
        ds_put_format(&s, ", mtu = %d", mtu);
    }
    if (strcmp(preference, "MEDIUM")) {
        put_quoted(&s, "router_preference", preference);
    }
    if (rdnss && ipv6_parse(rdnss, &ip)) {
        ds_put_format(&s, ", rdnss = %s", rdnss);
    }
    put_quoted(&s, "dnssl", smap_get(config, "dnssl"));
    put_quoted(&s, "route_info", smap_get(config, "route_info"));
    for (size_t i = 0; i < port->addrs.n; i++) {
        const struct caddr *addr = &port->addrs.ips[i];

        if (!addr->is_ipv4 && !IN6_IS_ADDR_LINKLOCAL(&addr->ip)) {
            ds_put_format(&s, ", prefix = %s", addr->network_s);
        }
    }
    ds_put_cstr(&s, "); next;");
    return ds_steal_cstr(&s);
}

/* The link-local address that the advertisement is from. */
static const struct caddr *
find_lla(const struct vrport *port)
{
    for (size_t i = 0; i < port->addrs.n; i++) {
        const struct caddr *addr = &port->addrs.ips[i];

        if (!addr->is_ipv4 && IN6_IS_ADDR_LINKLOCAL(&addr->ip)) {
            return addr;
        }
    }
    return NULL;
}

static void
compile_port(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router_port *lrp = row;
    const struct vrport *port = view_router_port(ctx, &lrp->header_.uuid);
    const struct vrouter *router = rflow_router(ctx, port);
    const char *mode = smap_get(&lrp->ipv6_ra_configs, "address_mode");

    if (!router || uuid_is_zero(&port->peer_lsp) || !mode) {
        return;
    }
    if (!feat_lr_ra_is_mode(mode)) {
        creport(ctx, lrp->name, "ipv6_ra_configs:address_mode",
                "write slaac, dhcpv6_stateful or dhcpv6_stateless",
                "\"%s\" is no mode: the router does not advertise itself",
                mode);
        return;
    }

    const struct caddr *lla = find_lla(port);
    struct cflow flow = {
        .dp = &port->router,
        .stage = LR_IN_ND_RA_OPTIONS,
        .priority = 50,
        .meter = rflow_meter(ctx, router, "nd-ra-opts"),
    };
    rflow_emit_nocopy(ctx, &flow,
                      xasprintf("inport == %s && ip6.dst == ff02::2 && nd_rs",
                                port->json_name),
                      options(&lrp->ipv6_ra_configs, port));
    flow.stage = LR_IN_ND_RA_RESPONSE;
    flow.meter = NULL;
    if (lla) {
        rflow_emit_nocopy(
            ctx, &flow,
            xasprintf("inport == %s && ip6.dst == ff02::2 && nd_ra && "
                      "reg0[5]", port->json_name),
            xasprintf("eth.dst = eth.src; eth.src = %s; ip6.dst = ip6.src; "
                      "ip6.src = %s; outport = inport; flags.loopback = 1; "
                      "output;", port->addrs.mac_s, lla->s));
    }
}

const struct cunit_class cunit_lr_ra = {
    .table = CT_LRP,
    .compile = compile_port,
};
