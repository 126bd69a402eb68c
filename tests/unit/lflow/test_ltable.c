/* Flow tables against the plainest possible model: a list of flows, each
 * evaluated. */

#include "unit.h"

#include "ltable_world.h"

enum { N_FLOWS = 60, N_ROUNDS = 60, N_PACKETS = 60 };

/* Flows of random_changes(), NULL where there is none, and their matches. */
struct model {
    const struct lflow *flows[N_FLOWS];
    struct expr *matches[N_FLOWS];
};

static const struct lflow *
add_to(struct ltable_world *w, struct ldatapath *const *datapaths, size_t n,
       const char *match, uint16_t priority, const char *actions)
{
    struct lflow_desc desc = {
        .datapaths = datapaths,
        .n_datapaths = n,
        .pipeline = PIPELINE_INGRESS,
        .stage = 3,
        .priority = priority,
        .match = match,
        .actions = actions,
    };

    return ltable_world_add(w, &desc);
}

static const struct lflow *
add(struct ltable_world *w, const char *match, uint16_t priority)
{
    return add_to(w, w->datapaths, 1, match, priority, "drop;");
}

static const struct lflow *
lookup(const struct ltable_world *w, const struct flow *packet,
       struct flow_wildcards *wc)
{
    struct flow copy = *packet;
    const struct lflow *flow;

    flow = ldatapath_lookup(w->datapaths[0], PIPELINE_INGRESS, 3, &copy, wc);
    assert_memory_equal(&copy, packet, sizeof copy);
    return flow;
}

static void
check_lookup(struct ltable_world *w, const struct model *model,
             const struct flow *packet)
{
    const struct lflow *found = lookup(w, packet, NULL);
    int best = -1;
    bool found_is_right = !found;

    for (int i = 0; i < N_FLOWS; i++) {
        const struct lflow *flow = model->flows[i];

        if (flow && expr_evaluate(model->matches[i], &w->names.env, 1,
                                  packet)) {
            best = MAX(best, flow->priority);
            found_is_right |= flow == found;
        }
    }
    assert_case(found_is_right && (found ? found->priority : -1) == best,
                "found priority %d, should be %d, for %s",
                found ? found->priority : -1, best,
                flow_to_string(packet, NULL));
}

/* All packets that agree in the bits that were looked at find the same. */
static void
check_wildcards(struct ltable_world *w, struct dice *dice,
                const struct flow *packet)
{
    struct flow_wildcards wc;

    flow_wildcards_init_catchall(&wc);
    const struct lflow *found = lookup(w, packet, &wc);
    for (int i = 0; i < 5; i++) {
        struct flow other;

        lflow_world_random_flow(dice, &other);
        for (size_t j = 0; j < FLOW_U64S; j++) {
            uint64_t *to = &((uint64_t *) &other)[j];
            uint64_t mask = ((const uint64_t *) &wc.masks)[j];

            *to = (*to & ~mask) | (((const uint64_t *) packet)[j] & mask);
        }
        assert_case(lookup(w, &other, NULL) == found,
                    "other flow found than for %s",
                    flow_to_string(packet, NULL));
    }
}

static void
random_changes(void **state)
{
    struct ltable_world *w = *state;
    struct dice dice = { 3 };
    struct model model = { .flows = { NULL } };
    uint64_t generation = ltables_generation(w->tables);

    for (int round = 0; round < N_ROUNDS; round++) {
        for (int i = 0; i < 10; i++) {
            const struct lflow **flow = &model.flows[dice_roll(&dice,
                                                               N_FLOWS)];

            if (*flow) {
                ltables_remove(w->tables, *flow);
                *flow = NULL;
            } else {
                char *match = lflow_world_random_match(&dice), *error;
                struct expr **expr = &model.matches[flow - model.flows];

                *flow = add(w, match, dice_roll(&dice, 6));
                expr_free(*expr);
                *expr = expr_parse(match, w->names.symtab, &error);
                assert_non_null(*expr);
                free(match);
            }
        }
        ltables_publish(w->tables);
        assert_true(ltables_generation(w->tables) > generation);
        generation = ltables_generation(w->tables);
        for (int i = 0; i < N_PACKETS; i++) {
            struct flow packet;

            lflow_world_random_flow(&dice, &packet);
            check_lookup(w, &model, &packet);
            check_wildcards(w, &dice, &packet);
        }
        ovsrcu_quiesce();
    }
    for (int i = 0; i < N_FLOWS; i++) {
        expr_free(model.matches[i]);
    }
}

static void
changes_wait_for_publication(void **state)
{
    struct ltable_world *w = *state;
    struct flow packet = { .nw_ttl = 1 };

    const struct lflow *old = add(w, "1", 0);
    assert_null(lookup(w, &packet, NULL));
    ltables_publish(w->tables);
    assert_ptr_equal(lookup(w, &packet, NULL), old);

    ltables_remove(w->tables, old);
    const struct lflow *new = add(w, "1", 0);
    assert_ptr_equal(lookup(w, &packet, NULL), old);
    ltables_publish(w->tables);
    assert_ptr_equal(lookup(w, &packet, NULL), new);

    uint64_t generation = ltables_generation(w->tables);
    ltables_publish(w->tables);
    assert_int_equal(ltables_generation(w->tables), generation);
}

/* Conjunctions of several flows, with the same addresses in them. */
static void
shared_conjunctions(void **state)
{
    struct ltable_world *w = *state;
    struct ds big = DS_EMPTY_INITIALIZER;

    for (int i = 0; i < 50; i++) {
        ds_put_format(&big, "10.0.0.%d,", i);
    }
    char *a = xasprintf("ip4.src == {%s} && ip4.dst == {%s}", ds_cstr(&big),
                        ds_cstr(&big));
    char *b = xasprintf("ip4.src == {%s} && ip4.dst == {%s} && tcp",
                        ds_cstr(&big), ds_cstr(&big));
    const struct lflow *flow_a = add(w, a, 10);
    const struct lflow *flow_b = add(w, b, 20);
    const struct lflow *one = add(w, "ip4.src == 10.0.0.7", 10);
    ltables_publish(w->tables);

    struct flow packet = {
        .dl_type = htons(ETH_TYPE_IP),
        .nw_src = htonl(0x0a000005),
        .nw_dst = htonl(0x0a000006),
    };
    assert_ptr_equal(lookup(w, &packet, NULL), flow_a);
    packet.nw_proto = IPPROTO_TCP;
    assert_ptr_equal(lookup(w, &packet, NULL), flow_b);
    packet.nw_dst = htonl(0x0a000106);
    assert_null(lookup(w, &packet, NULL));
    packet.nw_src = htonl(0x0a000007);
    assert_ptr_equal(lookup(w, &packet, NULL), one);

    ltables_remove(w->tables, one);
    ltables_publish(w->tables);
    assert_null(lookup(w, &packet, NULL));
    packet.nw_dst = htonl(0x0a000006);
    assert_ptr_equal(lookup(w, &packet, NULL), flow_b);
    ltables_remove(w->tables, flow_b);
    ltables_publish(w->tables);
    assert_ptr_equal(lookup(w, &packet, NULL), flow_a);
    free(a);
    free(b);
    ds_destroy(&big);
}

static void
names_change(void **state)
{
    struct ltable_world *w = *state;
    struct flow packet = {
        .dl_type = htons(ETH_TYPE_IP),
        .nw_src = htonl(0x0b000001),
        .regs[LREG_INPORT] = 5,
    };
    struct constant c;

    const struct lflow *flow = add(w, "ip4.src == $as && inport == @pg", 1);
    ltables_publish(w->tables);
    assert_null(lookup(w, &packet, NULL));

    assert_true(constant_parse("11.0.0.0/8", &c));
    constant_set_add(&w->names.as, &c);
    assert_int_equal(ltables_touch(w->tables, REF_ADDRESS_SET, "as"), 1);
    assert_int_equal(ltables_touch(w->tables, REF_ADDRESS_SET, "many"), 0);
    sset_add(&w->names.pg, "p5");
    assert_int_equal(ltables_touch(w->tables, REF_PORT_GROUP, "pg"), 1);
    assert_null(lookup(w, &packet, NULL));
    ltables_publish(w->tables);
    assert_ptr_equal(lookup(w, &packet, NULL), flow);
}

static void
groups_of_datapaths(void **state)
{
    struct ltable_world *w = *state;
    struct ldatapath *other = ldatapath_new(w->tables, 8);
    struct ldatapath *both[] = { w->datapaths[0], other };
    struct flow packet = { .regs[LREG_INPORT] = 1 };

    const struct lflow *flow = add_to(w, both, 2, "inport == \"p1\"", 1,
                                      "drop;");
    ltables_publish(w->tables);
    assert_ptr_equal(lookup(w, &packet, NULL), flow);
    assert_ptr_equal(ldatapath_lookup(other, PIPELINE_INGRESS, 3, &packet,
                                      NULL), flow);
    assert_int_equal(ldatapath_generation(other),
                     ltables_generation(w->tables));
    ldatapath_free(other);
    assert_ptr_equal(lookup(w, &packet, NULL), flow);
    ltables_remove(w->tables, flow);
    ltables_publish(w->tables);
    assert_null(lookup(w, &packet, NULL));
}

static void
default_stages_are_skipped(void **state)
{
    struct ltable_world *w = *state;
    struct flow packet = { .nw_ttl = 1 };
    struct flow_wildcards wc;

    const struct lflow *next = add_to(w, w->datapaths, 1, "1", 0, "next;");
    ltables_publish(w->tables);
    flow_wildcards_init_catchall(&wc);
    assert_ptr_equal(lookup(w, &packet, &wc), next);
    assert_true(flow_wildcards_is_catchall(&wc));
    assert_int_equal(ldatapath_skip(w->datapaths[0], PIPELINE_INGRESS, 2), 2);
    assert_int_equal(ldatapath_skip(w->datapaths[0], PIPELINE_INGRESS, 3), 4);

    add(w, "ip4", 1);
    ltables_publish(w->tables);
    assert_int_equal(ldatapath_skip(w->datapaths[0], PIPELINE_INGRESS, 3), 3);
    assert_ptr_equal(lookup(w, &packet, NULL), next);
}

static const struct lflow *
lookup_many(const struct ltable_world *w, uint32_t n)
{
    struct flow packet = {
        .dl_type = htons(ETH_TYPE_IP),
        .nw_src = htonl(0x0a000000 + n % 40 * 3),
        .nw_dst = htonl(0x0a000000 + n / 40 % 40 * 3),
    };

    return lookup(w, &packet, NULL);
}

/* While one thread replaces flows, another finds the old or the new one. */
static void
readers_see_whole_changes(void **state)
{
    struct ltable_world *w = *state;
    struct ltable_reader reader = { .world = w, .lookup = lookup_many };
    const char *match = "ip4.src == $many && ip4.dst == $many";

    const struct lflow *flow = add(w, match, 10);
    add(w, "1", 0);
    ltables_publish(w->tables);
    ltable_reader_start(&reader);
    for (int i = 0; i < 300; i++) {
        const struct lflow *new = add(w, match, 10);

        ltables_remove(w->tables, flow);
        ltables_publish(w->tables);
        flow = new;
        ovsrcu_quiesce();
    }
    ltable_reader_stop(&reader);
}

static void
bad_flows_are_refused(void **state)
{
    static const struct {
        struct lflow_desc desc;
        const char *error;
    } cases[] = {
        { { .match = "ip4.src = 1", .actions = "next;" },
          "match: line 1, column 9: expected relational operator but found "
          "'='" },
        { { .match = "1", .actions = "frobnicate;" }, "actions: " },
        { { .match = "1", .actions = "next;", .stage = 33 }, "stage 33" },
    };
    struct ltable_world *w = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *error = NULL;

        assert_null(ltables_add(w->tables, &cases[i].desc, &error));
        assert_case(!strncmp(error, cases[i].error, strlen(cases[i].error)),
                    "%s", error);
        free(error);
    }
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(                          \
    NAME, ltable_world_set_up, ltable_world_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(random_changes),
        TEST(changes_wait_for_publication),
        TEST(shared_conjunctions),
        TEST(names_change),
        TEST(groups_of_datapaths),
        TEST(default_stages_are_skipped),
        TEST(bad_flows_are_refused),
        TEST(readers_see_whole_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
