#include "lr_world.h"

#include "unit.h"

#define RESOLVE(PORT, REG, IP, MAC)                                           \
    "lr_in_arp_resolve r1 100 (outport == \"" PORT "\" && " REG IP            \
    ") (eth.dst = " MAC "; next;)"

static void
test_switch_ports(void **state OVS_UNUSED)
{
    const char *moved[] = { "0a:00:00:00:01:02 10.0.1.3 172.16.0.1" };
    bool off = false;
    struct lr_world l;

    lr_world_init(&l);
    nb_world_compile(&l.w);
    assert_flow(&l.w, RESOLVE("r1-s1", "reg0 == ", "10.0.1.2",
                              "0a:00:00:00:01:02"));
    assert_flow(&l.w, RESOLVE("r1-s1", "xxreg0 == ", "fd00:1::2",
                              "0a:00:00:00:01:02"));

    /* Not what the router does not reach by the port. */
    nbrec_logical_switch_port_set_addresses(l.p1, moved, 1);
    nb_world_compile(&l.w);
    assert_flow(&l.w, RESOLVE("r1-s1", "reg0 == ", "10.0.1.3",
                              "0a:00:00:00:01:02"));
    assert_int_equal(nb_world_count(&l.w, "lr_in_arp_resolve r1 100"), 1);

    nbrec_logical_switch_port_set_enabled(l.p1, &off, 1);
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "lr_in_arp_resolve r1 100"), 0);
    lr_world_uninit(&l);
}

static void
test_routers(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_logical_router *r2 = lr_world_add_r2(&l, "192.0.2.2/24");
    nbrec_logical_router_port_set_peer(
        nb_world_add_router_port(&l.w, r2, "r2-r1", "0a:00:00:00:04:02",
                                 "10.9.0.2/30"), "r1-r2");
    nbrec_logical_router_port_set_peer(
        nb_world_add_router_port(&l.w, l.r1, "r1-r2", "0a:00:00:00:04:01",
                                 "10.9.0.1/30"), "r2-r1");
    nb_world_compile(&l.w);
    assert_flow(&l.w, RESOLVE("r1-pub", "reg0 == ", "192.0.2.2",
                              "0a:00:00:00:03:01"));
    assert_flow(&l.w, RESOLVE("r1-r2", "reg0== ", "10.9.0.2",
                              "0a:00:00:00:04:02"));

    lr_world_set_option(l.r1, "dynamic_neigh_routers", "true");
    nb_world_compile(&l.w);
    assert_no_flow(&l.w, RESOLVE("r1-pub", "reg0 == ", "192.0.2.2",
                                 "0a:00:00:00:03:01"));
    lr_world_uninit(&l);
}

static void
test_virtual(void **state OVS_UNUSED)
{
    struct smap options = SMAP_CONST2(&options, "virtual-ip", "10.0.1.50",
                                      "virtual-parents", "p1");
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_logical_switch_port *pv = nb_world_add_port(&l.w, l.s1,
                                                             "pv");
    nbrec_logical_switch_port_set_type(pv, "virtual");
    nbrec_logical_switch_port_set_options(pv, &options);
    nb_world_compile(&l.w);
    assert_flow(&l.w, RESOLVE("r1-s1", "reg0 == ", "10.0.1.50",
                              "00:00:00:00:00:00"));
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_switch_ports),
        cmocka_unit_test(test_routers),
        cmocka_unit_test(test_virtual),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
