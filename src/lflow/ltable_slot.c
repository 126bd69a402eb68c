#include "ltable_private.h"

/* Slots. */

static struct slot *
find_slot(struct ltable *table, const struct minimatch *match, int priority,
          uint32_t hash)
{
    struct slot *slot;

    HMAP_FOR_EACH_WITH_HASH (slot, in_table, hash, &table->slots) {
        if (slot_priority(slot) == priority
            && minimatch_equal(slot_match(slot), match)) {
            return slot;
        }
    }
    return NULL;
}

static void
mark_dirty(struct slot *slot)
{
    struct ltable *table = slot_table(slot);

    if (ovs_list_is_empty(&slot->in_dirty)) {
        ovs_list_push_back(&table->tables->dirty_slots, &slot->in_dirty);
    }
    if (ovs_list_is_empty(&table->in_dirty)) {
        ovs_list_push_back(&table->tables->dirty_tables, &table->in_dirty);
    }
}

static struct slot *
slot_new(struct ltable *table, const struct minimatch *match, int priority,
         uint32_t hash)
{
    struct slot *slot = xzalloc(sizeof *slot);
    uint16_t max_priority;

    slot->rule = xzalloc(sizeof *slot->rule);
    cls_rule_init_from_minimatch(&slot->rule->cls_rule, match, priority);
    slot->rule->table = table;
    ovs_list_init(&slot->in_dirty);
    ovs_list_init(&slot->contributions);
    hmap_insert(&table->slots, &slot->in_table, hash);

    atomic_read_relaxed(&table->max_priority, &max_priority);
    if (priority > max_priority) {
        atomic_store_relaxed(&table->max_priority, priority);
    }
    return slot;
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
        slot = slot_new(table, match, priority, hash);
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
slot_rule_free(struct slot_rule *rule)
{
    cls_rule_destroy(&rule->cls_rule);
    if (rule->n_conj) {
        free(rule->conj);
    }
    free(rule);
}

/* Its rule stays if it is installed. */
void
slot_free(struct slot *slot)
{
    hmap_remove(&slot_table(slot)->slots, &slot->in_table);
    ovs_list_remove(&slot->in_dirty);
    if (!slot->rule->installed) {
        slot_rule_free(slot->rule);
    }
    free(slot);
}
