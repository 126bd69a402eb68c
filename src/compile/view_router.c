/* A Logical_Router: what features ask of it as a whole. */

#include "views.h"

static void
note_ports(struct cctx *ctx, const struct nbrec_logical_router *lr,
           struct vrouter *v)
{
    for (size_t i = 0; i < lr->n_ports; i++) {
        const struct uuid *key = &lr->ports[i]->header_.uuid;
        const struct vrport *port = view_router_port(ctx, key);

        v->floods_multicast |= port && port->floods_multicast;
        if (port && port->is_distributed_gateway) {
            v->gateways = xrealloc(v->gateways, (v->n_gateways + 1)
                                   * sizeof *v->gateways);
            v->gateways[v->n_gateways++] = *key;
        }
    }
}

/* "IP IP": the first of each family is used. */
static void
parse_ips(const char *text, struct caddrs *addrs)
{
    char *copy = xstrdup(text ? text : ""), *save = NULL;

    for (char *word = strtok_r(copy, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        struct caddr addr;

        if (!caddr_parse(word, &addr)) {
            continue;
        }
        if (caddrs_has(addrs, addr.is_ipv4)
            || addr.plen != (addr.is_ipv4 ? 32 : 128)) {
            caddr_uninit(&addr);
        } else {
            caddrs_add(addrs, &addr);
        }
    }
    free(copy);
}

static void
parse_options(const struct smap *options, struct vrouter *v)
{
    const char *chassis = smap_get(options, "chassis");
    const char *force = smap_get(options, "lb_force_snat_ip");

    v->chassis = chassis && chassis[0] ? xstrdup(chassis) : NULL;
    v->learns_always = smap_get_bool(options,
                                     "always_learn_from_arp_request", true);
    v->dynamic_neighbors = smap_get_bool(options, "dynamic_neigh_routers",
                                         false);
    v->relays_multicast = smap_get_bool(options, "mcast_relay", false);
    v->lb_force_router_ip = force && !strcmp(force, "router_ip");
    parse_ips(force, &v->lb_force_snat);
    parse_ips(smap_get(options, "dnat_force_snat_ip"), &v->dnat_force_snat);
}

static bool
has_lb_vips(struct cctx *ctx, const struct nbrec_logical_router *lr)
{
    for (size_t i = 0; i < lr->n_load_balancer; i++) {
        const struct vlb_use *use
            = view_lb_use(ctx, &lr->load_balancer[i]->header_.uuid);

        if (use && use->has_vips) {
            return true;
        }
    }
    for (size_t i = 0; i < lr->n_load_balancer_group; i++) {
        const struct vlbg_use *use
            = view_lbg_use(ctx, &lr->load_balancer_group[i]->header_.uuid);

        if (use && use->has_vips) {
            return true;
        }
    }
    return false;
}

static void *
compute(struct cctx *ctx, const struct uuid *key)
{
    const struct nbrec_logical_router *lr = get_lr(ctx, key);

    if (!lr) {
        return NULL;
    }

    struct vrouter *v = xzalloc(sizeof *v);
    v->uuid = *key;
    v->name = xstrdup(lr->name);
    v->enabled = !lr->n_enabled || lr->enabled[0];
    parse_options(&lr->options, v);
    v->copp = lr->copp ? lr->copp->header_.uuid : UUID_ZERO;
    v->has_nat = lr->n_nat > 0;
    note_ports(ctx, lr, v);
    v->has_lb_vips = has_lb_vips(ctx, lr);
    return v;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct vrouter *a = a_, *b = b_;

    return !strcmp(a->name, b->name) && a->enabled == b->enabled
           && nullable_string_is_equal(a->chassis, b->chassis)
           && uuids_equal(a->gateways, a->n_gateways, b->gateways,
                          b->n_gateways)
           && a->has_lb_vips == b->has_lb_vips && a->has_nat == b->has_nat
           && a->learns_always == b->learns_always
           && a->dynamic_neighbors == b->dynamic_neighbors
           && a->relays_multicast == b->relays_multicast
           && a->floods_multicast == b->floods_multicast
           && a->lb_force_router_ip == b->lb_force_router_ip
           && caddrs_equal(&a->lb_force_snat, &b->lb_force_snat)
           && caddrs_equal(&a->dnat_force_snat, &b->dnat_force_snat)
           && uuid_equals(&a->copp, &b->copp);
}

static void
free_view(void *v_)
{
    struct vrouter *v = v_;

    free(v->name);
    free(v->chassis);
    free(v->gateways);
    caddrs_uninit(&v->lb_force_snat);
    caddrs_uninit(&v->dnat_force_snat);
    free(v);
}

const struct cview_class cview_router = {
    .compute = compute,
    .equal = equal,
    .free = free_view,
};
