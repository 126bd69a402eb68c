#include "ltable.h"

#include "ltable_private.h"

/* What classifiers hold. */

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

/* What the classifier is to hold for 'slot': a flow, or '*conj', the caller's.
 * Returns how many conjunctions there are. */
static size_t
get_content(const struct slot *slot, const struct lflow **flow,
            struct cls_conjunction **conj)
{
    const struct contribution *hard = find_hard(slot);
    const struct contribution *c;
    size_t n = 0;

    *flow = hard ? hard->flow : NULL;
    *conj = NULL;
    if (!hard) {
        *conj = xmalloc(ovs_list_size(&slot->contributions) * sizeof **conj);
        LIST_FOR_EACH (c, in_slot, &slot->contributions) {
            (*conj)[n++] = c->conj;
        }
    }
    return n;
}

/* The classifier does not have the slot's rule any more. */
static void
withdraw_rule(struct slot *slot, ovs_version_t version)
{
    struct slot_rule *rule = slot->rule;
    struct batch *batch = rule->table->tables->batch;

    cls_rule_make_invisible_in_version(&rule->cls_rule, version);
    rule->next_removed = batch->rules;
    batch->rules = rule;
}

/* Another one, with the same match, instead of the slot's rule. */
static void
replace_rule(struct slot *slot, ovs_version_t version)
{
    const struct slot_rule *old = slot->rule;

    withdraw_rule(slot, version);
    slot->rule = xzalloc(sizeof *slot->rule);
    cls_rule_clone(&slot->rule->cls_rule, &old->cls_rule);
    slot->rule->table = old->table;
}

static bool
is_same(const struct slot_rule *rule, const struct lflow *flow,
        const struct cls_conjunction *conj, size_t n_conj)
{
    return n_conj == rule->n_conj
           && (n_conj ? !memcmp(conj, rule->conj, n_conj * sizeof *conj)
               : flow == rule->flow);
}

static void
install_rule(struct slot *slot, ovs_version_t version)
{
    const struct lflow *flow;
    struct cls_conjunction *conj;
    size_t n_conj = get_content(slot, &flow, &conj);

    if (slot->rule->installed) {
        if (is_same(slot->rule, flow, conj, n_conj)) {
            free(conj);
            return;
        }
        replace_rule(slot, version);
    }

    struct slot_rule *rule = slot->rule;
    if (n_conj) {
        rule->conj = conj;
    } else {
        rule->flow = flow;
    }
    rule->n_conj = n_conj;
    rule->installed = true;
    classifier_insert(&rule->table->cls, &rule->cls_rule, version, conj,
                      n_conj);
}

static void
publish_slot(struct slot *slot, ovs_version_t version)
{
    ovs_list_remove(&slot->in_dirty);
    ovs_list_init(&slot->in_dirty);
    if (!ovs_list_is_empty(&slot->contributions)) {
        install_rule(slot, version);
        return;
    }
    if (slot->rule->installed) {
        withdraw_rule(slot, version);
    }
    slot_free(slot);
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
    return (slot->rule->installed
            && cls_rule_is_catchall(&slot->rule->cls_rule)
            ? slot_rule_flow(slot->rule) : NULL);
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
        if (!slot_rule_flow(slot->rule)) {
            break; /* A conjunction. */
        }
        entries[n++] = (struct scan_entry) {
            .match = slot_match(slot), .priority = slot_priority(slot),
            .flow = slot_rule_flow(slot->rule),
        };
    }
    if (n == n_rules) {
        scan = scan_new(entries, n);
    }
    free(entries);
    return scan;
}

static void
publish_scan(struct ltable *table)
{
    struct scan *old = ovsrcu_get_protected(struct scan *, &table->scan);
    struct scan *new = make_scan(table);

    if (old || new) {
        ovsrcu_set(&table->scan, new);
        if (table->datapath) {
            ldatapath_update_scan(table->datapath, table);
        }
        scan_postpone_free(old);
    }
}

/* A table whose slots have been published. */
static void
publish_table(struct ltable *table)
{
    ovs_list_remove(&table->in_dirty);
    ovs_list_init(&table->in_dirty);
    if (hmap_is_empty(&table->slots) && ltable_retire(table)) {
        ovs_list_push_back(&table->tables->batch->tables, &table->in_dirty);
        return;
    }

    const struct lflow *sole = find_sole(table);
    bool is_default = sole && lflow_is_only_next(sole);
    publish_scan(table);
    ltable_touch_datapaths(table, is_default != table->is_default);
    table->is_default = is_default;
}

/* Is there nothing but "next;" on all packets? */
static bool
may_skip(const struct lview *view)
{
    return view && view->n == 1 && view->tables[0]->is_default;
}

static void
publish_skip(struct ldatapath *datapath)
{
    for (int p = 0; p < 2; p++) {
        uint8_t skip = N_LSTAGES;

        atomic_store_relaxed(&datapath->skip[p][N_LSTAGES], skip);
        for (int stage = N_LSTAGES - 1; stage >= 0; stage--) {
            if (!may_skip(ovsrcu_get_protected(struct lview *,
                                               &datapath->views[p][stage]))) {
                skip = stage;
            }
            atomic_store_relaxed(&datapath->skip[p][stage], skip);
        }
    }
}

static void
publish_datapath(struct ldatapath *datapath, uint64_t version)
{
    ovs_list_remove(&datapath->in_dirty);
    ovs_list_init(&datapath->in_dirty);
    if (datapath->skip_is_dirty) {
        datapath->skip_is_dirty = false;
        publish_skip(datapath);
    }
    atomic_store_relaxed(&datapath->generation, version);
}

/* Removing what nobody sees any more. */

struct batch *
batch_new(void)
{
    struct batch *batch = xzalloc(sizeof *batch);

    ovs_list_init(&batch->flows);
    ovs_list_init(&batch->tables);
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
    while (batch->rules) {
        struct slot_rule *rule = batch->rules;

        batch->rules = rule->next_removed;
        classifier_remove(&rule->table->cls, &rule->cls_rule);
        ovsrcu_postpone(slot_rule_free, rule);
    }

    struct ltable *table;
    LIST_FOR_EACH_POP (table, in_dirty, &batch->tables) {
        ltable_free(table);
    }

    struct entry *entry;
    LIST_FOR_EACH_POP (entry, in_stage, &batch->flows) {
        ovsrcu_postpone(entry_free, entry);
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

static void
publish_changes(struct ltables *tables, uint64_t version)
{
    struct slot *slot;
    LIST_FOR_EACH_SAFE (slot, in_dirty, &tables->dirty_slots) {
        publish_slot(slot, version);
    }
    atomic_store_explicit(&tables->version, version, memory_order_release);

    struct ltable *table;
    LIST_FOR_EACH_SAFE (table, in_dirty, &tables->dirty_tables) {
        publish_table(table);
    }

    struct ldatapath *datapath;
    LIST_FOR_EACH_SAFE (datapath, in_dirty, &tables->dirty_datapaths) {
        publish_datapath(datapath, version);
    }
}

void
ltables_publish(struct ltables *tables)
{
    uint64_t version = ltables_generation(tables) + 1;

    reap(tables);
    if (ovs_list_is_empty(&tables->dirty_slots)
        && ovs_list_is_empty(&tables->batch->flows)) {
        return;
    }
    publish_changes(tables, version);
    ovs_list_push_back(&tables->batches, &tables->batch->in_tables);
    ovsrcu_postpone(batch_is_over, tables->batch);
    tables->batch = batch_new();
}

void
ltables_reap_all(struct ltables *tables)
{
    ltables_publish(tables);
    ovsrcu_barrier();
    reap(tables);
}
