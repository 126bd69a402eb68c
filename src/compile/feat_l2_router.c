/* What a switch does for the routers attached to it: their MAC addresses, and
 * who asks for one of their IP addresses is led to them instead of to
 * everybody.  Stage ls_in_l2_lkup.  VIPs of load balancers: feat_lb_arp.c.
 *
 * Sources: ovn-northd(8). */

#include "feat_port.h"
#include "lb.h"

static void
emit_lookup(struct cctx *ctx, const struct uuid *ls, uint16_t priority,
            const char *match, const char *actions)
{
    cflow_emit(ctx, &(struct cflow) {
        .dp = ls,
        .stage = LS_IN_L2_LKUP,
        .priority = priority,
        .match = match,
        .actions = actions,
    });
}

/* Requests for 'ip' go to the router and, copied, to all that are no routers:
 * they learn from them. */
static void
emit_request(struct cctx *ctx, const struct vrouter_link *link,
             const char *ip, bool is_ipv4)
{
    char *match = xasprintf("flags[1] == 0 && %s == %s",
                            is_ipv4 ? "arp.op == 1 && arp.tpa"
                                    : "nd_ns && nd.target", ip);
    char *actions
        = link->floods
          ? xasprintf("clone {outport = %s; output; }; "
                      "outport = \"_MC_flood_l2\"; output;", link->json_name)
          : xasprintf("outport = %s; output;", link->json_name);

    emit_lookup(ctx, &link->ls, 80, match, actions);
    free(match);
    free(actions);
}

/* --- Ports --- */

struct attached {
    struct cctx *ctx;
    const struct nbrec_logical_switch_port *row;
    const struct vport *port;
    const struct vrport *peer;
    const struct vrouter *router;
};

/* The router's own requests are not led back to it. */
static void
emit_own_requests(const struct attached *a, const struct vrouter_links *links)
{
    struct svec macs;
    struct ds match = DS_EMPTY_INITIALIZER;

    svec_clone(&macs, &links->nat_macs);
    svec_add(&macs, a->peer->addrs.mac_s);
    svec_sort_unique(&macs);
    char *list = svec_join(&macs, ", ", "");
    ds_put_format(&match, "eth.src == {%s} "
                  "&& (arp.op == 1 || rarp.op == 3 || nd_ns)", list);
    emit_lookup(a->ctx, &a->port->ls, 75, ds_cstr(&match),
                "outport = \"_MC_flood_l2\"; output;");
    free(list);
    ds_destroy(&match);
    svec_destroy(&macs);
}

static void
emit_requests(const struct attached *a)
{
    const struct vrouter_links *links
        = view_router_links(a->ctx, &a->router->uuid);

    for (size_t i = 0; links && i < links->n_links; i++) {
        const struct vrouter_link *link = &links->links[i];

        if (!uuid_equals(&link->lsp, &a->port->uuid)) {
            continue;
        }
        for (size_t j = 0; j < a->peer->addrs.n; j++) {
            const struct caddr *ip = &a->peer->addrs.ips[j];

            emit_request(a->ctx, link, ip->s, ip->is_ipv4);
        }
        if (link->floods) {
            emit_own_requests(a, links);
        }
    }
}

/* The port on whose chassis alone the router's MAC is taken, quoted; NULL: on
 * all.  Where there is no way out but through chassis, all may. */
static const char *
find_residence(const struct attached *a)
{
    const struct vswitch *sw = view_switch(a->ctx, &a->port->ls);

    if (!sw || !sw->has_localnet) {
        return NULL;
    } else if (a->peer->is_distributed_gateway) {
        return a->peer->json_redirect;
    } else if (a->router->n_gateways == 1) {
        const struct nbrec_logical_router_port *lrp
            = get_lrp(a->ctx, &a->peer->uuid);
        const struct vrport *gateway
            = lrp && smap_get_bool(&lrp->options,
                                   "reside-on-redirect-chassis", false)
              ? view_router_port(a->ctx, &a->router->gateways[0]) : NULL;

        return gateway ? gateway->json_redirect : NULL;
    }
    return NULL;
}

static void
emit_mac(const struct attached *a, const char *mac, const char *residence)
{
    char *match = residence
                  ? xasprintf("eth.dst == %s && is_chassis_resident(%s)",
                              mac, residence)
                  : xasprintf("eth.dst == %s", mac);
    char *actions = a->port->enabled
                    ? xasprintf("outport = %s; output;", a->port->json_name)
                    : xstrdup("drop;");

    emit_lookup(a->ctx, &a->port->ls, 50, match, actions);
    free(match);
    free(actions);
}

static void
emit_macs(const struct attached *a)
{
    for (size_t i = 0; i < a->row->n_addresses; i++) {
        const char *text = a->row->addresses[i];
        struct caddrs addrs;

        if (!strcmp(text, "router")) {
            if (a->router && a->peer->addrs.mac_s) {
                emit_mac(a, a->peer->addrs.mac_s, find_residence(a));
            }
        } else if (caddrs_parse(text, &addrs)) {
            emit_mac(a, addrs.mac_s, NULL);
            caddrs_uninit(&addrs);
        }
    }
}

void
feat_l2_router_port(const struct cport *p)
{
    struct attached a = { .ctx = p->ctx, .row = p->row, .port = p->port };

    if (p->port->type != VPORT_ROUTER) {
        return;
    }
    if (!uuid_is_zero(&p->port->lrp)) {
        a.peer = view_router_port(p->ctx, &p->port->lrp);
        a.router = a.peer && !uuid_is_zero(&a.peer->router)
                   ? view_router(p->ctx, &a.peer->router) : NULL;
        if (a.router && !a.router->enabled) {
            a.router = NULL;
        }
    }
    emit_macs(&a);
    if (a.router) {
        emit_requests(&a);
    }
}

/* --- NAT --- */

/* The MAC of a distributed NAT is on the chassis of its port. */
static void
emit_nat_mac(struct cctx *ctx, const struct vrouter_link *link,
             const struct nbrec_nat *nat, const char *mac)
{
    char *json_port = json_quote(nat->logical_port);
    char *match = xasprintf("eth.dst == %s && is_chassis_resident(%s)",
                            mac, json_port);
    char *actions = link->enabled
                    ? xasprintf("outport = %s; output;", link->json_name)
                    : xstrdup("drop;");

    emit_lookup(ctx, &link->ls, 50, match, actions);
    free(json_port);
    free(match);
    free(actions);
}

static void
emit_nat(struct cctx *ctx, const struct nbrec_nat *nat,
         const struct uuid *router)
{
    const struct vrouter_links *links = view_router_links(ctx, router);
    bool distributed = !strcmp(nat->type, "dnat_and_snat")
                       && nat->logical_port && nat->external_mac;
    struct eth_addr mac;
    struct caddr ip;

    if (!links || !caddr_parse(nat->external_ip, &ip)) {
        return;
    }
    distributed = distributed && eth_addr_from_string(nat->external_mac,
                                                      &mac);
    char *mac_s = distributed ? xasprintf(ETH_ADDR_FMT, ETH_ADDR_ARGS(mac))
                              : NULL;
    bool leads = !lb_is_router_vip(ctx, router, ip.s); /* feat_lb_arp.c */
    for (size_t i = 0; i < links->n_links; i++) {
        const struct vrouter_link *link = &links->links[i];

        if (leads) {
            emit_request(ctx, link, ip.s, ip.is_ipv4);
        }
        if (distributed && link->takes_nat_macs) {
            emit_nat_mac(ctx, link, nat, mac_s);
        }
    }
    free(mac_s);
    caddr_uninit(&ip);
}

static void
compile_nat(struct cctx *ctx, const void *row)
{
    const struct nbrec_nat *nat = row;
    const struct uuid *routers;
    size_t n;

    if (!strcmp(nat->type, "snat")) {
        return;
    }
    routers = cctx_related(ctx, CR_LR_OF_NAT, &nat->header_.uuid, &n);
    for (size_t i = 0; i < n; i++) {
        emit_nat(ctx, nat, &routers[i]);
    }
}

const struct cunit_class cunit_nat_l2 = {
    .table = CT_NAT,
    .compile = compile_nat,
};
