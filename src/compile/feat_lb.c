/* Load balancers on switches, and the unit that all load balancers' flows
 * come from.  What a switch has because of any load balancer at all is in
 * feat_lb_switch.c. */

#include "lb.h"

/* The packet of a VIP meets conntrack, so that established connections go on
 * to their backends; reg1 and reg2 keep what it was sent to. */
static void
emit_pre_stateful(struct cctx *ctx, const struct lb *lb,
                  const struct lb_vip *vip, const struct cdps *dps)
{
    struct ds match = DS_EMPTY_INITIALIZER;
    struct ds actions = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&match, "reg0[2] == 1 && ");
    lb_put_vip(lb, vip, false, &match);
    ds_put_format(&actions, "%s = %s; ", vip->is_ipv4 ? "reg1" : "xxreg1",
                  vip->at.ip);
    if (vip->at.port) {
        ds_put_format(&actions, "reg2[0..15] = %s; ", vip->at.port);
    }
    ds_put_cstr(&actions, "ct_lb_mark;");
    cflow_emit(ctx, &(struct cflow) {
        .dps = dps,
        .stage = LS_IN_PRE_STATEFUL,
        .priority = 120,
        .match = ds_cstr(&match),
        .actions = ds_cstr(&actions),
    });
    ds_destroy(&match);
    ds_destroy(&actions);
}

/* "next(...)" to where the answer of a "reject" leaves the switch: behind the
 * ACLs. */
static void
emit_reject(struct cctx *ctx, const struct lb_vip *vip, const char *match,
            const struct vlb_switches *switches)
{
    for (size_t i = 0; i < switches->rejects.n; i++) {
        const struct vlb_part *part = &switches->rejects.list[i];

        cflow_emit(ctx, &(struct cflow) {
            .dps = part->dps,
            .stage = LS_IN_LB,
            .priority = lb_priority(vip),
            .match = match,
            .actions = "reg0 = 0; reject { outport <-> inport; "
                       "next(pipeline=egress,table=5);};",
            .meter = part->meter,
        });
    }
}

static void
emit_lb(struct cctx *ctx, const struct lb *lb, const struct lb_vip *vip,
        const struct vlb_switches *switches)
{
    struct ds match = DS_EMPTY_INITIALIZER;
    struct ds actions = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&match, "ct.new && ");
    lb_put_vip(lb, vip, false, &match);
    if (!vip->backends_s[0] && lb->reject) {
        emit_reject(ctx, vip, ds_cstr(&match), switches);
    } else {
        if (vip->backends_s[0]) {
            ds_put_cstr(&actions, "reg0[1] = 0; ");
            lb_put_ct_lb(lb, vip, &actions);
        } else {
            ds_put_cstr(&actions, "drop;");
        }
        cflow_emit(ctx, &(struct cflow) {
            .dps = switches->all,
            .stage = LS_IN_LB,
            .priority = lb_priority(vip),
            .match = ds_cstr(&match),
            .actions = ds_cstr(&actions),
        });
    }
    ds_destroy(&match);
    ds_destroy(&actions);
}

void
lb_switch_emit(struct cctx *ctx, const struct lb *lb,
               const struct vlb_switches *switches)
{
    for (size_t i = 0; i < lb->n_vips; i++) {
        const struct lb_vip *vip = &lb->vips[i];

        emit_pre_stateful(ctx, lb, vip, switches->all);
        emit_lb(ctx, lb, vip, switches);
        lb_event_emit_switches(ctx, lb, vip, switches);
        lb_affinity_emit_switches(ctx, lb, vip, switches->all);
    }
}

static void
compile(struct cctx *ctx, const void *row)
{
    const struct nbrec_load_balancer *lb_row = row;
    const struct vlb_use *use = view_lb_use(ctx, &lb_row->header_.uuid);
    struct lb lb;

    if (!use || (!use->switches && !use->routers)) {
        return;
    }

    const struct vlb_switches *switches
        = use->switches ? view_lb_switches(ctx, &use->switches->id) : NULL;
    const struct vlb_routers *routers
        = use->routers ? view_lb_routers(ctx, &use->routers->id) : NULL;
    lb_parse(ctx, lb_row, &lb);
    if (switches) {
        lb_switch_emit(ctx, &lb, switches);
        lb_row_emit(ctx, &lb, switches->all);
    }
    if (routers && routers->all) {
        lb_router_emit(ctx, &lb, routers);
    }
    lb_uninit(&lb);
}

const struct cunit_class cunit_lb = {
    .table = CT_LB,
    .compile = compile,
};
