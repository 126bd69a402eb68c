#include "rflow.h"

#define MAX_NUMBER 65535

void
rflow_emit(struct cctx *ctx, const struct vrouter *router,
           const struct rflow *flows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct cflow flow = {
            .dp = &router->uuid,
            .stage = flows[i].stage,
            .priority = flows[i].priority,
            .match = flows[i].match,
            .actions = flows[i].actions,
            .meter = flows[i].protocol
                     ? rflow_meter(ctx, router, flows[i].protocol) : NULL,
        };

        cflow_emit(ctx, &flow);
    }
}

void
rflow_emit_nocopy(struct cctx *ctx, const struct cflow *flow_, char *match,
                  char *actions)
{
    struct cflow flow = *flow_;

    flow.match = match;
    flow.actions = actions;
    cflow_emit(ctx, &flow);
    free(match);
    free(actions);
}

const struct vrouter *
rflow_router(struct cctx *ctx, const struct vrport *port)
{
    const struct vrouter *router
        = port && port->addrs.mac_s && !uuid_is_zero(&port->router)
          ? view_router(ctx, &port->router) : NULL;

    return router && router->enabled ? router : NULL;
}

bool
rflow_is_centralized(const struct vrouter *router)
{
    return router->chassis || router->n_gateways;
}

const char *
rflow_meter(struct cctx *ctx, const struct vrouter *router,
            const char *protocol)
{
    return copp_meter(ctx, &router->copp, protocol);
}

char *
rflow_ips(const struct caddrs *addrs, bool ipv4)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    size_t n = 0;

    for (size_t i = 0; i < addrs->n; i++) {
        if (addrs->ips[i].is_ipv4 == ipv4) {
            ds_put_format(&s, "%s%s", n++ ? ", " : "", addrs->ips[i].s);
        }
    }
    if (n < 2) {
        return n ? ds_steal_cstr(&s) : NULL;
    }

    char *list = xasprintf("{%s}", ds_cstr(&s));
    ds_destroy(&s);
    return list;
}

char *
rflow_resident(const struct vrport *port)
{
    return port->is_distributed_gateway
           ? xasprintf(" && is_chassis_resident(%s)", port->json_redirect)
           : xstrdup("");
}

const struct vswitch *
rflow_switch(struct cctx *ctx, const struct vrport *port)
{
    const struct vport *peer = uuid_is_zero(&port->peer_lsp)
                               ? NULL : view_switch_port(ctx,
                                                         &port->peer_lsp);

    return peer && !uuid_is_zero(&peer->ls) ? view_switch(ctx, &peer->ls)
                                            : NULL;
}

const char *
rflow_ip(bool ipv4)
{
    return ipv4 ? "ip4" : "ip6";
}

const char *
rflow_reg0(bool ipv4)
{
    return ipv4 ? "reg0" : "xxreg0";
}

const char *
rflow_reg1(bool ipv4)
{
    return ipv4 ? "reg1" : "xxreg1";
}

uint32_t
rflow_number(struct cctx *ctx, const struct uuid *router, const char *kind,
             const char *name)
{
    char *id = xasprintf(UUID_FMT, UUID_ARGS(router));
    struct ckey_request request = {
        .space = uuid_digest(id, kind, NULL),
        .owner = uuid_digest(name, NULL),
        .min = 1,
        .max = MAX_NUMBER,
    };

    free(id);
    return ckey_get(ctx, &request);
}
