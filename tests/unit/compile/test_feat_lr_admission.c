#include "lr_world.h"

#include "unit.h"

static void
test_enabled(void **state OVS_UNUSED)
{
    bool off = false;
    struct lr_world l;

    lr_world_init(&l);
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_admission r1 50 (eth.dst == 0a:00:00:00:01:01 "
                "&& inport == \"r1-s1\") "
                "(xreg0[0..47] = 0a:00:00:00:01:01; next;)");
    assert_flow(&l.w, "lr_out_delivery r1 100 (outport == \"r1-s1\") "
                "(output;)");

    nbrec_logical_router_port_set_enabled(l.r1_s1, &off, 1);
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "lr_out_delivery r1 100"), 1);

    /* A MAC that is none. */
    nbrec_logical_router_port_set_mac(l.r1_pub, "garbage");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "lr_out_delivery r1"), 0);
    assert_report(&l, "\"garbage\" is no MAC");
    lr_world_uninit(&l);
}

static void
test_gateway(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_port(&l);
    lr_world_set_port_option(l.r1_pub, "gateway_mtu", "1500");
    lr_world_set_port_option(l.r1_pub, "gateway_mtu_bypass", "tcp");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_admission r1 50 (eth.dst == 0a:00:00:00:02:01 "
                "&& inport == \"r1-pub\" && "
                "is_chassis_resident(\"cr-r1-pub\")) "
                "(reg9[1] = check_pkt_larger(1514); "
                "xreg0[0..47] = 0a:00:00:00:02:01; next;)");
    assert_flow(&l.w, "lr_in_admission r1 55 (eth.mcast && "
                "inport == \"r1-pub\" && (tcp)) "
                "(xreg0[0..47] = 0a:00:00:00:02:01; next;)");
    lr_world_uninit(&l);
}

/* A VTEP cannot send to the gateway's chassis. */
static void
test_vtep(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_port(&l);
    nbrec_logical_switch_port_set_type(nb_world_add_port(&l.w, l.pub, "vt"),
                                       "vtep");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_admission r1 50 (eth.dst == 0a:00:00:00:02:01 "
                "&& inport == \"r1-pub\") "
                "(xreg0[0..47] = 0a:00:00:00:02:01; next;)");
    assert_int_equal(nb_world_count(&l.w, "lr_in_gw_redirect r1 50"), 0);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enabled),
        cmocka_unit_test(test_gateway),
        cmocka_unit_test(test_vtep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
