/* Answers to ARP requests and neighbor solicitations for known addresses, so
 * that they need not be flooded.  Stage ls_in_arp_rsp.
 *
 * Sources: ovn-northd(8); Logical_Switch_Port in ovn-nb(5). */

#include "feat_arp.h"

#include "feat_port.h"

char *
arp_request_match(const struct caddr *ip)
{
    return ip->is_ipv4
           ? xasprintf("arp.tpa == %s && arp.op == 1", ip->s)
           : xasprintf("nd_ns && ip6.dst == {%s, %s} && nd.target == %s",
                       ip->s, ip->solicited_s, ip->s);
}

char *
arp_reply_actions(const struct caddr *ip, const char *mac, bool router)
{
    return ip->is_ipv4
           ? xasprintf("eth.dst = eth.src; eth.src = %s; "
                       "arp.op = 2; /* ARP reply */ "
                       "arp.tha = arp.sha; arp.sha = %s; "
                       "arp.tpa = arp.spa; arp.spa = %s; "
                       "outport = inport; flags.loopback = 1; output;",
                       mac, mac, ip->s)
           : xasprintf("%s { eth.src = %s; ip6.src = %s; nd.target = %s; "
                       "nd.tll = %s; outport = inport; "
                       "flags.loopback = 1; output; };",
                       router ? "nd_na_router" : "nd_na",
                       mac, ip->s, ip->s, mac);
}

/* What unit works on. */
struct responder {
    struct cctx *ctx;
    const struct vport *port;
    const char *nd_meter;
};

static void
emit_answer(const struct responder *r, const struct caddrs *addrs,
            const struct caddr *ip)
{
    char *match = arp_request_match(ip);
    char *own = xasprintf("%s && inport == %s", match, r->port->json_name);
    char *actions = arp_reply_actions(ip, addrs->mac_s,
                                      r->port->type == VPORT_ROUTER);

    cflow_emit(r->ctx, &(struct cflow) {
        .dp = &r->port->ls,
        .stage = LS_IN_ARP_RSP,
        .priority = 50,
        .match = match,
        .actions = actions,
        .meter = ip->is_ipv4 ? NULL : r->nd_meter,
    });
    /* Who asks for its own address wants to know whether somebody else has
     * it. */
    cflow_emit(r->ctx, &(struct cflow) {
        .dp = &r->port->ls,
        .stage = LS_IN_ARP_RSP,
        .priority = 100,
        .match = own,
        .actions = "next;",
        .port = r->port->name,
    });
    free(match);
    free(own);
    free(actions);
}

static void
emit_answers(const struct responder *r)
{
    for (size_t i = 0; i < r->port->n_addrs; i++) {
        const struct caddrs *addrs = &r->port->addrs[i];

        for (size_t j = 0; j < addrs->n; j++) {
            emit_answer(r, addrs, &addrs->ips[j]);
        }
    }
}

/* All chassis would answer what comes from a localnet port. */
static void
emit_localnet(const struct responder *r)
{
    char *match = xasprintf("inport == %s", r->port->json_name);

    cflow_emit(r->ctx, &(struct cflow) {
        .dp = &r->port->ls,
        .stage = LS_IN_ARP_RSP,
        .priority = 100,
        .match = match,
        .actions = "next;",
        .port = r->port->name,
    });
    free(match);
}

/* options:arp_proxy of a port to a router: it is asked for more. */
static void
emit_proxy(const struct responder *r,
           const struct nbrec_logical_switch_port *lsp)
{
    const char *option = smap_get(&lsp->options, "arp_proxy");
    const struct vrport *peer = view_router_port(r->ctx, &r->port->lrp);
    const char *mac = peer ? peer->addrs.mac_s : NULL;
    struct ds list = DS_EMPTY_INITIALIZER;
    char *copy = xstrdup(option), *save = NULL;

    for (char *word = strtok_r(copy, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        ovs_be32 ip;

        if (!ip_parse(word, &ip)) {
            creport(r->ctx, lsp->name, "options:arp_proxy",
                    "write IPv4 addresses, with spaces between",
                    "\"%s\" is no IPv4 address: nobody answers for it",
                    word);
            continue;
        }
        ds_put_format(&list, "%s"IP_FMT, list.length ? "," : "",
                      IP_ARGS(ip));
    }
    if (list.length && mac) {
        char *match = xasprintf("arp.op == 1 && arp.tpa == {%s}",
                                ds_cstr(&list));
        char *actions = xasprintf(
            "eth.dst = eth.src; eth.src = %s; "
            "arp.op = 2; /* ARP reply */ arp.tha = arp.sha; arp.sha = %s; "
            "arp.tpa <-> arp.spa; outport = inport; flags.loopback = 1; "
            "output;", mac, mac);

        cflow_emit(r->ctx, &(struct cflow) {
            .dp = &r->port->ls,
            .stage = LS_IN_ARP_RSP,
            .priority = 50,
            .match = match,
            .actions = actions,
        });
        free(match);
        free(actions);
    }
    ds_destroy(&list);
    free(copy);
}

/* Is the port's router, if it has one, there? */
static bool
has_router(struct cctx *ctx, const struct vport *port)
{
    const struct vrport *peer = uuid_is_zero(&port->lrp)
                                ? NULL : view_router_port(ctx, &port->lrp);
    const struct vrouter *router
        = peer && !uuid_is_zero(&peer->router)
          ? view_router(ctx, &peer->router) : NULL;

    return router && router->enabled;
}

/* Are there answers for this kind of port? */
static bool
is_answered_for(const struct vport *port, const struct vswitch_mode *mode)
{
    return port->up && !port->has_unknown && !mode->vlan_passthru
           && port->type != VPORT_VIRTUAL && port->type != VPORT_EXTERNAL;
}

void
feat_arp_port(const struct cport *p)
{
    const struct vport *port = p->port;
    struct responder r = {
        .ctx = p->ctx,
        .port = port,
        .nd_meter = copp_meter(p->ctx, &p->mode->copp, "nd-na"),
    };

    if (port->type == VPORT_LOCALNET) {
        emit_localnet(&r);
    }
    if (is_answered_for(port, p->mode)
        && (port->type != VPORT_ROUTER || has_router(p->ctx, port))) {
        emit_answers(&r);
        if (port->type == VPORT_ROUTER
            && smap_get(&p->row->options, "arp_proxy")) {
            emit_proxy(&r, p->row);
        }
    }
}
