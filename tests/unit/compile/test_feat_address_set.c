#include "nb_world.h"

#include "unit.h"

/* A set of a port group follows the addresses of the group's ports. */
static void
test_generated(void **state OVS_UNUSED)
{
    const char *first = "0a:00:00:00:00:01 10.0.0.1 fd00::1";
    const char *second = "0a:00:00:00:00:01 10.0.0.2";
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_switch_port *p = nb_world_add_port(&w, ls, "p1");
    struct nbrec_port_group *pg = nbrec_port_group_insert(w.txn);
    nbrec_port_group_set_name(pg, "g");
    nbrec_port_group_set_ports(pg, &p, 1);
    nbrec_logical_switch_port_set_addresses(p, &first, 1);
    nb_world_compile(&w);
    assert_non_null(strstr(nb_world_row(&w, "Address_Set", "\"g_ip4\""),
                           "10.0.0.1"));
    assert_non_null(strstr(nb_world_row(&w, "Address_Set", "\"g_ip6\""),
                           "fd00::1"));
    nbrec_logical_switch_port_set_addresses(p, &second, 1);
    nb_world_compile(&w);
    assert_null(strstr(nb_world_row(&w, "Address_Set", "\"g_ip4\""),
                       "10.0.0.1"));
    assert_null(strstr(nb_world_row(&w, "Address_Set", "\"g_ip6\""),
                       "fd00::1"));
    nb_world_uninit(&w);
}

/* Two sets of one name would be no transaction. */
static void
test_same_name(void **state OVS_UNUSED)
{
    static const char *const names[] = { "g_ip4", "svc_monitor_mac" };
    const char *address = "10.9.9.9";
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_address_set *as = nbrec_address_set_insert(w.txn);
    struct nbrec_port_group *pg = nbrec_port_group_insert(w.txn);
    nbrec_port_group_set_name(pg, "g");
    nbrec_address_set_set_addresses(as, &address, 1);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        nbrec_address_set_set_name(as, names[i]);
        nb_world_compile(&w);
        assert_null(nb_world_row(&w, "Address_Set", address));
        char *report = nb_world_report(&w, names[i]);
        assert_non_null(report);
        free(report);
    }

    nbrec_address_set_set_name(as, "g_ip4");
    nbrec_port_group_set_name(pg, "h");
    nb_world_compile(&w);
    assert_non_null(nb_world_row(&w, "Address_Set", address));
    assert_null(nb_world_report(&w, "g_ip4"));
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generated),
        cmocka_unit_test(test_same_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
