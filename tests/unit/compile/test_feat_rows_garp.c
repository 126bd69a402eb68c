#include "lr_world.h"

#include "unit.h"

static const char *
row_of(struct lr_world *l)
{
    return nb_world_row(&l->w, "Port_Binding",
                        "\"logical_port\":\"pub-r1\"");
}

static void
test_own(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    nb_world_compile(&l.w);
    assert_non_null(strstr(row_of(&l), "\"nat_addresses\":[\"set\",[]]"));
    lr_world_set_gateway_router(&l);
    nb_world_compile(&l.w);
    assert_non_null(strstr(row_of(&l), "\"0a:00:00:00:02:01 192.0.2.1\""));
    lr_world_uninit(&l);
}

static void
set_announced(struct lr_world *l, const char *what)
{
    struct smap options = SMAP_CONST2(&options, "router-port", "r1-pub",
                                      "nat-addresses", what);

    nbrec_logical_switch_port_set_options(l->pub_r1, &options);
}

static void
test_router(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_port(&l);
    lr_world_add_nat(&l, "snat", "192.0.2.8", "10.0.1.0/24");
    lr_world_add_nat(&l, "dnat", "192.0.2.9", "10.0.1.2");
    set_announced(&l, "router");
    nb_world_compile(&l.w);
    assert_non_null(strstr(row_of(&l),
                           "\"0a:00:00:00:02:01 192.0.2.8 192.0.2.9 "
                           "is_chassis_resident(\\\"cr-r1-pub\\\")\""));

    set_announced(&l, "0a:00:00:00:02:09 192.0.2.99");
    nb_world_compile(&l.w);
    assert_non_null(strstr(row_of(&l), "0a:00:00:00:02:09 192.0.2.99 "
                           "is_chassis_resident"));
    set_announced(&l, "garbage");
    nb_world_compile(&l.w);
    assert_report(&l, "options:nat-addresses: \"garbage\" is neither");
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own),
        cmocka_unit_test(test_router),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
