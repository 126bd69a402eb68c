#include "lr_world.h"

struct nbrec_logical_switch_port *
lr_world_attach(struct lr_world *l, struct nbrec_logical_switch *ls,
                const char *name, const char *router_port)
{
    struct nbrec_logical_switch_port *lsp = nb_world_add_port(&l->w, ls,
                                                              name);
    struct smap options = SMAP_CONST1(&options, "router-port", router_port);
    const char *addresses[] = { "router" };

    nbrec_logical_switch_port_set_type(lsp, "router");
    nbrec_logical_switch_port_set_options(lsp, &options);
    nbrec_logical_switch_port_set_addresses(lsp, addresses, 1);
    return lsp;
}

void
lr_world_init(struct lr_world *l)
{
    const char *p1[] = { "0a:00:00:00:01:02 10.0.1.2 fd00:1::2" };

    *l = (struct lr_world) { .s1 = NULL };
    nb_world_init(&l->w);
    l->s1 = nb_world_add_switch(&l->w, "s1");
    l->pub = nb_world_add_switch(&l->w, "pub");
    l->p1 = nb_world_add_port(&l->w, l->s1, "p1");
    nbrec_logical_switch_port_set_addresses(l->p1, p1, 1);
    nbrec_logical_switch_port_set_type(nb_world_add_port(&l->w, l->pub, "ln"),
                                       "localnet");
    l->r1 = nb_world_add_router(&l->w, "r1");
    l->r1_s1 = nb_world_add_router_port(&l->w, l->r1, "r1-s1",
                                        "0a:00:00:00:01:01",
                                        "10.0.1.1/24 fd00:1::1/64");
    l->r1_pub = nb_world_add_router_port(&l->w, l->r1, "r1-pub",
                                         "0a:00:00:00:02:01",
                                         "192.0.2.1/24 2001:db8::1/64");
    l->s1_r1 = lr_world_attach(l, l->s1, "s1-r1", "r1-s1");
    l->pub_r1 = lr_world_attach(l, l->pub, "pub-r1", "r1-pub");
}

void
lr_world_uninit(struct lr_world *l)
{
    nb_world_uninit(&l->w);
}

void
lr_world_set_option(struct nbrec_logical_router *lr, const char *key,
                    const char *value)
{
    struct smap options;

    smap_clone(&options, &lr->options);
    smap_replace(&options, key, value);
    nbrec_logical_router_set_options(lr, &options);
    smap_destroy(&options);
}

void
lr_world_set_port_option(struct nbrec_logical_router_port *lrp,
                         const char *key, const char *value)
{
    struct smap options;

    smap_clone(&options, &lrp->options);
    smap_replace(&options, key, value);
    nbrec_logical_router_port_set_options(lrp, &options);
    smap_destroy(&options);
}

void
lr_world_set_gateway_router(struct lr_world *l)
{
    lr_world_set_option(l->r1, "chassis", "ch1");
}

void
lr_world_set_gateway_port(struct lr_world *l)
{
    struct nbrec_gateway_chassis *gc = nbrec_gateway_chassis_insert(l->w.txn);

    nbrec_gateway_chassis_set_name(gc, "r1-pub-ch1");
    nbrec_gateway_chassis_set_chassis_name(gc, "ch1");
    nbrec_gateway_chassis_set_priority(gc, 10);
    nbrec_logical_router_port_set_gateway_chassis(l->r1_pub, &gc, 1);
}

struct nbrec_nat *
lr_world_add_nat(struct lr_world *l, const char *type, const char *external,
                 const char *logical)
{
    size_t n = l->r1->n_nat;
    struct nbrec_nat **nats = xmalloc((n + 1) * sizeof *nats);
    struct nbrec_nat *nat = nbrec_nat_insert(l->w.txn);

    nbrec_nat_set_type(nat, type);
    nbrec_nat_set_external_ip(nat, external);
    nbrec_nat_set_logical_ip(nat, logical);
    for (size_t i = 0; i < n; i++) {
        nats[i] = l->r1->nat[i];
    }
    nats[n] = nat;
    nbrec_logical_router_set_nat(l->r1, nats, n + 1);
    free(nats);
    return nat;
}

struct nbrec_logical_router_static_route *
lr_world_add_route(struct lr_world *l, const char *prefix,
                   const char *nexthop)
{
    size_t n = l->r1->n_static_routes;
    struct nbrec_logical_router_static_route **routes
        = xmalloc((n + 1) * sizeof *routes);
    struct nbrec_logical_router_static_route *route
        = nbrec_logical_router_static_route_insert(l->w.txn);

    nbrec_logical_router_static_route_set_ip_prefix(route, prefix);
    nbrec_logical_router_static_route_set_nexthop(route, nexthop);
    for (size_t i = 0; i < n; i++) {
        routes[i] = l->r1->static_routes[i];
    }
    routes[n] = route;
    nbrec_logical_router_set_static_routes(l->r1, routes, n + 1);
    free(routes);
    return route;
}

struct nbrec_bfd *
lr_world_add_bfd(struct lr_world *l, const char *peer)
{
    struct nbrec_bfd *bfd = nbrec_bfd_insert(l->w.txn);

    nbrec_bfd_set_logical_port(bfd, "r1-pub");
    nbrec_bfd_set_dst_ip(bfd, peer);
    return bfd;
}

struct nbrec_logical_router *
lr_world_add_r2(struct lr_world *l, const char *networks)
{
    struct nbrec_logical_router *r2 = nb_world_add_router(&l->w, "r2");

    nb_world_add_router_port(&l->w, r2, "r2-pub", "0a:00:00:00:03:01",
                             networks);
    lr_world_attach(l, l->pub, "pub-r2", "r2-pub");
    return r2;
}
