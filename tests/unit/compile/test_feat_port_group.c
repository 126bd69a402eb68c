#include "lr_world.h"

#include "unit.h"

/* One row for each switch that has ports of the group. */
static void
test_rows(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *sw0 = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_switch *sw1 = nb_world_add_switch(&w, "sw1");
    struct nbrec_logical_switch_port *ports[] = {
        nb_world_add_port(&w, sw0, "a"), nb_world_add_port(&w, sw1, "b"),
        nb_world_add_port(&w, sw0, "c"),
    };
    struct nbrec_port_group *pg = nbrec_port_group_insert(w.txn);
    nbrec_port_group_set_name(pg, "pg0");
    nb_world_compile(&w);
    assert_null(nb_world_row(&w, "Port_Group", "_pg0"));

    nbrec_port_group_set_ports(pg, ports, 3);
    nb_world_compile(&w);
    const char *row = nb_world_row(&w, "Port_Group", "\"a\"");
    assert_non_null(row);
    assert_non_null(strstr(row, "_pg0\",\"ports\":[\"set\",[\"a\","
                                "\"c\"]]}"));
    row = nb_world_row(&w, "Port_Group", "\"b\"");
    assert_non_null(row);
    assert_null(strstr(row, "\"a\""));

    /* The name has the switch's tunnel key. */
    const char *dp = nb_world_row(&w, "Datapath_Binding", "\"sw1\"");
    char key[16];
    assert_true(ovs_scan(strstr(dp, "\"tunnel_key\":"),
                         "\"tunnel_key\":%15[0-9]", key));
    char *name = xasprintf("\"name\":\"%s_pg0\"", key);
    assert_non_null(strstr(row, name));
    free(name);

    nbrec_port_group_set_ports(pg, ports, 1);
    nb_world_compile(&w);
    assert_null(nb_world_row(&w, "Port_Group", "\"b\""));
    row = nb_world_row(&w, "Port_Group", "\"a\"");
    assert_non_null(row);
    assert_null(strstr(row, "\"c\""));
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
