#include "lr_world.h"

#include "unit.h"

#define REDIRECT "lr_in_gw_redirect r1 50 (outport == \"r1-pub\") "           \
    "(outport = \"cr-r1-pub\"; next;)"

static void
test_redirect(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    nb_world_compile(&l.w);
    assert_no_flow(&l.w, REDIRECT);
    lr_world_set_gateway_port(&l);
    lr_world_set_port_option(l.r1_pub, "redirect-type", "bridged");
    nb_world_compile(&l.w);
    assert_flow(&l.w, REDIRECT);
    assert_flow(&l.w, "lr_in_arp_resolve r1 50 (outport == \"r1-pub\" && "
                "!is_chassis_resident(\"cr-r1-pub\")) "
                "(eth.dst = 0a:00:00:00:02:01; next;)");
    lr_world_uninit(&l);
}

/* A gateway router is on one chassis as it is. */
static void
test_gateway_router(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_port(&l);
    lr_world_set_gateway_router(&l);
    nb_world_compile(&l.w);
    assert_no_flow(&l.w, REDIRECT);
    assert_null(nb_world_row(&l.w, "Port_Binding", "cr-r1-pub"));
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redirect),
        cmocka_unit_test(test_gateway_router),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
