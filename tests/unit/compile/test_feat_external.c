#include "lr_world.h"

#include "unit.h"

/* Who is behind the localnet port gets its router from the chassis of the
 * external port, and from no other. */
static void
test_drops(void **state OVS_UNUSED)
{
    const char *address = "0a:00:00:00:09:09 192.0.2.50";
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_logical_switch_port *x = nb_world_add_port(&l.w, l.pub,
                                                            "x");
    nbrec_logical_switch_port_set_addresses(x, &address, 1);
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "ls_in_external_port pub 100"), 0);

    nbrec_logical_switch_port_set_type(x, "external");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "ls_in_external_port pub 100 (inport == \"ln\" && "
                "eth.src == 0a:00:00:00:09:09 && "
                "eth.dst == 0a:00:00:00:02:01 && "
                "!is_chassis_resident(\"x\")) (drop;)");
    assert_flow(&l.w, "ls_in_external_port pub 100 (inport == \"ln\" && "
                "eth.src == 0a:00:00:00:09:09 && "
                "!is_chassis_resident(\"x\") && arp.tpa == 192.0.2.1 && "
                "arp.op == 1) (drop;)");
    assert_int_equal(nb_world_count(&l.w, "ls_in_external_port s1 100"), 0);

    /* The router's address is another. */
    nbrec_logical_router_port_set_mac(l.r1_pub, "0a:00:00:00:02:99");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "eth.dst == 0a:00:00:00:02:01 && "
                                          "!is_chassis_resident"), 0);
    assert_int_equal(nb_world_count(&l.w, "eth.dst == 0a:00:00:00:02:99 && "
                                          "!is_chassis_resident"), 1);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
