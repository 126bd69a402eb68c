#include "lr_world.h"

#include "unit.h"

static void
test_relay(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    nb_world_compile(&l.w);
    assert_flow(&l.w,
                "lr_in_ip_input r1 82 (ip4.mcast || ip6.mcast) (drop;)");

    lr_world_set_option(l.r1, "mcast_relay", "true");
    nb_world_compile(&l.w);
    assert_flow(&l.w,
                "lr_in_ip_input r1 82 (ip4.mcast || ip6.mcast) (next;)");
    assert_flow(&l.w,
                "lr_in_ip_routing r1 10450 (ip4.mcast || ip6.mcast) (drop;)");
    assert_null(nb_world_report(&l.w, "groups that hosts join"));
    nb_world_set_fact(&l.w, CFACT_SELF, "chassis", "ch1");
    nb_world_compile(&l.w);
    assert_report(&l, "groups that hosts join are not followed");

    lr_world_set_port_option(l.r1_s1, "mcast_flood", "true");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_ip_routing r1 10450 (ip4.mcast || ip6.mcast) "
                "(clone { outport = \"_MC_static\"; ip.ttl--; next; };)");
    assert_non_null(nb_world_row(&l.w, "Multicast_Group", "_MC_static"));
    assert_int_equal(nb_world_count(&l.w, "lr_in_ip_routing r1 10550 "
                                    "(eth.src == "), 4);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
