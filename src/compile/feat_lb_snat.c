/* What a router needs for load balancers as such: marks of established
 * connections, SNAT that is forced on balanced ones, and VIPs that are also
 * addresses of NAT. */

#include "lb.h"

static void
emit(struct cctx *ctx, const struct uuid *lr, enum cstage stage,
     uint16_t priority, const char *texts[2])
{
    cflow_emit(ctx, &(struct cflow) {
        .dp = lr,
        .stage = stage,
        .priority = priority,
        .match = texts[0],
        .actions = texts[1],
    });
}
#define EMIT(STAGE, PRIORITY, MATCH, ACTIONS)                                 \
    emit(ctx, lr, STAGE, PRIORITY, (const char *[2]) { MATCH, ACTIONS })

#define ESTABLISHED "ct.est && !ct.rel && !ct.new && ct_mark.natted"

static void
emit_established(struct cctx *ctx, const struct uuid *lr)
{
    EMIT(LR_IN_DNAT, 70, ESTABLISHED " && ct_mark.skip_snat == 1",
         "flags.skip_snat_for_lb = 1; next;");
    EMIT(LR_IN_DNAT, 70, ESTABLISHED " && ct_mark.force_snat == 1",
         "flags.force_snat_for_lb = 1; next;");
    EMIT(LR_IN_DNAT, 50, ESTABLISHED, "next;");
}

/* SNAT to an address that was written down. */
static void
emit_force_ip(struct cctx *ctx, const struct uuid *lr,
              const struct in6_addr *ip)
{
    int family = IN6_IS_ADDR_V4MAPPED(ip) ? 4 : 6;
    char text[INET6_ADDRSTRLEN];

    if (ipv6_addr_equals(ip, &in6addr_any)) {
        return;
    }
    ipv6_string_mapped(text, ip);
    char *match = xasprintf("ip%d && ip%d.dst == %s", family, family, text);
    EMIT(LR_IN_UNSNAT, 110, match, "ct_snat;");
    free(match);
    match = xasprintf("flags.force_snat_for_lb == 1 && ip%d", family);
    char *actions = xasprintf("ct_snat(%s);", text);
    EMIT(LR_OUT_SNAT, 100, match, actions);
    free(match);
    free(actions);
}

/* SNAT to the address of the port that the packet leaves by. */
static void
emit_force_port(struct cctx *ctx, const struct uuid *lr,
                const struct vrport *port, const struct caddr *addr)
{
    int family = addr->is_ipv4 ? 4 : 6;
    char *match = xasprintf("inport == %s && ip%d.dst == %s",
                            port->json_name, family, addr->s);
    char *actions = xasprintf("ct_snat(%s);", addr->s);

    EMIT(LR_IN_UNSNAT, 110, match, "ct_snat;");
    free(match);
    match = xasprintf("flags.force_snat_for_lb == 1 && ip%d && outport == %s",
                      family, port->json_name);
    EMIT(LR_OUT_SNAT, 110, match, actions);
    free(match);
    free(actions);
}

static bool
is_attached(const struct vrport *port)
{
    return !uuid_is_zero(&port->peer_lsp) || !uuid_is_zero(&port->peer_lrp);
}

static void
emit_force_ports(struct cctx *ctx, const struct nbrec_logical_router *row)
{
    for (size_t i = 0; i < row->n_ports; i++) {
        const struct vrport *port
            = view_router_port(ctx, &row->ports[i]->header_.uuid);

        if (port && port->addrs.mac_s && is_attached(port)) {
            const struct caddr *ip4 = caddrs_first(&port->addrs, true);
            const struct caddr *ip6 = caddrs_first(&port->addrs, false);

            if (ip4) {
                emit_force_port(ctx, &row->header_.uuid, port, ip4);
            }
            if (ip6 && !IN6_IS_ADDR_LINKLOCAL(&ip6->ip)) {
                emit_force_port(ctx, &row->header_.uuid, port, ip6);
            }
        }
    }
}

static void
emit_force(struct cctx *ctx, const struct nbrec_logical_router *row,
           const struct vrouter *v)
{
    struct lb_force force;
    bool bad;

    if (!lb_force_parse(row, &force, &bad)) {
        if (bad) {
            creport(ctx, row->name, "options:lb_force_snat_ip",
                    "write router_ip, or an IPv4 and an IPv6 address",
                    "\"%s\" is neither: balanced connections keep their "
                    "source addresses",
                    smap_get(&row->options, "lb_force_snat_ip"));
        }
    } else if (!v->chassis) {
        creport(ctx, row->name, "options:lb_force_snat_ip",
                "set options:chassis, which makes it a gateway router",
                "source addresses are changed on gateway routers only");
    } else if (!force.router_ip) {
        emit_force_ip(ctx, &row->header_.uuid, &force.ip4);
        emit_force_ip(ctx, &row->header_.uuid, &force.ip6);
    } else {
        emit_force_ports(ctx, row);
    }
}

static void
compile(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router *lr_row = row;
    const struct uuid *lr = &lr_row->header_.uuid;
    const struct vrouter *v = view_router(ctx, lr);

    if (!v || !v->enabled) {
        return;
    }
    EMIT(LR_IN_DEFRAG, 0, "1", "next;");
    EMIT(LR_IN_LB_AFF_CHECK, 0, "1", "next;");
    EMIT(LR_IN_DNAT, 0, "1", "next;");
    EMIT(LR_IN_LB_AFF_LEARN, 0, "1", "next;");
    if (v->has_lb_vips) {
        emit_established(ctx, lr);
    }
    emit_force(ctx, lr_row, v);
}

const struct cunit_class cunit_lb_snat = {
    .table = CT_LR,
    .compile = compile,
};

/* --- VIPs that are external addresses of NAT --- */

/* They are not to be taken for replies to what was SNATted. */
static void
emit_vip(struct cctx *ctx, const struct uuid *lr,
         const struct nbrec_load_balancer *lb, const struct endpoint *ep)
{
    const char *protocol = lb->protocol && lb->protocol[0] ? lb->protocol
                                                           : "tcp";
    int family = endpoint_is_ipv4(ep) ? 4 : 6;
    struct ds match = DS_EMPTY_INITIALIZER;

    ds_put_format(&match, "ip%d && ip%d.dst == ", family, family);
    ipv6_format_mapped(&ep->addr, &match);
    ds_put_format(&match, " && %s", protocol);
    if (ep->port) {
        ds_put_format(&match, " && %s.dst == %"PRIu16, protocol, ep->port);
    }
    EMIT(LR_IN_UNSNAT, 120, ds_cstr(&match), "next;");
    ds_destroy(&match);
}

static void
emit_lb(struct cctx *ctx, const struct uuid *lr, const struct uuid *key,
        const char *ip)
{
    const struct nbrec_load_balancer *lb = get_lb(ctx, key);
    const struct vlb_use *use = view_lb_use(ctx, key);
    const struct smap_node *node;

    if (!lb || !use || !cdps_contains(use->routers, lr)) {
        return;
    }
    SMAP_FOR_EACH (node, &lb->vips) {
        struct endpoint ep;
        char text[INET6_ADDRSTRLEN];

        if (endpoint_parse(node->key, &ep)) {
            ipv6_string_mapped(text, &ep.addr);
            if (!strcmp(text, ip)) {
                emit_vip(ctx, lr, lb, &ep);
            }
        }
    }
}

static void
compile_nat(struct cctx *ctx, const void *row)
{
    const struct nbrec_nat *nat = row;
    const struct uuid *lr = cctx_related1(ctx, CR_LR_OF_NAT,
                                          &nat->header_.uuid);
    char ip[INET6_ADDRSTRLEN];
    struct endpoint ep;
    size_t n;

    if (!lr || !endpoint_parse(nat->external_ip, &ep) || ep.port) {
        return;
    }
    ipv6_string_mapped(ip, &ep.addr);
    const struct uuid *lbs = cctx_named(ctx, CR_LB_OF_VIP, ip, &n);
    for (size_t i = 0; i < n; i++) {
        emit_lb(ctx, lr, &lbs[i], ip);
    }
}

const struct cunit_class cunit_lb_nat = {
    .table = CT_NAT,
    .compile = compile_nat,
};
