/* What a switch needs for load balancers as such: that packets meet conntrack
 * before and after, that hairpins come back, and the ends of the stages. */

#include "views.h"

static void
emit(struct cctx *ctx, const struct uuid *ls, enum cstage stage,
     uint16_t priority, const char *texts[2])
{
    cflow_emit(ctx, &(struct cflow) {
        .dp = ls,
        .stage = stage,
        .priority = priority,
        .match = texts[0],
        .actions = texts[1],
    });
}
#define EMIT(STAGE, PRIORITY, MATCH, ACTIONS)                                 \
    emit(ctx, ls, STAGE, PRIORITY, (const char *[2]) { MATCH, ACTIONS })

/* Whatever must not or need not meet conntrack goes past. */
static void
emit_pre_lb(struct cctx *ctx, const struct uuid *ls, bool egress)
{
    enum cstage stage = egress ? LS_OUT_PRE_LB : LS_IN_PRE_LB;

    EMIT(stage, 110, "nd || nd_rs || nd_ra || mldv1 || mldv2", "next;");
    EMIT(stage, 110, "eth.mcast", "next;");
    EMIT(stage, 110, egress ? "eth.src == $svc_monitor_mac"
                            : "eth.dst == $svc_monitor_mac", "next;");
    EMIT(stage, 110, "reg0[16] == 1", "next;");
    EMIT(stage, 0, "1", "next;");
}

static void
emit_stateful(struct cctx *ctx, const struct uuid *ls, bool egress)
{
    enum cstage pre = egress ? LS_OUT_PRE_STATEFUL : LS_IN_PRE_STATEFUL;
    enum cstage stage = egress ? LS_OUT_STATEFUL : LS_IN_STATEFUL;

    EMIT(pre, 110, "reg0[2] == 1", "ct_lb_mark;");
    EMIT(pre, 100, "reg0[0] == 1", "ct_next;");
    EMIT(pre, 0, "1", "next;");
    EMIT(stage, 100, "reg0[1] == 1 && reg0[13] == 1",
         "ct_commit { ct_mark.blocked = 0; ct_label.label = reg3; }; next;");
    EMIT(stage, 100, "reg0[1] == 1 && reg0[13] == 0",
         "ct_commit { ct_mark.blocked = 0; }; next;");
    EMIT(stage, 0, "1", "next;");
}

static void
emit_vips(struct cctx *ctx, const struct uuid *ls)
{
    EMIT(LS_IN_PRE_LB, 100, "ip", "reg0[2] = 1; next;");
    EMIT(LS_OUT_PRE_LB, 100, "ip", "reg0[2] = 1; next;");
    EMIT(LS_IN_PRE_HAIRPIN, 100, "ip && ct.trk",
         "reg0[6] = chk_lb_hairpin(); reg0[12] = chk_lb_hairpin_reply(); "
         "next;");
    EMIT(LS_IN_NAT_HAIRPIN, 100,
         "ip && ct.new && ct.trk && reg0[6] == 1", "ct_snat_to_vip; next;");
    EMIT(LS_IN_NAT_HAIRPIN, 100,
         "ip && ct.est && ct.trk && reg0[6] == 1", "ct_snat;");
    EMIT(LS_IN_NAT_HAIRPIN, 90, "ip && reg0[12] == 1", "ct_snat;");
    EMIT(LS_IN_HAIRPIN, 1, "(reg0[6] == 1 || reg0[12] == 1)",
         "eth.dst <-> eth.src; outport = inport; flags.loopback = 1; "
         "output;");
}

/* What comes from hardware VTEPs (reg0[14]) has been balanced there; only on
 * the chassis of a gateway port does it go through. */
static void
emit_vtep(struct cctx *ctx, const struct uuid *ls, const struct vswitch *v)
{
    if (!v->has_vtep) {
        return;
    }
    EMIT(LS_IN_HAIRPIN, 1000, "reg0[14] == 1",
         "next(pipeline=ingress, table=25);");
    for (size_t i = 0; i < v->n_router_ports; i++) {
        const struct vport *lsp = view_switch_port(ctx, &v->router_ports[i]);
        const struct vrport *port = lsp && !uuid_is_zero(&lsp->lrp)
                                    ? view_router_port(ctx, &lsp->lrp) : NULL;

        if (port && port->is_distributed_gateway) {
            char *match = xasprintf("reg0[14] == 1 && "
                                    "is_chassis_resident(%s)",
                                    port->json_redirect);

            EMIT(LS_IN_HAIRPIN, 2000, match, "next;");
            free(match);
        }
    }
}

static void
compile(struct cctx *ctx, const void *row)
{
    static const enum cstage stages[] = {
        LS_IN_LB_AFF_CHECK, LS_IN_LB, LS_IN_LB_AFF_LEARN, LS_IN_PRE_HAIRPIN,
        LS_IN_NAT_HAIRPIN, LS_IN_HAIRPIN,
    };
    const struct nbrec_logical_switch *ls_row = row;
    const struct uuid *ls = &ls_row->header_.uuid;
    const struct vswitch *v = view_switch(ctx, ls);

    emit_pre_lb(ctx, ls, false);
    emit_pre_lb(ctx, ls, true);
    emit_stateful(ctx, ls, false);
    emit_stateful(ctx, ls, true);
    for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
        EMIT(stages[i], 0, "1", "next;");
    }
    if (v && v->has_lb_vips) {
        emit_vips(ctx, ls);
    }
    if (v) {
        emit_vtep(ctx, ls, v);
    }
}

const struct cunit_class cunit_lb_switch = {
    .table = CT_LS,
    .compile = compile,
};

/* Ports to routers: packets have been, or will be, balanced there.  Ports to
 * physical networks: there is nothing to balance, unless the switch does. */
static void
compile_port(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_switch_port *lsp = row;
    const struct vport *port = view_switch_port(ctx, &lsp->header_.uuid);

    if (!port || uuid_is_zero(&port->ls)
        || (port->type != VPORT_ROUTER && port->type != VPORT_LOCALNET)) {
        return;
    }

    const struct vswitch *v = view_switch(ctx, &port->ls);
    if (!v || (port->type == VPORT_LOCALNET && v->has_lb_vips)) {
        return;
    }

    char *in = xasprintf("ip && inport == %s", port->json_name);
    char *out = xasprintf("ip && outport == %s", port->json_name);
    const struct uuid *ls = &port->ls;
    EMIT(LS_IN_PRE_LB, 110, in, "next;");
    EMIT(LS_OUT_PRE_LB, 110, out,
         v->has_stateful_acls ? "next;" : "ct_clear; next;");
    free(in);
    free(out);
}

const struct cunit_class cunit_lb_switch_port = {
    .table = CT_LSP,
    .compile = compile_port,
};
