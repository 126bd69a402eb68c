#include "nb_world.h"

#include "unit.h"

static void
test_snooping(void **state OVS_UNUSED)
{
    static const char unregistered[] = "ls_in_l2_lkup sw0 80 "
                                       "(ip4.mcast || ip6.mcast) (drop;)";
    struct smap config = SMAP_INITIALIZER(&config);
    struct smap flood = SMAP_CONST1(&flood, "mcast_flood", "true");
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_switch_port *p = nb_world_add_port(&w, ls, "p1");
    nb_world_compile(&w);
    assert_no_flow(&w, unregistered);
    assert_non_null(nb_world_row(&w, "IP_Multicast", "\"enabled\":false"));
    assert_non_null(nb_world_row(&w, "Multicast_Group", "_MC_flood_l2"));
    assert_null(nb_world_row(&w, "Multicast_Group", "_MC_static"));

    smap_add(&config, "mcast_snoop", "true");
    smap_add(&config, "mcast_idle_timeout", "1");
    smap_add(&config, "mcast_query_interval", "garbage");
    nbrec_logical_switch_set_other_config(ls, &config);
    nb_world_compile(&w);
    assert_flow(&w, unregistered);
    assert_non_null(nb_world_row(&w, "IP_Multicast", "\"idle_timeout\":15"));

    nbrec_logical_switch_port_set_options(p, &flood);
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_l2_lkup sw0 80 (ip4.mcast || ip6.mcast) "
                    "(outport =\"_MC_static\"; output;)");
    assert_non_null(nb_world_row(&w, "Multicast_Group", "_MC_static"));

    smap_add(&config, "mcast_flood_unregistered", "true");
    nbrec_logical_switch_set_other_config(ls, &config);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "(ip4.mcast || ip6.mcast)"), 0);
    smap_destroy(&config);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_snooping) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
