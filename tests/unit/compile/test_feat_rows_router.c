#include "lr_world.h"

#include "unit.h"

static void
test_ports(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_option(l.r1, "snat-ct-zone", "5");
    nb_world_compile(&l.w);
    assert_non_null(nb_world_row(&l.w, "Datapath_Binding",
                                 "[\"snat-ct-zone\",\"5\"]"));
    assert_non_null(nb_world_row(&l.w, "Port_Binding",
                                 "[\"peer\",\"s1-r1\"]"));
    lr_world_set_option(l.r1, "snat-ct-zone", "lots");
    lr_world_set_gateway_router(&l);
    nb_world_compile(&l.w);
    assert_report(&l, "\"lots\" is no zone");
    assert_non_null(nb_world_row(&l.w, "Port_Binding", "l3gateway-chassis"));
    lr_world_uninit(&l);
}

/* A binding's name is unique in the Southbound database. */
static void
test_names(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_port(&l);
    nb_world_compile(&l.w);
    assert_non_null(nb_world_row(&l.w, "Port_Binding", "chassisredirect"));
    nb_world_add_port(&l.w, l.s1, "cr-r1-pub");
    nb_world_add_port(&l.w, l.s1, "r1-s1");
    nb_world_compile(&l.w);
    assert_null(nb_world_row(&l.w, "Port_Binding", "chassisredirect"));
    assert_report(&l, "another port has the name \"cr-r1-pub\"");
    assert_report(&l, "another port has the name \"r1-s1\"");
    lr_world_uninit(&l);
}

/* What a chassis was delegated is kept in the port's row and goes back. */
static void
test_prefix(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_port_option(l.r1_s1, "prefix", "true");
    lr_world_set_port_option(l.r1_pub, "prefix_delegation", "true");
    nb_world_set_fact(&l.w, CFACT_PREFIX, "r1-s1", "7:aef0:1::/48");
    nb_world_set_fact(&l.w, CFACT_PREFIX, "r1-pub", "8:aef0:2::/48");
    nb_world_compile(&l.w);
    const char *row = nb_world_row(&l.w, "Port_Binding",
                                   "\"logical_port\":\"r1-s1\"");
    assert_non_null(strstr(row, "[\"ipv6_prefix\",\"true\"]"));
    assert_non_null(strstr(row, "[\"ipv6_ra_pd_list\",\"7:aef0:1::/48\"]"));
    row = nb_world_row(&l.w, "Port_Binding", "\"logical_port\":\"r1-pub\"");
    assert_non_null(strstr(row, "[\"ipv6_ra_pd_list\",\"8:aef0:2::/48\"]"));
    assert_non_null(nb_world_row(&l.w, "NB:Logical_Router_Port",
                                 "\"aef0:1::/48\""));
    assert_null(nb_world_row(&l.w, "NB:Logical_Router_Port", "aef0:2"));

    nb_world_set_fact(&l.w, CFACT_PREFIX, "r1-s1", "junk");
    nb_world_compile(&l.w);
    assert_null(nb_world_row(&l.w, "NB:Logical_Router_Port", ""));
    nb_world_set_fact(&l.w, CFACT_PREFIX, "r1-s1", NULL);
    assert_null(nb_world_report(&l.w, "options:prefix"));
    nb_world_set_fact(&l.w, CFACT_SELF, "chassis", "ch1");
    nb_world_compile(&l.w);
    assert_report(&l, "nobody here asks for prefixes");
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_prefix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
