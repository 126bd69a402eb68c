#include "lr_world.h"

#include "unit.h"

static void
test_connected(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_ip_routing r1 74 (ip4.dst == 10.0.1.0/24) "
                "(ip.ttl--; reg8[0..15] = 0; reg0 = ip4.dst; "
                "reg1 = 10.0.1.1; eth.src = 0a:00:00:00:01:01; "
                "outport = \"r1-s1\"; flags.loopback = 1; next;)");
    lr_world_uninit(&l);
}

static void
test_static(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_logical_router_static_route *route
        = lr_world_add_route(&l, "172.16.5.0/16", "10.0.1.9");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_ip_routing r1 49 "
                "(reg7 == 0 && ip4.dst == 172.16.0.0/16) (ip.ttl--; "
                "reg8[0..15] = 0; reg0 = 10.0.1.9; reg1 = 10.0.1.1; "
                "eth.src = 0a:00:00:00:01:01; outport = \"r1-s1\"; "
                "flags.loopback = 1; next;)");

    nbrec_logical_router_static_route_set_policy(route, "src-ip");
    nbrec_logical_router_static_route_set_nexthop(route, "discard");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_ip_routing r1 48 (ip4.src == 172.16.0.0/16) "
                "(drop;)");

    /* Only what is asked for the address of the next hop's group. */
    lr_world_add_route(&l, "::/0", "2001:db8::ff");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_arp_request r1 200 "
                "(eth.dst == 00:00:00:00:00:00 && ip6 && "
                "xxreg0 == 2001:db8::ff) (nd_ns { "
                "eth.dst = 33:33:ff:00:00:ff; ip6.dst = ff02::1:ff00:ff; "
                "nd.target = 2001:db8::ff; output; };)");
    lr_world_uninit(&l);
}

static void
test_tables(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_logical_router_static_route *route
        = lr_world_add_route(&l, "172.16.0.0/16", "10.0.1.9");
    nbrec_logical_router_static_route_set_route_table(route, "t1");
    lr_world_set_port_option(l.r1_pub, "route_table", "t1");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "lr_in_ip_routing_pre r1 100 "
                                    "(inport == \"r1-pub\") (reg7 = "), 1);
    assert_int_equal(nb_world_count(&l.w, "lr_in_ip_routing r1 49 "
                                    "(reg7 == 0"), 0);
    assert_int_equal(nb_world_count(&l.w, "lr_in_ip_routing r1 49 "), 1);
    lr_world_uninit(&l);
}

static void
test_unusable(void **state OVS_UNUSED)
{
    static const struct {
        const char *prefix, *nexthop, *output_port, *report;
    } cases[] = {
        { "nowhere", "10.0.1.9", NULL, "\"nowhere\" is no IP network" },
        { "10.5.0.0/16", "", NULL, "\"\" is neither an IP address" },
        { "10.5.0.0/16", "10.0.1.0/24", NULL, "is neither an IP address" },
        { "10.5.0.0/16", "fd00:1::9", NULL, "another IP version" },
        { "10.5.0.0/16", "10.9.9.9", NULL, "leads to \"10.9.9.9\"" },
        { "10.5.0.0/16", "10.0.1.9", "nosuch", "leads to \"10.0.1.9\"" },
    };
    struct lr_world l;

    lr_world_init(&l);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct nbrec_logical_router_static_route *route
            = lr_world_add_route(&l, cases[i].prefix, cases[i].nexthop);

        nbrec_logical_router_static_route_set_output_port(
            route, cases[i].output_port);
        nb_world_compile(&l.w);
        assert_int_equal(nb_world_count(&l.w, "lr_in_ip_routing r1 49"), 0);
        assert_report(&l, cases[i].report);
        nbrec_logical_router_set_static_routes(l.r1, NULL, 0);
        nbrec_logical_router_static_route_delete(route);
    }
    nb_world_compile(&l.w);
    assert_null(nb_world_report(&l.w, "nexthop"));
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connected),
        cmocka_unit_test(test_static),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_unusable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
