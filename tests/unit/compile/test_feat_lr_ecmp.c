#include "lr_world.h"

#include "unit.h"

static void
test_group(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_add_route(&l, "172.16.0.0/16", "10.0.1.8");
    lr_world_add_route(&l, "172.16.0.0/16", "10.0.1.9");
    struct nbrec_logical_router_static_route *other
        = lr_world_add_route(&l, "172.17.0.0/16", "10.0.1.9");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "select(1, 2);"), 1);
    assert_int_equal(nb_world_count(&l.w, "lr_in_ip_routing_ecmp r1 100"),
                     2);

    /* The third joins, and leaves when its next hop is nowhere. */
    nbrec_logical_router_static_route_set_ip_prefix(other, "172.16.9.9/16");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "select(1, 2, 3);"), 1);
    assert_int_equal(nb_world_count(&l.w, "lr_in_ip_routing_ecmp r1 100"),
                     3);
    nbrec_logical_router_static_route_set_nexthop(other, "10.77.0.1");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "select(1, 2);"), 1);
    lr_world_uninit(&l);
}

/* More routes than are looked through one by one. */
static void
test_many(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    for (unsigned int i = 0; i < 70; i++) {
        char *prefix = xasprintf("172.16.%u.0/24", i);

        lr_world_add_route(&l, prefix, "10.0.1.8");
        free(prefix);
    }
    nb_world_compile(&l.w);
    lr_world_add_route(&l, "172.16.69.0/24", "10.0.1.9");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "select(1, 2);"), 1);
    assert_true(l.w.n_added <= 3);
    assert_true(l.w.n_removed <= 1);
    lr_world_uninit(&l);
}

static void
test_symmetric(void **state OVS_UNUSED)
{
    struct smap options = SMAP_CONST1(&options, "ecmp_symmetric_reply",
                                      "true");
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_router(&l);
    lr_world_set_port_option(l.r1_pub, "requested-tnl-key", "9");
    nbrec_logical_router_static_route_set_options(
        lr_world_add_route(&l, "172.16.0.0/16", "192.0.2.8"), &options);
    lr_world_add_route(&l, "172.16.0.0/16", "10.0.1.9");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_policy r1 65535 (ct.rpl && reg9[5] == 1 && "
                "ct_mark.ecmp_reply_port == 9) (next;)");
    assert_int_equal(nb_world_count(&l.w, "lr_in_ecmp_stateful r1 100"), 6);

    /* The flows follow the port's key. */
    lr_world_set_port_option(l.r1_pub, "requested-tnl-key", "10");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "ecmp_reply_port == 10"), 3);
    assert_int_equal(nb_world_count(&l.w, "ecmp_reply_port == 9"), 0);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_group),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_symmetric),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
