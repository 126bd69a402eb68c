#include "lb_world.h"

#include "unit.h"

/* One switch is named itself, several by their group. */
static void
test_row(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls[] = {
        nb_world_add_switch(&w, "sw0"), nb_world_add_switch(&w, "sw1"),
    };
    struct nbrec_load_balancer *lb
        = lb_add(&w, "lb0", "10.0.0.1:80", "10.0.0.2:80", "udp");
    nb_world_compile(&w);
    assert_null(nb_world_row(&w, "Load_Balancer", ""));

    lb_on_switch(ls[0], lb);
    nb_world_compile(&w);
    const char *row = nb_world_row(&w, "Load_Balancer", "\"lb0\"");
    assert_non_null(row);
    char *one = xasprintf("\"datapaths\":[\"set\",[[\"uuid\",\""UUID_FMT
                          "\"]]]", UUID_ARGS(&ls[0]->header_.uuid));
    assert_non_null(strstr(row, one));
    free(one);
    assert_non_null(strstr(row, "\"datapath_group\":[\"set\",[]]"));
    assert_non_null(strstr(row, "\"protocol\":\"udp\""));
    assert_non_null(strstr(row, "[\"10.0.0.1:80\",\"10.0.0.2:80\"]"));
    assert_non_null(strstr(row, "[\"hairpin_orig_tuple\",\"true\"]"));
    assert_non_null(strstr(row, "\"lb_id\""));

    lb_on_switch(ls[1], lb);
    lb_set_option(lb, "hairpin_snat_ip", "10.0.0.9");
    nb_world_compile(&w);
    row = nb_world_row(&w, "Load_Balancer", "\"lb0\"");
    assert_non_null(strstr(row, "\"datapath_group\":[\"uuid\","));
    assert_non_null(strstr(row, "[\"hairpin_snat_ip\",\"10.0.0.9\"]"));
    assert_non_null(nb_world_row(&w, "Logical_DP_Group", ""));
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
