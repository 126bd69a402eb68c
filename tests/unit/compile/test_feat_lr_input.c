#include "lr_world.h"

#include "unit.h"

static void
test_own_addresses(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_ip_input r1 100 (ip4.src == {10.0.1.1, "
                "10.0.1.255} && reg9[0] == 0) (drop;)");
    assert_flow(&l.w, "lr_in_ip_input r1 80 (ip4 && ip4.dst == 10.0.1.1 && "
                "!ip.later_frag && tcp) (tcp_reset {eth.dst <-> eth.src; "
                "ip4.dst <-> ip4.src; next; };)");
    assert_int_equal(nb_world_count(&l.w, "lr_in_ip_input r1 80"), 18);

    /* A gateway's addresses may be those of NAT. */
    lr_world_set_gateway_router(&l);
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "lr_in_ip_input r1 80"), 0);
    lr_world_uninit(&l);
}

#define EARLY "lr_in_ip_input r1 60 (ip4.dst == {192.0.2.1}) (drop;)"
#define LATE "lr_in_arp_resolve r1 2 (ip4.dst == {192.0.2.1}) (drop;)"

static void
test_shared(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_router(&l);
    nb_world_compile(&l.w);
    assert_flow(&l.w, EARLY);

    /* Sources become the router's address. */
    struct nbrec_nat *nat = lr_world_add_nat(&l, "snat", "192.0.2.1",
                                             "10.0.1.0/24");
    nb_world_compile(&l.w);
    assert_no_flow(&l.w, EARLY);
    assert_flow(&l.w, LATE);
    nbrec_nat_set_external_ip(nat, "192.0.2.2");
    nb_world_compile(&l.w);
    assert_flow(&l.w, EARLY);
    assert_no_flow(&l.w, LATE);

    lr_world_set_option(l.r1, "lb_force_snat_ip", "192.0.2.1");
    nb_world_compile(&l.w);
    assert_flow(&l.w, LATE);
    lr_world_set_option(l.r1, "lb_force_snat_ip", "router_ip");
    nb_world_compile(&l.w);
    assert_no_flow(&l.w, EARLY);
    lr_world_uninit(&l);
}

static void
test_expired(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "ip4.src = 192.0.2.1 ;"), 1);
    lr_world_set_gateway_port(&l);
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "ip4.src = 192.0.2.1 ;"), 0);
    assert_int_equal(nb_world_count(&l.w, "lr_in_ip_input r1 31"), 4);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_addresses),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_expired),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
