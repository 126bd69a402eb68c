#include "lb_world.h"
#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static const struct vrouter *
view(struct lr_world *l, struct view_reader *r)
{
    nb_world_compile(&l->w);
    view_reader_init(r, &l->w);
    return view_router(r->ctx, &l->r1->header_.uuid);
}

static void
test_options(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct lr_world l;
    bool no = false;

    lr_world_init(&l);
    const struct vrouter *v = view(&l, &r);
    assert_true(v->enabled && v->learns_always && !v->dynamic_neighbors);
    assert_null(v->chassis);
    assert_false(v->has_nat || v->has_lb_vips || v->relays_multicast);
    view_reader_uninit(&r);

    /* The first address of each family counts, networks do not. */
    lr_world_set_option(l.r1, "dnat_force_snat_ip",
                        "10.0.0.0/24 10.0.0.1 x 10.0.0.2 fd00::1");
    lr_world_set_option(l.r1, "lb_force_snat_ip", "router_ip");
    lr_world_set_option(l.r1, "chassis", "");
    lr_world_set_option(l.r1, "mcast_relay", "true");
    nbrec_logical_router_set_enabled(l.r1, &no, 1);
    v = view(&l, &r);
    assert_int_equal(v->dnat_force_snat.n, 2);
    assert_string_equal(v->dnat_force_snat.ips[0].s, "10.0.0.1");
    assert_true(v->lb_force_router_ip && v->relays_multicast);
    assert_int_equal(v->lb_force_snat.n, 0);
    assert_null(v->chassis);
    assert_false(v->enabled);
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

static void
test_parts(void **state OVS_UNUSED)
{
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_port(&l);
    lr_world_add_nat(&l, "snat", "192.0.2.8", "10.0.1.0/24");
    lr_world_set_port_option(l.r1_s1, "mcast_flood", "true");
    struct nbrec_load_balancer *lb = lb_add(&l.w, "lb0", "10.9.0.1:80", "",
                                            "tcp");
    struct nbrec_load_balancer_group *g
        = nbrec_load_balancer_group_insert(l.w.txn);
    nbrec_load_balancer_group_set_load_balancer(g, &lb, 1);
    nbrec_logical_router_set_load_balancer_group(l.r1, &g, 1);
    const struct vrouter *v = view(&l, &r);
    assert_int_equal(v->n_gateways, 1);
    assert_true(uuid_equals(&v->gateways[0], &l.r1_pub->header_.uuid));
    assert_true(v->has_nat && v->has_lb_vips && v->floods_multicast);
    view_reader_uninit(&r);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
