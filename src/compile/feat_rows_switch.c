/* Southbound rows of a switch and its ports: Datapath_Binding, Port_Binding.
 *
 * A datapath's row has the UUID of its Logical_Switch or Logical_Router, a
 * port's that of its Northbound row.  Sources: ovn-sb(5). */

#include "feat_rows_garp.h"
#include "rows.h"
#include "rows_binding.h"
#include "views.h"

static void
compile_switch(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_switch *ls = row;
    struct cdatapath dp = {
        .uuid = ls->header_.uuid,
        .name = ls->name,
        .kind = "logical-switch",
        .external_ids = &ls->external_ids,
        .requested_key = smap_get_int(&ls->other_config, "requested-tnl-key",
                                      0),
    };

    cdatapath_emit(ctx, &dp);
}

const struct cunit_class cunit_ls_rows = {
    .table = CT_LS,
    .compile = compile_switch,
};

/* What Port_Binding.type and options say of a port to a router. */
static void
put_router(struct cctx *ctx, const struct vport *port,
           struct cport_binding *pb)
{
    const struct vrport *peer = uuid_is_zero(&port->lrp)
                                ? NULL : view_router_port(ctx, &port->lrp);
    const struct vrouter *router
        = peer && !uuid_is_zero(&peer->router)
          ? view_router(ctx, &peer->router) : NULL;

    pb->type = router && router->chassis ? "l3gateway" : "patch";
    if (peer) {
        smap_add(&pb->options, "peer", peer->name);
    }
    if (router && router->chassis) {
        smap_add(&pb->options, "l3gateway-chassis", router->chassis);
    }
}

/* Those that are there. */
static void
put_mirrors(struct cctx *ctx, const struct nbrec_logical_switch_port *lsp,
            struct cport_binding *pb)
{
    pb->mirrors = xcalloc(lsp->n_mirror_rules, sizeof *pb->mirrors);
    for (size_t i = 0; i < lsp->n_mirror_rules; i++) {
        const struct uuid *uuid = &lsp->mirror_rules[i]->header_.uuid;

        if (get_mirror(ctx, uuid)) {
            pb->mirrors[pb->n_mirrors++] = *uuid;
        }
    }
    if (pb->n_mirrors && cctx_fact(ctx, CFACT_SELF, "chassis")) {
        creport(ctx, lsp->name, "mirror_rules", "remove the mirrors",
                "packets of the port are not copied to the sink of its "
                "mirrors");
    }
}

static void
compile_port(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_switch_port *lsp = row;
    const struct vport *port = view_switch_port(ctx, &lsp->header_.uuid);

    if (!port || uuid_is_zero(&port->ls)) {
        return;
    }
    if (port->type == VPORT_OTHER) {
        creport(ctx, lsp->name, "type", "write a type that ovn-nb(5) lists",
                "the port has the type \"%s\", which is not known: it takes "
                "no part in the network", lsp->type);
        return;
    }

    struct cport_binding pb = {
        .uuid = lsp->header_.uuid,
        .datapath = port->ls,
        .name = lsp->name,
        .type = lsp->type,
        .requested_key = smap_get_int(&lsp->options, "requested-tnl-key", 0),
        .parent = port->is_container ? lsp->parent_name : NULL,
        .tag = lsp->n_tag ? lsp->tag[0] : 0,
        .security = lsp->port_security,
        .n_security = lsp->n_port_security,
        .external_ids = &lsp->external_ids,
    };
    smap_init(&pb.options);
    svec_init(&pb.macs);
    if (port->type == VPORT_ROUTER) {
        put_router(ctx, port, &pb);
        feat_rows_garp(ctx, lsp, port,
                       uuid_is_zero(&port->lrp)
                       ? NULL : view_router_port(ctx, &port->lrp),
                       &pb.nat_addresses);
    } else {
        const struct vswitch_mode *mode = view_switch_mode(ctx, &port->ls);

        smap_clone(&pb.options, &lsp->options);
        if (mode && mode->vlan_passthru) {
            smap_replace(&pb.options, "vlan-passthru", "true");
        }
    }
    for (size_t i = 0; i < lsp->n_addresses; i++) {
        const char *text = lsp->addresses[i];

        if (strstr(text, "dynamic")) {
            if (lsp->dynamic_addresses) {
                svec_add(&pb.macs, lsp->dynamic_addresses);
            }
        } else {
            svec_add(&pb.macs, text);
        }
    }
    put_mirrors(ctx, lsp, &pb);
    cport_binding_emit(ctx, &pb);
    free(pb.mirrors);
    smap_destroy(&pb.options);
    svec_destroy(&pb.nat_addresses);
    svec_destroy(&pb.macs);
}

const struct cunit_class cunit_lsp_row = {
    .table = CT_LSP,
    .compile = compile_port,
};
