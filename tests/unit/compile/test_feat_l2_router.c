#include "lr_world.h"

#include "unit.h"

/* Who asks for the router's address is led to it; the router's own requests
 * are not. */
static void
test_requests(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    nb_world_compile(&l.w);
    assert_flow(&l.w, "ls_in_l2_lkup s1 50 (eth.dst == 0a:00:00:00:01:01) "
                "(outport = \"s1-r1\"; output;)");
    assert_flow(&l.w, "ls_in_l2_lkup s1 80 (flags[1] == 0 && arp.op == 1 && "
                "arp.tpa == 10.0.1.1) (clone {outport = \"s1-r1\"; output; };"
                " outport = \"_MC_flood_l2\"; output;)");
    assert_flow(&l.w, "ls_in_l2_lkup s1 80 (flags[1] == 0 && nd_ns && "
                "nd.target == fd00:1::1) (clone {outport = \"s1-r1\"; "
                "output; }; outport = \"_MC_flood_l2\"; output;)");
    assert_flow(&l.w, "ls_in_l2_lkup s1 75 (eth.src == {0a:00:00:00:01:01} "
                "&& (arp.op == 1 || rarp.op == 3 || nd_ns)) "
                "(outport = \"_MC_flood_l2\"; output;)");

    bool no = false;
    nbrec_logical_router_set_enabled(l.r1, &no, 1);
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "arp.tpa == 10.0.1.1"), 0);
    assert_int_equal(nb_world_count(&l.w, "outport = \"s1-r1\""), 0);
    lr_world_uninit(&l);
}

/* Where there is a physical network, the gateway's MAC is on one chassis. */
static void
test_residence(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_port(&l);
    nb_world_compile(&l.w);
    assert_flow(&l.w, "ls_in_l2_lkup pub 50 (eth.dst == 0a:00:00:00:02:01 "
                "&& is_chassis_resident(\"cr-r1-pub\")) "
                "(outport = \"pub-r1\"; output;)");
    assert_flow(&l.w, "ls_in_l2_lkup s1 50 (eth.dst == 0a:00:00:00:01:01) "
                "(outport = \"s1-r1\"; output;)");

    /* s1 has one, too, and may be told to do the same. */
    nbrec_logical_switch_port_set_type(nb_world_add_port(&l.w, l.s1, "ln1"),
                                       "localnet");
    lr_world_set_port_option(l.r1_s1, "reside-on-redirect-chassis", "true");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "ls_in_l2_lkup s1 50 (eth.dst == 0a:00:00:00:01:01 "
                "&& is_chassis_resident(\"cr-r1-pub\")) "
                "(outport = \"s1-r1\"; output;)");

    bool no = false;
    nbrec_logical_switch_port_set_enabled(l.pub_r1, &no, 1);
    nb_world_compile(&l.w);
    assert_flow(&l.w, "ls_in_l2_lkup pub 50 (eth.dst == 0a:00:00:00:02:01 "
                "&& is_chassis_resident(\"cr-r1-pub\")) (drop;)");
    lr_world_uninit(&l);
}

/* Addresses of NAT lead to the router; with a MAC of its own, to the chassis
 * of its port. */
static void
test_nat(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_port(&l);
    struct nbrec_nat *nat = lr_world_add_nat(&l, "dnat_and_snat",
                                             "192.0.2.9", "10.0.1.2");
    lr_world_add_nat(&l, "snat", "192.0.2.8", "10.0.1.0/24");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "ls_in_l2_lkup pub 80 (flags[1] "
                     "== 0 && arp.op == 1 && arp.tpa == 192.0.2.9) "), 1);
    assert_int_equal(nb_world_count(&l.w, "arp.tpa == 192.0.2.8) (clone"),
                     0);

    nbrec_nat_set_external_mac(nat, "0a:00:00:00:02:09");
    nbrec_nat_set_logical_port(nat, "p1");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "ls_in_l2_lkup pub 50 (eth.dst == 0a:00:00:00:02:09 "
                "&& is_chassis_resident(\"p1\")) "
                "(outport = \"pub-r1\"; output;)");
    assert_int_equal(nb_world_count(&l.w, "(eth.src == {0a:00:00:00:02:01, "
                                          "0a:00:00:00:02:09} "), 1);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_residence),
        cmocka_unit_test(test_nat),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
