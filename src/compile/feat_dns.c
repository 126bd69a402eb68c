/* Names that are answered without a server.  Stages ls_in_dns_lookup,
 * dns_response, ls_out_acl; rows DNS.
 *
 * Sources: ovn-northd(8); DNS in ovn-nb(5) and ovn-sb(5). */

#include "rows.h"
#include "views.h"

#define TURN_ROUND(IP) \
    "eth.dst <-> eth.src; " IP ".src <-> " IP ".dst; udp.dst = udp.src; " \
    "udp.src = 53; outport = inport; flags.loopback = 1; output;"

static void
compile_switch(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_switch *ls = row;
    const struct uuid *dp = &ls->header_.uuid;
    const struct vswitch *sw = view_switch(ctx, dp);
    static const char *const responses[] = {
        TURN_ROUND("ip4"), TURN_ROUND("ip6"),
    };

    if (!sw || !sw->has_dns) {
        return;
    }
    cflow_emit(ctx, &(struct cflow) {
        .dp = dp,
        .stage = LS_IN_DNS_LOOKUP,
        .priority = 100,
        .match = "udp.dst == 53",
        .actions = "reg0[4] = dns_lookup(); next;",
        .meter = copp_meter(ctx, &sw->copp, "dns"),
    });
    /* ovn-northd has one for each IP version, of the same match. */
    for (size_t i = 0; i < ARRAY_SIZE(responses); i++) {
        cflow_emit(ctx, &(struct cflow) {
            .dp = dp,
            .stage = LS_IN_DNS_RESPONSE,
            .priority = 100,
            .match = "udp.dst == 53 && reg0[4]",
            .actions = responses[i],
        });
    }
    cflow_emit(ctx, &(struct cflow) {
        .dp = dp,
        .stage = LS_OUT_ACL,
        .priority = 34000,
        .match = "udp.src == 53",
        .actions = sw->has_stateful_acls || sw->has_lb_vips
                   ? "ct_commit; next;" : "next;",
    });
}

const struct cunit_class cunit_ls_dns = {
    .table = CT_LS,
    .compile = compile_switch,
};

static void
compile_row(struct cctx *ctx, const void *row_)
{
    const struct nbrec_dns *dns = row_;
    char *id = xasprintf(UUID_FMT, UUID_ARGS(&dns->header_.uuid));
    struct smap ids = SMAP_CONST1(&ids, "dns_id", id);
    const struct uuid *switches;
    size_t n;

    switches = cctx_related(ctx, CR_LS_OF_DNS, &dns->header_.uuid, &n);
    if (n) {
        struct json *row = json_object_create();

        row_put_map(row, "records", &dns->records);
        row_put_uuids(row, "datapaths", switches, n);
        row_put_map(row, "external_ids", &ids);
        crow_emit(ctx, "DNS", &dns->header_.uuid, &row);
    }
    free(id);
}

const struct cunit_class cunit_dns = {
    .table = CT_DNS,
    .compile = compile_row,
};
