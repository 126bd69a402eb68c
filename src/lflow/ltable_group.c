#include "ltable_private.h"

/* Groups of datapaths, and the tables that they share. */

/* So many flows of a group in a stage, and they are in a shared table. */
#define SHARE_MIN 64

/* --- Views --- */

void
ldatapath_update_scan(struct ldatapath *datapath, const struct ltable *table)
{
    enum lpipeline pipeline = table->pipeline;
    uint8_t stage = table->stage;
    const struct lview *view = ovsrcu_get_protected(
        struct lview *, &datapath->views[pipeline][stage]);
    const struct ltable *own = datapath->own[pipeline][stage];
    bool alone = view->n == 1 && view->tables[0] == own;

    ovsrcu_set(&datapath->scans[pipeline][stage],
               alone ? ovsrcu_get_protected(struct scan *, &own->scan)
                     : NULL);
}

/* Puts 'table' into the view, or takes it out of it. */
static void
change_view(struct ldatapath *datapath, struct ltable *table, bool add)
{
    struct lview *old = ovsrcu_get_protected(
        struct lview *, &datapath->views[table->pipeline][table->stage]);
    size_t n_old = old ? old->n : 0;
    struct lview *new = xmalloc(sizeof *new
                                + (n_old + 1) * sizeof new->tables[0]);

    new->n = 0;
    if (add && table->datapath) {
        new->tables[new->n++] = table;
    }
    for (size_t i = 0; i < n_old; i++) {
        if (old->tables[i] != table) {
            new->tables[new->n++] = old->tables[i];
        }
    }
    if (add && table->group) {
        new->tables[new->n++] = table;
    }
    ovsrcu_set(&datapath->views[table->pipeline][table->stage], new);
    ldatapath_update_scan(datapath, table);
    if (old) {
        ovsrcu_postpone(free, old);
    }
}

static void
ldatapath_touch(struct ldatapath *datapath, bool skip)
{
    datapath->skip_is_dirty |= skip;
    if (ovs_list_is_empty(&datapath->in_dirty)) {
        ovs_list_push_back(&datapath->tables->dirty_datapaths,
                           &datapath->in_dirty);
    }
}

void
ltable_touch_datapaths(struct ltable *table, bool skip)
{
    if (table->datapath) {
        ldatapath_touch(table->datapath, skip);
        return;
    }
    for (size_t i = 0; i < table->group->n; i++) {
        if (table->group->datapaths[i]) {
            ldatapath_touch(table->group->datapaths[i], skip);
        }
    }
}

/* --- Tables --- */

static struct ltable *
ltable_new(struct ltables *tables, enum lpipeline pipeline, uint8_t stage)
{
    struct ltable *table = xzalloc(sizeof *table);

    classifier_init(&table->cls, flow_segment_u64s);
    atomic_init(&table->max_priority, 0);
    table->tables = tables;
    table->pipeline = pipeline;
    table->stage = stage;
    hmap_init(&table->slots);
    ovs_list_init(&table->in_dirty);
    return table;
}

struct ltable *
ldatapath_table(struct ldatapath *datapath, enum lpipeline pipeline,
                uint8_t stage)
{
    struct ltable **own = &datapath->own[pipeline][stage];

    if (!*own) {
        *own = ltable_new(datapath->tables, pipeline, stage);
        (*own)->datapath = datapath;
        change_view(datapath, *own, true);
    }
    return *own;
}

void
ltable_free(struct ltable *table)
{
    ovs_assert(hmap_is_empty(&table->slots));
    hmap_destroy(&table->slots);
    classifier_destroy(&table->cls);
    free(ovsrcu_get_protected(struct scan *, &table->scan));
    free(table);
}

static struct lstage *
stage_of(const struct ltable *table)
{
    return table->group->stages[table->pipeline][table->stage];
}

bool
ltable_retire(struct ltable *table)
{
    struct lgroup *group = table->group;

    if (group && stage_of(table)->n_shareable) {
        return false; /* They match nothing, now. */
    }
    ltable_touch_datapaths(table, true);
    if (group) {
        for (size_t i = 0; i < group->n; i++) {
            if (group->datapaths[i]) {
                change_view(group->datapaths[i], table, false);
            }
        }
        stage_of(table)->shared = NULL;
        group->n_shared--;
        lgroup_unuse(group);
    } else {
        change_view(table->datapath, table, false);
        table->datapath->own[table->pipeline][table->stage] = NULL;
    }
    return true;
}

/* --- Groups --- */

static int
compare_datapaths(const void *a_, const void *b_)
{
    const struct ldatapath *const *a = a_, *const *b = b_;

    return *a < *b ? -1 : *a > *b;
}

/* 'datapaths', sorted, each once; the caller's. */
static struct ldatapath **
sort(struct ldatapath *const *datapaths, size_t *n)
{
    struct ldatapath **sorted = xmemdup(datapaths,
                                        MAX(*n, 1) * sizeof *sorted);
    size_t n_unique = 0;

    qsort(sorted, *n, sizeof *sorted, compare_datapaths);
    for (size_t i = 0; i < *n; i++) {
        if (!n_unique || sorted[n_unique - 1] != sorted[i]) {
            sorted[n_unique++] = sorted[i];
        }
    }
    *n = n_unique;
    return sorted;
}

struct lgroup *
lgroup_get(struct ltables *tables, struct ldatapath *const *datapaths,
           size_t n)
{
    struct ldatapath **sorted = sort(datapaths, &n);
    size_t size = n * sizeof *sorted;
    uint32_t hash = hash_bytes(sorted, size, 0);
    struct lgroup *group;

    HMAP_FOR_EACH_WITH_HASH (group, in_tables, hash, &tables->groups) {
        if (group->n == n && !memcmp(group->datapaths, sorted, size)) {
            free(sorted);
            return group;
        }
    }
    group = xzalloc(sizeof *group + size);
    group->tables = tables;
    group->n = n;
    memcpy(group->datapaths, sorted, size);
    hmap_insert(&tables->groups, &group->in_tables, hash);
    free(sorted);
    return group;
}

void
lgroup_unuse(struct lgroup *group)
{
    if (group->n_flows || group->n_shared) {
        return;
    }
    hmap_remove(&group->tables->groups, &group->in_tables);
    for (size_t i = 0; i < 2 * N_LSTAGES; i++) {
        free(group->stages[i % 2][i / 2]);
    }
    free(group);
}

struct lstage *
lgroup_stage(struct lgroup *group, enum lpipeline pipeline, uint8_t stage_)
{
    struct lstage **stage = &group->stages[pipeline][stage_];

    if (!*stage) {
        *stage = xzalloc(sizeof **stage);
        (*stage)->group = group;
        ovs_list_init(&(*stage)->flows);
    }
    return *stage;
}

/* --- Sharing --- */

/* Does 'view' have as many tables as it may? */
static bool
is_full(const struct lview *view)
{
    size_t n_shared = 0;

    for (size_t i = 0; view && i < view->n; i++) {
        n_shared += view->tables[i]->group != NULL;
    }
    return n_shared >= LVIEW_MAX_SHARED;
}

/* The instance moves to the table as it is: the match of each slot is what the
 * flow was compiled to. */
static void
move(struct instance *instance, struct ltable *table)
{
    for (size_t i = 0; i < instance->n; i++) {
        struct contribution *c = &instance->contributions[i];
        const struct slot *slot = c->slot; /* Lasts until publication. */

        slot_withdraw(c);
        slot_contribute(table, slot_match(slot), slot_priority(slot), c);
    }
}

/* Its instance at 'first' goes into the shared table, the others go. */
static void
share_entry(struct entry *entry, size_t first)
{
    struct instance *list = entry->list; /* Of a group of two or more. */

    for (size_t i = 0; i < entry->stage->group->n; i++) {
        if (i != first) {
            instance_uninstall(&list[i]);
        }
    }
    move(&list[first], entry->stage->shared);
    entry->one = list[first];
    entry->has_list = false;
    free(list);
    entry->shared = true;
}

/* Makes the stage's table, seen by all datapaths. */
static void
make_shared(struct lstage *stage, enum lpipeline pipeline, uint8_t number)
{
    struct lgroup *group = stage->group;

    stage->shared = ltable_new(group->tables, pipeline, number);
    stage->shared->group = group;
    group->n_shared++;
    for (size_t i = 0; i < group->n; i++) {
        if (group->datapaths[i]) {
            change_view(group->datapaths[i], stage->shared, true);
        }
    }
}

void
lstage_share(struct lstage *stage)
{
    const struct lgroup *group = stage->group;
    size_t n = stage->n_shareable;
    size_t first = group->n;

    /* Where there was no place, it is tried again when there are twice as
     * many. */
    if (stage->shared || group->n < 2 || n < SHARE_MIN || !is_pow2(n)) {
        return;
    }

    struct entry *entry = CONTAINER_OF(ovs_list_front(&stage->flows),
                                       struct entry, in_stage);
    enum lpipeline pipeline = entry->flow.pipeline;
    uint8_t number = entry->flow.stage;
    for (size_t i = group->n; i-- > 0; ) {
        const struct ldatapath *datapath = group->datapaths[i];

        if (datapath) {
            first = i;
            if (is_full(ovsrcu_get_protected(
                            struct lview *,
                            &datapath->views[pipeline][number]))) {
                return;
            }
        }
    }
    if (first == group->n) {
        return;
    }
    make_shared(stage, pipeline, number);
    LIST_FOR_EACH (entry, in_stage, &stage->flows) {
        if (!entry->names_ports) {
            share_entry(entry, first);
        }
    }
}

/* --- Datapaths go --- */

static void
forget_in(struct lgroup *group, size_t index)
{
    for (size_t i = 0; i < 2 * N_LSTAGES; i++) {
        const struct lstage *stage = group->stages[i % 2][i / 2];
        struct entry *entry;

        if (stage) {
            LIST_FOR_EACH (entry, in_stage, &stage->flows) {
                if (!entry->shared) {
                    instance_uninstall(&entry_instances(entry)[index]);
                }
            }
        }
    }
    group->datapaths[index] = NULL;
}

void
lgroups_forget(struct ltables *tables, struct ldatapath *datapath)
{
    struct lgroup *group;

    HMAP_FOR_EACH (group, in_tables, &tables->groups) {
        for (size_t i = 0; i < group->n; i++) {
            if (group->datapaths[i] == datapath) {
                forget_in(group, i);
            }
        }
    }
}
