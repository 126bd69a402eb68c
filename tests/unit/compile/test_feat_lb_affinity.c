#include "lb_world.h"

#include "unit.h"

static void
test_switch(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_load_balancer *lb
        = lb_add(&w, "lb0", "192.168.0.1:80", "10.0.0.2:8080", "tcp");
    lb_set_option(lb, "affinity_timeout", "60");
    lb_on_switch(nb_world_add_switch(&w, "sw0"), lb);
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_lb_aff_check sw0 100 (ct.new && ip4 && reg1 == "
                "192.168.0.1 && reg2[0..15] == 80) (reg9[6] = chk_lb_aff(); "
                "next;)");
    assert_flow(&w, "ls_in_lb sw0 150 (reg9[6] == 1 && ct.new && ip4 && "
                "reg4 == 10.0.0.2 && reg8[0..15] == 8080) (reg0[1] = 0; "
                "reg1 = 192.168.0.1; reg2[0..15] = 80; "
                "ct_lb_mark(backends=10.0.0.2:8080);)");
    assert_flow(&w, "ls_in_lb_aff_learn sw0 100 (reg9[6] == 0 && ct.new && "
                "ip4 && reg1 == 192.168.0.1 && reg2[0..15] == 80 && "
                "ip4.dst == 10.0.0.2 && tcp.dst == 8080) "
                "(commit_lb_aff(vip = \"192.168.0.1:80\", backend = "
                "\"10.0.0.2:8080\", proto = tcp, timeout = 60); "
                "/* drop */)");
    lb_set_option(lb, "affinity_timeout", "soon");
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "chk_lb_aff"), 0);
    char *report = nb_world_report(&w, "affinity_timeout");
    assert_non_null(report);
    free(report);
    nb_world_uninit(&w);
}

static void
test_router(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_router *lr = nb_world_add_router(&w, "lr0");
    struct nbrec_load_balancer *lb
        = lb_add(&w, "lb0", "fd01::1", "fd00::2", NULL);
    lb_set_option(lb, "affinity_timeout", "99999");
    lb_set_router_option(lr, "chassis", "ch1");
    lb_set_router_option(lr, "lb_force_snat_ip", "10.0.0.1");
    lb_on_router(lr, lb);
    nb_world_compile(&w);
    assert_flow(&w, "lr_in_lb_aff_check lr0 100 (ct.new && !ct.rel && ip6 &&"
                " ip6.dst == fd01::1) (xxreg0 = ip6.dst; "
                "reg9[6] = chk_lb_aff(); next;)");
    assert_flow(&w, "lr_in_dnat lr0 150 (reg9[6] == 1 && ct.new && ip6 && "
                "xxreg1 == fd00::2) (xxreg0 = fd01::1; "
                "flags.force_snat_for_lb = 1; "
                "ct_lb_mark(backends=fd00::2; force_snat);)");
    assert_flow(&w, "lr_in_lb_aff_learn lr0 100 (reg9[6] == 0 && ct.new && "
                "ip6 && xxreg0 == fd01::1 && ip6.dst == fd00::2) "
                "(commit_lb_aff(vip = \"fd01::1\", backend = \"fd00::2\", "
                "timeout = 65535); /* drop */)");
    lb_set_option(lb, "skip_snat", "true");
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "backends=fd00::2; skip_snat)"), 1);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_switch),
        cmocka_unit_test(test_router),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
