#include "lb_world.h"
#include "lr_world.h"

#include "unit.h"

#define FORCED "flags.force_snat_for_lb == 1"

static void
test_established(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_dnat r1 0 (1) (next;)");
    assert_int_equal(nb_world_count(&l.w, "ct_mark.skip_snat"), 0);
    lb_on_router(l.r1, lb_add(&l.w, "lb0", "10.9.0.1:80", "", "tcp"));
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_dnat r1 70 (ct.est && !ct.rel && !ct.new && "
                "ct_mark.natted && ct_mark.skip_snat == 1) "
                "(flags.skip_snat_for_lb = 1; next;)");
    assert_flow(&l.w, "lr_in_dnat r1 50 (ct.est && !ct.rel && !ct.new && "
                "ct_mark.natted) (next;)");
    lr_world_uninit(&l);
}

static void
test_force(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_option(l.r1, "lb_force_snat_ip", "192.0.2.7 2001:db8::7");
    nb_world_compile(&l.w);
    assert_report(&l, "on gateway routers only");
    assert_int_equal(nb_world_count(&l.w, FORCED), 0);

    lr_world_set_gateway_router(&l);
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_unsnat r1 110 (ip4 && ip4.dst == 192.0.2.7) "
                "(ct_snat;)");
    assert_flow(&l.w, "lr_out_snat r1 100 (" FORCED " && ip6) "
                "(ct_snat(2001:db8::7);)");

    /* The address of the port, of those that are attached to something. */
    lr_world_set_option(l.r1, "lb_force_snat_ip", "router_ip");
    nb_world_add_router_port(&l.w, l.r1, "r1-x", "0a:00:00:00:09:01",
                             "10.0.9.1/24");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_unsnat r1 110 (inport == \"r1-pub\" && "
                "ip4.dst == 192.0.2.1) (ct_snat;)");
    assert_flow(&l.w, "lr_out_snat r1 110 (" FORCED " && ip6 && "
                "outport == \"r1-s1\") (ct_snat(fd00:1::1);)");
    assert_int_equal(nb_world_count(&l.w, FORCED), 4);

    lr_world_set_option(l.r1, "lb_force_snat_ip", "nonsense");
    nb_world_compile(&l.w);
    assert_report(&l, "\"nonsense\" is neither");
    assert_int_equal(nb_world_count(&l.w, FORCED), 0);
    lr_world_uninit(&l);
}

/* A VIP that is an address of NAT, too, is not taken for replies. */
static void
test_nat(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_router(&l);
    lr_world_add_nat(&l, "snat", "192.0.2.9", "10.0.1.0/24");
    struct nbrec_load_balancer *lb = lb_add(&l.w, "lb0", "192.0.2.9:80",
                                            "10.0.1.2:80", "udp");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "lr_in_unsnat r1 120"), 0);
    lb_on_router(l.r1, lb);
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_unsnat r1 120 (ip4 && ip4.dst == 192.0.2.9 && "
                "udp && udp.dst == 80) (next;)");
    lb_set_vip(lb, "192.0.2.9", "10.0.1.2");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "lr_in_unsnat r1 120"), 1);
    lb_set_vip(lb, "192.0.2.10:80", "10.0.1.2:80");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "lr_in_unsnat r1 120"), 0);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_established),
        cmocka_unit_test(test_force),
        cmocka_unit_test(test_nat),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
