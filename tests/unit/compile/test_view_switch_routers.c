#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static void
rename_vm(void *l_)
{
    struct lr_world *l = l_;

    nbrec_logical_switch_port_set_name(l->p1, "another");
}

static void
add_router(void *l_)
{
    struct lr_world *l = l_;
    struct nbrec_logical_router *r2 = nb_world_add_router(&l->w, "r2");

    nb_world_add_router_port(&l->w, r2, "r2-s1", "0a:00:00:00:09:01",
                             "10.0.1.9/24");
    lr_world_attach(l, l->s1, "s1-r2", "r2-s1");
    lr_world_attach(l, l->s1, "s1-none", "nowhere");
}

static void
test_ports(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    const struct uuid *key = &l.s1->header_.uuid;
    assert_false(view_changes(&l.w, CV_SWITCH_ROUTERS, key, rename_vm, &l));
    view_reader_init(&r, &l.w);
    const struct vswitch_routers *v = view_switch_routers(r.ctx, key);
    assert_int_equal(v->n, 1);
    assert_true(uuid_equals(&v->ports[0], &l.r1_s1->header_.uuid));
    view_reader_uninit(&r);

    assert_true(view_changes(&l.w, CV_SWITCH_ROUTERS, key, add_router, &l));
    view_reader_init(&r, &l.w);
    assert_int_equal(view_switch_routers(r.ctx, key)->n, 2);
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
