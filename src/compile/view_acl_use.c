/* Which switches a port group, or an ACL, is on. */

#include "views.h"

static void *
compute_group(struct cctx *ctx, const struct uuid *key)
{
    const struct nbrec_port_group *pg = get_pg(ctx, key);

    if (!pg) {
        return NULL;
    }

    struct uuid *list = xmalloc(MAX(pg->n_ports, 1) * sizeof *list);
    struct vpg_use *v = xzalloc(sizeof *v);
    size_t n = 0;
    for (size_t i = 0; i < pg->n_ports; i++) {
        const struct uuid *ls = cctx_related1(
            ctx, CR_LS_OF_PORT, &pg->ports[i]->header_.uuid);

        if (ls) {
            list[n++] = *ls;
        }
    }
    v->switches = n ? cdps_get(ctx, list, n) : NULL;
    free(list);
    return v;
}

static bool
equal_group(const void *a_, const void *b_)
{
    const struct vpg_use *a = a_, *b = b_;

    return a->switches == b->switches;
}

static void
free_group(void *v_)
{
    struct vpg_use *v = v_;

    cdps_unref(v->switches);
    free(v);
}

const struct cview_class cview_pg_use = {
    .compute = compute_group,
    .equal = equal_group,
    .free = free_group,
};

static void *
compute(struct cctx *ctx, const struct uuid *key)
{
    struct vacl_use *v = xzalloc(sizeof *v);
    size_t n, n_groups;
    const struct uuid *direct = cctx_related(ctx, CR_LS_OF_ACL, key, &n);
    const struct uuid *groups = cctx_related(ctx, CR_PG_OF_ACL, key,
                                             &n_groups);
    struct uuid *list = n ? xmemdup(direct, n * sizeof *direct) : NULL;

    for (size_t i = 0; i < n_groups; i++) {
        const struct vpg_use *use = view_pg_use(ctx, &groups[i]);

        if (use && use->switches) {
            list = xrealloc(list, (n + use->switches->n) * sizeof *list);
            memcpy(&list[n], use->switches->uuids,
                   use->switches->n * sizeof *list);
            n += use->switches->n;
        }
    }
    v->switches = n ? cdps_get(ctx, list, n) : NULL;
    free(list);
    return v;
}

static bool
equal(const void *a_, const void *b_)
{
    const struct vacl_use *a = a_, *b = b_;

    return a->switches == b->switches;
}

static void
free_view(void *v_)
{
    struct vacl_use *v = v_;

    cdps_unref(v->switches);
    free(v);
}

const struct cview_class cview_acl_use = {
    .compute = compute,
    .equal = equal,
    .free = free_view,
};
