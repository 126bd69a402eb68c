/* Southbound rows of a router and its ports, and of the chassisredirect ports
 * of its distributed gateway ports.  Sources: ovn-sb(5). */

#include "feat_lr_ra.h"
#include "feat_rows_chassis.h"
#include "rows.h"
#include "rows_binding.h"
#include "views.h"

#define MAX_ZONE 65535

static void
compile_router(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router *lr = row;
    const struct vrouter *router = view_router(ctx, &lr->header_.uuid);
    const char *zone = smap_get(&lr->options, "snat-ct-zone");
    struct smap more = SMAP_INITIALIZER(&more);
    struct cdatapath dp = {
        .uuid = lr->header_.uuid,
        .name = lr->name,
        .kind = "logical-router",
        .external_ids = &lr->external_ids,
        .alias = "neutron:router_name",
        .more_ids = &more,
        .requested_key = smap_get_int(&lr->options, "requested-tnl-key", 0),
    };
    unsigned int number;

    if (!router || !router->enabled) {
        return;
    }
    if (!router->learns_always) {
        smap_add(&more, "always_learn_from_arp_request", "false");
    }
    if (zone && str_to_uint(zone, 10, &number) && number <= MAX_ZONE) {
        smap_add(&more, "snat-ct-zone", zone);
    } else if (zone) {
        creport(ctx, lr->name, "options:snat-ct-zone",
                "write a number up to 65535",
                "\"%s\" is no zone: chassis choose one", zone);
    }
    cdatapath_emit(ctx, &dp);
    smap_destroy(&more);
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

/* True if the port is attached to anything. */
static bool
put_peer(struct cctx *ctx, const struct vrport *port,
         struct cport_binding *pb)
{
    if (!uuid_is_zero(&port->peer_lsp)) {
        const struct nbrec_logical_switch_port *lsp
            = get_lsp(ctx, &port->peer_lsp);

        if (lsp) {
            smap_add(&pb->options, "peer", lsp->name);
            return true;
        }
    } else if (!uuid_is_zero(&port->peer_lrp)) {
        const struct vrport *peer = view_router_port(ctx, &port->peer_lrp);

        if (peer) {
            smap_add(&pb->options, "peer", peer->name);
            return true;
        }
    }
    return false;
}

/* A port's binding is known by its name: nobody else may have it. */
static bool
is_taken(struct cctx *ctx, const struct nbrec_logical_router_port *lrp,
         const char *name, bool is_redirect)
{
    if (!cctx_named1(ctx, CR_LSP_NAMED, name)
        && (!is_redirect || !cctx_named1(ctx, CR_LRP_NAMED, name))) {
        return false;
    }
    creport(ctx, lrp->name, "name", "name one of them differently",
            "another port has the name \"%s\": the port takes no part in the "
            "network", name);
    return true;
}

/* A port without an instance on every chassis: where the real one is. */
static void
emit_redirect(struct cctx *ctx, const struct vrport *port,
              const struct nbrec_logical_router_port *lrp)
{
    const struct vrouter_nat *nats = view_router_nat(ctx, &port->router);
    const struct vport *peer = uuid_is_zero(&port->peer_lsp)
                               ? NULL : view_switch_port(ctx,
                                                         &port->peer_lsp);
    const struct vswitch *ls = peer && !uuid_is_zero(&peer->ls)
                               ? view_switch(ctx, &peer->ls) : NULL;
    const char *type = smap_get(&lrp->options, "redirect-type");
    struct cport_binding pb = {
        .uuid = cport_redirect_uuid(port->name),
        .datapath = port->router,
        .name = port->redirect,
        .type = "chassisredirect",
        .external_ids = &lrp->external_ids,
        .ha_group = feat_rows_chassis_of_port(ctx, lrp),
    };

    smap_init(&pb.options);
    svec_init(&pb.macs);
    smap_add(&pb.options, "distributed-port", port->name);
    if (type) {
        smap_add(&pb.options, "redirect-type", type);
    }
    if (!port->is_bridged && !(nats && nats->has_distributed)
        && !(ls && ls->has_vtep)) {
        smap_add(&pb.options, "always-redirect", "true");
    }
    put_mac(lrp, &pb);
    cport_binding_emit(ctx, &pb);
    smap_destroy(&pb.options);
    svec_destroy(&pb.macs);
}

/* What a chassis was given goes back, without the number of the request. */
static void
emit_prefix(struct cctx *ctx, const struct nbrec_logical_router_port *lrp,
            const char *delegated)
{
    const char *colon = strchr(delegated, ':');

    if (colon && colon[1]) {
        struct json *row = json_object_create();

        row_put_string(row, "ipv6_prefix", colon + 1);
        crow_emit(ctx, "NB:Logical_Router_Port", &lrp->header_.uuid, &row);
    }
}

static void
put_delegation(struct cctx *ctx, const struct nbrec_logical_router_port *lrp,
               struct cport_binding *pb)
{
    bool asks = smap_get_bool(&lrp->options, "prefix_delegation", false);
    bool takes = smap_get_bool(&lrp->options, "prefix", false);
    const char *delegated
        = asks || takes ? cctx_fact(ctx, CFACT_PREFIX, lrp->name) : NULL;

    if (asks) {
        smap_add(&pb->options, "ipv6_prefix_delegation", "true");
    }
    if (takes) {
        smap_add(&pb->options, "ipv6_prefix", "true");
    }
    if (delegated) {
        smap_add(&pb->options, "ipv6_ra_pd_list", delegated);
    }
    if (delegated && takes) {
        emit_prefix(ctx, lrp, delegated);
    } else if (takes && cctx_fact(ctx, CFACT_SELF, "chassis")) {
        creport(ctx, lrp->name, "options:prefix",
                "write the prefix into networks",
                "nobody here asks for prefixes to be delegated");
    }
}

static void
compile_port(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_router_port *lrp = row;
    const struct vrport *port = view_router_port(ctx, &lrp->header_.uuid);
    const struct vrouter *router
        = port && !uuid_is_zero(&port->router)
          ? view_router(ctx, &port->router) : NULL;

    if (!router || !router->enabled
        || is_taken(ctx, lrp, lrp->name, false)) {
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
    if (put_peer(ctx, port, &pb)) {
        put_delegation(ctx, lrp, &pb);
        feat_lr_ra_put_options(lrp, port, &pb.options);
        if (port->redirect) {
            smap_add(&pb.options, "chassis-redirect-port", port->redirect);
        }
    }
    if (router->chassis) {
        smap_add(&pb.options, "l3gateway-chassis", router->chassis);
    }
    cport_binding_emit(ctx, &pb);
    smap_destroy(&pb.options);
    svec_destroy(&pb.macs);
    if (port->redirect && !is_taken(ctx, lrp, port->redirect, true)) {
        emit_redirect(ctx, port, lrp);
    }
}

const struct cunit_class cunit_lrp_rows = {
    .table = CT_LRP,
    .compile = compile_port,
};
