/* External ports: what is behind a localnet port, with one chassis that
 * answers for the routers.  All others drop what asks for routers.  Stage
 * ls_in_external_port.
 *
 * Sources: ovn-northd(8). */

#include "feat_arp.h"
#include "feat_port.h"

struct external {
    struct cctx *ctx;
    const struct vport *port;
    const struct vport *localnet;
    const char *mac; /* One of the port's. */
};

static void
emit_drop(const struct external *e, const char *before, const char *after)
{
    char *match = xasprintf("inport == %s && eth.src == %s%s%s"
                            " && !is_chassis_resident(%s)%s%s",
                            e->localnet->json_name, e->mac,
                            before ? " && " : "", before ? before : "",
                            e->port->json_name,
                            after ? " && " : "", after ? after : "");

    cflow_emit(e->ctx, &(struct cflow) {
        .dp = &e->port->ls,
        .stage = LS_IN_EXTERNAL_PORT,
        .priority = 100,
        .match = match,
        .actions = "drop;",
        .port = e->localnet->name,
    });
    free(match);
}

static void
emit_router(const struct external *e, const struct vport *router)
{
    for (size_t i = 0; i < router->n_addrs; i++) {
        const struct caddrs *addrs = &router->addrs[i];
        char *to = xasprintf("eth.dst == %s", addrs->mac_s);

        emit_drop(e, to, NULL);
        free(to);
        for (size_t j = 0; j < addrs->n; j++) {
            char *asks = arp_request_match(&addrs->ips[j]);

            emit_drop(e, NULL, asks);
            free(asks);
        }
    }
}

static void
emit_localnet(struct external *e, const struct vswitch *sw)
{
    for (size_t i = 0; i < e->port->n_addrs; i++) {
        e->mac = e->port->addrs[i].mac_s;
        for (size_t j = 0; j < sw->n_router_ports; j++) {
            const struct vport *router
                = view_switch_port(e->ctx, &sw->router_ports[j]);

            if (router) {
                emit_router(e, router);
            }
        }
    }
}

void
feat_external_port(const struct cport *p)
{
    const struct vswitch *sw = p->port->type == VPORT_EXTERNAL
                               ? view_switch(p->ctx, &p->port->ls) : NULL;

    for (size_t i = 0; sw && i < sw->n_localnet_ports; i++) {
        struct external e = {
            .ctx = p->ctx,
            .port = p->port,
            .localnet = view_switch_port(p->ctx, &sw->localnet_ports[i]),
        };

        if (e.localnet) {
            emit_localnet(&e, sw);
        }
    }
}
