/* NAT: which router it is for, ARP and ND for external addresses.
 *
 * Sources: ovn-northd(8) lr_in_ip_input, lr_out_undnat, lr_out_post_undnat,
 * lr_out_chk_dnat_local; ovn-nb(5) NAT. */

#include "rnat.h"

#include "rneighbor.h"

void
rnat_emit(struct cctx *ctx, const struct rnat *n, enum cstage stage,
          uint16_t priority, char *match, char *actions)
{
    struct cflow flow = {
        .dp = &n->router->uuid,
        .stage = stage,
        .priority = priority,
    };

    rflow_emit_nocopy(ctx, &flow, match, actions);
}

/* Who has the external address?  The port that is asked, or, at the gateway
 * port, whoever does the NAT. */
static void
emit_neighbor(struct cctx *ctx, const struct rnat *n, const char *port,
              uint16_t priority)
{
    const struct caddr *ip = &n->nat->external;
    bool answers = priority != 91;
    const char *mac = n->is_distributed && priority == 92 ? n->mac : NULL;
    char *inport = port ? xasprintf("inport == %s && ", port) : xstrdup("");
    char *resident = priority == 92
                     ? xasprintf(" && is_chassis_resident(%s)",
                                 n->json_resident)
                     : xstrdup("");
    struct cflow flow = {
        .dp = &n->router->uuid,
        .stage = LR_IN_IP_INPUT,
        .priority = priority,
    };

    if (ip->is_ipv4) {
        rflow_emit_nocopy(ctx, &flow,
                          xasprintf("%sarp.op == 1 && arp.tpa == %s%s",
                                    inport, ip->s, resident),
                          answers ? rneighbor_arp_reply(mac)
                          : xstrdup("drop;"));
    } else {
        flow.meter = answers ? rflow_meter(ctx, n->router, "nd-na") : NULL;
        rflow_emit_nocopy(
            ctx, &flow,
            xasprintf("%sip6.dst == {%s, %s} && nd_ns && nd.target == %s%s",
                      inport, ip->s, ip->solicited_s, ip->s, resident),
            answers ? rneighbor_nd_reply("nd_na", mac) : xstrdup("drop;"));
    }
    free(resident);
    free(inport);
}

/* The gateway port that the NAT is done at; NULL and a report if that cannot
 * be said. */
static const struct vrport *
find_gateway(struct cctx *ctx, const struct nbrec_nat *row,
             const struct vnat *nat, const struct vrouter *router)
{
    const struct vrport *found = NULL;

    for (size_t i = 0; i < router->n_gateways && !found; i++) {
        const struct vrport *port = view_router_port(ctx,
                                                     &router->gateways[i]);
        bool in_network = false;

        for (size_t j = 0; port && j < port->addrs.n; j++) {
            in_network |= caddr_contains(&port->addrs.ips[j],
                                         &nat->external.ip);
        }
        if (!uuid_is_zero(&nat->gateway_port)
            ? uuid_equals(&nat->gateway_port, &router->gateways[i])
            : router->n_gateways == 1 || in_network) {
            found = port;
        }
    }
    if (!found || !found->addrs.mac_s) {
        creport(ctx, row->external_ip, "gateway_port",
                "write a port with gateway chassis",
                "router \"%s\" has no distributed gateway port for the "
                "address: no NAT is done", router->name);
        return NULL;
    }
    return found;
}

static void
compile_in_router(struct cctx *ctx, const struct nbrec_nat *row,
                  const struct vnat *nat, const struct vrouter *router)
{
    struct rnat n = {
        .router = router,
        .nat = nat,
        .ip = rflow_ip(nat->external.is_ipv4),
        .external = nat->external.s,
    };

    emit_neighbor(ctx, &n, NULL, 90);
    if (!rflow_is_centralized(router)) {
        creport(ctx, row->external_ip, "external_ip",
                "set options:chassis of the router, or gateway chassis of "
                "its port",
                "router \"%s\" is on no chassis: no NAT is done",
                router->name);
        return;
    }
    n.logical = nat->logical.plen == (nat->logical.is_ipv4 ? 32 : 128)
                ? xstrdup(nat->logical.s)
                : xasprintf("%s/%u", nat->logical.s, nat->logical.plen);
    if (router->chassis) {
        rnat_emit_gateway(ctx, &n);
    } else if ((n.gateway = find_gateway(ctx, row, nat, router))) {
        n.is_distributed = nat->is_distributed;
        n.json_resident = nat->is_distributed ? nat->json_port
                                              : n.gateway->json_redirect;
        n.mac = nat->is_distributed ? nat->mac : n.gateway->addrs.mac_s;
        emit_neighbor(ctx, &n, n.gateway->json_name, 92);
        emit_neighbor(ctx, &n, n.gateway->json_name, 91);
        rnat_emit_distributed(ctx, &n);
        if (nat->adds_route) {
            rnat_emit_routes(ctx, &n);
        }
    }
    free(n.logical);
}

static void
compile_nat(struct cctx *ctx, const void *row_)
{
    const struct nbrec_nat *row = row_;
    const struct vnat *nat = view_nat(ctx, &row->header_.uuid);
    const struct uuid *routers;
    size_t n;

    if (!nat) {
        return;
    }
    if (nat->problem) {
        creport(ctx, row->external_ip, nat->column, NULL,
                "it %s: no NAT is done from %s to %s", nat->problem,
                row->external_ip, row->logical_ip);
        return;
    }
    routers = cctx_related(ctx, CR_LR_OF_NAT, &row->header_.uuid, &n);
    for (size_t i = 0; i < n; i++) {
        const struct vrouter *router = view_router(ctx, &routers[i]);

        if (router && router->enabled) {
            compile_in_router(ctx, row, nat, router);
        }
    }
}

const struct cunit_class cunit_lr_nat = {
    .table = CT_NAT,
    .compile = compile_nat,
};

/* --- Flows of routers that do any NAT --- */

/* Connections whose destination was changed have their source changed in
 * another zone. */
static const struct rflow with_nat[] = {
    {LR_OUT_CHK_DNAT_LOCAL, 50, "ip && ct_mark.natted == 1",
     "reg9[4] = 1; next;", NULL},
};

static const struct rflow on_gateway[] = {
    {LR_OUT_UNDNAT, 100, "nd || nd_rs || nd_ra", "next;", NULL},
    {LR_OUT_UNDNAT, 50, "ip", "flags.loopback = 1; ct_dnat;", NULL},
    {LR_OUT_POST_UNDNAT, 50, "ip && ct.new", "ct_commit { } ; next; ", NULL},
};

/* dnat_force_snat_ip: replies to balanced or changed connections come back. */
static void
emit_force_snat(struct cctx *ctx, const struct vrouter *router,
                const struct caddr *ip)
{
    const char *family = rflow_ip(ip->is_ipv4);
    struct cflow flow = {
        .dp = &router->uuid,
        .stage = LR_IN_UNSNAT,
        .priority = 110,
    };

    rflow_emit_nocopy(ctx, &flow,
                      xasprintf("%s && %s.dst == %s", family, family, ip->s),
                      xstrdup("ct_snat;"));
    flow.stage = LR_OUT_SNAT;
    flow.priority = 100;
    rflow_emit_nocopy(ctx, &flow,
                      xasprintf("flags.force_snat_for_dnat == 1 && %s",
                                family),
                      xasprintf("ct_snat(%s);", ip->s));
}

static void
compile_router(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router *lr = row;
    const struct vrouter *router = view_router(ctx, &lr->header_.uuid);

    if (!router || !router->enabled || !rflow_is_centralized(router)) {
        return;
    }
    if (router->has_nat) {
        rflow_emit(ctx, router, with_nat, ARRAY_SIZE(with_nat));
    }
    if (!router->chassis) {
        return;
    }
    if (router->has_nat || router->has_lb_vips) {
        rflow_emit(ctx, router, on_gateway, ARRAY_SIZE(on_gateway));
    }
    for (size_t i = 0; i < router->dnat_force_snat.n; i++) {
        emit_force_snat(ctx, router, &router->dnat_force_snat.ips[i]);
    }
}

const struct cunit_class cunit_lr_nat_router = {
    .table = CT_LR,
    .compile = compile_router,
};
