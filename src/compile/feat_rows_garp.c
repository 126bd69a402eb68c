/* Port_Binding.nat_addresses: what chassis announce with gratuitous ARP at a
 * switch's port to a router.
 *
 * Source: ovn-nb(5) Logical_Switch_Port.options:nat-addresses. */

#include "feat_rows_garp.h"

#include "vip.h"

/* The list of addresses that a port's MAC is announced for. */
struct announced {
    struct cctx *ctx;
    const struct vrport *peer;
    struct svec *out;
    struct ds ips;
};

static void
add_own(struct announced *a, const struct vport *port,
        const struct vrouter *router)
{
    const struct vswitch *ls = view_switch(a->ctx, &port->ls);
    const struct vrport *gateway
        = a->peer->is_distributed_gateway ? a->peer
          : a->peer->resides_on_redirect && router->n_gateways
          ? view_router_port(a->ctx, router->gateways) : NULL;
    struct ds s = DS_EMPTY_INITIALIZER;

    if (!gateway && !(router->chassis && ls && ls->has_localnet)) {
        return;
    }
    ds_put_cstr(&s, a->peer->addrs.mac_s);
    for (size_t i = 0; i < a->peer->addrs.n; i++) {
        if (a->peer->addrs.ips[i].is_ipv4) {
            ds_put_format(&s, " %s", a->peer->addrs.ips[i].s);
        }
    }
    if (gateway) {
        ds_put_format(&s, " is_chassis_resident(%s)",
                      gateway->json_redirect);
    }
    svec_add_nocopy(a->out, ds_steal_cstr(&s));
}

static void
add_nats(struct announced *a, const struct nbrec_logical_router *lr,
         const struct vrouter *router)
{
    for (size_t i = 0; i < lr->n_nat; i++) {
        const struct vnat *nat = view_nat(a->ctx, &lr->nat[i]->header_.uuid);

        if (!nat || nat->problem || !nat->external.is_ipv4) {
            continue;
        }
        if (nat->is_distributed && !router->chassis) {
            svec_add_nocopy(a->out,
                            xasprintf("%s %s is_chassis_resident(%s)",
                                      nat->mac, nat->external.s,
                                      nat->json_port));
        } else {
            ds_put_format(&a->ips, " %s", nat->external.s);
        }
    }
}

static void
add_lb(struct announced *a, const struct uuid *key)
{
    const struct nbrec_load_balancer *lb = get_lb(a->ctx, key);
    const char *responder
        = lb ? smap_get_def(&lb->options, "neighbor_responder", "reachable")
             : "none";
    const struct smap_node *node;

    if (!strcmp(responder, "none")) {
        return;
    }
    SMAP_FOR_EACH (node, &lb->vips) {
        struct endpoint ep;

        if (endpoint_parse(node->key, &ep) && endpoint_is_ipv4(&ep)) {
            char *ip = endpoint_address(&ep);

            ds_put_format(&a->ips, " %s", ip);
            free(ip);
        }
    }
}

static void
add_lbs(struct announced *a, const struct nbrec_logical_router *lr)
{
    for (size_t i = 0; i < lr->n_load_balancer; i++) {
        add_lb(a, &lr->load_balancer[i]->header_.uuid);
    }
    for (size_t i = 0; i < lr->n_load_balancer_group; i++) {
        const struct nbrec_load_balancer_group *group
            = get_lbg(a->ctx, &lr->load_balancer_group[i]->header_.uuid);

        for (size_t j = 0; group && j < group->n_load_balancer; j++) {
            add_lb(a, &group->load_balancer[j]->header_.uuid);
        }
    }
}

static char *
sorted_words(const char *text)
{
    struct sset words;
    char *joined;

    sset_from_delimited_string(&words, text, " ");
    joined = sset_join(&words, " ", "");
    sset_destroy(&words);
    return joined;
}

/* nat-addresses=router */
static void
add_router(struct announced *a, const struct vrouter *router, bool with_lbs)
{
    const struct nbrec_logical_router *lr = get_lr(a->ctx, &router->uuid);

    if (!lr) {
        return;
    }
    add_nats(a, lr, router);
    if (with_lbs) {
        add_lbs(a, lr);
    }
    if (a->ips.length) {
        char *ips = sorted_words(ds_cstr(&a->ips));
        char *where = a->peer->is_distributed_gateway
                      ? xasprintf(" is_chassis_resident(%s)",
                                  a->peer->json_redirect)
                      : xstrdup("");

        svec_add_nocopy(a->out, xasprintf("%s %s%s", a->peer->addrs.mac_s,
                                          ips, where));
        free(where);
        free(ips);
    }
}

/* nat-addresses=MAC IP... */
static void
add_text(struct announced *a, const struct nbrec_logical_switch_port *lsp,
         const char *text)
{
    struct caddrs addrs;

    if (!caddrs_parse(text, &addrs)) {
        creport(a->ctx, lsp->name, "options:nat-addresses",
                "write \"router\" or \"MAC IP...\"",
                "\"%s\" is neither: nothing is announced", text);
        return;
    }
    caddrs_uninit(&addrs);
    svec_add_nocopy(a->out,
                    a->peer->is_distributed_gateway
                    ? xasprintf("%s is_chassis_resident(%s)", text,
                                a->peer->json_redirect)
                    : xstrdup(text));
}

void
feat_rows_garp(struct cctx *ctx, const struct nbrec_logical_switch_port *lsp,
               const struct vport *port, const struct vrport *peer,
               struct svec *out)
{
    const struct vrouter *router = peer && peer->addrs.mac_s
                                   && !uuid_is_zero(&peer->router)
                                   ? view_router(ctx, &peer->router) : NULL;
    const char *text = smap_get_def(&lsp->options, "nat-addresses", "");
    struct announced a = { .ctx = ctx, .peer = peer, .out = out };

    if (!router || !router->enabled) {
        return;
    }
    ds_init(&a.ips);
    if (!strcmp(text, "router")) {
        if (router->chassis || router->n_gateways) {
            add_router(&a, router,
                       !smap_get_bool(&lsp->options,
                                      "exclude-lb-vips-from-garp", false));
        }
    } else if (text[0]) {
        add_text(&a, lsp, text);
    }
    add_own(&a, port, router);
    svec_sort(out);
    ds_destroy(&a.ips);
}
