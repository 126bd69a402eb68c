#include "ltable.h"

#include "ltable_private.h"

/* Look-ups. */

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
        struct flow_wildcards unwanted;

        return scan_lookup(scan, flow, wc ? wc : &unwanted);
    }

    const struct ltable *table
        = ovsrcu_get(struct ltable *, &datapath->stages[pipeline][stage]);
    if (!table) {
        return NULL;
    }

    uint64_t version;
    atomic_read_relaxed(&datapath->tables->version, &version);
    const struct cls_rule *rule
        = classifier_lookup(&table->cls, version, flow, wc);
    if (wc) {
        wc->masks.conj_id = 0; /* Not the packet's. */
    }
    return rule ? CONTAINER_OF(rule, struct slot_rule, cls_rule)->flow : NULL;
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

/* Slots. */

struct ltable *
ldatapath_table(struct ldatapath *datapath, enum lpipeline pipeline,
                uint8_t stage)
{
    struct ltable *table = ovsrcu_get_protected(
        struct ltable *, &datapath->stages[pipeline][stage]);

    if (!table) {
        table = xzalloc(sizeof *table);
        classifier_init(&table->cls, flow_segment_u64s);
        table->datapath = datapath;
        hmap_init(&table->slots);
        ovsrcu_set(&datapath->stages[pipeline][stage], table);
    }
    return table;
}

static struct slot *
find_slot(struct ltable *table, const struct minimatch *match, int priority,
          uint32_t hash)
{
    struct slot *slot;

    HMAP_FOR_EACH_WITH_HASH (slot, in_table, hash, &table->slots) {
        if (slot->priority == priority
            && minimatch_equal(&slot->match, match)) {
            return slot;
        }
    }
    return NULL;
}

static void
mark_dirty(struct slot *slot)
{
    struct ldatapath *datapath = slot->table->datapath;

    slot->table->dirty = true;
    datapath->dirty = true;
    if (ovs_list_is_empty(&slot->in_dirty)) {
        ovs_list_push_back(&datapath->tables->dirty_slots, &slot->in_dirty);
    }
}

/* Puts '*c' into the slot for 'match' and 'priority', which is made if there
 * is none. */
void
slot_contribute(struct ltable *table, const struct minimatch *match,
                int priority, struct contribution *c)
{
    uint32_t hash = minimatch_hash(match, priority);
    struct slot *slot = find_slot(table, match, priority, hash);

    if (!slot) {
        slot = xzalloc(sizeof *slot);
        ovs_list_init(&slot->in_dirty);
        slot->table = table;
        minimatch_clone(&slot->match, match);
        slot->priority = priority;
        ovs_list_init(&slot->contributions);
        hmap_insert(&table->slots, &slot->in_table, hash);
    }
    c->slot = slot;
    ovs_list_push_back(&slot->contributions, &c->in_slot);
    mark_dirty(slot);
}

void
slot_withdraw(struct contribution *c)
{
    ovs_list_remove(&c->in_slot);
    mark_dirty(c->slot);
    c->slot = NULL;
}

void
slot_free(struct slot *slot)
{
    hmap_remove(&slot->table->slots, &slot->in_table);
    ovs_list_remove(&slot->in_dirty);
    minimatch_destroy(&slot->match);
    free(slot);
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
    ovs_list_init(&tables->flows);
    hmap_init(&tables->refs);
    ovs_list_init(&tables->dirty_slots);
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
    ovs_list_init(&datapath->instances);
    ovs_list_push_back(&tables->datapaths, &datapath->in_tables);
    atomic_init(&datapath->generation, 0);
    for (int p = 0; p < 2; p++) {
        for (int stage = 0; stage <= N_LSTAGES; stage++) {
            atomic_init(&datapath->skip[p][stage], stage);
        }
        for (int stage = 0; stage < N_LSTAGES; stage++) {
            ovsrcu_set_hidden(&datapath->scans[p][stage], NULL);
        }
    }
    return datapath;
}

static void
ltable_free(struct ltable *table)
{
    ovs_assert(hmap_is_empty(&table->slots));
    hmap_destroy(&table->slots);
    classifier_destroy(&table->cls);
    free(table);
}

void
ldatapath_free(struct ldatapath *datapath)
{
    struct instance *instance;

    if (!datapath) {
        return;
    }
    LIST_FOR_EACH_POP (instance, in_datapath, &datapath->instances) {
        instance_uninstall(instance);
        instance->datapath = NULL;
    }
    ltables_reap_all(datapath->tables);
    for (int p = 0; p < 2; p++) {
        for (int stage = 0; stage < N_LSTAGES; stage++) {
            struct ltable *table = ovsrcu_get_protected(
                struct ltable *, &datapath->stages[p][stage]);
            if (table) {
                ltable_free(table);
            }
            free(ovsrcu_get_protected(struct scan *,
                                      &datapath->scans[p][stage]));
        }
    }
    ovs_list_remove(&datapath->in_tables);
    free(datapath);
}

void
ltables_free(struct ltables *tables)
{
    if (!tables) {
        return;
    }

    struct lflow_instances *instances;
    LIST_FOR_EACH_SAFE (instances, in_tables, &tables->flows) {
        ltables_remove(tables, instances->flow);
    }
    ltables_reap_all(tables);
    struct ldatapath *datapath;
    LIST_FOR_EACH_SAFE (datapath, in_tables, &tables->datapaths) {
        ldatapath_free(datapath);
    }
    hmap_destroy(&tables->refs);
    free(tables->batch);
    ovsrcu_barrier();
    free(tables);
}
