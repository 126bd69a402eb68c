#include "lb_world.h"

struct nbrec_load_balancer *
lb_add(struct nb_world *w, const char *name, const char *vip,
       const char *backends, const char *protocol)
{
    struct nbrec_load_balancer *lb = nbrec_load_balancer_insert(w->txn);

    nbrec_load_balancer_set_name(lb, name);
    if (protocol) {
        nbrec_load_balancer_set_protocol(lb, protocol);
    }
    lb_set_vip(lb, vip, backends);
    return lb;
}

void
lb_set_vip(struct nbrec_load_balancer *lb, const char *vip,
           const char *backends)
{
    struct smap vips = SMAP_CONST1(&vips, vip, backends);

    nbrec_load_balancer_set_vips(lb, &vips);
}

static void
set_option(struct smap *options, const struct smap *old, const char *key,
           const char *value)
{
    smap_clone(options, old);
    if (value) {
        smap_replace(options, key, value);
    } else {
        smap_remove(options, key);
    }
}

void
lb_set_option(struct nbrec_load_balancer *lb, const char *key,
              const char *value)
{
    struct smap options;

    set_option(&options, &lb->options, key, value);
    nbrec_load_balancer_set_options(lb, &options);
    smap_destroy(&options);
}

void
lb_set_router_option(struct nbrec_logical_router *lr, const char *key,
                     const char *value)
{
    struct smap options;

    set_option(&options, &lr->options, key, value);
    nbrec_logical_router_set_options(lr, &options);
    smap_destroy(&options);
}

void
lb_on_switch(struct nbrec_logical_switch *ls, struct nbrec_load_balancer *lb)
{
    nbrec_logical_switch_set_load_balancer(ls, &lb, lb ? 1 : 0);
}

void
lb_on_router(struct nbrec_logical_router *lr, struct nbrec_load_balancer *lb)
{
    nbrec_logical_router_set_load_balancer(lr, &lb, lb ? 1 : 0);
}

struct nbrec_logical_router_port *
lb_connect(struct nb_world *w, struct nbrec_logical_router *lr,
           struct nbrec_logical_switch *ls, const char *name,
           const char *mac, const char *networks)
{
    struct nbrec_logical_router_port *lrp
        = nb_world_add_router_port(w, lr, name, mac, networks);
    char *peer = xasprintf("to-%s", name);
    struct nbrec_logical_switch_port *lsp = nb_world_add_port(w, ls, peer);
    struct smap options = SMAP_CONST1(&options, "router-port", name);

    nbrec_logical_switch_port_set_type(lsp, "router");
    nbrec_logical_switch_port_set_options(lsp, &options);
    free(peer);
    return lrp;
}
