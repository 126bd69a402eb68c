/* Static_MAC_Binding rows: what a router takes a neighbour's MAC to be.
 *
 * Sources: ovn-nb(5), ovn-sb(5). */

#include "rows.h"
#include "views.h"

static void
compile_binding(struct cctx *ctx, const void *row_)
{
    const struct nbrec_static_mac_binding *row = row_;
    const struct uuid *uuid = cctx_named1(ctx, CR_LRP_NAMED,
                                          row->logical_port);
    const struct vrport *port = uuid ? view_router_port(ctx, uuid) : NULL;
    const struct vrouter *router
        = port && !uuid_is_zero(&port->router)
          ? view_router(ctx, &port->router) : NULL;
    struct eth_addr mac;
    struct caddr ip;

    if (!router) {
        creport(ctx, row->logical_port, "logical_port",
                "write the name of a router's port",
                "there is no port \"%s\": %s is not resolved",
                row->logical_port, row->ip);
        return;
    }
    if (!caddr_parse(row->ip, &ip)) {
        creport(ctx, row->logical_port, "ip", "write an IP address",
                "\"%s\" is none: it is not resolved", row->ip);
        return;
    }
    caddr_uninit(&ip);
    if (!eth_addr_from_string(row->mac, &mac)) {
        creport(ctx, row->logical_port, "mac",
                "write it as 0a:00:00:00:00:01",
                "\"%s\" is no MAC: %s is not resolved", row->mac, row->ip);
        return;
    }
    if (router->enabled) {
        struct json *out = json_object_create();

        row_put_uuid(out, "datapath", &port->router);
        row_put_string(out, "logical_port", row->logical_port);
        row_put_string(out, "ip", row->ip);
        row_put_string(out, "mac", row->mac);
        row_put_bool(out, "override_dynamic_mac", row->override_dynamic_mac);
        crow_emit(ctx, "Static_MAC_Binding", &row->header_.uuid, &out);
    }
}

const struct cunit_class cunit_static_mac = {
    .table = CT_SMAC,
    .compile = compile_binding,
};
