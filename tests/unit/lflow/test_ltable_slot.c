/* Slots: one for each match and priority, for as long as somebody wants it. */

#include "unit.h"

#include "act_table.h"
#include "lflow_world.h"
#include "ltable_private.h"

struct fixture {
    struct lflow_world world;
    struct ltables *tables;
    struct ltable *table;
};

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    lflow_world_init(&f->world);
    f->tables = ltables_new(f->world.symtab, &act_table, &f->world.env);
    f->table = ldatapath_table(ldatapath_new(f->tables, 1), PIPELINE_INGRESS,
                               3);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    ltables_free(f->tables);
    lflow_world_uninit(&f->world);
    free(f);
    return 0;
}

static void
contribute(struct fixture *f, uint32_t mark, int priority,
           struct contribution *c)
{
    struct minimatch minimatch;
    struct match match;

    match_init_catchall(&match);
    match_set_pkt_mark(&match, mark);
    minimatch_init(&minimatch, &match);
    slot_contribute(f->table, &minimatch, priority, c);
    minimatch_destroy(&minimatch);
}

static void
one_for_each_match_and_priority(void **state)
{
    struct fixture *f = *state;
    struct lflow flow = { .priority = 5 };
    struct contribution c[4];
    uint16_t max_priority;

    for (int i = 0; i < 4; i++) {
        c[i] = (struct contribution) { .flow = &flow };
    }
    contribute(f, 1, 5, &c[0]);
    contribute(f, 1, 5, &c[1]);
    contribute(f, 2, 5, &c[2]);
    contribute(f, 1, 6, &c[3]);
    assert_ptr_equal(c[0].slot, c[1].slot);
    assert_ptr_not_equal(c[0].slot, c[2].slot);
    assert_ptr_not_equal(c[0].slot, c[3].slot);
    assert_int_equal(slot_priority(c[3].slot), 6);
    assert_int_equal(hmap_count(&f->table->slots), 3);
    atomic_read_relaxed(&f->table->max_priority, &max_priority);
    assert_int_equal(max_priority, 6);

    slot_withdraw(&c[0]);
    slot_withdraw(&c[2]);
    assert_null(c[0].slot);
    ltables_publish(f->tables);
    assert_int_equal(hmap_count(&f->table->slots), 2);
    slot_withdraw(&c[1]);
    slot_withdraw(&c[3]);
    ltables_publish(f->tables);
}

/* A slot that comes and goes between two publications. */
static void
never_published(void **state)
{
    struct fixture *f = *state;
    struct lflow flow = { .priority = 5 };
    struct contribution c = { .flow = &flow };

    contribute(f, 1, 5, &c);
    assert_false(c.slot->installed);
    slot_withdraw(&c);
    contribute(f, 1, 5, &c);
    slot_withdraw(&c);
    ltables_publish(f->tables);
    assert_true(ovs_list_is_empty(&f->tables->dirty_slots));
    assert_true(ovs_list_is_empty(&f->tables->dirty_tables));
}

int
main(int argc OVS_UNUSED, char *argv[])
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(one_for_each_match_and_priority),
        TEST(never_published),
    };

    set_program_name(argv[0]);
    return cmocka_run_group_tests_name("ltable_slot", tests, NULL, NULL);
}
