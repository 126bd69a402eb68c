/* Slots: one for each match and priority, for as long as somebody wants it. */

#include "unit.h"

#include "ltable_private.h"
#include "ltable_world.h"

static struct ltable *
table(struct ltable_world *w)
{
    return ldatapath_table(w->datapaths[0], PIPELINE_INGRESS, 3);
}

static void
contribute(struct ltable_world *w, uint32_t mark, int priority,
           struct contribution *c)
{
    struct minimatch minimatch;
    struct match match;

    match_init_catchall(&match);
    match_set_pkt_mark(&match, mark);
    minimatch_init(&minimatch, &match);
    slot_contribute(table(w), &minimatch, priority, c);
    minimatch_destroy(&minimatch);
}

static void
one_for_each_match_and_priority(void **state)
{
    struct ltable_world *w = *state;
    struct lflow flow = { .priority = 5 };
    struct contribution c[4];
    uint16_t max_priority;

    for (int i = 0; i < 4; i++) {
        c[i] = (struct contribution) { .flow = &flow };
    }
    contribute(w, 1, 5, &c[0]);
    contribute(w, 1, 5, &c[1]);
    contribute(w, 2, 5, &c[2]);
    contribute(w, 1, 6, &c[3]);
    assert_ptr_equal(c[0].slot, c[1].slot);
    assert_ptr_not_equal(c[0].slot, c[2].slot);
    assert_ptr_not_equal(c[0].slot, c[3].slot);
    assert_int_equal(slot_priority(c[3].slot), 6);
    assert_int_equal(hmap_count(&table(w)->slots), 3);
    atomic_read_relaxed(&table(w)->max_priority, &max_priority);
    assert_int_equal(max_priority, 6);

    slot_withdraw(&c[0]);
    slot_withdraw(&c[2]);
    assert_null(c[0].slot);
    ltables_publish(w->tables);
    assert_int_equal(hmap_count(&table(w)->slots), 2);
    slot_withdraw(&c[1]);
    slot_withdraw(&c[3]);
    ltables_publish(w->tables);
}

/* A slot that comes and goes between two publications. */
static void
never_published(void **state)
{
    struct ltable_world *w = *state;
    struct lflow flow = { .priority = 5 };
    struct contribution c = { .flow = &flow };

    contribute(w, 1, 5, &c);
    assert_false(c.slot->rule->installed);
    slot_withdraw(&c);
    contribute(w, 1, 5, &c);
    slot_withdraw(&c);
    ltables_publish(w->tables);
    assert_true(ovs_list_is_empty(&w->tables->dirty_slots));
    assert_true(ovs_list_is_empty(&w->tables->dirty_tables));
}

int
main(int argc OVS_UNUSED, char *argv[])
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(                          \
    NAME, ltable_world_set_up, ltable_world_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(one_for_each_match_and_priority),
        TEST(never_published),
    };

    set_program_name(argv[0]);
    return cmocka_run_group_tests_name("ltable_slot", tests, NULL, NULL);
}
