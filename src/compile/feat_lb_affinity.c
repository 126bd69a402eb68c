/* options:affinity_timeout: connections of a client go to the backend that
 * its last one went to. */

#include "lb.h"

/* Registers that keep the VIP while the packet goes through the pipeline, and
 * those where chk_lb_aff() leaves the backend. */
struct registers {
    const char *ip, *port;
    const char *backend;
};

static const struct registers *
registers_of(const struct lb_vip *vip, bool router)
{
    static const struct registers all[2][2] = {
        /* [router][is_ipv4] */
        { { "xxreg1", "reg2[0..15]", "xxreg0" },
          { "reg1", "reg2[0..15]", "reg4" } },
        { { "xxreg0", "reg9[16..31]", "xxreg1" },
          { "reg0", "reg9[16..31]", "reg4" } },
    };

    return &all[router][vip->is_ipv4];
}

static void
emit(struct cctx *ctx, const struct cdps *dps, enum cstage stage,
     uint16_t priority, const struct ds texts[2])
{
    cflow_emit(ctx, &(struct cflow) {
        .dps = dps,
        .stage = stage,
        .priority = priority,
        .match = ds_cstr_ro(&texts[0]),
        .actions = ds_cstr_ro(&texts[1]),
    });
}

static void
emit_check(struct cctx *ctx, const struct lb *lb, const struct lb_vip *vip,
           const struct cdps *dps, bool router)
{
    const struct registers *regs = registers_of(vip, router);
    struct ds texts[2] = { DS_EMPTY_INITIALIZER, DS_EMPTY_INITIALIZER };
    int family = vip->is_ipv4 ? 4 : 6;

    if (router) {
        ds_put_format(&texts[0], "ct.new && !ct.rel && ip%d && ", family);
        lb_put_vip(lb, vip, vip->at.port, &texts[0]);
        ds_put_format(&texts[1], "%s = ip%d.dst; ", regs->ip, family);
        if (vip->at.port) {
            ds_put_format(&texts[1], "%s = %s.dst; ", regs->port,
                          lb->protocol);
        }
    } else {
        ds_put_format(&texts[0], "ct.new && ip%d && %s == %s", family,
                      regs->ip, vip->at.ip);
        if (vip->at.port) {
            ds_put_format(&texts[0], " && %s == %s", regs->port,
                          vip->at.port);
        }
    }
    ds_put_cstr(&texts[1], "reg9[6] = chk_lb_aff(); next;");
    emit(ctx, dps, router ? LR_IN_LB_AFF_CHECK : LS_IN_LB_AFF_CHECK, 100,
         texts);
    ds_destroy(&texts[0]);
    ds_destroy(&texts[1]);
}

/* A client that is known: on to its backend. */
static void
emit_known(struct cctx *ctx, const struct lb *lb, const struct lb_vip *vip,
           const struct lb_address *at, const struct vlb_part *part,
           bool router)
{
    const struct registers *regs = registers_of(vip, router);
    const char *flag = !router ? NULL : lb->skip_snat ? "skip_snat"
                       : part->forced ? "force_snat" : NULL;
    struct ds texts[2] = { DS_EMPTY_INITIALIZER, DS_EMPTY_INITIALIZER };

    ds_put_format(&texts[0], "reg9[6] == 1 && ct.new && ip%d && %s == ",
                  vip->is_ipv4 ? 4 : 6, regs->backend);
    ds_put_cstr(&texts[0], at->ip);
    if (at->port) {
        ds_put_format(&texts[0], " && reg8[0..15] == %s", at->port);
    }
    ds_put_format(&texts[1], "%s%s = %s; ", router ? "" : "reg0[1] = 0; ",
                  regs->ip, vip->at.ip);
    if (!router && vip->at.port) {
        ds_put_format(&texts[1], "%s = %s; ", regs->port,
                      vip->at.port);
    }
    if (flag) {
        ds_put_format(&texts[1], "flags.%s_for_lb = 1; ", flag);
    }
    ds_put_cstr(&texts[1], "ct_lb_mark(backends=");
    ds_put_cstr(&texts[1], at->s);
    ds_put_format(&texts[1], "%s%s);", flag ? "; " : "", flag ? flag : "");
    emit(ctx, part->dps, router ? LR_IN_DNAT : LS_IN_LB, 150, texts);
    ds_destroy(&texts[0]);
    ds_destroy(&texts[1]);
}

static void
emit_learn(struct cctx *ctx, const struct lb *lb, const struct lb_vip *vip,
           const struct lb_address *at, const struct cdps *dps, bool router)
{
    const struct registers *regs = registers_of(vip, router);
    struct ds texts[2] = { DS_EMPTY_INITIALIZER, DS_EMPTY_INITIALIZER };
    int family = vip->is_ipv4 ? 4 : 6;

    ds_put_format(&texts[0], "reg9[6] == 0 && ct.new && ip%d && %s == %s",
                  family, regs->ip, vip->at.ip);
    if (vip->at.port) {
        ds_put_format(&texts[0], " && %s == %s", regs->port,
                      vip->at.port);
    }
    ds_put_format(&texts[0], " && ip%d.dst == %s", family, at->ip);
    if (at->port) {
        ds_put_format(&texts[0], " && %s.dst == %s", lb->protocol, at->port);
    }
    ds_put_format(&texts[1], "commit_lb_aff(vip = \"%s\", backend = \"",
                  vip->at.s);
    ds_put_cstr(&texts[1], at->s);
    ds_put_cstr(&texts[1], "\", ");
    if (vip->at.port) {
        ds_put_format(&texts[1], "proto = %s, ", lb->protocol);
    }
    ds_put_format(&texts[1], "timeout = %u); /* drop */", lb->affinity);
    emit(ctx, dps, router ? LR_IN_LB_AFF_LEARN : LS_IN_LB_AFF_LEARN, 100,
         texts);
    ds_destroy(&texts[0]);
    ds_destroy(&texts[1]);
}

void
lb_affinity_emit_switches(struct cctx *ctx, const struct lb *lb,
                          const struct lb_vip *vip, const struct cdps *dps)
{
    const struct vlb_part part = { .dps = dps };

    if (!lb->affinity) {
        return;
    }
    emit_check(ctx, lb, vip, dps, false);
    for (size_t i = 0; i < vip->n_backends; i++) {
        if (vip->backends[i].up) {
            emit_known(ctx, lb, vip, &vip->backends[i].at, &part, false);
            emit_learn(ctx, lb, vip, &vip->backends[i].at, dps, false);
        }
    }
}

void
lb_affinity_emit_routers(struct cctx *ctx, const struct lb *lb,
                         const struct lb_vip *vip,
                         const struct vlb_routers *routers)
{
    if (!lb->affinity) {
        return;
    }
    emit_check(ctx, lb, vip, routers->all, true);
    for (size_t i = 0; i < vip->n_backends; i++) {
        if (!vip->backends[i].up) {
            continue;
        }
        for (size_t j = 0; j < routers->dnats.n; j++) {
            emit_known(ctx, lb, vip, &vip->backends[i].at,
                       &routers->dnats.list[j], true);
        }
        emit_learn(ctx, lb, vip, &vip->backends[i].at, routers->all, true);
    }
}
