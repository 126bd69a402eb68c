/* What names in flows stand for, as it changes; port security as text. */

#include "unit.h"

#include "network.h"

struct fixture {
    struct network *network;
    struct net_datapath *sw, *other;
    struct net_port *port;
};

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);
    struct uuid uuid = { .parts = { 1 } };

    f->network = network_new();
    f->sw = network_add_datapath(f->network, &uuid, 1, "sw", false);
    f->other = network_add_datapath(f->network, &uuid, 2, "other", false);
    f->port = network_add_port(f->network, f->sw, 5, "p", PORT_VIF);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    network_free(f->network);
    free(f);
    return 0;
}

static void
keys(void **state)
{
    struct fixture *f = *state;
    uint32_t key = 99;

    network_add_group(f->network, f->sw, 32768, "g", NULL, 0);
    network_add_group(f->network, f->other, 32769, "g", NULL, 0);
    assert_true(net_datapath_key(f->network, f->sw, "p", &key));
    assert_int_equal(key, 5);
    assert_true(net_datapath_key(f->network, f->sw, "g", &key));
    assert_int_equal(key, 32768);
    assert_true(net_datapath_key(f->network, f->other, "g", &key));
    assert_int_equal(key, 32769);
    assert_false(net_datapath_key(f->network, f->other, "p", &key));
    assert_false(net_datapath_key(f->network, f->sw, "nosuch", &key));
    assert_true(net_datapath_key(f->network, f->sw, "", &key));
    assert_int_equal(key, 0);
    key = 99;
    assert_true(net_datapath_key(f->network, f->sw, "none", &key));
    assert_int_equal(key, 0);
}

/* Does the datapath's only flow match? */
static bool
matches(struct fixture *f, const struct flow *flow)
{
    struct flow copy = *flow;

    ltables_publish(network_tables(f->network));
    return ldatapath_lookup(f->sw->flows, PIPELINE_INGRESS, 0, &copy, NULL);
}

static void
add_flow(struct fixture *f, const char *match)
{
    struct lflow_desc desc = {
        .datapaths = &f->sw->flows, .n_datapaths = 1, .match = match,
        .actions = "next;",
    };
    char *error = NULL;

    assert_non_null(ltables_add(network_tables(f->network), &desc, &error));
}

static void
address_sets_change(void **state)
{
    struct fixture *f = *state;
    char *one[] = { "10.0.0.1", "rubbish" }, *two[] = { "10.0.0.2" };
    struct flow flow = { .dl_type = htons(ETH_TYPE_IP),
                         .nw_src = htonl(0x0a000001) };

    add_flow(f, "ip4.src == $as");
    assert_false(matches(f, &flow));
    network_set_address_set(f->network, "as", one, 2);
    assert_true(matches(f, &flow));
    network_set_address_set(f->network, "as", two, 1);
    assert_false(matches(f, &flow));
    network_set_address_set(f->network, "as", one, 1);
    network_set_address_set(f->network, "as", NULL, 0);
    assert_false(matches(f, &flow));
}

static void
port_groups_change(void **state)
{
    struct fixture *f = *state;
    char *members[] = { "p", "later" };
    struct flow flow = { .regs[LREG_INPORT] = 5 };
    struct flow late = { .regs[LREG_INPORT] = 6 };

    add_flow(f, "inport == @pg");
    network_set_port_group(f->network, "pg", members, 2);
    assert_true(matches(f, &flow));
    assert_false(matches(f, &late));
    network_add_port(f->network, f->sw, 6, "later", PORT_VIF);
    assert_true(matches(f, &late));
    network_set_port_group(f->network, "pg", NULL, 0);
    assert_false(matches(f, &flow));
}

static void
residence_changes(void **state)
{
    struct fixture *f = *state;
    struct flow flow = { .dl_type = 0 };

    add_flow(f, "is_chassis_resident(\"p\")");
    assert_true(matches(f, &flow));
    net_port_set_resident(f->network, f->port, false);
    assert_false(matches(f, &flow));
    net_port_set_resident(f->network, f->port, true);
    assert_true(matches(f, &flow));
    network_remove_port(f->network, f->port);
    assert_false(matches(f, &flow));
}

static void
security(void **state)
{
    struct fixture *f = *state;
    char *texts[] = {
        "00:00:00:00:00:01", "00:00:00:00:00:02 10.0.0.1 10.1.0.0/16 fd00::1",
        "10.0.0.1", "00:00:00:00:00:03 rubbish", "",
    };

    assert_string_equal(net_port_set_security(f->port, texts, 5), "10.0.0.1");
    assert_int_equal(f->port->n_security, 2);
    assert_int_equal(f->port->security[0].n_prefixes, 0);
    assert_int_equal(f->port->security[1].n_prefixes, 3);
    assert_int_equal(f->port->security[1].mac.ea[5], 2);
    assert_null(net_port_set_security(f->port, texts, 1));
    assert_int_equal(f->port->n_security, 1);
    assert_null(net_port_set_security(f->port, NULL, 0));
    assert_int_equal(f->port->n_security, 0);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(keys), TEST(address_sets_change), TEST(port_groups_change),
        TEST(residence_changes), TEST(security),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
