#include "ltable.h"

#include "ltable_private.h"

/* Look-ups. */

static const struct lflow *
scan_find(const struct scan *scan, const struct flow *flow,
          struct flow_wildcards *wc)
{
    struct flow_wildcards unwanted;

    return scan_lookup(scan, flow, wc ? wc : &unwanted);
}

static const struct lflow *
ltable_lookup(const struct ltable *table, struct flow *flow,
              struct flow_wildcards *wc)
{
    const struct scan *scan = ovsrcu_get(struct scan *, &table->scan);
    if (scan) {
        return scan_find(scan, flow, wc);
    }

    const struct cls_rule *rule
        = classifier_lookup(&table->cls, ltables_generation(table->tables),
                            flow, wc);
    if (wc) {
        wc->masks.conj_id = 0; /* Not the packet's. */
    }
    return rule ? CONTAINER_OF(rule, struct slot_rule, cls_rule)->flow : NULL;
}

/* Can nothing in 'table' be better than 'flow'? */
static bool
is_as_good(const struct lflow *flow, const struct ltable *table)
{
    uint16_t max_priority;

    atomic_read_relaxed(
        &CONST_CAST(struct ltable *, table)->max_priority, &max_priority);
    return flow && flow->priority >= max_priority;
}

static const struct lflow *
look_through(const struct lview *view, struct flow *flow,
             struct flow_wildcards *wc)
{
    const struct lflow *best = NULL;

    for (size_t i = 0; view && i < view->n; i++) {
        const struct ltable *table = view->tables[i];

        if (!is_as_good(best, table)) {
            const struct lflow *found = ltable_lookup(table, flow, wc);

            if (found && (!best || found->priority > best->priority)) {
                best = found;
            }
        }
    }
    return best;
}

const struct lflow *
ldatapath_lookup(const struct ldatapath *datapath, enum lpipeline pipeline,
                 uint8_t stage, struct flow *flow, struct flow_wildcards *wc)
{
    if (stage >= N_LSTAGES) {
        return NULL;
    }

    const struct scan *scan = ovsrcu_get(struct scan *,
                                         &datapath->scans[pipeline][stage]);
    if (scan) {
        return scan_find(scan, flow, wc);
    }
    return look_through(ovsrcu_get(struct lview *,
                                   &datapath->views[pipeline][stage]),
                        flow, wc);
}

uint8_t
ldatapath_skip(const struct ldatapath *datapath, enum lpipeline pipeline,
               uint8_t stage)
{
    uint8_t skip;

    atomic_read_relaxed(
        &CONST_CAST(struct ldatapath *, datapath)->skip[pipeline][stage],
        &skip);
    return skip;
}

uint64_t
ltables_generation(const struct ltables *tables)
{
    uint64_t version;

    atomic_read_relaxed(&CONST_CAST(struct ltables *, tables)->version,
                        &version);
    return version;
}

uint64_t
ldatapath_generation(const struct ldatapath *datapath)
{
    uint64_t generation;

    atomic_read_relaxed(
        &CONST_CAST(struct ldatapath *, datapath)->generation, &generation);
    return generation;
}

uint32_t
ldatapath_key(const struct ldatapath *datapath)
{
    return datapath->key;
}

/* Making and ending. */

struct ltables *
ltables_new(const struct symtab *symtab, const struct lact_table *actions,
            const struct lenv *env)
{
    struct ltables *tables = xzalloc(sizeof *tables);

    tables->symtab = symtab;
    tables->actions = actions;
    tables->env = env;
    atomic_init(&tables->version, OVS_VERSION_MIN);
    ovs_list_init(&tables->datapaths);
    hmap_init(&tables->flows);
    hmap_init(&tables->groups);
    hmap_init(&tables->refs);
    ovs_list_init(&tables->dirty_slots);
    ovs_list_init(&tables->dirty_tables);
    ovs_list_init(&tables->dirty_datapaths);
    tables->batch = batch_new();
    ovs_list_init(&tables->batches);
    return tables;
}

struct ldatapath *
ldatapath_new(struct ltables *tables, uint32_t key)
{
    struct ldatapath *datapath = xzalloc(sizeof *datapath);

    datapath->tables = tables;
    datapath->key = key;
    ovs_list_init(&datapath->in_dirty);
    ovs_list_push_back(&tables->datapaths, &datapath->in_tables);
    atomic_init(&datapath->generation, 0);
    for (int p = 0; p < 2; p++) {
        for (int stage = 0; stage <= N_LSTAGES; stage++) {
            atomic_init(&datapath->skip[p][stage], stage);
        }
        for (int stage = 0; stage < N_LSTAGES; stage++) {
            ovsrcu_set_hidden(&datapath->scans[p][stage], NULL);
            ovsrcu_set_hidden(&datapath->views[p][stage], NULL);
        }
    }
    return datapath;
}

void
ldatapath_free(struct ldatapath *datapath)
{
    if (!datapath) {
        return;
    }
    lgroups_forget(datapath->tables, datapath);
    ltables_reap_all(datapath->tables);
    for (int p = 0; p < 2; p++) {
        for (int stage = 0; stage < N_LSTAGES; stage++) {
            if (datapath->own[p][stage]) {
                /* Of flows that match nothing. */
                ltable_free(datapath->own[p][stage]);
            }
            free(ovsrcu_get_protected(struct lview *,
                                      &datapath->views[p][stage]));
        }
    }
    ovs_list_remove(&datapath->in_tables);
    free(datapath);
}

/* All flows of 'group', which goes with the last. */
static void
remove_all(struct ltables *tables, struct lgroup *group)
{
    for (size_t left = group->n_flows, i = 0; left; i++) {
        struct lstage *stage = group->stages[i % 2][i / 2];
        struct entry *entry;

        if (stage) {
            LIST_FOR_EACH_SAFE (entry, in_stage, &stage->flows) {
                left--;
                ltables_remove(tables, &entry->flow);
            }
        }
    }
}

void
ltables_free(struct ltables *tables)
{
    if (!tables) {
        return;
    }

    struct lgroup *group;
    HMAP_FOR_EACH_SAFE (group, in_tables, &tables->groups) {
        remove_all(tables, group);
    }
    ltables_reap_all(tables);
    struct ldatapath *datapath;
    LIST_FOR_EACH_SAFE (datapath, in_tables, &tables->datapaths) {
        ldatapath_free(datapath);
    }
    hmap_destroy(&tables->flows);
    hmap_destroy(&tables->groups);
    hmap_destroy(&tables->refs);
    free(tables->batch);
    ovsrcu_barrier();
    free(tables);
}
