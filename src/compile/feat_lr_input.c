/* Packets for the router itself: sanity, ping, ICMP errors, expired TTLs.
 *
 * Source: ovn-northd(8), lr_in_ip_input. */

#include "rflow.h"
#include "rshared.h"

static void
emit(struct cctx *ctx, const struct vrport *port, uint16_t priority,
     char *match, const char *actions)
{
    struct cflow flow = {
        .dp = &port->router,
        .stage = LR_IN_IP_INPUT,
        .priority = priority,
    };

    rflow_emit_nocopy(ctx, &flow, match, xstrdup(actions));
}

/* Nobody else has the port's addresses, nor its broadcast addresses. */
static void
emit_spoofed(struct cctx *ctx, const struct vrport *port)
{
    struct ds ips = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < port->addrs.n; i++) {
        const struct caddr *ip = &port->addrs.ips[i];

        if (ip->is_ipv4) {
            ds_put_format(&ips, "%s%s, %s", ips.length ? ", " : "", ip->s,
                          ip->broadcast_s);
        }
    }
    if (ips.length) {
        emit(ctx, port, 100, xasprintf("ip4.src == {%s} && reg9[0] == 0",
                                       ds_cstr(&ips)), "drop;");
    }
    ds_destroy(&ips);
}

static void
emit_ping(struct cctx *ctx, const struct vrport *port)
{
    char *ip4s = rflow_ips(&port->addrs, true);
    char *ip6s = rflow_ips(&port->addrs, false);

    if (ip4s) {
        emit(ctx, port, 90,
             xasprintf("ip4.dst == %s && icmp4.type == 8 && icmp4.code == 0",
                       ip4s),
             "ip4.dst <-> ip4.src; ip.ttl = 255; icmp4.type = 0; "
             "flags.loopback = 1; next; ");
    }
    if (ip6s) {
        emit(ctx, port, 90,
             xasprintf("ip6.dst == %s && icmp6.type == 128 && "
                       "icmp6.code == 0", ip6s),
             "ip6.dst <-> ip6.src; ip.ttl = 255; icmp6.type = 129; "
             "flags.loopback = 1; next; ");
    }
    free(ip4s);
    free(ip6s);
}

/* DHCPv6 replies from who delegates prefixes. */
static void
emit_dhcpv6(struct cctx *ctx, const struct vrport *port)
{
    for (size_t i = 0; i < port->addrs.n; i++) {
        const struct caddr *ip = &port->addrs.ips[i];

        if (!ip->is_ipv4) {
            emit(ctx, port, 100,
                 xasprintf("ip6.dst == %s && udp.src == 547 && "
                           "udp.dst == 546", ip->s),
                 "reg0 = 0; handle_dhcpv6_reply;");
        }
    }
}

/* The answers to what the router does not serve, by protocol. */
static const struct {
    uint16_t priority;
    const char *match;   /* After "!ip.later_frag". */
    const char *actions; /* NAME, family: swapped, rest. */
    bool icmp;           /* An ICMP error, 'actions' being type and code. */
    const char *actions6;
} errors[] = {
    {80, " && tcp", "tcp_reset", false, NULL},
    {80, " && sctp", "sctp_abort", false, NULL},
    {80, " && udp", "icmp4.type = 3; icmp4.code = 3;", true,
     "icmp6.type = 1; icmp6.code = 4;"},
    {70, "", "icmp4.type = 3; icmp4.code = 2;", true,
     "icmp6.type = 1; icmp6.code = 3;"},
};

static void
emit_error(struct cctx *ctx, const struct vrport *port,
           const struct vrouter *router, const struct caddr *ip, size_t i)
{
    const char *family = rflow_ip(ip->is_ipv4);
    struct cflow flow = {
        .dp = &port->router,
        .stage = LR_IN_IP_INPUT,
        .priority = errors[i].priority,
        .meter = rflow_meter(ctx, router,
                             !errors[i].icmp ? "tcp-reset"
                             : ip->is_ipv4 ? "icmp4-error" : "icmp6-error"),
    };
    char *match = xasprintf("%s && %s.dst == %s && !ip.later_frag%s", family,
                            family, ip->s, errors[i].match);
    char *actions
        = errors[i].icmp
          ? xasprintf("icmp%s {eth.dst <-> eth.src; %s.dst <-> %s.src; "
                      "ip.ttl = 255; %s next; };", family + 2, family,
                      family, ip->is_ipv4 ? errors[i].actions
                                          : errors[i].actions6)
          : xasprintf("%s {eth.dst <-> eth.src; %s.dst <-> %s.src; next; };",
                      errors[i].actions, family, family);

    rflow_emit_nocopy(ctx, &flow, match, actions);
}

/* What is for the router and has not been answered: dropped, unless NAT or a
 * load balancer may have use for it; then it is dropped later. */
static void
emit_drop(struct cctx *ctx, const struct vrport *port,
          const struct vrouter *router, bool ipv4)
{
    struct ds own = DS_EMPTY_INITIALIZER, shared = DS_EMPTY_INITIALIZER;
    const char *family = rflow_ip(ipv4);

    for (size_t i = 0; i < port->addrs.n; i++) {
        const struct caddr *ip = &port->addrs.ips[i];

        if (ip->is_ipv4 == ipv4) {
            struct ds *s = rshared_ip(ctx, router, ip) ? &shared : &own;

            ds_put_format(s, "%s%s", s->length ? ", " : "", ip->s);
        }
    }
    if (own.length && !(router->lb_force_router_ip && router->chassis)) {
        emit(ctx, port, 60, xasprintf("%s.dst == {%s}", family,
                                      ds_cstr(&own)), "drop;");
    }
    if (shared.length) {
        struct cflow flow = {
            .dp = &port->router,
            .stage = LR_IN_ARP_RESOLVE,
            .priority = 2,
        };

        rflow_emit_nocopy(ctx, &flow,
                          xasprintf("%s.dst == {%s}", family,
                                    ds_cstr(&shared)),
                          xstrdup("drop;"));
    }
    ds_destroy(&own);
    ds_destroy(&shared);
}

/* A gateway cannot know who was to be answered: the error goes back to where
 * the packet says it is from. */
static void
emit_expired(struct cctx *ctx, const struct vrport *port,
             const struct vrouter *router, const struct caddr *ip)
{
    const char *family = rflow_ip(ip->is_ipv4);
    struct cflow flow = {
        .dp = &port->router,
        .stage = LR_IN_IP_INPUT,
        .priority = 31,
        .meter = rflow_meter(ctx, router,
                             ip->is_ipv4 ? "icmp4-error" : "icmp6-error"),
    };
    char *source = port->is_distributed_gateway
                   ? xasprintf("%s.dst <-> %s.src ", family, family)
                   : xasprintf("%s.dst = %s.src; %s.src = %s ", family,
                               family, family, ip->s);
    char *match, *actions;

    if (ip->is_ipv4) {
        match = xasprintf("inport == %s && ip4 && ip.ttl == {0, 1} && "
                          "!ip.later_frag", port->json_name);
        actions = xasprintf(
            "icmp4 {eth.dst <-> eth.src; icmp4.type = 11; "
            "/* Time exceeded */ icmp4.code = 0; "
            "/* TTL exceeded in transit */ %s; ip.ttl = 254; outport = %s; "
            "flags.loopback = 1; output; };", source, port->json_name);
    } else {
        match = xasprintf("inport == %s && ip6 && ip6.src == %s && "
                          "ip.ttl == {0, 1} && !ip.later_frag",
                          port->json_name, ip->network_s);
        actions = xasprintf(
            "icmp6 {eth.dst <-> eth.src; %s; ip.ttl = 254; icmp6.type = 3; "
            "/* Time exceeded */ icmp6.code = 0; "
            "/* TTL exceeded in transit */ outport = %s; flags.loopback = 1; "
            "output; };", source, port->json_name);
    }
    rflow_emit_nocopy(ctx, &flow, match, actions);
    free(source);
}

static void
compile_port(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router_port *lrp = row;
    const struct vrport *port = view_router_port(ctx, &lrp->header_.uuid);
    const struct vrouter *router = rflow_router(ctx, port);

    if (!router) {
        return;
    }
    emit_spoofed(ctx, port);
    emit_dhcpv6(ctx, port);
    emit_ping(ctx, port);
    for (size_t i = 0; i < port->addrs.n; i++) {
        const struct caddr *ip = &port->addrs.ips[i];

        if (!rflow_is_centralized(router)) {
            for (size_t j = 0; j < ARRAY_SIZE(errors); j++) {
                emit_error(ctx, port, router, ip, j);
            }
        }
        if (ip->is_ipv4 || !IN6_IS_ADDR_LINKLOCAL(&ip->ip)) {
            emit_expired(ctx, port, router, ip);
        }
    }
    emit_drop(ctx, port, router, true);
    emit_drop(ctx, port, router, false);
}

const struct cunit_class cunit_lr_input = {
    .table = CT_LRP,
    .compile = compile_port,
};
