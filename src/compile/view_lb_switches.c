/* A set of switches as load balancers need it. */

#include "lb_parts.h"

static void *
compute(struct cctx *ctx, const struct uuid *key)
{
    const struct cdps *all = cdps_find(ctx, key);

    if (!all) {
        return NULL;
    }

    struct vlb_switches *v = xzalloc(sizeof *v);
    struct lb_partition events = { .n = 0 }, rejects = { .n = 0 };
    v->all = cdps_ref(all);
    for (size_t i = 0; i < all->n; i++) {
        const struct vswitch *ls = view_switch(ctx, &all->uuids[i]);

        if (ls) {
            struct lb_member event = {
                .acls = ls->has_acls,
                .meter = lb_copp_meter(ctx, &ls->copp, "event-elb"),
            };
            struct lb_member reject = {
                .meter = lb_copp_meter(ctx, &ls->copp, "reject"),
            };

            lb_partition_add(&events, &all->uuids[i], &event);
            lb_partition_add(&rejects, &all->uuids[i], &reject);
        }
    }
    lb_partition_finish(ctx, &events, &v->events);
    lb_partition_finish(ctx, &rejects, &v->rejects);
    return v;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct vlb_switches *a = a_, *b = b_;

    return a->all == b->all && lb_parts_equal(&a->events, &b->events)
           && lb_parts_equal(&a->rejects, &b->rejects);
}

static void
free_view(void *v_)
{
    struct vlb_switches *v = v_;

    cdps_unref(v->all);
    lb_parts_uninit(&v->events);
    lb_parts_uninit(&v->rejects);
    free(v);
}

const struct cview_class cview_lb_switches = {
    .compute = compute,
    .equal = equal,
    .free = free_view,
};
