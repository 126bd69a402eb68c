/* BFD sessions of router ports: the chassis' packets, and the session's row.
 * What chassis say of a session goes back into the Northbound database, and
 * routes whose session is down are left out (view_route.c).
 *
 * Sources: ovn-northd(8) lr_in_ip_input; ovn-nb(5), ovn-sb(5) BFD. */

#include "rflow.h"
#include "rows.h"

/* RFC 5881, section 4. */
#define MIN_SOURCE_PORT 49152
#define MAX_SOURCE_PORT 65535

#define DEFAULT_INTERVAL_MS 1000
#define DEFAULT_MULTIPLIER 5

/* Does a route of a router need the session? */
static bool
is_used(struct cctx *ctx, const struct nbrec_bfd *bfd)
{
    size_t n;
    const struct uuid *routes = cctx_related(ctx, CR_ROUTE_OF_BFD,
                                             &bfd->header_.uuid, &n);

    for (size_t i = 0; i < n; i++) {
        const struct vroute *route = view_route(ctx, &routes[i]);

        if (route && !route->problem
            && cctx_related1(ctx, CR_LR_OF_ROUTE, &routes[i])) {
            return true;
        }
    }
    return false;
}

/* A chassis' word counts while the session is needed. */
static const char *
status_of(struct cctx *ctx, const struct nbrec_bfd *bfd)
{
    char *id = xasprintf(UUID_FMT, UUID_ARGS(&bfd->header_.uuid));
    const char *status = cctx_fact(ctx, CFACT_BFD, id);

    free(id);
    return !is_used(ctx, bfd) ? "admin_down"
           : status && strcmp(status, "admin_down") ? status : "down";
}

/* NB:BFD is what goes back. */
static void
emit_status(struct cctx *ctx, const struct nbrec_bfd *bfd)
{
    struct json *row = json_object_create();

    row_put_string(row, "status", status_of(ctx, bfd));
    crow_emit(ctx, "NB:BFD", &bfd->header_.uuid, &row);
}

static void
emit_row(struct cctx *ctx, const struct nbrec_bfd *bfd)
{
    struct ckey_request request = {
        .space = uuid_digest("BFD", NULL),
        .owner = bfd->header_.uuid,
        .min = MIN_SOURCE_PORT,
        .max = MAX_SOURCE_PORT,
    };
    uint32_t source = ckey_get(ctx, &request);
    struct json *row = json_object_create();

    row_put_string(row, "logical_port", bfd->logical_port);
    row_put_string(row, "dst_ip", bfd->dst_ip);
    row_put_integer(row, "src_port", source ? source : MIN_SOURCE_PORT);
    row_put_integer(row, "disc", MAX(uuid_hash(&bfd->header_.uuid), 1));
    row_put_integer(row, "min_tx", bfd->n_min_tx ? bfd->min_tx[0]
                                                 : DEFAULT_INTERVAL_MS);
    row_put_integer(row, "min_rx", bfd->n_min_rx ? bfd->min_rx[0]
                                                 : DEFAULT_INTERVAL_MS);
    row_put_integer(row, "detect_mult", bfd->n_detect_mult
                                        ? bfd->detect_mult[0]
                                        : DEFAULT_MULTIPLIER);
    row_put_string(row, "status", status_of(ctx, bfd));
    row_put_map(row, "options", &bfd->options);
    row_put_map(row, "external_ids", &bfd->external_ids);
    crow_emit(ctx, "BFD", &bfd->header_.uuid, &row);
}

static void
emit_flows(struct cctx *ctx, const struct vrport *port,
           const struct vrouter *router, bool ipv4)
{
    const char *family = rflow_ip(ipv4);
    char *ips = rflow_ips(&port->addrs, ipv4);
    struct cflow flow = {
        .dp = &port->router,
        .stage = LR_IN_IP_INPUT,
        .priority = 110,
    };

    if (!ips) {
        return;
    }
    rflow_emit_nocopy(ctx, &flow,
                      xasprintf("%s.src == %s && udp.dst == 3784", family,
                                ips),
                      xstrdup("next; "));
    flow.meter = rflow_meter(ctx, router, "bfd");
    rflow_emit_nocopy(ctx, &flow,
                      xasprintf("%s.dst == %s && udp.dst == 3784", family,
                                ips),
                      xstrdup("handle_bfd_msg(); "));
    free(ips);
}

static void
compile_bfd(struct cctx *ctx, const void *row)
{
    const struct nbrec_bfd *bfd = row;
    const struct uuid *uuid = cctx_named1(ctx, CR_LRP_NAMED,
                                          bfd->logical_port);
    const struct vrport *port = uuid ? view_router_port(ctx, uuid) : NULL;
    const struct vrouter *router = rflow_router(ctx, port);

    emit_row(ctx, bfd);
    emit_status(ctx, bfd);
    if (!router) {
        creport(ctx, bfd->logical_port, "logical_port",
                "write the name of a router's port",
                "no enabled router has a port \"%s\": there is no session "
                "with %s", bfd->logical_port, bfd->dst_ip);
        return;
    }
    emit_flows(ctx, port, router, true);
    emit_flows(ctx, port, router, false);
}

const struct cunit_class cunit_lr_bfd = {
    .table = CT_BFD,
    .compile = compile_bfd,
};
