/* Flows of several datapaths: tables that they share are no different from
 * tables of their own. */

#include "unit.h"

#include "act_table.h"
#include "lflow_world.h"
#include "ltable_private.h"

enum { N_DATAPATHS = 5, N_FLOWS = 900, N_SETS = 8, N_ADDRESSES = 60 };

/* A flow, as the plainest model has it. */
struct model_flow {
    const struct lflow *flow; /* NULL: there is none. */
    int set;                  /* In the datapaths of this bit pattern. */
    uint32_t address;
    int priority;
};

struct fixture {
    struct lflow_world world;
    struct ltables *tables;
    struct ldatapath *datapaths[N_DATAPATHS];
    struct model_flow flows[N_FLOWS];
};

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    lflow_world_init(&f->world);
    f->tables = ltables_new(f->world.symtab, &act_table, &f->world.env);
    for (int i = 0; i < N_DATAPATHS; i++) {
        f->datapaths[i] = ldatapath_new(f->tables, i + 1);
    }
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

static const struct lflow *
add(struct fixture *f, int set, const char *match, int priority)
{
    struct ldatapath *datapaths[N_DATAPATHS];
    struct lflow_desc desc = {
        .datapaths = datapaths, .stage = 3, .priority = priority,
        .match = match, .actions = "next;",
    };
    char *error = NULL;

    for (int i = 0; i < N_DATAPATHS; i++) {
        if (set & (1 << i) && f->datapaths[i]) {
            datapaths[desc.n_datapaths++] = f->datapaths[i];
        }
    }
    const struct lflow *flow = ltables_add(f->tables, &desc, &error);
    assert_case(flow, "%s: %s", match, error);
    return flow;
}

static const struct lflow *
add_address(struct fixture *f, int set, uint32_t address, int priority)
{
    char *match = xasprintf("ip4.src == 10.0.0.%"PRIu32, address);
    const struct lflow *flow = add(f, set, match, priority);

    free(match);
    return flow;
}

static const struct lflow *
lookup(const struct fixture *f, int datapath, uint32_t address)
{
    struct flow packet = {
        .dl_type = htons(ETH_TYPE_IP), .nw_src = htonl(0x0a000000 + address),
    };

    return ldatapath_lookup(f->datapaths[datapath], PIPELINE_INGRESS, 3,
                            &packet, NULL);
}

/* Shared tables that look-ups in the datapath go through. */
static size_t
n_shared(const struct fixture *f, int datapath)
{
    const struct lview *view = ovsrcu_get(
        struct lview *, &f->datapaths[datapath]->views[PIPELINE_INGRESS][3]);
    size_t n = 0;

    for (size_t i = 0; view && i < view->n; i++) {
        n += view->tables[i]->group != NULL;
    }
    return n;
}

static void
check(const struct fixture *f)
{
    for (int dp = 0; dp < N_DATAPATHS; dp++) {
        for (uint32_t a = 0; f->datapaths[dp] && a < N_ADDRESSES; a++) {
            const struct lflow *found = lookup(f, dp, a);
            bool right = !found;
            int best = -1;

            for (int i = 0; i < N_FLOWS; i++) {
                const struct model_flow *m = &f->flows[i];

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
toggle(struct fixture *f, struct dice *dice, struct model_flow *m)
{
    if (m->flow) {
        ltables_remove(f->tables, m->flow);
        m->flow = NULL;
        return;
    }
    *m = (struct model_flow) {
        /* Few sets have most of the flows. */
        .set = 31 - dice_roll(dice, 1 + dice_roll(dice, N_SETS)),
        .address = dice_roll(dice, N_ADDRESSES),
        .priority = dice_roll(dice, 20),
    };
    m->flow = add_address(f, m->set, m->address, m->priority);
}

/* Flows come and go, many and few at a time; so does a datapath. */
static void
random_changes(void **state)
{
    struct fixture *f = *state;
    struct dice dice = { 7 };
    size_t most_shared = 0;

    for (int round = 0; round < 60; round++) {
        bool all = round % 20 > 16; /* Until few are left. */

        for (int i = 0; i < N_FLOWS; i++) {
            struct model_flow *m = &f->flows[i];

            if (all ? m->flow && dice_roll(&dice, 8)
                : !dice_roll(&dice, m->flow ? 10 : 5)) {
                toggle(f, &dice, m);
            }
        }
        if (round == 35) {
            ldatapath_free(f->datapaths[2]);
            f->datapaths[2] = NULL;
        } else if (round == 45) {
            f->datapaths[2] = ldatapath_new(f->tables, 3);
            for (int i = 0; i < N_FLOWS; i++) {
                f->flows[i].set &= ~(1 << 2); /* They are not in the new. */
            }
        }
        ltables_publish(f->tables);
        check(f);
        most_shared = MAX(most_shared, n_shared(f, 4));
        ovsrcu_quiesce();
    }
    assert_case(most_shared > 1, "nothing was shared: %"PRIuSIZE,
                most_shared);
}

static void
add_many(struct fixture *f, int set, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        add_address(f, set, i, 5);
    }
    ltables_publish(f->tables);
}

/* Many flows of a group are in one table, whoever came first. */
static void
many_are_shared(void **state)
{
    struct fixture *f = *state;

    add_many(f, 0x1f, 50);
    assert_int_equal(n_shared(f, 0), 0);
    assert_int_equal(hmap_count(&f->datapaths[0]->own[0][3]->slots), 50);
    add_many(f, 0x1f, 14);
    assert_int_equal(n_shared(f, 0), 1);
    assert_null(f->datapaths[0]->own[0][3]);

    /* What one has for itself is beside it, and goes before it or not. */
    const struct lflow *own = add_address(f, 1, 7, 9);
    const struct lflow *low = add_address(f, 1, 8, 2);
    ltables_publish(f->tables);
    assert_ptr_equal(lookup(f, 0, 7), own);
    assert_ptr_not_equal(lookup(f, 1, 7), own);
    assert_ptr_not_equal(lookup(f, 0, 8), low);
    assert_non_null(lookup(f, 0, 8));
}

/* A flow of a group that names a port is another in each datapath. */
static void
ports_are_not_shared(void **state)
{
    struct fixture *f = *state;
    struct flow packet = { .regs[LREG_INPORT] = 4 };

    add_many(f, 3, 100);
    const struct lflow *flow = add(f, 3, "inport == \"p4\"", 1);
    ltables_publish(f->tables);
    assert_int_equal(n_shared(f, 1), 1);
    for (int i = 0; i < 2; i++) {
        assert_ptr_equal(ldatapath_lookup(f->datapaths[i], PIPELINE_INGRESS,
                                          3, &packet, NULL), flow);
        assert_int_equal(hmap_count(&f->datapaths[i]->own[0][3]->slots), 1);
    }
    assert_int_equal(ltables_touch(f->tables, REF_PORT, "p4"), 1);
    ltables_publish(f->tables);
    assert_ptr_equal(ldatapath_lookup(f->datapaths[1], PIPELINE_INGRESS, 3,
                                      &packet, NULL), flow);
}

/* A set of addresses changes what a shared table has. */
static void
names_in_shared(void **state)
{
    struct fixture *f = *state;
    struct constant c;

    const struct lflow *flow = add(f, 0x1f, "ip4.src == $none", 9);
    add_many(f, 0x1f, 64);
    assert_ptr_not_equal(lookup(f, 3, 200), flow);
    assert_true(constant_parse("10.0.0.200", &c));
    constant_set_add(&f->world.none, &c);
    assert_int_equal(ltables_touch(f->tables, REF_ADDRESS_SET, "none"), 1);
    ltables_publish(f->tables);
    for (int i = 0; i < N_DATAPATHS; i++) {
        assert_ptr_equal(lookup(f, i, 200), flow);
    }
}

/* However many groups a datapath is in, a look-up has a bound. */
static void
few_tables_are_looked_at(void **state)
{
    struct fixture *f = *state;

    for (int set = 31; set > 31 - N_SETS; set--) {
        add_many(f, set, 70);
    }
    assert_int_equal(n_shared(f, 4), LVIEW_MAX_SHARED);
    for (uint32_t a = 0; a < 70; a++) {
        assert_non_null(lookup(f, 4, a));
        assert_non_null(lookup(f, 0, a));
    }
}

/* Each of the datapaths hears of a change, and no other. */
static void
generations(void **state)
{
    struct fixture *f = *state;

    add_many(f, 0x0f, 100);
    uint64_t before = ltables_generation(f->tables);
    add_address(f, 0x0f, 200, 1);
    ltables_publish(f->tables);
    assert_int_equal(ldatapath_generation(f->datapaths[0]), before + 1);
    assert_int_equal(ldatapath_generation(f->datapaths[3]), before + 1);
    assert_true(ldatapath_generation(f->datapaths[4]) <= before);
    assert_int_equal(ldatapath_skip(f->datapaths[0], PIPELINE_INGRESS, 3), 3);
}

int
main(int argc OVS_UNUSED, char *argv[])
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
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
