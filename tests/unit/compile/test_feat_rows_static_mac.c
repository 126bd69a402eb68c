#include "lr_world.h"

#include "unit.h"

static void
test_binding(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_static_mac_binding *row
        = nbrec_static_mac_binding_insert(l.w.txn);
    nbrec_static_mac_binding_set_logical_port(row, "r1-s1");
    nbrec_static_mac_binding_set_ip(row, "10.0.1.9");
    nbrec_static_mac_binding_set_mac(row, "0a:00:00:00:09:09");
    nb_world_compile(&l.w);
    assert_non_null(nb_world_row(&l.w, "Static_MAC_Binding", "10.0.1.9"));

    nbrec_static_mac_binding_set_mac(row, "garbage");
    nb_world_compile(&l.w);
    assert_null(nb_world_row(&l.w, "Static_MAC_Binding", "10.0.1.9"));
    assert_report(&l, "\"garbage\" is no MAC");
    nbrec_static_mac_binding_set_logical_port(row, "nosuch");
    nb_world_compile(&l.w);
    assert_report(&l, "there is no port \"nosuch\"");
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_binding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
