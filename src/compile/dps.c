/* Sets of datapaths, interned; and digests. */

#include "engine.h"
#include "rows.h"

struct uuid
uuid_digest(const char *first, ...)
{
    struct uuid uuid = { .parts = { 0 } };
    const char *text = first;
    va_list args;

    va_start(args, first);
    for (; text; text = va_arg(args, const char *)) {
        ovs_u128 hash;

        /* Where one text ends counts, too. */
        hash_bytes128(text, strlen(text) + 1, uuid.parts[0], &hash);
        uuid.parts[0] ^= hash.u32[0];
        uuid.parts[1] = hash_rot(uuid.parts[1], 7) ^ hash.u32[1];
        uuid.parts[2] = hash_rot(uuid.parts[2], 13) ^ hash.u32[2];
        uuid.parts[3] = hash_rot(uuid.parts[3], 19) ^ hash.u32[3];
    }
    va_end(args);
    return uuid;
}

static int
compare_uuids(const void *a, const void *b)
{
    return uuid_compare_3way(a, b);
}

static struct cdps *
find_dps(const struct hmap *dps, const struct uuid *id)
{
    struct cdps *set;

    HMAP_FOR_EACH_WITH_HASH (set, node, uuid_hash(id), dps) {
        if (uuid_equals(&set->id, id)) {
            return set;
        }
    }
    return NULL;
}

const struct cdps *
cdps_get(struct cctx *ctx, struct uuid *uuids, size_t n)
{
    struct hmap *table = &ctx->compile->dps;
    size_t n_unique = 0;
    struct uuid id;
    ovs_u128 hash;

    ovs_assert(n);
    if (n > 1) {
        qsort(uuids, n, sizeof *uuids, compare_uuids);
    }
    for (size_t i = 0; i < n; i++) {
        if (!n_unique || !uuid_equals(&uuids[n_unique - 1], &uuids[i])) {
            uuids[n_unique++] = uuids[i];
        }
    }
    hash_bytes128(uuids, n_unique * sizeof *uuids, n_unique, &hash);
    memcpy(&id, &hash, sizeof id);

    struct cdps *set = find_dps(table, &id);
    if (!set) {
        set = xzalloc(sizeof *set + n_unique * sizeof *uuids);
        set->table = table;
        set->id = id;
        set->n = n_unique;
        memcpy(set->uuids, uuids, n_unique * sizeof *uuids);
        hmap_insert(table, &set->node, uuid_hash(&id));
    }
    set->n_refs++;
    return set;
}

const struct cdps *
cdps_find(struct cctx *ctx, const struct uuid *id)
{
    return find_dps(&ctx->compile->dps, id);
}

const struct cdps *
cdps_ref(const struct cdps *set_)
{
    struct cdps *set = CONST_CAST(struct cdps *, set_);

    if (set) {
        set->n_refs++;
    }
    return set;
}

void
cdps_unref(const struct cdps *set_)
{
    struct cdps *set = CONST_CAST(struct cdps *, set_);

    if (set && !--set->n_refs) {
        hmap_remove(set->table, &set->node);
        free(set);
    }
}

bool
cdps_contains(const struct cdps *set, const struct uuid *uuid)
{
    return set && bsearch(uuid, set->uuids, set->n, sizeof *set->uuids,
                          compare_uuids);
}

static struct json *
dps_row(const struct cdps *set)
{
    struct json *row = json_object_create();

    row_put_uuids(row, "datapaths", set->uuids, set->n);
    return row;
}

void
cdps_replay(struct compile *c)
{
    struct cdps *set;

    HMAP_FOR_EACH (set, node, &c->dps) {
        set->replayed = false;
    }
}

/* In a replay or a telling, right before the first of what refers to it. */
void
cdps_tell(struct compile *c, const struct cdps *set_)
{
    const struct csink *sink = c->reader ? c->reader
                               : c->replay >= 0 ? &c->sinks[c->replay] : NULL;
    struct cdps *set = CONST_CAST(struct cdps *, set_);

    if (sink && sink->set_row && set->n > 1 && !set->replayed) {
        struct json *row = dps_row(set);

        sink->set_row(sink->aux, "Logical_DP_Group", &set->id, row);
        json_destroy(row);
        set->replayed = true;
    }
}

/* A flow uses the set: with more than one datapath that takes a row. */
void
cdps_use(struct compile *c, const struct cdps *set_)
{
    struct cdps *set = CONST_CAST(struct cdps *, cdps_ref(set_));

    if (set->n_flows++) {
        cdps_tell(c, set);
    } else if (set->n > 1) {
        struct json *row = dps_row(set);
        struct crow_node *node;

        set->replayed = true;
        crow_add(c, "Logical_DP_Group", &set->id, &row, &node);
    }
}

void
cdps_unuse(struct compile *c, const struct cdps *set_)
{
    struct cdps *set = CONST_CAST(struct cdps *, set_);

    if (!--set->n_flows && set->n > 1) {
        crow_release(c, crow_find(c, "Logical_DP_Group", &set->id));
    }
    cdps_unref(set);
}
