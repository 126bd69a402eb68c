#include "nb_world.h"

#include "unit.h"

static void
test_ports(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_switch_port *p1 = nb_world_add_port(&w, ls, "p1");
    nb_world_compile(&w);
    assert_non_null(nb_world_row(&w, "Datapath_Binding", "sw0"));
    assert_non_null(nb_world_row(&w, "Port_Binding",
                                 "\"logical_port\":\"p1\""));

    /* A type that is none: reported, and taken back when mended. */
    nbrec_logical_switch_port_set_type(p1, "fancy");
    nb_world_compile(&w);
    assert_null(nb_world_row(&w, "Port_Binding", "p1"));
    char *report = nb_world_report(&w, "\"p1\": type: ");
    assert_non_null(report);
    assert_non_null(strstr(report, "fancy"));
    free(report);
    nbrec_logical_switch_port_set_type(p1, "");
    nb_world_compile(&w);
    assert_non_null(nb_world_row(&w, "Port_Binding", "p1"));
    assert_null(nb_world_report(&w, "p1"));

    /* One that is in no switch is no port. */
    nbrec_logical_switch_set_ports(ls, NULL, 0);
    nb_world_compile(&w);
    assert_null(nb_world_row(&w, "Port_Binding", "p1"));
    nb_world_uninit(&w);
}

static void
test_keys(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    struct smap options = SMAP_CONST1(&options, "requested-tnl-key", "77");
    nbrec_logical_switch_port_set_options(nb_world_add_port(&w, ls, "p1"),
                                          &options);
    nb_world_set_fact(&w, CFACT_TUNNEL_KEY, "port p2", "5");
    nb_world_add_port(&w, ls, "p2");
    nb_world_compile(&w);
    assert_non_null(strstr(nb_world_row(&w, "Port_Binding", "\"p1\""),
                           "\"tunnel_key\":77"));
    assert_non_null(strstr(nb_world_row(&w, "Port_Binding", "\"p2\""),
                           "\"tunnel_key\":5"));

    /* Others keep theirs. */
    nb_world_add_port(&w, ls, "p3");
    nb_world_compile(&w);
    assert_non_null(strstr(nb_world_row(&w, "Port_Binding", "\"p2\""),
                           "\"tunnel_key\":5"));
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
