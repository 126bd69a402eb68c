#include "lb_world.h"
#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static size_t
n_of(const struct cdps *dps)
{
    return dps ? dps->n : 0;
}

static void
assert_use(struct lr_world *l, const struct nbrec_load_balancer *lb,
           size_t n_switches, size_t n_routers)
{
    struct view_reader r;

    nb_world_compile(&l->w);
    view_reader_init(&r, &l->w);
    const struct vlb_use *use = view_lb_use(r.ctx, &lb->header_.uuid);
    assert_int_equal(n_of(use->switches), n_switches);
    assert_int_equal(n_of(use->routers), n_routers);
    view_reader_uninit(&r);
}

/* Directly, by one group, by several, and by way of routers. */
static void
test_use(void **state OVS_UNUSED)
{
    struct smap install = SMAP_CONST1(&install, "install_ls_lb_from_router",
                                      "true");
    struct nbrec_load_balancer_group *groups[2];
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_load_balancer *lb = lb_add(&l.w, "lb0", "10.9.0.1:80", "",
                                            "tcp");
    assert_use(&l, lb, 0, 0);
    for (size_t i = 0; i < 2; i++) {
        groups[i] = nbrec_load_balancer_group_insert(l.w.txn);
        nbrec_load_balancer_group_set_name(groups[i], i ? "b" : "a");
        nbrec_load_balancer_group_set_load_balancer(groups[i], &lb, 1);
    }
    nbrec_logical_switch_set_load_balancer_group(l.s1, groups, 2);
    assert_use(&l, lb, 1, 0);
    lb_on_switch(l.pub, lb);
    lb_on_switch(l.s1, lb);
    assert_use(&l, lb, 2, 0);
    lb_on_switch(l.pub, NULL);
    lb_on_switch(l.s1, NULL);
    nbrec_load_balancer_group_set_load_balancer(groups[0], NULL, 0);
    nbrec_load_balancer_group_set_load_balancer(groups[1], NULL, 0);
    assert_use(&l, lb, 0, 0);
    lb_on_router(l.r1, lb);
    assert_use(&l, lb, 0, 1);
    nbrec_nb_global_set_options(nbrec_nb_global_insert(l.w.txn), &install);
    assert_use(&l, lb, 2, 1);
    lr_world_uninit(&l);
}

static void
test_group(void **state OVS_UNUSED)
{
    struct smap none = SMAP_INITIALIZER(&none);
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_load_balancer *lbs[] = {
        lb_add(&l.w, "a", "10.9.0.1:80", "", "tcp"),
        lb_add(&l.w, "b", "10.9.0.2:80", "", "tcp"),
    };
    struct nbrec_load_balancer_group *g
        = nbrec_load_balancer_group_insert(l.w.txn);
    nbrec_load_balancer_group_set_load_balancer(g, lbs, 2);
    nbrec_load_balancer_set_vips(lbs[0], &none);
    nb_world_compile(&l.w);
    view_reader_init(&r, &l.w);
    assert_true(view_lbg_use(r.ctx, &g->header_.uuid)->has_vips);
    assert_false(view_lb_use(r.ctx, &lbs[0]->header_.uuid)->has_vips);
    view_reader_uninit(&r);
    nbrec_load_balancer_set_vips(lbs[1], &none);
    nb_world_compile(&l.w);
    view_reader_init(&r, &l.w);
    assert_false(view_lbg_use(r.ctx, &g->header_.uuid)->has_vips);
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_use),
        cmocka_unit_test(test_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
