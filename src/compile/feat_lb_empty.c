/* VIPs without usable backends: a packet to one raises an event, so that
 * somebody wakes the service.
 *
 * Place and text are those of stock ovn-northd, with two differences.  On a
 * switch that has ACLs the event waits until they have spoken, in the stage
 * that balances: a packet that is denied wakes nobody.  (Established
 * connections never get there: conntrack has sent them to their backends.)
 * And a VIP whose backends are all offline by health check counts as empty. */

#include "lb.h"

static bool
raises_event(struct cctx *ctx, const struct lb *lb, const struct lb_vip *vip)
{
    return !vip->backends_s[0] && !lb->reject
           && (lb->event || cctx_option_bool(ctx, "controller_event", false));
}

/* 'meter' is that of a Copp.  Without one, a meter with the name that events
 * have in ovn-northd(8) is named in the action. */
static char *
format_actions(struct cctx *ctx, const struct lb *lb,
               const struct lb_vip *vip, const char *meter)
{
    bool named = !meter && cctx_named1(ctx, CR_METER_NAMED, "event-elb");

    return xasprintf("trigger_event(event = \"empty_lb_backends\", %s"
                     "vip = \"%s\", protocol = \"%s\", load_balancer = \""
                     UUID_FMT"\");",
                     named ? "meter = \"event-elb\", " : "", vip->at.s,
                     lb->protocol, UUID_ARGS(&lb->row->header_.uuid));
}

static void
emit(struct cctx *ctx, const struct lb *lb, const struct lb_vip *vip,
     const struct vlb_part *part, enum cstage stage)
{
    struct ds match = DS_EMPTY_INITIALIZER;
    char *actions = format_actions(ctx, lb, vip, part->meter);

    lb_put_vip(lb, vip, true, &match);
    cflow_emit(ctx, &(struct cflow) {
        .dps = part->dps,
        .stage = stage,
        .priority = 130,
        .match = ds_cstr(&match),
        .actions = actions,
        .meter = part->meter,
    });
    free(actions);
    ds_destroy(&match);
}

void
lb_event_emit_switches(struct cctx *ctx, const struct lb *lb,
                       const struct lb_vip *vip,
                       const struct vlb_switches *switches)
{
    if (raises_event(ctx, lb, vip)) {
        for (size_t i = 0; i < switches->events.n; i++) {
            const struct vlb_part *part = &switches->events.list[i];

            emit(ctx, lb, vip, part, part->acls ? LS_IN_LB : LS_IN_PRE_LB);
        }
    }
}

void
lb_event_emit_routers(struct cctx *ctx, const struct lb *lb,
                      const struct lb_vip *vip,
                      const struct vlb_routers *routers)
{
    if (raises_event(ctx, lb, vip)) {
        for (size_t i = 0; i < routers->events.n; i++) {
            emit(ctx, lb, vip, &routers->events.list[i], LR_IN_DNAT);
        }
    }
}
