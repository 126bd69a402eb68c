#include "lb_world.h"
#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static const struct vlb_routers *
view(struct lr_world *l, const struct nbrec_load_balancer *lb,
     struct view_reader *r)
{
    nb_world_compile(&l->w);
    view_reader_init(r, &l->w);
    const struct vlb_use *use = view_lb_use(r->ctx, &lb->header_.uuid);
    return view_lb_routers(r->ctx, &use->routers->id);
}

static void
test_networks(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_load_balancer *lb = lb_add(&l.w, "lb0", "10.9.0.1:80", "",
                                            "tcp");
    lb_on_router(l.r1, lb);
    const struct vlb_routers *v = view(&l, lb, &r);
    assert_int_equal(v->n_gwports, 0);
    assert_ptr_equal(v->plain, v->all);
    /* Two networks each, and the link-local one. */
    assert_int_equal(v->n_nets, 6);
    for (size_t i = 1; i < v->n_nets; i++) {
        const struct vlb_net *a = &v->nets[i - 1], *b = &v->nets[i];

        assert_true(a->plen < b->plen
                    || (a->plen == b->plen
                        && memcmp(&a->net, &b->net, sizeof a->net) <= 0));
    }
    assert_string_equal(v->nets[0].lsp[1] == 's' ? "\"s1-r1\""
                                                 : "\"pub-r1\"",
                        v->nets[0].lsp);
    assert_false(v->nets[0].only_routers);
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

static void
test_gateways(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct lr_world l;
    bool no = false;

    lr_world_init(&l);
    struct nbrec_load_balancer *lb = lb_add(&l.w, "lb0", "10.9.0.1:80", "",
                                            "tcp");
    struct nbrec_logical_router *r2 = nb_world_add_router(&l.w, "r2");
    lb_on_router(l.r1, lb);
    lb_on_router(r2, lb);
    lr_world_set_gateway_port(&l);
    lr_world_set_option(r2, "lb_force_snat_ip", "10.0.0.1");
    const struct vlb_routers *v = view(&l, lb, &r);
    assert_int_equal(v->all->n, 2);
    assert_int_equal(v->plain->n, 1);
    assert_true(cdps_contains(v->plain, &r2->header_.uuid));
    assert_int_equal(v->n_gwports, 2);
    assert_int_equal(v->dnats.n, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct vlb_part *part = &v->dnats.list[i];
        bool gateway = cdps_contains(part->dps, &l.r1->header_.uuid);

        assert_true(part->forced == !gateway);
        assert_true(nullable_string_is_equal(
            part->gateway, gateway ? "\"cr-r1-pub\"" : NULL));
    }
    view_reader_uninit(&r);

    /* One that is disabled balances nothing. */
    nbrec_logical_router_set_enabled(l.r1, &no, 1);
    v = view(&l, lb, &r);
    assert_int_equal(v->all->n, 1);
    assert_int_equal(v->n_gwports, 0);
    assert_int_equal(v->set->n, 2);
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_gateways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
