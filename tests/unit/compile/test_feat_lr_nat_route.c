#include "lr_world.h"

#include "unit.h"

static void
test_route(void **state OVS_UNUSED)
{
    struct smap options = SMAP_CONST1(&options, "add_route", "true");
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_port(&l);
    lr_world_add_r2(&l, "192.0.2.2/24");
    struct nbrec_nat *nat = lr_world_add_nat(&l, "dnat_and_snat",
                                             "198.51.100.9", "10.0.1.2");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "lr_in_ip_routing r2 98"), 0);
    nbrec_nat_set_options(nat, &options);
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_ip_routing r2 98 (ip4.dst == 198.51.100.9/32) "
                "(ip.ttl--; reg8[0..15] = 0; reg0 = ip4.dst; "
                "reg1 = 192.0.2.2; eth.src = 0a:00:00:00:03:01; "
                "outport = \"r2-pub\"; flags.loopback = 1; next;)");
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_route),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
