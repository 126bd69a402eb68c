/* NAT on gateway routers: all of it on the router's chassis.
 *
 * Source: ovn-northd(8) lr_in_unsnat, lr_in_dnat, lr_out_snat. */

#include "rnat.h"

static void
emit_dnat(struct cctx *ctx, const struct rnat *n)
{
    const struct vnat *nat = n->nat;
    char *match = xasprintf("ip && %s.dst == %s", n->ip, n->external);
    const char *force
        = n->router->dnat_force_snat.n
          ? "flags.force_snat_for_dnat = 1; " : "";
    char *actions
        = nat->stateless
          ? xasprintf("%sflags.loopback = 1; %s.dst=%s; next;", force, n->ip,
                      n->logical)
          : xasprintf("%sflags.loopback = 1; ct_dnat(%s%s%s);", force,
                      n->logical, nat->ports ? "," : "",
                      nat->ports ? nat->ports : "");

    if (nat->exempted) {
        rnat_emit(ctx, n, LR_IN_DNAT, 102,
                  xasprintf("%s && %s.src == $%s", match, n->ip,
                            nat->exempted),
                  xstrdup("next;"));
    }
    rnat_emit(ctx, n, LR_IN_DNAT, 100,
              nat->allowed ? xasprintf("%s && %s.src == $%s", match, n->ip,
                                       nat->allowed)
                           : xstrdup(match),
              actions);
    free(match);
}

static void
emit_snat(struct cctx *ctx, const struct rnat *n)
{
    const struct vnat *nat = n->nat;
    uint16_t priority = nat->logical.plen + 1;
    char *match = xasprintf("ip && %s.src == %s", n->ip, n->logical);
    char *allowed = nat->allowed ? xasprintf(" && %s.dst == $%s", n->ip,
                                             nat->allowed)
                                 : xstrdup("");

    if (nat->exempted) {
        rnat_emit(ctx, n, LR_OUT_SNAT, priority + 2,
                  xasprintf("%s && %s.dst == $%s", match, n->ip,
                            nat->exempted),
                  xstrdup("next;"));
    }
    if (nat->stateless) {
        rnat_emit(ctx, n, LR_OUT_SNAT, priority,
                  xasprintf("%s%s", match, allowed),
                  xasprintf("%s.src=%s; next;", n->ip, n->external));
    } else {
        rnat_emit(ctx, n, LR_OUT_SNAT, priority,
                  xasprintf("%s%s && (!ct.trk || !ct.rpl)", match, allowed),
                  xasprintf("ct_snat(%s%s%s);", n->external,
                            nat->ports ? "," : "",
                            nat->ports ? nat->ports : ""));
    }
    free(allowed);
    free(match);
}

void
rnat_emit_gateway(struct cctx *ctx, const struct rnat *n)
{
    if (rnat_is_dnat(n)) {
        emit_dnat(ctx, n);
    }
    if (rnat_is_snat(n)) {
        rnat_emit(ctx, n, LR_IN_UNSNAT, 90,
                  xasprintf("ip && %s.dst == %s", n->ip, n->external),
                  xstrdup(n->nat->stateless ? "next;" : "ct_snat;"));
        emit_snat(ctx, n);
    }
}
