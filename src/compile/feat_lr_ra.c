/* IPv6 router advertisements that routers send when asked.
 *
 * Sources: ovn-northd(8) lr_in_nd_ra_options, lr_in_nd_ra_response; ovn-nb(5)
 * Logical_Router_Port.ipv6_ra_configs. */

#include "feat_lr_ra.h"

#include "rflow.h"

/* Smallest MTU of IPv6. */
#define MIN_MTU 1280

static bool
is_mode(const char *mode)
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
    if (!is_mode(mode)) {
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

/* --- Unasked --- */

/* RFC 4861, section 6.2.1, in seconds. */
#define MIN_INTERVAL 3
#define MIN_MAX_INTERVAL 4
#define MAX_MAX_INTERVAL 1800
#define DEFAULT_MAX_INTERVAL 600

static int
clamp(int value, int min, int max)
{
    return MIN(MAX(value, min), max);
}

static void
put_prefixes(const struct vrport *port, struct smap *options)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < port->addrs.n; i++) {
        const struct caddr *addr = &port->addrs.ips[i];

        if (!addr->is_ipv4 && !IN6_IS_ADDR_LINKLOCAL(&addr->ip)) {
            ds_put_format(&s, "%s%s", s.length ? " " : "", addr->network_s);
        }
    }
    if (s.length) {
        smap_add(options, "ipv6_ra_prefixes", ds_cstr(&s));
    }
    ds_destroy(&s);
}

static void
put_optional(const struct smap *config, const char *from,
             struct smap *options, const char *to)
{
    const char *value = smap_get(config, from);

    if (value) {
        smap_add(options, to, value);
    }
}

void
feat_lr_ra_put_options(const struct nbrec_logical_router_port *lrp,
                       const struct vrport *port, struct smap *options)
{
    const struct smap *config = &lrp->ipv6_ra_configs;
    const char *mode = smap_get(config, "address_mode");
    const char *preference = smap_get_def(config, "router_preference", "");
    const struct caddr *lla = find_lla(port);
    int mtu = smap_get_int(config, "mtu", 0);
    int max, min;

    if (!smap_get_bool(config, "send_periodic", false) || !is_mode(mode)
        || !lla) {
        return;
    }
    max = clamp(smap_get_int(config, "max_interval", DEFAULT_MAX_INTERVAL),
                MIN_MAX_INTERVAL, MAX_MAX_INTERVAL);
    min = clamp(smap_get_int(config, "min_interval",
                             max >= 9 ? max / 3 : max * 3 / 4),
                MIN_INTERVAL, max * 3 / 4);
    smap_add(options, "ipv6_ra_send_periodic", "true");
    smap_add(options, "ipv6_ra_address_mode", mode);
    smap_add_format(options, "ipv6_ra_max_interval", "%d", max);
    smap_add_format(options, "ipv6_ra_min_interval", "%d", min);
    if (mtu >= MIN_MTU) {
        smap_add_format(options, "ipv6_ra_mtu", "%d", mtu);
    }
    smap_add(options, "ipv6_ra_prf",
             !strcmp(preference, "HIGH") || !strcmp(preference, "LOW")
             ? preference : "MEDIUM");
    put_optional(config, "rdnss", options, "ipv6_ra_rdnss");
    put_optional(config, "dnssl", options, "ipv6_ra_dnssl");
    put_optional(config, "route_info", options, "ipv6_ra_route_info");
    put_prefixes(port, options);
    smap_add(options, "ipv6_ra_src_eth", port->addrs.mac_s);
    smap_add(options, "ipv6_ra_src_addr", lla->s);
}

const struct cunit_class cunit_lr_ra = {
    .table = CT_LRP,
    .compile = compile_port,
};
