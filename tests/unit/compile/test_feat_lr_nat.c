#include "lr_world.h"

#include "unit.h"

static void
test_nowhere(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_add_nat(&l, "snat", "192.0.2.9", "10.0.1.0/24");
    nb_world_compile(&l.w);
    assert_report(&l, "is on no chassis: no NAT is done");
    assert_int_equal(nb_world_count(&l.w, "ct_snat"), 0);
    assert_int_equal(nb_world_count(&l.w, "arp.tpa == 192.0.2.9"), 1);
    lr_world_uninit(&l);
}

static void
test_unusable(void **state OVS_UNUSED)
{
    static const struct {
        const char *type, *external, *logical, *ports, *report;
    } cases[] = {
        { "snat", "garbage", "10.0.1.2", "", "external_ip: it is no IP" },
        { "snat", "192.0.2.0/24", "10.0.1.2", "", "external_ip: it is no" },
        { "snat", "192.0.2.9", "", "", "logical_ip: it is no IP address" },
        { "dnat", "192.0.2.9", "10.0.1.0/24", "", "it is a network" },
        { "dnat", "192.0.2.9", "fd00:1::2", "", "another IP version" },
        { "dnat", "192.0.2.9", "10.0.1.2", "1;drop", "external_port_range" },
        { "dnat", "192.0.2.9", "10.0.1.2", "9-8", "external_port_range" },
    };
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_router(&l);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct nbrec_nat *nat = lr_world_add_nat(&l, cases[i].type,
                                                 cases[i].external,
                                                 cases[i].logical);

        nbrec_nat_set_external_port_range(nat, cases[i].ports);
        nb_world_compile(&l.w);
        assert_report(&l, cases[i].report);
        assert_case(!nb_world_count(&l.w, "lr_in_ip_input r1 90 (arp.op")
                    && !nb_world_count(&l.w, "lr_out_snat r1 33")
                    && !nb_world_count(&l.w, "lr_in_dnat r1 100"),
                    "%s: it has flows", cases[i].report);
        nbrec_logical_router_set_nat(l.r1, NULL, 0);
        nbrec_nat_delete(nat);
    }
    lr_world_uninit(&l);
}

static void
test_force_snat(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_router(&l);
    lr_world_set_option(l.r1, "dnat_force_snat_ip", "10.7.0.1 fd07::1 x");
    lr_world_add_nat(&l, "dnat", "192.0.2.9", "10.0.1.2");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_unsnat r1 110 (ip6 && ip6.dst == fd07::1) "
                "(ct_snat;)");
    assert_flow(&l.w, "lr_out_snat r1 100 (flags.force_snat_for_dnat == 1 && "
                "ip4) (ct_snat(10.7.0.1);)");
    assert_flow(&l.w, "lr_in_dnat r1 100 (ip && ip4.dst == 192.0.2.9) "
                "(flags.force_snat_for_dnat = 1; flags.loopback = 1; "
                "ct_dnat(10.0.1.2);)");
    lr_world_uninit(&l);
}

static void
test_several_gateways(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_port(&l);
    struct nbrec_gateway_chassis *gc
        = nbrec_gateway_chassis_insert(l.w.txn);
    nbrec_gateway_chassis_set_name(gc, "r1-s1-ch1");
    nbrec_gateway_chassis_set_chassis_name(gc, "ch1");
    nbrec_logical_router_port_set_gateway_chassis(l.r1_s1, &gc, 1);
    struct nbrec_nat *nat = lr_world_add_nat(&l, "snat", "10.0.1.99",
                                             "10.7.0.0/24");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "ct_snat(10.0.1.99);"), 1);
    assert_int_equal(nb_world_count(&l.w, "lr_in_unsnat r1 100 (ip && "
                                    "ip4.dst == 10.0.1.99 && "
                                    "inport == \"r1-s1\""), 2);
    nbrec_nat_set_external_ip(nat, "203.0.113.1");
    nb_world_compile(&l.w);
    assert_report(&l, "no distributed gateway port for the address");
    nbrec_nat_set_gateway_port(nat, l.r1_pub);
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "ct_snat(203.0.113.1);"), 1);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nowhere),
        cmocka_unit_test(test_unusable),
        cmocka_unit_test(test_force_snat),
        cmocka_unit_test(test_several_gateways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
