#include "lr_world.h"

#include "unit.h"

static void
test_central(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_port(&l);
    lr_world_add_nat(&l, "dnat_and_snat", "192.0.2.9", "10.0.1.2");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_unsnat r1 100 (ip && ip4.dst == 192.0.2.9 && "
                "inport == \"r1-pub\" && flags.loopback == 0 && "
                "is_chassis_resident(\"cr-r1-pub\")) (ct_snat_in_czone;)");
    assert_flow(&l.w, "lr_out_snat r1 161 (ip && ip4.src == 10.0.1.2 && "
                "outport == \"r1-pub\" && "
                "is_chassis_resident(\"cr-r1-pub\")) "
                "(ct_snat_in_czone(192.0.2.9);)");
    assert_int_equal(nb_world_count(&l.w, "lr_out_egr_loop r1 100"), 1);
    assert_non_null(nb_world_row(&l.w, "Port_Binding", "always-redirect"));
    lr_world_uninit(&l);
}

static void
test_local(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_port(&l);
    struct nbrec_nat *nat = lr_world_add_nat(&l, "dnat_and_snat",
                                             "192.0.2.9", "10.0.1.2");
    nbrec_nat_set_external_mac(nat, "0A:00:00:00:99:01");
    nbrec_nat_set_logical_port(nat, "p1");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_gw_redirect r1 100 (ip4.src == 10.0.1.2 && "
                "outport == \"r1-pub\" && is_chassis_resident(\"p1\")) "
                "(eth.src = 0a:00:00:00:99:01; reg1 = 192.0.2.9; next;)");
    assert_null(nb_world_row(&l.w, "Port_Binding", "always-redirect"));

    /* A virtual port may be nowhere. */
    nbrec_logical_switch_port_set_type(l.p1, "virtual");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_gw_redirect r1 80 (ip4.src == 10.0.1.2 && "
                "outport == \"r1-pub\") (drop;)");
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_central),
        cmocka_unit_test(test_local),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
