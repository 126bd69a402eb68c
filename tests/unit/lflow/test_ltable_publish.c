/* Publications of tables that are small and tables that are large: a list of
 * rules, or a classifier. */

#include "unit.h"

#include "ltable_world.h"

enum { N_FLOWS = 200 };

static const struct lflow *
add(struct ltable_world *w, uint32_t ip, uint16_t priority)
{
    char *match = xasprintf("ip4.src == 10.0.0.%"PRIu32, ip);
    struct lflow_desc desc = {
        .datapaths = w->datapaths, .n_datapaths = 1,
        .pipeline = PIPELINE_EGRESS, .stage = 3, .priority = priority,
        .match = match, .actions = "drop;",
    };
    const struct lflow *flow = ltable_world_add(w, &desc);

    free(match);
    return flow;
}

static const struct lflow *
lookup(const struct ltable_world *w, uint32_t ip)
{
    struct flow packet = {
        .dl_type = htons(ETH_TYPE_IP), .nw_src = htonl(0x0a000000 + ip),
    };

    return ldatapath_lookup(w->datapaths[0], PIPELINE_EGRESS, 3, &packet,
                            NULL);
}

/* From a list to a classifier and back: what is found is what was published,
 * not what was changed since. */
static void
tables_grow_and_shrink(void **state)
{
    struct ltable_world *w = *state;
    const struct lflow *flows[N_FLOWS];

    for (uint32_t i = 0; i < N_FLOWS; i++) {
        flows[i] = add(w, i, 5);
        assert_null(lookup(w, i));
        ltables_publish(w->tables);
        for (uint32_t j = 0; j <= i; j++) {
            assert_ptr_equal(lookup(w, j), flows[j]);
        }
        ovsrcu_quiesce();
    }
    for (uint32_t i = 0; i < N_FLOWS; i++) {
        ltables_remove(w->tables, flows[i]);
        assert_ptr_equal(lookup(w, i), flows[i]);
        ltables_publish(w->tables);
        for (uint32_t j = 0; j < N_FLOWS; j++) {
            assert_ptr_equal(lookup(w, j), j <= i ? NULL : flows[j]);
        }
        ovsrcu_quiesce();
    }
}

static const struct lflow *
lookup_1(const struct ltable_world *w, uint32_t n OVS_UNUSED)
{
    return lookup(w, 1);
}

/* While one thread replaces a flow of a small table, which grows and shrinks
 * besides, another finds the old or the new one. */
static void
readers_see_whole_changes(void **state)
{
    struct ltable_world *w = *state;
    struct ltable_reader reader = { .world = w, .lookup = lookup_1 };
    const struct lflow *others[N_FLOWS] = { NULL };
    const struct lflow *flow = add(w, 1, 10);

    ltables_publish(w->tables);
    ltable_reader_start(&reader);
    for (int i = 0; i < 5 * N_FLOWS; i++) {
        const struct lflow **other = &others[i % N_FLOWS];
        const struct lflow *new = add(w, 1, 10);

        ltables_remove(w->tables, flow);
        flow = new;
        if (*other) {
            ltables_remove(w->tables, *other);
            *other = NULL;
        } else {
            *other = add(w, i % N_FLOWS, 5);
        }
        ltables_publish(w->tables);
        ovsrcu_quiesce();
    }
    ltable_reader_stop(&reader);
}

int
main(int argc OVS_UNUSED, char *argv[])
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(                          \
    NAME, ltable_world_set_up, ltable_world_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(tables_grow_and_shrink),
        TEST(readers_see_whole_changes),
    };

    set_program_name(argv[0]);
    return cmocka_run_group_tests_name("ltable_publish", tests, NULL, NULL);
}
