/* QoS rules: marks and meters.  Stages ls_in_qos_mark, qos_meter,
 * ls_out_qos_mark, qos_meter.
 *
 * Sources: ovn-northd(8); QoS in ovn-nb(5). */

#include "views.h"

static void
emit_mark(struct cctx *ctx, const struct nbrec_qos *qos,
          const struct cdps *dps)
{
    for (size_t i = 0; i < qos->n_action; i++) {
        if (!strcmp(qos->key_action[i], "dscp")) {
            char *actions = xasprintf("ip.dscp = %"PRId64"; next;",
                                      qos->value_action[i]);

            cflow_emit(ctx, &(struct cflow) {
                .dps = dps,
                .stage = !strcmp(qos->direction, "from-lport")
                         ? LS_IN_QOS_MARK : LS_OUT_QOS_MARK,
                .priority = qos->priority,
                .match = qos->match,
                .actions = actions,
            });
            free(actions);
        }
    }
}

static void
emit_meter(struct cctx *ctx, const struct nbrec_qos *qos,
           const struct cdps *dps)
{
    int64_t rate = 0, burst = 0;

    for (size_t i = 0; i < qos->n_bandwidth; i++) {
        if (!strcmp(qos->key_bandwidth[i], "rate")) {
            rate = qos->value_bandwidth[i];
        } else {
            burst = qos->value_bandwidth[i];
        }
    }
    if (!rate) {
        return;
    }

    char *actions = burst ? xasprintf("set_meter(%"PRId64", %"PRId64"); "
                                      "next;", rate, burst)
                          : xasprintf("set_meter(%"PRId64"); next;", rate);
    cflow_emit(ctx, &(struct cflow) {
        .dps = dps,
        .stage = !strcmp(qos->direction, "from-lport") ? LS_IN_QOS_METER
                                                       : LS_OUT_QOS_METER,
        .priority = qos->priority,
        .match = qos->match,
        .actions = actions,
    });
    free(actions);
}

static void
compile(struct cctx *ctx, const void *row)
{
    const struct nbrec_qos *qos = row;
    const struct uuid *switches;
    size_t n;

    switches = cctx_related(ctx, CR_LS_OF_QOS, &qos->header_.uuid, &n);
    if (n) {
        struct uuid *list = xmemdup(switches, n * sizeof *switches);
        const struct cdps *dps = cdps_get(ctx, list, n);

        emit_mark(ctx, qos, dps);
        emit_meter(ctx, qos, dps);
        cdps_unref(dps);
        free(list);
    }
}

const struct cunit_class cunit_qos = {
    .table = CT_QOS,
    .compile = compile,
};
