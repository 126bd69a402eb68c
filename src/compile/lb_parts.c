#include "lb_parts.h"

struct lb_partition_part {
    struct vlb_part part; /* Without 'dps'. */
    struct uuid *dps;
    size_t n, allocated;
};

static bool
part_has(const struct vlb_part *part, const struct lb_member *member)
{
    return part->acls == member->acls && part->forced == member->forced
           && nullable_string_is_equal(part->gateway, member->gateway)
           && nullable_string_is_equal(part->meter, member->meter);
}

void
lb_partition_add(struct lb_partition *p, const struct uuid *dp,
                 const struct lb_member *member)
{
    struct lb_partition_part *part = NULL;

    for (size_t i = 0; i < p->n && !part; i++) {
        if (part_has(&p->parts[i].part, member)) {
            part = &p->parts[i];
        }
    }
    if (!part) {
        if (p->n == p->allocated) {
            p->parts = x2nrealloc(p->parts, &p->allocated, sizeof *p->parts);
        }
        part = &p->parts[p->n++];
        *part = (struct lb_partition_part) {
            .part.acls = member->acls,
            .part.forced = member->forced,
            .part.gateway = nullable_xstrdup(member->gateway),
            .part.gateway_port = nullable_xstrdup(member->gateway_port),
            .part.meter = nullable_xstrdup(member->meter),
        };
    }
    if (part->n == part->allocated) {
        part->dps = x2nrealloc(part->dps, &part->allocated,
                               sizeof *part->dps);
    }
    part->dps[part->n++] = *dp;
}

void
lb_partition_finish(struct cctx *ctx, struct lb_partition *p,
                    struct vlb_parts *parts)
{
    parts->list = p->n ? xmalloc(p->n * sizeof *parts->list) : NULL;
    parts->n = p->n;
    for (size_t i = 0; i < p->n; i++) {
        parts->list[i] = p->parts[i].part;
        parts->list[i].dps = cdps_get(ctx, p->parts[i].dps, p->parts[i].n);
        free(p->parts[i].dps);
    }
    free(p->parts);
    *p = (struct lb_partition) { .n = 0 };
}

void
lb_parts_uninit(struct vlb_parts *parts)
{
    for (size_t i = 0; i < parts->n; i++) {
        cdps_unref(parts->list[i].dps);
        free(parts->list[i].gateway);
        free(parts->list[i].gateway_port);
        free(parts->list[i].meter);
    }
    free(parts->list);
}

bool
lb_parts_equal(const struct vlb_parts *a, const struct vlb_parts *b)
{
    if (a->n != b->n) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        const struct vlb_part *x = &a->list[i], *y = &b->list[i];

        if (x->dps != y->dps || x->acls != y->acls || x->forced != y->forced
            || !nullable_string_is_equal(x->gateway, y->gateway)
            || !nullable_string_is_equal(x->meter, y->meter)) {
            return false;
        }
    }
    return true;
}

const char *
lb_copp_meter(struct cctx *ctx, const struct uuid *key, const char *protocol)
{
    const struct nbrec_copp *copp = uuid_is_zero(key) ? NULL
                                                      : get_copp(ctx, key);
    const char *meter = copp ? smap_get(&copp->meters, protocol) : NULL;

    return meter && cctx_named1(ctx, CR_METER_NAMED, meter) ? meter : NULL;
}
