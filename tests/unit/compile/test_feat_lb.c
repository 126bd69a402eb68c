#include "lb_world.h"

#include "unit.h"

static void
test_vip(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    struct nbrec_load_balancer *lb
        = lb_add(&w, "lb0", "10.0.0.1:80", "10.0.0.2:8080,10.0.0.3:8081",
                 "tcp");
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "10.0.0.1"), 0);
    lb_on_switch(ls, lb);
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_pre_stateful sw0 120 (reg0[2] == 1 && "
                "ip4.dst == 10.0.0.1 && tcp.dst == 80) (reg1 = 10.0.0.1; "
                "reg2[0..15] = 80; ct_lb_mark;)");
    assert_flow(&w, "ls_in_lb sw0 120 (ct.new && ip4.dst == 10.0.0.1 && "
                "tcp.dst == 80) (reg0[1] = 0; "
                "ct_lb_mark(backends=10.0.0.2:8080,10.0.0.3:8081);)");
    assert_flow(&w, "ls_in_pre_hairpin sw0 100 (ip && ct.trk) (reg0[6] = "
                "chk_lb_hairpin(); reg0[12] = chk_lb_hairpin_reply(); "
                "next;)");

    /* Of one change of backends, one flow is another. */
    lb_set_vip(lb, "10.0.0.1:80", "10.0.0.4:8080");
    nb_world_compile(&w);
    assert_int_equal(w.n_added, 1);
    assert_int_equal(w.n_removed, 1);
    assert_flow(&w, "ls_in_lb sw0 120 (ct.new && ip4.dst == 10.0.0.1 && "
                "tcp.dst == 80) (reg0[1] = 0; "
                "ct_lb_mark(backends=10.0.0.4:8080);)");

    lb_on_switch(ls, NULL);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "10.0.0.1"), 0);
    assert_int_equal(nb_world_count(&w, "chk_lb_hairpin"), 0);
    nb_world_uninit(&w);
}

static void
test_without_port(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_load_balancer *lb = lb_add(&w, "lb0", "fd00::1", "fd00::2",
                                            "udp");
    lb_on_switch(nb_world_add_switch(&w, "sw0"), lb);
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_pre_stateful sw0 120 (reg0[2] == 1 && "
                "ip6.dst == fd00::1) (xxreg1 = fd00::1; ct_lb_mark;)");
    assert_flow(&w, "ls_in_lb sw0 110 (ct.new && ip6.dst == fd00::1) "
                "(reg0[1] = 0; ct_lb_mark(backends=fd00::2);)");
    nb_world_uninit(&w);
}

static void
test_hash_fields(void **state OVS_UNUSED)
{
    const char *fields[] = { "tp_src", "ip_src", "eth_dst" };
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_load_balancer *lb
        = lb_add(&w, "lb0", "10.0.0.1:80", "10.0.0.2:80", "sctp");
    nbrec_load_balancer_set_selection_fields(lb, fields, 3);
    lb_on_switch(nb_world_add_switch(&w, "sw0"), lb);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(
        &w, "(backends=10.0.0.2:80; "
        "hash_fields=\"eth_dst,ip_src,sctp_src\");"), 1);
    nb_world_uninit(&w);
}

static void
test_group(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls[2] = {
        nb_world_add_switch(&w, "sw0"), nb_world_add_switch(&w, "sw1"),
    };
    struct nbrec_load_balancer *lbs[2] = {
        lb_add(&w, "a", "10.0.0.1:80", "10.0.0.2:80", "tcp"),
        lb_add(&w, "b", "10.0.0.2:80", "10.0.0.2:80", "tcp"),
    };
    struct nbrec_load_balancer_group *g
        = nbrec_load_balancer_group_insert(w.txn);
    nbrec_load_balancer_group_set_name(g, "g");
    nbrec_load_balancer_group_set_load_balancer(g, lbs, 2);
    for (size_t i = 0; i < 2; i++) {
        nbrec_logical_switch_set_load_balancer_group(ls[i], &g, 1);
    }
    nb_world_compile(&w);
    /* A flow of both switches is one flow. */
    assert_int_equal(nb_world_count(&w, "ls_in_lb sw0 120"), 2);
    assert_int_equal(nb_world_count(&w, "ls_in_lb sw1 120"), 2);
    lb_set_vip(lbs[0], "10.0.0.1:80", "10.0.0.3:80");
    nb_world_compile(&w);
    assert_int_equal(w.n_added, 1);
    const char *row = nb_world_row(&w, "Load_Balancer", "\"a\"");
    assert_non_null(row);
    assert_non_null(strstr(row, "10.0.0.3:80"));
    assert_non_null(strstr(row, "hairpin_orig_tuple"));
    assert_non_null(nb_world_row(&w, "Logical_DP_Group", ""));

    nbrec_logical_switch_set_load_balancer_group(ls[1], NULL, 0);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "ls_in_lb sw1 120"), 0);
    assert_int_equal(nb_world_count(&w, "ls_in_lb sw0 120"), 2);
    nb_world_uninit(&w);
}

static void
test_reject(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_load_balancer *lb = lb_add(&w, "lb0", "10.0.0.1:80", "",
                                            "tcp");
    lb_on_switch(nb_world_add_switch(&w, "sw0"), lb);
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_lb sw0 120 (ct.new && ip4.dst == 10.0.0.1 && "
                "tcp.dst == 80) (drop;)");
    lb_set_option(lb, "reject", "true");
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_lb sw0 120 (ct.new && ip4.dst == 10.0.0.1 && "
                "tcp.dst == 80) (reg0 = 0; reject { outport <-> inport; "
                "next(pipeline=egress,table=5);};)");
    nb_world_uninit(&w);
}

/* What cannot be used is said, and the rest goes on. */
static void
test_bad_vips(void **state OVS_UNUSED)
{
    static const struct {
        const char *vip, *backends, *report;
    } cases[] = {
        { "junk", "10.0.0.2:80", "is no address" },
        { "10.0.0.1:0", "10.0.0.2:80", "is no address" },
        { "0.0.0.0:80", "10.0.0.2:80", "is no address" },
        { "10.0.0.1:80", "10.0.0.2:80,x", "\"x\"" },
        { "10.0.0.1:80", "[fd00::1]:80", "another address family" },
        { "10.0.0.1:80", "10.0.0.2", "unlike its backends" },
        { "10.0.0.1", "10.0.0.2:80", "on only its backends" },
        { "10.0.0.1:80", "0.0.0.0:80", "no host's address" },
    };
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_load_balancer *lb = lb_add(&w, "lb0", "10.0.0.1:80", "",
                                            NULL);
    lb_on_switch(nb_world_add_switch(&w, "sw0"), lb);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct smap vips = SMAP_CONST2(&vips, cases[i].vip,
                                       cases[i].backends, "10.9.9.9:9",
                                       "10.0.0.2:9");

        nbrec_load_balancer_set_vips(lb, &vips);
        nb_world_compile(&w);
        char *report = nb_world_report(&w, cases[i].report);
        if (!report) {
            fail_msg("%s=%s: no report with '%s'", cases[i].vip,
                     cases[i].backends, cases[i].report);
        }
        free(report);
        assert_int_equal(nb_world_count(&w, "ls_in_lb sw0 120"), 1);
        assert_int_equal(nb_world_count(&w, "10.9.9.9"), 2);
    }
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vip),
        cmocka_unit_test(test_without_port),
        cmocka_unit_test(test_hash_fields),
        cmocka_unit_test(test_group),
        cmocka_unit_test(test_reject),
        cmocka_unit_test(test_bad_vips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
