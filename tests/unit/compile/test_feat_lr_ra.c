#include "lr_world.h"

#include "unit.h"

static void
configure(struct lr_world *l, const char *key, const char *value)
{
    struct smap config;

    smap_clone(&config, &l->r1_s1->ipv6_ra_configs);
    smap_replace(&config, key, value);
    nbrec_logical_router_port_set_ipv6_ra_configs(l->r1_s1, &config);
    smap_destroy(&config);
}

static void
test_asked(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    configure(&l, "address_mode", "slaac");
    configure(&l, "dnssl", "a\"); drop; (\"");
    configure(&l, "rdnss", "garbage");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_nd_ra_options r1 50 (inport == \"r1-s1\" && "
                "ip6.dst == ff02::2 && nd_rs) (reg0[5] = "
                "put_nd_ra_opts(addr_mode = \"slaac\", "
                "slla = 0a:00:00:00:01:01, dnssl = \"a\\\"); drop; (\\\"\", "
                "prefix = fd00:1::/64); next;)");
    assert_int_equal(nb_world_count(&l.w, "lr_in_nd_ra_response r1 50"), 1);

    configure(&l, "address_mode", "fancy");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "lr_in_nd_ra_options r1 50"), 0);
    assert_report(&l, "\"fancy\" is no mode");
    lr_world_uninit(&l);
}

static void
test_periodic(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    configure(&l, "address_mode", "slaac");
    configure(&l, "send_periodic", "true");
    configure(&l, "max_interval", "8");
    nb_world_compile(&l.w);
    const char *row = nb_world_row(&l.w, "Port_Binding",
                                   "[\"ipv6_ra_send_periodic\",\"true\"]");
    assert_non_null(row);
    assert_non_null(strstr(row, "[\"ipv6_ra_max_interval\",\"8\"]"));
    assert_non_null(strstr(row, "[\"ipv6_ra_min_interval\",\"6\"]"));
    assert_non_null(strstr(row, "[\"ipv6_ra_prefixes\",\"fd00:1::/64\"]"));
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asked),
        cmocka_unit_test(test_periodic),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
