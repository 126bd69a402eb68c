#include "lb_world.h"
#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static void
add_port(void *l_)
{
    struct lr_world *l = l_;

    nbrec_logical_switch_port_set_type(nb_world_add_port(&l->w, l->s1, "x"),
                                       "localnet");
}

static void
add_lb(void *l_)
{
    struct lr_world *l = l_;

    lb_on_switch(l->s1, lb_add(&l->w, "lb0", "10.9.0.1:80", "", "tcp"));
}

static void
set_key(void *l_)
{
    struct lr_world *l = l_;
    struct smap config = SMAP_CONST1(&config, "requested-tnl-key", "77");

    nbrec_logical_switch_set_other_config(l->s1, &config);
}

/* One more port is nothing to those who read this; the rest is. */
static void
test_changes(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    const struct uuid *key = &l.s1->header_.uuid;
    assert_false(view_changes(&l.w, CV_SWITCH_MODE, key, add_port, &l));
    assert_true(view_changes(&l.w, CV_SWITCH_MODE, key, add_lb, &l));
    assert_true(view_changes(&l.w, CV_SWITCH_MODE, key, set_key, &l));
    view_reader_init(&r, &l.w);
    const struct vswitch_mode *mode = view_switch_mode(r.ctx, key);
    assert_true(mode->stateful && !mode->has_stateful_acls);
    assert_int_equal(mode->requested_key, 77);
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
