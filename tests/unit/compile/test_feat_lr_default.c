#include "lr_world.h"

#include "unit.h"

static void
test_router(void **state OVS_UNUSED)
{
    bool off = false;
    struct lr_world l;

    lr_world_init(&l);
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_learn_neighbor r1 100 (reg9[2] == 1) (next;)");

    lr_world_set_option(l.r1, "always_learn_from_arp_request", "false");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_learn_neighbor r1 100 "
                "(reg9[2] == 1 || reg9[3] == 0) (next;)");
    assert_no_flow(&l.w,
                   "lr_in_learn_neighbor r1 100 (reg9[2] == 1) (next;)");

    nbrec_logical_router_set_enabled(l.r1, &off, 1);
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "lr_"), 0);
    assert_null(nb_world_row(&l.w, "Datapath_Binding", "\"r1\""));
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_router),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
