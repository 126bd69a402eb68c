/* Access control lists.  Stages ls_in_pre_acl, acl, acl_after_lb,
 * ls_out_pre_acl, acl; what switches do beside them is in feat_acl_switch.c.
 *
 * Sources: ovn-northd(8); ACL in ovn-nb(5). */

#include "feat_acl.h"
#include "views.h"

/* One ACL being compiled. */
struct acl {
    struct cctx *ctx;
    const struct nbrec_acl *row;
    bool ingress;
    enum cstage stage;
    uint16_t priority; /* Of its flows. */
    const char *log;   /* "log(...); " or "". */
    const char *label; /* "reg0[13] = 1; reg3 = N; " or "". */
};

/* A set of datapaths with the same treatment. */
struct acl_place {
    const struct cdps *dps;
    const char *reject_meter;
};

/* The meter for what is logged.  A fair one is not shared with others: it has
 * a copy (feat_meter.c). */
static char *
log_meter(struct cctx *ctx, const struct nbrec_acl *acl)
{
    const struct uuid *uuid = acl->meter
                              ? cctx_named1(ctx, CR_METER_NAMED, acl->meter)
                              : NULL;
    const struct nbrec_meter *meter = uuid ? get_meter(ctx, uuid) : NULL;

    return meter && meter->n_fair && meter->fair[0]
           ? xasprintf("%s__"UUID_FMT, acl->meter,
                       UUID_ARGS(&acl->header_.uuid))
           : nullable_xstrdup(acl->meter);
}

static char *
log_actions(struct cctx *ctx, const struct nbrec_acl *acl)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    const char *verdict = !strcmp(acl->action, "drop") ? "drop"
                          : !strcmp(acl->action, "reject") ? "reject"
                                                           : "allow";

    if (!acl->log) {
        return xstrdup("");
    }
    ds_put_cstr(&s, "log(");
    if (acl->name) {
        ds_put_cstr(&s, "name=");
        json_string_escape(acl->name, &s);
        ds_put_cstr(&s, ", ");
    }
    ds_put_format(&s, "severity=%s, verdict=%s",
                  acl->severity ? acl->severity : "info", verdict);
    char *meter = log_meter(ctx, acl);
    if (meter) {
        ds_put_cstr(&s, ", meter=");
        json_string_escape(meter, &s);
        free(meter);
    }
    ds_put_cstr(&s, "); ");
    return ds_steal_cstr(&s);
}

/* Emits for 'place' the flow with 'hint' (a bit of reg0, or -1 for all
 * packets) and the printf'd actions. */
static void OVS_PRINTF_FORMAT(4, 5)
emit(const struct acl *acl, const struct acl_place *place, int hint,
     const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *actions = xvasprintf(format, args);
    va_end(args);
    char *match = hint < 0 ? xstrdup(acl->row->match)
                  : xasprintf("reg0[%d] == 1 && (%s)", hint,
                              acl->row->match);

    cflow_emit(acl->ctx, &(struct cflow) {
        .dps = place->dps,
        .stage = acl->stage,
        .priority = acl->priority,
        .match = match,
        .actions = actions,
        .meter = !strcmp(acl->row->action, "reject") ? place->reject_meter
                                                     : NULL,
    });
    free(actions);
    free(match);
}

static void
emit_stateful_allow(const struct acl *acl, const struct acl_place *place)
{
    bool labelled = acl->label[0];

    emit(acl, place, 7, "reg0[1] = 1; %s%snext;", acl->label, acl->log);
    emit(acl, place, 8, "%s%s%snext;", labelled ? "reg0[1] = 1; " : "",
         acl->label, acl->log);
}

static void
emit_stateless_pre(const struct acl *acl, const struct acl_place *place)
{
    struct acl pre = *acl;

    pre.stage = acl->ingress ? LS_IN_PRE_ACL : LS_OUT_PRE_ACL;
    emit(&pre, place, -1, "reg0[16] = 1; next;");
}

/* Where packets are not tracked, the verdict is that of each packet. */
static void
emit_stateless(const struct acl *acl, const struct acl_place *place,
               const char *refuse)
{
    if (refuse) {
        emit(acl, place, -1, "%s%s", acl->log, refuse);
    } else {
        emit(acl, place, -1, "%snext;", acl->log);
    }
}

static void
emit_stateful(const struct acl *acl, const struct acl_place *place,
              const char *refuse)
{
    if (!strcmp(acl->row->action, "allow-stateless")) {
        emit_stateless(acl, place, NULL);
        emit_stateless_pre(acl, place);
    } else if (!refuse) {
        emit_stateful_allow(acl, place);
    } else if (!strcmp(acl->row->action, "reject")) {
        emit(acl, place, 9, "%s%s", acl->log, refuse);
        emit(acl, place, 10, "%sct_commit { ct_mark.blocked = 1; };  %s",
             acl->log, refuse);
    } else {
        emit(acl, place, 9, "%s%s", acl->log, refuse);
        emit(acl, place, 10, "ct_commit { ct_mark.blocked = 1; }; %s%s",
             acl->log, refuse);
    }
}

/* Replies and related packets of connections with the ACL's label are logged
 * on their way back: in the other pipeline. */
static void
emit_log_related(const struct acl *acl, const struct acl_place *place)
{
    char *matches[] = { acl_match_reply(acl->ctx),
                        acl_match_related(acl->ctx) };
    char *actions = xasprintf("%snext;", acl->log);

    for (size_t i = 0; i < ARRAY_SIZE(matches); i++) {
        char *match = xasprintf("%s && ct_label.label == %"PRId64,
                                matches[i], acl->row->label);

        cflow_emit(acl->ctx, &(struct cflow) {
            .dps = place->dps,
            .stage = acl->ingress ? LS_OUT_ACL : LS_IN_ACL,
            .priority = 65533,
            .match = match,
            .actions = actions,
        });
        free(match);
        free(matches[i]);
    }
    free(actions);
}

static bool
logs_related(const struct acl *acl)
{
    return acl->row->log && acl->row->label
           && !strncmp(acl->row->action, "allow", 5)
           && strcmp(acl->row->action, "allow-stateless")
           && smap_get_bool(&acl->row->options, "log-related", false);
}

#define REJECT(NEXT) \
    "reg0 = 0; reject { /* eth.dst <-> eth.src; ip.dst <-> ip.src; " \
    "is implicit. */ outport <-> inport; next(" NEXT "); };"

static void
emit_place(const struct acl *acl, const struct acl_place *place,
           bool stateful)
{
    const char *refuse
        = !strcmp(acl->row->action, "drop") ? "/* drop */"
          : strcmp(acl->row->action, "reject") ? NULL
          : acl->ingress ? REJECT("pipeline=egress,table=5")
                         : REJECT("pipeline=ingress,table=25");

    if (stateful) {
        emit_stateful(acl, place, refuse);
        if (logs_related(acl)) {
            emit_log_related(acl, place);
        }
    } else {
        emit_stateless(acl, place, refuse);
    }
}

/* The switches that track connections, and those that do not.  Where a Copp
 * has a meter for rejects, that switch stands alone. */
static void
emit_everywhere(const struct acl *acl, const struct cdps *dps)
{
    bool rejects = !strcmp(acl->row->action, "reject");

    for (int stateful = 0; stateful < 2; stateful++) {
        struct uuid *list = xmalloc(dps->n * sizeof *list);
        size_t n = 0;

        for (size_t i = 0; i < dps->n; i++) {
            const struct vswitch_mode *mode
                = view_switch_mode(acl->ctx, &dps->uuids[i]);

            if (!mode || mode->stateful != stateful) {
                continue;
            }
            const char *meter = rejects ? copp_meter(acl->ctx, &mode->copp,
                                                     "reject") : NULL;
            if (meter) {
                struct uuid one = dps->uuids[i];
                struct acl_place place = {
                    .dps = cdps_get(acl->ctx, &one, 1),
                    .reject_meter = meter,
                };
                emit_place(acl, &place, stateful);
                cdps_unref(place.dps);
            } else {
                list[n++] = dps->uuids[i];
            }
        }
        if (n) {
            struct acl_place place = { .dps = cdps_get(acl->ctx, list, n) };

            emit_place(acl, &place, stateful);
            cdps_unref(place.dps);
        }
        free(list);
    }
}

static void
compile(struct cctx *ctx, const void *row_)
{
    const struct nbrec_acl *row = row_;
    const struct vacl_use *use = view_acl_use(ctx, &row->header_.uuid);

    if (!use || !use->switches) {
        return;
    }

    bool ingress = !strcmp(row->direction, "from-lport");
    bool after_lb = smap_get_bool(&row->options, "apply-after-lb", false);
    char *log = log_actions(ctx, row);
    char *label = row->label ? xasprintf("reg0[13] = 1; reg3 = %"PRId64"; ",
                                         row->label) : xstrdup("");
    struct acl acl = {
        .ctx = ctx,
        .row = row,
        .ingress = ingress,
        .stage = !ingress ? LS_OUT_ACL
                 : after_lb ? LS_IN_ACL_AFTER_LB : LS_IN_ACL,
        .priority = row->priority + 1000,
        .log = log,
        .label = label,
    };
    emit_everywhere(&acl, use->switches);
    free(log);
    free(label);
}

const struct cunit_class cunit_acl = {
    .table = CT_ACL,
    .compile = compile,
};
