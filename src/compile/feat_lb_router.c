/* Load balancers on routers. */

#include "lb.h"

/* What marks packets so that SNAT is forced or left out on their way. */
static const char *
snat_flag(const struct lb *lb, bool forced)
{
    return lb->skip_snat ? "flags.skip_snat_for_lb = 1; "
           : forced ? "flags.force_snat_for_lb = 1; " : "";
}

static void
emit_defrag(struct cctx *ctx, const struct lb_vip *vip,
            const struct cdps *dps)
{
    char *match = xasprintf("ip && ip%d.dst == %s", vip->is_ipv4 ? 4 : 6,
                            vip->at.ip);

    cflow_emit(ctx, &(struct cflow) {
        .dps = dps,
        .stage = LR_IN_DEFRAG,
        .priority = 100,
        .match = match,
        .actions = "ct_dnat;",
    });
    free(match);
}

static void
emit_reject(struct cctx *ctx, const struct lb *lb, const struct lb_vip *vip,
            const char *match, const struct vlb_routers *routers)
{
    for (size_t i = 0; i < routers->rejects.n; i++) {
        const struct vlb_part *part = &routers->rejects.list[i];
        char *actions = xasprintf("%sreg0 = 0; reject { outport <-> inport; "
                                  "next(pipeline=egress,table=3);};",
                                  snat_flag(lb, part->forced));

        cflow_emit(ctx, &(struct cflow) {
            .dps = part->dps,
            .stage = LR_IN_DNAT,
            .priority = lb_priority(vip),
            .match = match,
            .actions = actions,
            .meter = part->meter,
        });
        free(actions);
    }
}

/* On a distributed router replies of backends leave by the gateway port,
 * where their source becomes the VIP again. */
static void
emit_undnat(struct cctx *ctx, const struct lb *lb, const struct lb_vip *vip,
            const struct vlb_part *part)
{
    struct ds match = DS_EMPTY_INITIALIZER;
    const char *flag = snat_flag(lb, part->forced);
    char *actions = xasprintf("%s%s", flag,
                              flag[0] ? "next;" : "ct_dnat_in_czone;");

    ds_put_format(&match, "ip%d && (", vip->is_ipv4 ? 4 : 6);
    for (size_t i = 0; i < vip->n_backends; i++) {
        const struct lb_address *at = &vip->backends[i].at;

        ds_put_format(&match, "%s(ip%d.src == %s", i ? " || " : "",
                      vip->is_ipv4 ? 4 : 6, at->ip);
        if (at->port) {
            ds_put_format(&match, " && %s.src == %s", lb->protocol,
                          at->port);
        }
        ds_put_char(&match, ')');
    }
    ds_put_format(&match, ") && outport == %s && is_chassis_resident(%s)",
                  part->gateway_port, part->gateway);
    cflow_emit(ctx, &(struct cflow) {
        .dps = part->dps,
        .stage = LR_OUT_UNDNAT,
        .priority = 120,
        .match = ds_cstr(&match),
        .actions = actions,
    });
    free(actions);
    ds_destroy(&match);
}

static void
emit_dnat(struct cctx *ctx, const struct lb *lb, const struct lb_vip *vip,
          const char *match, const struct vlb_part *part)
{
    struct ds full = DS_EMPTY_INITIALIZER;
    struct ds actions = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&full, match);
    if (part->gateway) {
        ds_put_format(&full, " && is_chassis_resident(%s)", part->gateway);
    }
    ds_put_cstr(&actions, snat_flag(lb, part->forced));
    if (vip->backends_s[0]) {
        lb_put_ct_lb(lb, vip, &actions);
    } else {
        ds_put_cstr(&actions, "drop;");
    }
    cflow_emit(ctx, &(struct cflow) {
        .dps = part->dps,
        .stage = LR_IN_DNAT,
        .priority = lb_priority(vip),
        .match = ds_cstr(&full),
        .actions = ds_cstr(&actions),
    });
    if (part->gateway && vip->n_backends) {
        emit_undnat(ctx, lb, vip, part);
    }
    ds_destroy(&full);
    ds_destroy(&actions);
}

static void
emit_vip(struct cctx *ctx, const struct lb *lb, const struct lb_vip *vip,
         const struct vlb_routers *routers)
{
    struct ds match = DS_EMPTY_INITIALIZER;

    ds_put_format(&match, "ct.new && !ct.rel && ip%d && ",
                  vip->is_ipv4 ? 4 : 6);
    lb_put_vip(lb, vip, vip->at.port, &match);
    if (!vip->backends_s[0] && lb->reject) {
        emit_reject(ctx, lb, vip, ds_cstr(&match), routers);
    } else {
        for (size_t i = 0; i < routers->dnats.n; i++) {
            emit_dnat(ctx, lb, vip, ds_cstr(&match),
                      &routers->dnats.list[i]);
        }
    }
    ds_destroy(&match);
}

void
lb_router_emit(struct cctx *ctx, const struct lb *lb,
               const struct vlb_routers *routers)
{
    for (size_t i = 0; i < lb->n_vips; i++) {
        const struct lb_vip *vip = &lb->vips[i];

        emit_defrag(ctx, vip, routers->all);
        emit_vip(ctx, lb, vip, routers);
        lb_event_emit_routers(ctx, lb, vip, routers);
        lb_affinity_emit_routers(ctx, lb, vip, routers);
        lb_arp_emit(ctx, lb, vip, routers);
    }
    lb_route_emit(ctx, lb, routers);
    if (lb->skip_snat && lb->n_vips) {
        cflow_emit(ctx, &(struct cflow) {
            .dps = routers->all,
            .stage = LR_OUT_SNAT,
            .priority = 120,
            .match = "flags.skip_snat_for_lb == 1 && ip",
            .actions = "next;",
        });
    }
}
