#include "lb_world.h"
#include "nb_rows.h"

#include "unit.h"

/* What goes past conntrack does so on any switch; what goes through it, only
 * where there are VIPs. */
static void
test_vips(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    nb_world_add_switch(&w, "sw1");
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_pre_lb sw0 110 (eth.mcast) (next;)");
    assert_flow(&w, "ls_in_pre_lb sw0 110 (eth.dst == $svc_monitor_mac) "
                    "(next;)");
    assert_flow(&w, "ls_out_pre_lb sw0 110 (eth.src == $svc_monitor_mac) "
                    "(next;)");
    assert_flow(&w, "ls_in_pre_stateful sw0 110 (reg0[2] == 1) "
                    "(ct_lb_mark;)");
    assert_flow(&w, "ls_in_lb sw0 0 (1) (next;)");
    assert_int_equal(nb_world_count(&w, "ls_in_pre_lb sw0 100"), 0);
    assert_int_equal(nb_world_count(&w, "hairpin sw0 100"), 0);

    lb_on_switch(ls, lb_add(&w, "lb0", "10.0.0.1:80", "10.0.0.2:80", "tcp"));
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_pre_lb sw0 100 (ip) (reg0[2] = 1; next;)");
    assert_flow(&w, "ls_out_pre_lb sw0 100 (ip) (reg0[2] = 1; next;)");
    assert_flow(&w, "ls_in_nat_hairpin sw0 100 (ip && ct.new && ct.trk && "
                    "reg0[6] == 1) (ct_snat_to_vip; next;)");
    assert_flow(&w, "ls_in_hairpin sw0 1 ((reg0[6] == 1 || reg0[12] == 1)) "
                    "(eth.dst <-> eth.src; outport = inport; "
                    "flags.loopback = 1; output;)");
    assert_int_equal(nb_world_count(&w, "ls_in_pre_lb sw1 100"), 0);
    nb_world_uninit(&w);
}

/* Ports to routers are gone past; those to physical networks only where
 * nothing is balanced. */
static void
test_ports(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_router *lr = nb_world_add_router(&w, "lr0");
    lb_connect(&w, lr, ls, "lr0-sw0", "0a:00:00:00:00:01", "10.0.0.1/24");
    nbrec_logical_switch_port_set_type(nb_world_add_port(&w, ls, "ln"),
                                       "localnet");
    nb_world_add_port(&w, ls, "p1");
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_pre_lb sw0 110 (ip && inport == \"to-lr0-sw0\") "
                    "(next;)");
    assert_flow(&w, "ls_out_pre_lb sw0 110 (ip && outport == \"to-lr0-sw0\")"
                    " (ct_clear; next;)");
    assert_flow(&w, "ls_in_pre_lb sw0 110 (ip && inport == \"ln\") (next;)");
    assert_int_equal(nb_world_count(&w, "pre_lb sw0 110 (ip && inport == "
                                        "\"p1\")"), 0);

    lb_on_switch(ls, lb_add(&w, "lb0", "10.0.0.1:80", "10.0.0.2:80", "tcp"));
    nb_world_compile(&w);
    assert_no_flow(&w, "ls_in_pre_lb sw0 110 (ip && inport == \"ln\") "
                       "(next;)");
    assert_flow(&w, "ls_in_pre_lb sw0 110 (ip && inport == \"to-lr0-sw0\") "
                    "(next;)");

    /* With stateful ACLs the packet's connection is still needed. */
    struct nbrec_acl *acl = nb_rows_add_acl(&w, "to-lport", "ip4",
                                            "allow-related");
    nbrec_logical_switch_set_acls(ls, &acl, 1);
    nb_world_compile(&w);
    assert_flow(&w, "ls_out_pre_lb sw0 110 (ip && outport == \"to-lr0-sw0\")"
                    " (next;)");
    nb_world_uninit(&w);
}

/* What a hardware VTEP has balanced goes on where the gateway is. */
static void
test_vtep(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_router *lr = nb_world_add_router(&w, "lr0");
    struct nbrec_logical_router_port *lrp
        = lb_connect(&w, lr, ls, "lr0-sw0", "0a:00:00:00:00:01",
                     "10.0.0.1/24");
    struct nbrec_gateway_chassis *gc = nbrec_gateway_chassis_insert(w.txn);
    nbrec_gateway_chassis_set_chassis_name(gc, "ch1");
    nbrec_gateway_chassis_set_name(gc, "gc");
    nbrec_logical_router_port_set_gateway_chassis(lrp, &gc, 1);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "reg0[14] == 1"), 0);
    nbrec_logical_switch_port_set_type(nb_world_add_port(&w, ls, "v"),
                                       "vtep");
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_hairpin sw0 1000 (reg0[14] == 1) "
                    "(next(pipeline=ingress, table=25);)");
    assert_flow(&w, "ls_in_hairpin sw0 2000 (reg0[14] == 1 && "
                    "is_chassis_resident(\"cr-lr0-sw0\")) (next;)");
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vips),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_vtep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
