#include "lb_world.h"
#include "nb_rows.h"

#include "unit.h"

static void
add_acl(struct nb_world *w, struct nbrec_logical_switch *ls,
        const char *action)
{
    struct nbrec_acl *acl = nb_rows_add_acl(w, "from-lport", "ip4", action);

    nbrec_logical_switch_set_acls(ls, &acl, 1);
}

static void
set_option(struct nb_world *w, const char *key, const char *value)
{
    struct nbrec_nb_global *global
        = CONST_CAST(struct nbrec_nb_global *, nbrec_nb_global_first(w->idl));
    struct smap options = SMAP_CONST1(&options, key, value);

    if (!global) {
        global = nbrec_nb_global_insert(w->txn);
    }
    nbrec_nb_global_set_options(global, &options);
}

/* Nothing, plain ACLs, stateful ones: each asks more of the switch. */
static void
test_stages(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_acl sw0 65535 (1) (next;)");
    assert_flow(&w, "ls_in_acl_hint sw0 65535 (1) (next;)");
    assert_int_equal(nb_world_count(&w, "ls_in_acl sw0 34000"), 0);

    add_acl(&w, ls, "allow");
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_acl sw0 0 (1) (next;)");
    assert_flow(&w, "ls_out_acl sw0 34000 (eth.src == $svc_monitor_mac) "
                    "(next;)");
    assert_int_equal(nb_world_count(&w, "ls_in_pre_acl sw0 100"), 0);
    assert_int_equal(nb_world_count(&w, "ls_in_acl_hint sw0 7"), 0);

    add_acl(&w, ls, "allow-related");
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_pre_acl sw0 100 (ip) (reg0[0] = 1; next;)");
    assert_flow(&w, "ls_in_pre_acl sw0 110 (eth.mcast) (next;)");
    assert_flow(&w, "ls_in_acl_hint sw0 7 (ct.new && !ct.est) "
                    "(reg0[7] = 1; reg0[9] = 1; next;)");
    assert_flow(&w, "ls_in_acl sw0 65532 (ct.inv || (ct.est && ct.rpl && "
                    "ct_mark.blocked == 1)) (drop;)");
    assert_flow(&w, "ls_in_acl sw0 1 (ip && !ct.est) (reg0[1] = 1; next;)");
    nb_world_uninit(&w);
}

static void
test_options(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    nb_world_add_switch(&w, "sw1");
    add_acl(&w, ls, "allow-related");
    set_option(&w, "default_acl_drop", "true");
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_acl sw0 0 (1) (drop;)");
    assert_flow(&w, "ls_in_acl sw0 1 (ip && !ct.est) (drop;)");
    assert_flow(&w, "ls_in_acl sw1 65535 (1) (next;)");

    set_option(&w, "use_ct_inv_match", "false");
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_acl sw0 65532 ((ct.est && ct.rpl && "
                    "ct_mark.blocked == 1)) (drop;)");
    assert_int_equal(nb_world_count(&w, "ct.inv"), 0);
    assert_flow(&w, "ls_in_acl sw0 0 (1) (next;)");
    nb_world_uninit(&w);
}

/* A load balancer makes connections tracked, too. */
static void
test_lb(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    lb_on_switch(ls, lb_add(&w, "lb0", "10.0.0.1:80", "", "tcp"));
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "ls_in_acl_hint sw0"), 8);
    assert_int_equal(nb_world_count(&w, "ls_in_pre_acl sw0 100"), 0);
    nb_world_uninit(&w);
}

static void
test_ports(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_switch_port *ln = nb_world_add_port(&w, ls, "ln");
    nb_world_add_port(&w, ls, "p1");
    nbrec_logical_switch_port_set_type(ln, "localnet");
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "pre_acl sw0 110 (ip && "), 0);
    add_acl(&w, ls, "allow-related");
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_pre_acl sw0 110 (ip && inport == \"ln\") "
                    "(next;)");
    assert_flow(&w, "ls_out_pre_acl sw0 110 (ip && outport == \"ln\") "
                    "(next;)");
    assert_int_equal(nb_world_count(&w, "pre_acl sw0 110 (ip && "), 2);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stages),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_lb),
        cmocka_unit_test(test_ports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
