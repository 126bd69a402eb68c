/* What a switch does for the ACLs that it has, and where it has none: stages
 * ls_in_pre_acl, acl_hint, acl, acl_after_lb, ls_out_pre_acl, acl_hint, acl.
 *
 * Sources: ovn-northd(8). */

#include "feat_acl.h"
#include "feat_port.h"

/* NB_Global options:use_ct_inv_match=false spares hardware that cannot. */
static const char *
not_invalid(struct cctx *ctx)
{
    return cctx_option_bool(ctx, "use_ct_inv_match", true) ? " && !ct.inv"
                                                           : "";
}

char *
acl_match_invalid(struct cctx *ctx)
{
    return xasprintf("%s(ct.est && ct.rpl && ct_mark.blocked == 1)",
                     not_invalid(ctx)[0] ? "ct.inv || " : "");
}

char *
acl_match_reply(struct cctx *ctx)
{
    return xasprintf("ct.est && !ct.rel && !ct.new%s && ct.rpl "
                     "&& ct_mark.blocked == 0", not_invalid(ctx));
}

char *
acl_match_related(struct cctx *ctx)
{
    return xasprintf("!ct.est && ct.rel && !ct.new%s "
                     "&& ct_mark.blocked == 0", not_invalid(ctx));
}

struct acl_flow {
    enum cstage stage;
    uint16_t priority;
    const char *match;
    const char *actions;
};

static void
emit_all(struct cctx *ctx, const struct uuid *dp,
         const struct acl_flow *flows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cflow_emit(ctx, &(struct cflow) {
            .dp = dp,
            .stage = flows[i].stage,
            .priority = flows[i].priority,
            .match = flows[i].match,
            .actions = flows[i].actions,
        });
    }
}

#define ND_MATCH "nd || nd_rs || nd_ra || mldv1 || mldv2"
#define ND_MATCH_ACL "nd || nd_ra || nd_rs || mldv1 || mldv2"

static void
emit_pre_acl(struct cctx *ctx, const struct vswitch *sw)
{
    static const struct acl_flow always[] = {
        { LS_IN_PRE_ACL, 110, "eth.dst == $svc_monitor_mac", "next;" },
        { LS_OUT_PRE_ACL, 110, "eth.src == $svc_monitor_mac", "next;" },
        { LS_IN_PRE_ACL, 0, "1", "next;" },
        { LS_OUT_PRE_ACL, 0, "1", "next;" },
    };
#define UNTRACKED ND_MATCH " || (udp && udp.src == 546 && udp.dst == 547)"
    static const struct acl_flow stateful[] = {
        { LS_IN_PRE_ACL, 110, "eth.mcast", "next;" },
        { LS_OUT_PRE_ACL, 110, "eth.mcast", "next;" },
        { LS_IN_PRE_ACL, 110, UNTRACKED, "next;" },
        { LS_OUT_PRE_ACL, 110, UNTRACKED, "next;" },
        { LS_IN_PRE_ACL, 100, "ip", "reg0[0] = 1; next;" },
        { LS_OUT_PRE_ACL, 100, "ip", "reg0[0] = 1; next;" },
    };
#undef UNTRACKED

    emit_all(ctx, &sw->uuid, always, ARRAY_SIZE(always));
    if (sw->has_stateful_acls) {
        emit_all(ctx, &sw->uuid, stateful, ARRAY_SIZE(stateful));
    }
}

/* Which ACLs a packet may meet, by the state of its connection: bit 7 an
 * allowing one that must commit it, 8 one that need not, 9 a drop, 10 a drop
 * of what was allowed before. */
static void
emit_hints(struct cctx *ctx, const struct uuid *dp)
{
    static const struct {
        uint16_t priority;
        const char *match;
        const char *actions;
    } hints[] = {
        { 7, "ct.new && !ct.est", "reg0[7] = 1; reg0[9] = 1; next;" },
        { 6, "!ct.new && ct.est && !ct.rpl && ct_mark.blocked == 1",
          "reg0[7] = 1; reg0[9] = 1; next;" },
        { 5, "!ct.trk", "reg0[8] = 1; reg0[9] = 1; next;" },
        { 4, "!ct.new && ct.est && !ct.rpl && ct_mark.blocked == 0",
          "reg0[8] = 1; reg0[10] = 1; next;" },
        { 3, "!ct.est", "reg0[9] = 1; next;" },
        { 2, "ct.est && ct_mark.blocked == 1", "reg0[9] = 1; next;" },
        { 1, "ct.est && ct_mark.blocked == 0", "reg0[10] = 1; next;" },
    };
    static const enum cstage stages[] = { LS_IN_ACL_HINT, LS_OUT_ACL_HINT };

    for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(hints); j++) {
            cflow_emit(ctx, &(struct cflow) {
                .dp = dp,
                .stage = stages[i],
                .priority = hints[j].priority,
                .match = hints[j].match,
                .actions = hints[j].actions,
            });
        }
    }
}

/* Connections that have been admitted, and those that may no longer be. */
static void
emit_established(struct cctx *ctx, const struct uuid *dp, bool default_drop)
{
    const char *other = default_drop ? "drop;" : "reg0[1] = 1; next;";
    char *invalid = acl_match_invalid(ctx);
    char *reply = acl_match_reply(ctx);
    char *related = acl_match_related(ctx);
    const struct acl_flow flows[] = {
        { LS_IN_ACL, 65532, invalid, "drop;" },
        { LS_OUT_ACL, 65532, invalid, "drop;" },
        { LS_IN_ACL, 65532, reply,
          "reg0[9] = 0; reg0[10] = 0; reg0[17] = 1; next;" },
        { LS_OUT_ACL, 65532, reply, "next;" },
        { LS_IN_ACL, 65532, related, "reg0[17] = 1; next;" },
        { LS_OUT_ACL, 65532, related, "next;" },
        { LS_IN_ACL_AFTER_LB, 65532, "reg0[17] == 1", "next;" },
        { LS_IN_ACL, 1, "ip && ct.est && ct_mark.blocked == 1",
          "reg0[1] = 1; next;" },
        { LS_OUT_ACL, 1, "ip && ct.est && ct_mark.blocked == 1",
          "reg0[1] = 1; next;" },
        { LS_IN_ACL, 1, "ip && !ct.est", other },
        { LS_OUT_ACL, 1, "ip && !ct.est", other },
    };

    emit_all(ctx, dp, flows, ARRAY_SIZE(flows));
    free(invalid);
    free(reply);
    free(related);
}

static void
emit_acl(struct cctx *ctx, const struct vswitch *sw)
{
    static const struct acl_flow neighbors[] = {
        { LS_IN_ACL, 65532, ND_MATCH_ACL, "next;" },
        { LS_IN_ACL_AFTER_LB, 65532, ND_MATCH_ACL, "next;" },
        { LS_OUT_ACL, 65532, ND_MATCH_ACL, "next;" },
    };
    static const struct acl_flow monitors[] = {
        { LS_IN_ACL, 34000, "eth.dst == $svc_monitor_mac", "next;" },
        { LS_OUT_ACL, 34000, "eth.src == $svc_monitor_mac", "next;" },
    };
    bool any = sw->has_acls || sw->has_lb_vips;
    bool stateful = sw->has_stateful_acls || sw->has_lb_vips;
    bool default_drop = cctx_option_bool(ctx, "default_acl_drop", false);
    const char *fallback = default_drop && sw->has_acls ? "drop;" : "next;";
    uint16_t lowest = any ? 0 : UINT16_MAX;
    bool tracked = stateful || sw->has_acls;

    emit_all(ctx, &sw->uuid, neighbors, ARRAY_SIZE(neighbors));
    emit_all(ctx, &sw->uuid, (struct acl_flow[]) {
        { LS_IN_ACL_HINT, tracked ? 0 : UINT16_MAX, "1", "next;" },
        { LS_OUT_ACL_HINT, tracked ? 0 : UINT16_MAX, "1", "next;" },
        { LS_IN_ACL, lowest, "1", fallback },
        { LS_OUT_ACL, lowest, "1", fallback },
        { LS_IN_ACL_AFTER_LB, 0, "1", fallback },
    }, 5);
    if (any) {
        emit_all(ctx, &sw->uuid, monitors, ARRAY_SIZE(monitors));
    }
    if (stateful) {
        emit_hints(ctx, &sw->uuid);
        emit_established(ctx, &sw->uuid, default_drop);
    }
}

static void
compile_switch(struct cctx *ctx, const void *row)
{
    const struct nbrec_logical_switch *ls = row;
    const struct vswitch *sw = view_switch(ctx, &ls->header_.uuid);

    if (sw) {
        emit_pre_acl(ctx, sw);
        emit_acl(ctx, sw);
    }
}

const struct cunit_class cunit_ls_acl = {
    .table = CT_LS,
    .compile = compile_switch,
};

/* Ports that connection tracking is kept away from: what passes them is
 * tracked by the routers or by other chassis. */
void
feat_acl_port(const struct cport *p)
{
    static const struct {
        enum cstage stage;
        const char *field;
    } sides[] = {
        { LS_IN_PRE_ACL, "inport" }, { LS_OUT_PRE_ACL, "outport" },
    };

    if (!p->mode->has_stateful_acls || (p->port->type != VPORT_ROUTER
                                        && p->port->type != VPORT_LOCALNET)) {
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
        char *match = xasprintf("ip && %s == %s", sides[i].field,
                                p->port->json_name);

        cflow_emit(p->ctx, &(struct cflow) {
            .dp = &p->port->ls,
            .stage = sides[i].stage,
            .priority = 110,
            .match = match,
            .actions = "next;",
            .port = p->port->name,
        });
        free(match);
    }
}
