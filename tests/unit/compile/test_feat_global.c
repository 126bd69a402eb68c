#include "nb_world.h"

#include "unit.h"

static void
test_global(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    nb_world_compile(&w);
    assert_null(nb_world_row(&w, "SB_Global", ""));
    struct nbrec_nb_global *global = nbrec_nb_global_insert(w.txn);
    struct smap options = SMAP_CONST1(&options, "mac_prefix", "0a:0b:0c");
    nbrec_nb_global_set_options(global, &options);
    nb_world_compile(&w);
    assert_non_null(nb_world_row(&w, "SB_Global", "0a:0b:0c"));

    /* Chassis may write events, and the state of ports, but make none. */
    const char *event = nb_world_row(&w, "RBAC_Permission",
                                     "\"Controller_Event\"");
    const char *port = nb_world_row(&w, "RBAC_Permission",
                                    "\"Port_Binding\"");
    assert_non_null(strstr(event, "\"insert_delete\":true"));
    assert_non_null(strstr(port, "\"insert_delete\":false"));
    assert_non_null(strstr(port, "\"virtual_parent\""));
    assert_non_null(nb_world_row(&w, "RBAC_Role", "ovn-controller"));
    nbrec_nb_global_delete(global);
    nb_world_compile(&w);
    assert_null(nb_world_row(&w, "RBAC_Role", ""));
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_global),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
