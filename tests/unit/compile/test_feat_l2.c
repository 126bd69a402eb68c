#include "nb_world.h"

#include "unit.h"

static void
set_addresses(struct nbrec_logical_switch_port *lsp, const char *a,
              const char *b)
{
    const char *texts[] = { a, b };

    nbrec_logical_switch_port_set_addresses(lsp, texts, b ? 2 : 1);
}

static void
test_lookup(void **state OVS_UNUSED)
{
    struct nb_world w;
    const bool off = false;

    nb_world_init(&w);
    struct nbrec_logical_switch *sw0 = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_switch_port *p = nb_world_add_port(&w, sw0,
                                                            "p\"1");
    set_addresses(p, "0a:00:00:00:00:01 10.0.0.1", "garbage");
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_l2_lkup sw0 50 (eth.dst == 0a:00:00:00:00:01) "
                    "(outport = \"p\\\"1\"; output;)");
    assert_flow(&w, "ls_in_arp_rsp sw0 100 (arp.tpa == 10.0.0.1 "
                    "&& arp.op == 1 && inport == \"p\\\"1\") (next;)");
    assert_int_equal(nb_world_count(&w, "garbage"), 0);

    nbrec_logical_switch_port_set_enabled(p, &off, 1);
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_l2_lkup sw0 50 (eth.dst == 0a:00:00:00:00:01) "
                    "(drop;)");
    assert_flow(&w, "ls_in_check_port_sec sw0 100 (inport == \"p\\\"1\") "
                    "(reg0[15] = 1; next;)");
    assert_null(nb_world_row(&w, "Multicast_Group", "_MC_flood"));
    nb_world_uninit(&w);
}

/* Unknown destinations go somewhere as soon as, and as long as, there is a
 * port that wants them. */
static void
test_unknown(void **state OVS_UNUSED)
{
    static const char nowhere[] = "ls_in_l2_unknown sw0 50 "
                                  "(outport == \"none\") (drop;)";
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *sw0 = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_switch_port *p = nb_world_add_port(&w, sw0, "p1");
    nb_world_compile(&w);
    assert_flow(&w, nowhere);
    set_addresses(p, "unknown", NULL);
    nb_world_compile(&w);
    assert_no_flow(&w, nowhere);
    assert_flow(&w, "ls_in_l2_unknown sw0 50 (outport == \"none\") "
                    "(outport = \"_MC_unknown\"; output;)");
    assert_flow(&w, "ls_in_put_fdb sw0 100 (inport == \"p1\" "
                    "&& reg0[11] == 0) (put_fdb(inport, eth.src); next;)");
    assert_non_null(nb_world_row(&w, "Multicast_Group", "_MC_unknown"));

    const char *security = "0a:00:00:00:00:01";
    nbrec_logical_switch_port_set_port_security(p, &security, 1);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "put_fdb("), 0);
    set_addresses(p, "", NULL);
    nb_world_compile(&w);
    assert_flow(&w, nowhere);
    nb_world_uninit(&w);
}

static void
test_queue(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *sw0 = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_switch_port *p = nb_world_add_port(&w, sw0, "p1");
    struct smap bad = SMAP_CONST1(&bad, "qdisc_queue_id", "1); drop; (");
    struct smap good = SMAP_CONST1(&good, "qdisc_queue_id", "7");
    nbrec_logical_switch_port_set_options(p, &bad);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "set_queue"), 0);
    char *report = nb_world_report(&w, "options:qdisc_queue_id");
    assert_non_null(report);
    free(report);
    nbrec_logical_switch_port_set_options(p, &good);
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_check_port_sec sw0 70 (inport == \"p1\") "
                    "(set_queue(7); reg0[15] = check_in_port_sec(); next;)");
    assert_null(nb_world_report(&w, "options:qdisc_queue_id"));
    nb_world_uninit(&w);
}

/* Requests for a router's addresses, and for those that it stands for. */
static void
test_router(void **state OVS_UNUSED)
{
    static const char nat_flow[]
        = "ls_in_l2_lkup sw0 80 (flags[1] == 0 && arp.op == 1 "
          "&& arp.tpa == 172.16.0.9) (clone {outport = \"sw0-lr0\"; output; "
          "}; outport = \"_MC_flood_l2\"; output;)";
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *sw0 = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_router *lr0 = nb_world_add_router(&w, "lr0");
    struct nbrec_logical_switch_port *lsp = nb_world_add_port(&w, sw0,
                                                              "sw0-lr0");
    struct smap options = SMAP_CONST1(&options, "router-port", "lr0-sw0");
    struct smap chassis = SMAP_CONST1(&chassis, "chassis", "ch1");
    nb_world_add_router_port(&w, lr0, "lr0-sw0", "0a:00:00:00:00:fe",
                             "10.0.0.1/24");
    nbrec_logical_switch_port_set_type(lsp, "router");
    nbrec_logical_switch_port_set_options(lsp, &options);
    set_addresses(lsp, "router", NULL);
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_l2_lkup sw0 80 (flags[1] == 0 && arp.op == 1 "
                    "&& arp.tpa == 10.0.0.1) (outport = \"sw0-lr0\"; "
                    "output;)");
    nb_world_add_port(&w, sw0, "p1");
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_l2_lkup sw0 80 (flags[1] == 0 && arp.op == 1 "
                    "&& arp.tpa == 10.0.0.1) (clone {outport = \"sw0-lr0\"; "
                    "output; }; outport = \"_MC_flood_l2\"; output;)");

    /* A router answers for NAT's addresses even where it does no NAT. */
    struct nbrec_nat *nat = nbrec_nat_insert(w.txn);
    nbrec_nat_set_type(nat, "dnat");
    nbrec_nat_set_external_ip(nat, "172.16.0.9");
    nbrec_nat_set_logical_ip(nat, "10.0.0.5");
    nbrec_logical_router_set_nat(lr0, &nat, 1);
    nb_world_compile(&w);
    assert_flow(&w, nat_flow);
    nbrec_logical_router_set_options(lr0, &chassis);
    nb_world_compile(&w);
    assert_flow(&w, nat_flow);
    nbrec_nat_set_external_ip(nat, "172.16.0.9; drop");
    nb_world_compile(&w);
    assert_no_flow(&w, nat_flow);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookup),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_queue),
        cmocka_unit_test(test_router),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
