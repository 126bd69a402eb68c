/* Datapaths, ports, groups: found, removed, never left pointing at nothing. */

#include "unit.h"

#include "network.h"

struct fixture {
    struct network *network;
    struct net_datapath *sw, *router;
};

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);
    struct uuid uuid = { .parts = { 1 } };

    f->network = network_new();
    f->sw = network_add_datapath(f->network, &uuid, 1, "sw", false);
    f->router = network_add_datapath(f->network, &uuid, 2, "r", true);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    network_free(f->network);
    network_free(NULL);
    free(f);
    return 0;
}

static void
look_ups(void **state)
{
    struct fixture *f = *state;
    struct net_port *p = network_add_port(f->network, f->sw, 5, "p",
                                          PORT_VIF);
    struct net_group *g = network_add_group(f->network, f->sw, 32768, "g",
                                            &p, 1);

    assert_ptr_equal(network_find_datapath(f->network, 1), f->sw);
    assert_null(network_find_datapath(f->network, 3));
    assert_ptr_equal(network_find_port(f->network, "p"), p);
    assert_null(network_find_port(f->network, "q"));
    assert_ptr_equal(net_datapath_find_port(f->sw, 5), p);
    assert_null(net_datapath_find_port(f->router, 5));
    assert_ptr_equal(net_datapath_find_group(f->sw, 32768), g);
    assert_null(net_datapath_find_group(f->sw, 5));
    assert_int_equal(ldatapath_key(f->sw->flows), 1);
}

static void
zones_are_unique(void **state)
{
    struct fixture *f = *state;
    struct net_port *a = network_add_port(f->network, f->sw, 1, "a",
                                          PORT_VIF);
    struct net_port *b = network_add_port(f->network, f->sw, 2, "b",
                                          PORT_VIF);
    uint16_t zones[] = { a->zone, b->zone, f->sw->dnat_zone,
                         f->sw->snat_zone, f->router->dnat_zone,
                         f->router->snat_zone };

    for (size_t i = 0; i < ARRAY_SIZE(zones); i++) {
        assert_int_not_equal(zones[i], 0);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(zones[i], zones[j]);
        }
    }
}

static void
removal_leaves_nothing_dangling(void **state)
{
    struct fixture *f = *state;
    struct net_port *a = network_add_port(f->network, f->sw, 1, "a",
                                          PORT_PATCH);
    struct net_port *b = network_add_port(f->network, f->router, 1, "b",
                                          PORT_PATCH);
    struct net_port *cr = network_add_port(f->network, f->sw, 2, "cr",
                                           PORT_CHASSIS_REDIRECT);
    struct net_port *ports[] = { a, cr };
    struct net_group *g = network_add_group(f->network, f->sw, 32768, "g",
                                            ports, 2);

    net_port_set_peers(a, b);
    cr->distributed = a;
    network_remove_port(f->network, a);
    assert_null(b->peer);
    assert_null(cr->distributed);
    assert_int_equal(g->n_ports, 1);
    assert_ptr_equal(g->ports[0], cr);
    assert_null(network_find_port(f->network, "a"));

    network_remove_group(f->network, g);
    assert_null(net_datapath_find_group(f->sw, 32768));
    network_remove_datapath(f->network, f->sw);
    assert_null(network_find_datapath(f->network, 1));
    assert_null(network_find_port(f->network, "cr"));
}

static void
gateways(void **state)
{
    struct fixture *f = *state;
    struct net_port *p = network_add_port(f->network, f->router, 1, "p",
                                          PORT_PATCH);

    assert_false(f->router->is_gateway);
    net_port_set_type(p, PORT_L3GATEWAY);
    assert_true(f->router->is_gateway);
    network_add_port(f->network, f->sw, 1, "q", PORT_L3GATEWAY);
    assert_false(f->sw->is_gateway);
}

static void
dns(void **state)
{
    struct fixture *f = *state;

    net_datapath_set_dns(f->sw, "VM.Org", "10.0.0.1");
    assert_string_equal(smap_get(&f->sw->dns, "vm.org"), "10.0.0.1");
    net_datapath_set_dns(f->sw, "vm.ORG", "10.0.0.2");
    assert_string_equal(smap_get(&f->sw->dns, "vm.org"), "10.0.0.2");
    net_datapath_set_dns(f->sw, "vm.org", NULL);
    assert_null(smap_get(&f->sw->dns, "vm.org"));
}

static void
backends(void **state)
{
    struct fixture *f = *state;
    struct in6_addr v4, v6;

    in6_addr_set_mapped_ipv4(&v4, htonl(0x0a000001));
    assert_true(ipv6_parse("fd00::1", &v6));
    assert_true(net_datapath_add_backends(f->sw,
                                          "10.0.0.1:80,[fd00::1]:443"));
    assert_true(net_datapath_add_backends(f->sw, ""));
    assert_false(net_datapath_add_backends(f->sw, "10.0.0.1:x"));
    assert_true(net_datapath_has_backend(f->sw, &v4, 80));
    assert_false(net_datapath_has_backend(f->sw, &v4, 81));
    assert_true(net_datapath_has_backend(f->sw, &v6, 443));
    assert_false(net_datapath_has_backend(f->router, &v4, 80));
    /* Without a port, all of them. */
    assert_true(net_datapath_add_backends(f->router, "10.0.0.1"));
    assert_true(net_datapath_has_backend(f->router, &v4, 80));
    assert_true(net_datapath_has_backend(f->router, &v4, 0));
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(look_ups), TEST(zones_are_unique),
        TEST(removal_leaves_nothing_dangling), TEST(gateways), TEST(dns),
        TEST(backends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
