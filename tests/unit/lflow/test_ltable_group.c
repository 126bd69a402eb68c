/* Flows of several datapaths: tables that they share are no different from
 * tables of their own. */

#include "unit.h"

#include "ltable_private.h"
#include "ltable_world.h"

enum { N_FLOWS = 900, N_SETS = 8, N_ADDRESSES = 60 };

/* A flow, as the plainest model has it. */
struct model_flow {
    const struct lflow *flow; /* NULL: there is none. */
    int set;                  /* In the datapaths of this bit pattern. */
    uint32_t address;
    int priority;
};

static const struct lflow *
add(struct ltable_world *w, int set, const char *match, int priority)
{
    struct ldatapath *datapaths[LTABLE_WORLD_DATAPATHS];
    struct lflow_desc desc = {
        .datapaths = datapaths, .stage = 3, .priority = priority,
        .match = match, .actions = "next;",
    };

    for (int i = 0; i < LTABLE_WORLD_DATAPATHS; i++) {
        if (set & (1 << i) && w->datapaths[i]) {
            datapaths[desc.n_datapaths++] = w->datapaths[i];
        }
    }
    return ltable_world_add(w, &desc);
}

static const struct lflow *
add_address(struct ltable_world *w, int set, uint32_t address, int priority)
{
    char *match = xasprintf("ip4.src == 10.0.0.%"PRIu32, address);
    const struct lflow *flow = add(w, set, match, priority);

    free(match);
    return flow;
}

static const struct lflow *
lookup(const struct ltable_world *w, int datapath, uint32_t address)
{
    struct flow packet = {
        .dl_type = htons(ETH_TYPE_IP), .nw_src = htonl(0x0a000000 + address),
    };

    return ldatapath_lookup(w->datapaths[datapath], PIPELINE_INGRESS, 3,
                            &packet, NULL);
}

/* Shared tables that look-ups in the datapath go through. */
static size_t
n_shared(const struct ltable_world *w, int datapath)
{
    const struct lview *view = ovsrcu_get(
        struct lview *, &w->datapaths[datapath]->views[PIPELINE_INGRESS][3]);
    size_t n = 0;

    for (size_t i = 0; view && i < view->n; i++) {
        n += view->tables[i]->group != NULL;
    }
    return n;
}

static void
check(const struct ltable_world *w, const struct model_flow *flows)
{
    for (int dp = 0; dp < LTABLE_WORLD_DATAPATHS; dp++) {
        for (uint32_t a = 0; w->datapaths[dp] && a < N_ADDRESSES; a++) {
            const struct lflow *found = lookup(w, dp, a);
            bool right = !found;
            int best = -1;

            for (int i = 0; i < N_FLOWS; i++) {
                const struct model_flow *m = &flows[i];

                if (m->flow && m->set & (1 << dp) && m->address == a) {
                    best = MAX(best, m->priority);
                    right |= m->flow == found;
                }
            }
            assert_case(right && best == (found ? found->priority : -1),
                        "datapath %d, address %"PRIu32": found priority %d, "
                        "should be %d", dp, a, found ? found->priority : -1,
                        best);
        }
    }
}

/* Adds the flow if it is not there, removes it if it is. */
static void
toggle(struct ltable_world *w, struct dice *dice, struct model_flow *m)
{
    if (m->flow) {
        ltables_remove(w->tables, m->flow);
        m->flow = NULL;
        return;
    }
    *m = (struct model_flow) {
        /* Few sets have most of the flows. */
        .set = 31 - dice_roll(dice, 1 + dice_roll(dice, N_SETS)),
        .address = dice_roll(dice, N_ADDRESSES),
        .priority = dice_roll(dice, 20),
    };
    m->flow = add_address(w, m->set, m->address, m->priority);
}

/* Flows come and go, many and few at a time; so does a datapath. */
static void
random_changes(void **state)
{
    struct ltable_world *w = *state;
    struct dice dice = { 7 };
    struct model_flow *flows = xcalloc(N_FLOWS, sizeof *flows);
    size_t most_shared = 0;

    for (int round = 0; round < 60; round++) {
        bool all = round % 20 > 16; /* Until few are left. */

        for (int i = 0; i < N_FLOWS; i++) {
            struct model_flow *m = &flows[i];

            if (all ? m->flow && dice_roll(&dice, 8)
                : !dice_roll(&dice, m->flow ? 10 : 5)) {
                toggle(w, &dice, m);
            }
        }
        if (round == 35) {
            ldatapath_free(w->datapaths[2]);
            w->datapaths[2] = NULL;
        } else if (round == 45) {
            w->datapaths[2] = ldatapath_new(w->tables, 3);
            for (int i = 0; i < N_FLOWS; i++) {
                flows[i].set &= ~(1 << 2); /* They are not in the new. */
            }
        }
        ltables_publish(w->tables);
        check(w, flows);
        most_shared = MAX(most_shared, n_shared(w, 4));
        ovsrcu_quiesce();
    }
    free(flows);
    assert_case(most_shared > 1, "nothing was shared: %"PRIuSIZE,
                most_shared);
}

static void
add_many(struct ltable_world *w, int set, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        add_address(w, set, i, 5);
    }
    ltables_publish(w->tables);
}

/* Many flows of a group are in one table, whoever came first. */
static void
many_are_shared(void **state)
{
    struct ltable_world *w = *state;

    add_many(w, 0x1f, 50);
    assert_int_equal(n_shared(w, 0), 0);
    assert_int_equal(hmap_count(&w->datapaths[0]->own[0][3]->slots), 50);
    add_many(w, 0x1f, 14);
    assert_int_equal(n_shared(w, 0), 1);
    assert_null(w->datapaths[0]->own[0][3]);

    /* What one has for itself is beside it, and goes before it or not. */
    const struct lflow *own = add_address(w, 1, 7, 9);
    const struct lflow *low = add_address(w, 1, 8, 2);
    ltables_publish(w->tables);
    assert_ptr_equal(lookup(w, 0, 7), own);
    assert_ptr_not_equal(lookup(w, 1, 7), own);
    assert_ptr_not_equal(lookup(w, 0, 8), low);
    assert_non_null(lookup(w, 0, 8));
}

/* A flow of a group that names a port is another in each datapath. */
static void
ports_are_not_shared(void **state)
{
    struct ltable_world *w = *state;
    struct flow packet = { .regs[LREG_INPORT] = 4 };

    add_many(w, 3, 100);
    const struct lflow *flow = add(w, 3, "inport == \"p4\"", 1);
    ltables_publish(w->tables);
    assert_int_equal(n_shared(w, 1), 1);
    for (int i = 0; i < 2; i++) {
        assert_ptr_equal(ldatapath_lookup(w->datapaths[i], PIPELINE_INGRESS,
                                          3, &packet, NULL), flow);
        assert_int_equal(hmap_count(&w->datapaths[i]->own[0][3]->slots), 1);
    }
    assert_int_equal(ltables_touch(w->tables, REF_PORT, "p4"), 1);
    ltables_publish(w->tables);
    assert_ptr_equal(ldatapath_lookup(w->datapaths[1], PIPELINE_INGRESS, 3,
                                      &packet, NULL), flow);
}

/* A set of addresses changes what a shared table has. */
static void
names_in_shared(void **state)
{
    struct ltable_world *w = *state;
    struct constant c;

    const struct lflow *flow = add(w, 0x1f, "ip4.src == $none", 9);
    add_many(w, 0x1f, 64);
    assert_ptr_not_equal(lookup(w, 3, 200), flow);
    assert_true(constant_parse("10.0.0.200", &c));
    constant_set_add(&w->names.none, &c);
    assert_int_equal(ltables_touch(w->tables, REF_ADDRESS_SET, "none"), 1);
    ltables_publish(w->tables);
    for (int i = 0; i < LTABLE_WORLD_DATAPATHS; i++) {
        assert_ptr_equal(lookup(w, i, 200), flow);
    }
}

/* However many groups a datapath is in, a look-up has a bound. */
static void
few_tables_are_looked_at(void **state)
{
    struct ltable_world *w = *state;

    for (int set = 31; set > 31 - N_SETS; set--) {
        add_many(w, set, 70);
    }
    assert_int_equal(n_shared(w, 4), LVIEW_MAX_SHARED);
    for (uint32_t a = 0; a < 70; a++) {
        assert_non_null(lookup(w, 4, a));
        assert_non_null(lookup(w, 0, a));
    }
}

/* Each of the datapaths hears of a change, and no other. */
static void
generations(void **state)
{
    struct ltable_world *w = *state;

    add_many(w, 0x0f, 100);
    uint64_t before = ltables_generation(w->tables);
    add_address(w, 0x0f, 200, 1);
    ltables_publish(w->tables);
    assert_int_equal(ldatapath_generation(w->datapaths[0]), before + 1);
    assert_int_equal(ldatapath_generation(w->datapaths[3]), before + 1);
    assert_true(ldatapath_generation(w->datapaths[4]) <= before);
    assert_int_equal(ldatapath_skip(w->datapaths[0], PIPELINE_INGRESS, 3), 3);
}

int
main(int argc OVS_UNUSED, char *argv[])
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(                          \
    NAME, ltable_world_set_up, ltable_world_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(random_changes),
        TEST(many_are_shared),
        TEST(ports_are_not_shared),
        TEST(names_in_shared),
        TEST(few_tables_are_looked_at),
        TEST(generations),
    };

    set_program_name(argv[0]);
    return cmocka_run_group_tests_name("ltable_group", tests, NULL, NULL);
}
