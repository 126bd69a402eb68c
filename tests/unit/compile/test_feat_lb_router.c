#include "lb_world.h"

#include "unit.h"

static void
test_plain(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_router *lr = nb_world_add_router(&w, "lr0");
    struct nbrec_load_balancer *lb
        = lb_add(&w, "lb0", "10.0.0.1:80", "10.0.0.2:8080", "tcp");
    lb_on_router(lr, lb);
    nb_world_compile(&w);
    assert_flow(&w, "lr_in_defrag lr0 100 (ip && ip4.dst == 10.0.0.1) "
                "(ct_dnat;)");
    assert_flow(&w, "lr_in_dnat lr0 120 (ct.new && !ct.rel && ip4 && "
                "ip4.dst == 10.0.0.1 && tcp && tcp.dst == 80) "
                "(ct_lb_mark(backends=10.0.0.2:8080);)");
    assert_flow(&w, "lr_in_dnat lr0 50 (ct.est && !ct.rel && !ct.new && "
                "ct_mark.natted) (next;)");
    lb_set_option(lb, "skip_snat", "true");
    nb_world_compile(&w);
    assert_flow(&w, "lr_in_dnat lr0 120 (ct.new && !ct.rel && ip4 && "
                "ip4.dst == 10.0.0.1 && tcp && tcp.dst == 80) "
                "(flags.skip_snat_for_lb = 1; "
                "ct_lb_mark(backends=10.0.0.2:8080);)");
    assert_flow(&w, "lr_out_snat lr0 120 (flags.skip_snat_for_lb == 1 && ip)"
                " (next;)");

    /* A router that is switched off has none. */
    bool enabled = false;
    nbrec_logical_router_set_enabled(lr, &enabled, 1);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "10.0.0.1"), 0);
    nb_world_uninit(&w);
}

static void
test_distributed(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_router *lr = nb_world_add_router(&w, "lr0");
    struct nbrec_logical_router_port *lrp = nb_world_add_router_port(
        &w, lr, "out", "0a:00:00:00:00:01", "10.0.0.254/24");
    struct nbrec_gateway_chassis *gc = nbrec_gateway_chassis_insert(w.txn);
    nbrec_gateway_chassis_set_name(gc, "out-ch1");
    nbrec_gateway_chassis_set_chassis_name(gc, "ch1");
    nbrec_logical_router_port_set_gateway_chassis(lrp, &gc, 1);
    struct nbrec_load_balancer *lb
        = lb_add(&w, "lb0", "192.168.0.1:80", "10.0.0.2:80,10.0.0.3:81",
                 "udp");
    lb_on_router(lr, lb);
    nb_world_compile(&w);
    assert_flow(&w, "lr_in_dnat lr0 120 (ct.new && !ct.rel && ip4 && "
                "ip4.dst == 192.168.0.1 && udp && udp.dst == 80 && "
                "is_chassis_resident(\"cr-out\")) "
                "(ct_lb_mark(backends=10.0.0.2:80,10.0.0.3:81);)");
    assert_flow(&w, "lr_out_undnat lr0 120 (ip4 && ((ip4.src == 10.0.0.2 && "
                "udp.src == 80) || (ip4.src == 10.0.0.3 && udp.src == 81)) "
                "&& outport == \"out\" && is_chassis_resident(\"cr-out\")) "
                "(ct_dnat_in_czone;)");
    nb_world_uninit(&w);
}

static void
test_forced(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_router *lr[2] = {
        nb_world_add_router(&w, "lr0"), nb_world_add_router(&w, "lr1"),
    };
    struct nbrec_load_balancer *lb
        = lb_add(&w, "lb0", "192.168.0.1", "10.0.0.2", NULL);
    for (size_t i = 0; i < 2; i++) {
        lb_set_router_option(lr[i], "chassis", "ch1");
        lb_on_router(lr[i], lb);
    }
    lb_connect(&w, lr[1], nb_world_add_switch(&w, "sw0"), "p1",
               "0a:00:00:00:00:01", "10.0.0.1/24 fd00::1/64");
    lb_set_router_option(lr[1], "lb_force_snat_ip", "router_ip");
    nb_world_compile(&w);
    assert_flow(&w, "lr_in_dnat lr0 110 (ct.new && !ct.rel && ip4 && "
                "ip4.dst == 192.168.0.1) (ct_lb_mark(backends=10.0.0.2);)");
    assert_flow(&w, "lr_in_dnat lr1 110 (ct.new && !ct.rel && ip4 && "
                "ip4.dst == 192.168.0.1) (flags.force_snat_for_lb = 1; "
                "ct_lb_mark(backends=10.0.0.2);)");
    assert_flow(&w, "lr_out_snat lr1 110 (flags.force_snat_for_lb == 1 && "
                "ip6 && outport == \"p1\") (ct_snat(fd00::1);)");
    assert_flow(&w, "lr_in_unsnat lr1 110 (inport == \"p1\" && "
                "ip4.dst == 10.0.0.1) (ct_snat;)");

    lb_set_router_option(lr[1], "lb_force_snat_ip", "10.9.0.1 fd99::1");
    nb_world_compile(&w);
    assert_flow(&w, "lr_out_snat lr1 100 (flags.force_snat_for_lb == 1 && "
                "ip4) (ct_snat(10.9.0.1);)");
    assert_flow(&w, "lr_in_unsnat lr1 110 (ip6 && ip6.dst == fd99::1) "
                "(ct_snat;)");

    lb_set_router_option(lr[1], "lb_force_snat_ip", "junk");
    nb_world_compile(&w);
    char *report = nb_world_report(&w, "lb_force_snat_ip");
    assert_non_null(report);
    free(report);
    assert_int_equal(nb_world_count(&w, "flags.force_snat_for_lb = 1; ct_lb"),
                     0);
    nb_world_uninit(&w);
}

/* A VIP that NAT has, too. */
static void
test_nat(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_router *lr = nb_world_add_router(&w, "lr0");
    struct nbrec_load_balancer *lb
        = lb_add(&w, "lb0", "192.168.0.1:80", "10.0.0.2:80", "tcp");
    struct nbrec_nat *nat = nbrec_nat_insert(w.txn);
    nbrec_nat_set_type(nat, "snat");
    nbrec_nat_set_external_ip(nat, "192.168.0.1");
    nbrec_nat_set_logical_ip(nat, "10.0.0.0/24");
    nbrec_logical_router_set_nat(lr, &nat, 1);
    lb_on_router(lr, lb);
    nb_world_compile(&w);
    assert_flow(&w, "lr_in_unsnat lr0 120 (ip4 && ip4.dst == 192.168.0.1 && "
                "tcp && tcp.dst == 80) (next;)");
    lb_set_vip(lb, "192.168.0.2:80", "10.0.0.2:80");
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "lr_in_unsnat lr0 120"), 0);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_distributed),
        cmocka_unit_test(test_forced),
        cmocka_unit_test(test_nat),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
