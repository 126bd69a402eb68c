/* Flows in datapaths: what is compiled, when, and for whom. */

#include "unit.h"

#include "ltable_world.h"

/* "pX" has the key 10 * DATAPATH + X. */
static bool
port_key(void *aux OVS_UNUSED, uint32_t datapath, const char *name,
         uint32_t *key)
{
    *key = 10 * datapath + (name[1] - '0');
    return name[0] == 'p' && !name[2];
}

static int
set_up(void **state)
{
    ltable_world_set_up(state);

    struct ltable_world *w = *state;
    w->names.env.port_key = port_key;
    return 0;
}

static const struct lflow *
add(struct ltable_world *w, size_t n_datapaths, const char *match,
    const char *actions)
{
    struct lflow_desc desc = {
        .datapaths = w->datapaths, .n_datapaths = n_datapaths,
        .stage = 3, .priority = 5, .match = match, .actions = actions,
        .stage_name = "ls_in_x", .meter = "m",
    };

    return ltable_world_add(w, &desc);
}

static const struct lflow *
lookup(struct ltable_world *w, int datapath, const struct flow *packet)
{
    struct flow copy = *packet;

    return ldatapath_lookup(w->datapaths[datapath], PIPELINE_INGRESS, 3,
                            &copy, NULL);
}

/* A name of a port is another key in each datapath. */
static void
ports_of_each_datapath(void **state)
{
    struct ltable_world *w = *state;
    struct flow of_1 = { .regs[LREG_INPORT] = 13 };
    struct flow of_2 = { .regs[LREG_INPORT] = 23 };
    const struct lflow *flow = add(w, 2, "inport == \"p3\"", "next;");

    ltables_publish(w->tables);
    assert_ptr_equal(lookup(w, 0, &of_1), flow);
    assert_null(lookup(w, 0, &of_2));
    assert_ptr_equal(lookup(w, 1, &of_2), flow);
    assert_null(lookup(w, 1, &of_1));
}

/* What actions need of a packet, the flow demands of it. */
static void
actions_guard(void **state)
{
    struct ltable_world *w = *state;
    struct flow ip = { .dl_type = htons(ETH_TYPE_IP) };
    struct flow arp = { .dl_type = htons(ETH_TYPE_ARP) };
    const struct lflow *flow = add(w, 1, "1", "ip.ttl--; next;");

    ltables_publish(w->tables);
    assert_ptr_equal(lookup(w, 0, &ip), flow);
    assert_null(lookup(w, 0, &arp));
}

static void
description(void **state)
{
    const struct lflow *flow = add(*state, 1, "ip4 && 1", "next;");

    assert_string_equal(flow->match, "ip4 && 1");
    assert_string_equal(flow->stage_name, "ls_in_x");
    assert_string_equal(flow->meter, "m");
    assert_int_equal(flow->priority, 5);
    assert_int_equal(flow->stage, 3);
    assert_true(lflow_is_only_next(flow));
    flow = add(*state, 1, "ip4", "reg0 = 1; next;");
    assert_false(lflow_is_only_next(flow));
    assert_true(flow->only_assigns);
    assert_int_equal(flow->n_words, 1);
    flow = add(*state, 1, "ip4", "reg0 = 1; outport = \"p1\"; next;");
    assert_false(flow->only_assigns);
    assert_int_equal(flow->n_words, 1);
    flow = add(*state, 1, "ip4", "reg0 = 1; reg1 = 2;");
    assert_false(flow->only_assigns);
    assert_int_equal(flow->n_words, 2);
    flow = add(*state, 1, "ip4", "reg0 = 1; next(pipeline=egress, table=1);");
    assert_false(flow->only_assigns);
}

/* Of a brief description texts are kept only as far as they are needed. */
static void
brief(void **state)
{
    struct ltable_world *w = *state;
    struct lflow_desc desc = {
        .datapaths = w->datapaths, .n_datapaths = 2, .stage = 3,
        .match = "ip4.dst == 10.0.0.1", .actions = "ip.ttl--; next;",
        .stage_name = "ls_in_x", .meter = "m", .brief = true,
    };
    struct flow packet = { .dl_type = htons(ETH_TYPE_IP),
                           .nw_src = htonl(0x0b000001) };
    struct constant c;
    char *error = NULL;

    const struct lflow *plain = ltables_add(w->tables, &desc, &error);
    assert_non_null(plain);
    assert_null(plain->match);
    assert_null(plain->stage_name);
    assert_string_equal(plain->meter, "m");

    /* It is compiled again, with what its actions demand. */
    desc.match = "$as == ip4.src || reg0 == 7";
    const struct lflow *named = ltables_add(w->tables, &desc, &error);
    assert_non_null(named);
    ltables_publish(w->tables);
    assert_null(lookup(w, 1, &packet));
    assert_true(constant_parse("11.0.0.0/8", &c));
    constant_set_add(&w->names.as, &c);
    assert_int_equal(ltables_touch(w->tables, REF_ADDRESS_SET, "as"), 1);
    ltables_publish(w->tables);
    assert_ptr_equal(lookup(w, 1, &packet), named);
    packet = (struct flow) { .regs[0] = 7,
                             .dl_type = htons(ETH_TYPE_ARP) };
    assert_null(lookup(w, 0, &packet));
    packet.dl_type = htons(ETH_TYPE_IP);
    assert_ptr_equal(lookup(w, 0, &packet), named);
}

/* Only flows that speak of a name are touched by it, each once. */
static void
touches(void **state)
{
    struct ltable_world *w = *state;

    add(w, 2, "ip4.src == $as && ip4.dst == $as", "next;");
    add(w, 1, "inport == @pg || is_chassis_resident(\"p1\")", "next;");
    add(w, 1, "outport == \"p1\"", "next;");
    ltables_publish(w->tables);
    assert_int_equal(ltables_touch(w->tables, REF_ADDRESS_SET, "as"), 1);
    assert_int_equal(ltables_touch(w->tables, REF_ADDRESS_SET, "pg"), 0);
    assert_int_equal(ltables_touch(w->tables, REF_PORT_GROUP, "pg"), 1);
    assert_int_equal(ltables_touch(w->tables, REF_RESIDENT, "p1"), 1);
    assert_int_equal(ltables_touch(w->tables, REF_PORT, "p1"), 1);
    assert_int_equal(ltables_touch(w->tables, REF_PORT, "p2"), 0);
}

/* A flow that went does not come back by a touch. */
static void
touched_after_removal(void **state)
{
    struct ltable_world *w = *state;
    struct flow packet = { .dl_type = htons(ETH_TYPE_IP),
                           .nw_src = htonl(0x0a000001) };
    const struct lflow *flow = add(w, 1, "ip4.src == $as", "next;");

    ltables_publish(w->tables);
    assert_ptr_equal(lookup(w, 0, &packet), flow);
    ltables_remove(w->tables, flow);
    assert_int_equal(ltables_touch(w->tables, REF_ADDRESS_SET, "as"), 0);
    ltables_publish(w->tables);
    assert_null(lookup(w, 0, &packet));
}

/* Nothing of a flow that was refused stays. */
static void
refused(void **state)
{
    struct ltable_world *w = *state;
    struct lflow_desc desc = {
        .datapaths = w->datapaths, .n_datapaths = 2, .stage = 3,
        .match = "ip4.src == $as", .actions = "nosuch;",
    };
    struct flow packet = { .dl_type = htons(ETH_TYPE_IP),
                           .nw_src = htonl(0x0a000001) };
    char *error = NULL;

    assert_null(ltables_add(w->tables, &desc, &error));
    assert_non_null(strstr(error, "actions: line 1, column 1: "));
    free(error);
    assert_int_equal(ltables_touch(w->tables, REF_ADDRESS_SET, "as"), 0);
    ltables_publish(w->tables);
    assert_null(lookup(w, 0, &packet));
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up,             \
                                                   ltable_world_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(ports_of_each_datapath),
        TEST(actions_guard),
        TEST(description),
        TEST(brief),
        TEST(touches),
        TEST(touched_after_removal),
        TEST(refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
