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

struct batch *
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

void
ltables_reap_all(struct ltables *tables)
{
    ltables_publish(tables);
    ovsrcu_barrier();
    reap(tables);
}
