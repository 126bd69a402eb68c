/* BFD sessions of router ports: the chassis' packets, and the session's row.
 * Whether a session is up does not come back: routes are used all the same.
 *
 * Sources: ovn-northd(8) lr_in_ip_input; ovn-nb(5), ovn-sb(5) BFD. */

#include "rflow.h"
#include "rows.h"

/* RFC 5881, section 4. */
#define MIN_SOURCE_PORT 49152
#define MAX_SOURCE_PORT 65535

#define DEFAULT_INTERVAL_MS 1000
#define DEFAULT_MULTIPLIER 5

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
    row_put_string(row, "status", "down");
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

    if (!router) {
        creport(ctx, bfd->logical_port, "logical_port",
                "write the name of a router's port",
                "no enabled router has a port \"%s\": there is no session "
                "with %s", bfd->logical_port, bfd->dst_ip);
        return;
    }
    emit_row(ctx, bfd);
    emit_flows(ctx, port, router, true);
    emit_flows(ctx, port, router, false);
}

const struct cunit_class cunit_lr_bfd = {
    .table = CT_BFD,
    .compile = compile_bfd,
};
