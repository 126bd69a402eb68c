#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static const struct vmulticast *
view(struct lr_world *l, struct view_reader *r)
{
    nb_world_compile(&l->w);
    view_reader_init(r, &l->w);
    return view_multicast(r->ctx, &l->s1->header_.uuid);
}

static void
test_members(void **state OVS_UNUSED)
{
    struct smap flood = SMAP_CONST2(&flood, "mcast_flood", "true",
                                    "mcast_flood_reports", "true");
    struct smap config = SMAP_CONST2(&config, "mcast_snoop", "true",
                                     "mcast_flood_unregistered", "true");
    struct view_reader r;
    struct lr_world l;
    bool no = false;

    lr_world_init(&l);
    const struct vmulticast *v = view(&l, &r);
    assert_false(v->snoops || v->floods_unregistered || v->relays);
    assert_int_equal(v->flood.n, 2);
    assert_int_equal(v->flood_l2.n, 1);
    assert_int_equal(v->is_static.n, 0);
    assert_int_equal(v->mrouter.n, 0);
    view_reader_uninit(&r);

    nbrec_logical_switch_set_other_config(l.s1, &config);
    nbrec_logical_switch_port_set_options(l.p1, &flood);
    lr_world_set_option(l.r1, "mcast_relay", "true");
    v = view(&l, &r);
    assert_true(v->snoops && v->floods_unregistered && v->relays);
    assert_int_equal(v->is_static.n, 1);
    /* The router, too, hears of members. */
    assert_int_equal(v->mrouter.n, 2);
    view_reader_uninit(&r);

    nbrec_logical_switch_port_set_enabled(l.p1, &no, 1);
    v = view(&l, &r);
    assert_int_equal(v->flood.n, 1);
    assert_int_equal(v->flood_l2.n, 0);
    assert_int_equal(v->is_static.n, 1);
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
