#include "lb_world.h"
#include "lr_world.h"
#include "nb_rows.h"
#include "view_world.h"

#include "unit.h"

/* Switches with ACLs apart from those without; meters apart, too. */
static void
test_parts(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_load_balancer *lb = lb_add(&l.w, "lb0", "10.9.0.1:80", "",
                                            "tcp");
    struct nbrec_logical_switch *ls[] = {
        l.s1, l.pub, nb_world_add_switch(&l.w, "third"),
    };
    for (size_t i = 0; i < 3; i++) {
        lb_on_switch(ls[i], lb);
    }
    struct nbrec_acl *acl = nbrec_acl_insert(l.w.txn);
    nbrec_logical_switch_set_acls(l.s1, &acl, 1);
    nb_rows_add_meter(&l.w, "m");
    nbrec_logical_switch_set_copp(l.pub,
                                  nb_rows_add_copp(&l.w, "reject", "m"));
    nb_world_compile(&l.w);
    view_reader_init(&r, &l.w);
    const struct vlb_use *use = view_lb_use(r.ctx, &lb->header_.uuid);
    const struct vlb_switches *v = view_lb_switches(r.ctx,
                                                    &use->switches->id);
    assert_ptr_equal(v->all, use->switches);
    assert_int_equal(v->events.n, 2);
    assert_int_equal(v->rejects.n, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct vlb_part *event = &v->events.list[i];
        const struct vlb_part *reject = &v->rejects.list[i];

        assert_int_equal(event->dps->n, event->acls ? 1 : 2);
        assert_true(event->acls == cdps_contains(event->dps,
                                                 &l.s1->header_.uuid));
        assert_null(event->meter);
        assert_true(!!reject->meter == cdps_contains(
                                           reject->dps,
                                           &l.pub->header_.uuid));
    }
    struct uuid none = { { 1, 2, 3, 4 } };
    assert_null(view_lb_switches(r.ctx, &none));
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
