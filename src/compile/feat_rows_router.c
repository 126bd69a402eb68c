/* Southbound rows of a router and its ports, and of the chassisredirect ports
 * of its distributed gateway ports.  Sources: ovn-sb(5). */

#include "rows.h"
#include "rows_binding.h"
#include "views.h"

static void
compile_router(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router *lr = row;
    struct cdatapath dp = {
        .uuid = lr->header_.uuid,
        .name = lr->name,
        .kind = "logical-router",
        .external_ids = &lr->external_ids,
        .requested_key = smap_get_int(&lr->options, "requested-tnl-key", 0),
    };

    cdatapath_emit(ctx, &dp);
}

const struct cunit_class cunit_lr_rows = {
    .table = CT_LR,
    .compile = compile_router,
};

/* "MAC NETWORK NETWORK..." as the port's row has it. */
static void
put_mac(const struct nbrec_logical_router_port *lrp,
        struct cport_binding *pb)
{
    struct ds mac = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&mac, lrp->mac);
    for (size_t i = 0; i < lrp->n_networks; i++) {
        ds_put_format(&mac, " %s", lrp->networks[i]);
    }
    svec_add_nocopy(&pb->macs, ds_steal_cstr(&mac));
}

static void
put_peer(struct cctx *ctx, const struct vrport *port,
         struct cport_binding *pb)
{
    if (!uuid_is_zero(&port->peer_lsp)) {
        const struct nbrec_logical_switch_port *lsp
            = get_lsp(ctx, &port->peer_lsp);

        if (lsp) {
            smap_add(&pb->options, "peer", lsp->name);
        }
    } else if (!uuid_is_zero(&port->peer_lrp)) {
        const struct vrport *peer = view_router_port(ctx, &port->peer_lrp);

        if (peer) {
            smap_add(&pb->options, "peer", peer->name);
        }
    }
}

static void
emit_redirect(struct cctx *ctx, const struct vrport *port)
{
    struct cport_binding pb = {
        .uuid = uuid_digest("chassisredirect", port->name, NULL),
        .datapath = port->router,
        .name = port->redirect,
        .type = "chassisredirect",
    };

    smap_init(&pb.options);
    svec_init(&pb.macs);
    smap_add(&pb.options, "distributed-port", port->name);
    if (port->addrs.mac_s) {
        svec_add(&pb.macs, port->addrs.mac_s);
    }
    cport_binding_emit(ctx, &pb);
    smap_destroy(&pb.options);
    svec_destroy(&pb.macs);
}

static void
compile_port(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router_port *lrp = row;
    const struct vrport *port = view_router_port(ctx, &lrp->header_.uuid);
    const struct vrouter *router
        = port && !uuid_is_zero(&port->router)
          ? view_router(ctx, &port->router) : NULL;

    if (!router) {
        return;
    }
    if (!port->addrs.mac_s) {
        creport(ctx, lrp->name, "mac", "write it as 0a:00:00:00:00:01",
                "\"%s\" is no MAC: nothing passes the port", lrp->mac);
    }

    struct cport_binding pb = {
        .uuid = lrp->header_.uuid,
        .datapath = port->router,
        .name = lrp->name,
        .type = router->chassis ? "l3gateway" : "patch",
        .requested_key = smap_get_int(&lrp->options, "requested-tnl-key", 0),
        .external_ids = &lrp->external_ids,
    };
    smap_init(&pb.options);
    svec_init(&pb.macs);
    put_mac(lrp, &pb);
    put_peer(ctx, port, &pb);
    if (router->chassis) {
        smap_add(&pb.options, "l3gateway-chassis", router->chassis);
    }
    if (port->redirect) {
        smap_add(&pb.options, "chassis-redirect-port", port->redirect);
    }
    cport_binding_emit(ctx, &pb);
    smap_destroy(&pb.options);
    svec_destroy(&pb.macs);
    if (port->redirect) {
        emit_redirect(ctx, port);
    }
}

const struct cunit_class cunit_lrp_rows = {
    .table = CT_LRP,
    .compile = compile_port,
};
