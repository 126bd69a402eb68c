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

static void
slot_free(struct slot *slot)
{
    hmap_remove(&slot->table->slots, &slot->in_table);
    ovs_list_remove(&slot->in_dirty);
    minimatch_destroy(&slot->match);
    free(slot);
}

/* Publishing. */

/* The contribution that matches alone and is the oldest, or NULL. */
static const struct contribution *
find_hard(const struct slot *slot)
{
    const struct contribution *c;

    LIST_FOR_EACH (c, in_slot, &slot->contributions) {
        if (!c->conj.n_clauses) {
            return c;
        }
    }
    return NULL;
}

/* What the classifier should hold for 'slot', not inserted yet; NULL for
 * nothing. */
static struct slot_rule *
make_rule(const struct slot *slot)
{
    if (ovs_list_is_empty(&slot->contributions)) {
        return NULL;
    }

    const struct contribution *hard = find_hard(slot);
    struct slot_rule *rule = xzalloc(sizeof *rule);
    cls_rule_init_from_minimatch(&rule->cls_rule, &slot->match,
                                 slot->priority);
    rule->table = slot->table;
    if (hard) {
        rule->flow = hard->flow;
        return rule;
    }

    const struct contribution *c;
    rule->conj = xmalloc(ovs_list_size(&slot->contributions)
                         * sizeof *rule->conj);
    LIST_FOR_EACH (c, in_slot, &slot->contributions) {
        rule->conj[rule->n_conj++] = c->conj;
    }
    return rule;
}

static void
slot_rule_free(struct slot_rule *rule)
{
    if (rule) {
        cls_rule_destroy(&rule->cls_rule);
        free(rule->conj);
        free(rule);
    }
}

static bool
rules_equal(const struct slot_rule *a, const struct slot_rule *b)
{
    return (a->flow == b->flow && a->n_conj == b->n_conj
            && (!a->n_conj
                || !memcmp(a->conj, b->conj, a->n_conj * sizeof *a->conj)));
}

static void
publish_slot(struct ltables *tables, struct slot *slot, ovs_version_t version)
{
    struct slot_rule *rule = make_rule(slot);
    struct slot_rule *old = slot->installed;

    ovs_list_remove(&slot->in_dirty);
    ovs_list_init(&slot->in_dirty);
    if (rule && old && rules_equal(rule, old)) {
        slot_rule_free(rule);
        return;
    }
    if (old) {
        cls_rule_make_invisible_in_version(&old->cls_rule, version);
        ovs_list_push_back(&tables->batch->rules, &old->in_batch);
    }
    slot->installed = rule;
    if (rule) {
        classifier_insert(&slot->table->cls, &rule->cls_rule, version,
                          rule->conj, rule->n_conj);
    } else {
        slot_free(slot);
    }
}

/* The flow that is all of the table and matches everything, or NULL. */
static const struct lflow *
find_sole(const struct ltable *table)
{
    if (hmap_count(&table->slots) != 1) {
        return NULL;
    }

    const struct slot *slot = CONTAINER_OF(hmap_first(&table->slots),
                                           struct slot, in_table);
    return (slot->installed
            && cls_rule_is_catchall(&slot->installed->cls_rule)
            ? slot->installed->flow : NULL);
}

/* A list of the table's rules; NULL if a classifier is better. */
static struct scan *
make_scan(const struct ltable *table)
{
    size_t n_rules = hmap_count(&table->slots), n = 0;
    struct scan *scan = NULL;

    if (!scan_is_better(n_rules, cmap_count(&table->cls.subtables_map))) {
        return NULL;
    }

    struct scan_entry *entries = xmalloc(MAX(n_rules, 1) * sizeof *entries);
    const struct slot *slot;
    HMAP_FOR_EACH (slot, in_table, &table->slots) {
        const struct slot_rule *rule = slot->installed;

        if (!rule || !rule->flow) {
            break; /* A conjunction. */
        }
        entries[n++] = (struct scan_entry) {
            .match = &slot->match, .priority = slot->priority,
            .flow = rule->flow,
        };
    }
    if (n == n_rules) {
        scan = scan_new(entries, n);
    }
    free(entries);
    return scan;
}

static void
publish_scan(struct ldatapath *datapath, int pipeline, int stage,
             const struct ltable *table)
{
    struct scan *old = ovsrcu_get_protected(
        struct scan *, &datapath->scans[pipeline][stage]);

    ovsrcu_set(&datapath->scans[pipeline][stage], make_scan(table));
    scan_postpone_free(old);
}

static void
publish_datapath(struct ldatapath *datapath, uint64_t version)
{
    for (int p = 0; p < 2; p++) {
        uint8_t skip = N_LSTAGES;

        atomic_store_relaxed(&datapath->skip[p][N_LSTAGES], skip);
        for (int stage = N_LSTAGES - 1; stage >= 0; stage--) {
            struct ltable *table = ovsrcu_get_protected(
                struct ltable *, &datapath->stages[p][stage]);
            const struct lflow *sole = table ? find_sole(table) : NULL;

            if (table && table->dirty) {
                table->dirty = false;
                publish_scan(datapath, p, stage, table);
            }
            if (!sole || !lflow_is_only_next(sole)) {
                skip = stage;
            }
            atomic_store_relaxed(&datapath->skip[p][stage], skip);
        }
    }
    datapath->dirty = false;
    atomic_store_relaxed(&datapath->generation, version);
}

/* Removing what nobody sees any more. */

static struct batch *
batch_new(void)
{
    struct batch *batch = xzalloc(sizeof *batch);

    ovs_list_init(&batch->rules);
    ovs_list_init(&batch->flows);
    atomic_init(&batch->over, false);
    return batch;
}

static void
batch_is_over(struct batch *batch)
{
    atomic_store_explicit(&batch->over, true, memory_order_release);
}

static void
batch_free(struct batch *batch)
{
    struct slot_rule *rule;
    LIST_FOR_EACH_POP (rule, in_batch, &batch->rules) {
        classifier_remove(&rule->table->cls, &rule->cls_rule);
        ovsrcu_postpone(slot_rule_free, rule);
    }

    struct lflow_instances *instances;
    LIST_FOR_EACH_POP (instances, in_tables, &batch->flows) {
        ovsrcu_postpone(lflow_instances_free, instances);
    }
    free(batch);
}

/* Frees the batches that are over. */
static void
reap(struct ltables *tables)
{
    struct batch *batch;

    LIST_FOR_EACH_SAFE (batch, in_tables, &tables->batches) {
        bool over;

        atomic_read_explicit(&batch->over, &over, memory_order_acquire);
        if (!over) {
            break;
        }
        ovs_list_remove(&batch->in_tables);
        batch_free(batch);
    }
}

void
ltables_publish(struct ltables *tables)
{
    uint64_t version = ltables_generation(tables) + 1;
    struct slot *slot;

    reap(tables);
    if (ovs_list_is_empty(&tables->dirty_slots)
        && ovs_list_is_empty(&tables->batch->flows)) {
        return;
    }
    while (!ovs_list_is_empty(&tables->dirty_slots)) {
        slot = CONTAINER_OF(ovs_list_front(&tables->dirty_slots), struct slot,
                            in_dirty);
        publish_slot(tables, slot, version);
    }

    atomic_store_explicit(&tables->version, version, memory_order_release);
    struct ldatapath *datapath;
    LIST_FOR_EACH (datapath, in_tables, &tables->datapaths) {
        if (datapath->dirty) {
            publish_datapath(datapath, version);
        }
    }

    ovs_list_push_back(&tables->batches, &tables->batch->in_tables);
    ovsrcu_postpone(batch_is_over, tables->batch);
    tables->batch = batch_new();
}

/* Making and ending. */

struct ltables *
ltables_new(const struct symtab *symtab, const struct lenv *env)
{
    struct ltables *tables = xzalloc(sizeof *tables);

    tables->symtab = symtab;
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

/* Nobody looks, so all that has been taken away can go. */
static void
reap_all(struct ltables *tables)
{
    ltables_publish(tables);
    ovsrcu_barrier();
    reap(tables);
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
    reap_all(datapath->tables);
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
    reap_all(tables);
    struct ldatapath *datapath;
    LIST_FOR_EACH_SAFE (datapath, in_tables, &tables->datapaths) {
        ldatapath_free(datapath);
    }
    hmap_destroy(&tables->refs);
    free(tables->batch);
    ovsrcu_barrier();
    free(tables);
}
