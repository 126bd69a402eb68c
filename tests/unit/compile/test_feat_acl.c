#include "nb_rows.h"

#include "unit.h"

static struct nbrec_acl *
add_acl(struct nb_world *w, const char *match, const char *action)
{
    return nb_rows_add_acl(w, "from-lport", match, action);
}

/* One stateful ACL makes all others of its switch stateful, and no other
 * switch. */
static void
test_stateful(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *sw0 = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_switch *sw1 = nb_world_add_switch(&w, "sw1");
    struct nbrec_acl *drop = add_acl(&w, "tcp || udp", "drop");
    struct nbrec_acl *allow = add_acl(&w, "tcp.dst == 80", "allow-related");
    nbrec_logical_switch_set_acls(sw0, &drop, 1);
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_acl sw0 1100 (tcp || udp) (/* drop */)");
    assert_flow(&w, "ls_in_acl_hint sw0 0 (1) (next;)");
    assert_flow(&w, "ls_in_acl_hint sw1 65535 (1) (next;)");

    struct nbrec_acl *both[] = { drop, allow };
    nbrec_logical_switch_set_acls(sw0, both, 2);
    nb_world_compile(&w);
    assert_no_flow(&w, "ls_in_acl sw0 1100 (tcp || udp) (/* drop */)");
    assert_flow(&w, "ls_in_acl sw0 1100 (reg0[9] == 1 && (tcp || udp)) "
                    "(/* drop */)");
    assert_flow(&w, "ls_in_acl sw0 1100 (reg0[7] == 1 && (tcp.dst == 80)) "
                    "(reg0[1] = 1; next;)");
    assert_flow(&w, "ls_in_pre_acl sw0 100 (ip) (reg0[0] = 1; next;)");
    assert_flow(&w, "ls_in_acl_hint sw1 65535 (1) (next;)");

    /* The other switch has the same ACL, and tracks nothing. */
    nbrec_logical_switch_set_acls(sw1, &drop, 1);
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_acl sw1 1100 (tcp || udp) (/* drop */)");
    assert_flow(&w, "ls_in_acl sw0 1100 (reg0[9] == 1 && (tcp || udp)) "
                    "(/* drop */)");
    nb_world_uninit(&w);
}

/* A name does not break out of the action that it is part of. */
static void
test_log(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *sw0 = nb_world_add_switch(&w, "sw0");
    struct nbrec_acl *acl = add_acl(&w, "ip", "allow");
    nbrec_acl_set_log(acl, true);
    nbrec_acl_set_name(acl, "a\"); drop; /*");
    nbrec_logical_switch_set_acls(sw0, &acl, 1);
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_acl sw0 1100 (ip) (log(name=\"a\\\"); drop; /*\", "
                    "severity=info, verdict=allow); next;)");
    nb_world_uninit(&w);
}

/* ACLs of port groups follow their ports. */
static void
test_groups(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *sw0 = nb_world_add_switch(&w, "sw0");
    struct nbrec_logical_switch *sw1 = nb_world_add_switch(&w, "sw1");
    struct nbrec_logical_switch_port *p0 = nb_world_add_port(&w, sw0, "p0");
    struct nbrec_logical_switch_port *p1 = nb_world_add_port(&w, sw1, "p1");
    struct nbrec_port_group *pg = nbrec_port_group_insert(w.txn);
    struct nbrec_acl *acl = add_acl(&w, "inport == @pg", "reject");
    nbrec_port_group_set_name(pg, "pg");
    nbrec_port_group_set_acls(pg, &acl, 1);
    nbrec_port_group_set_ports(pg, &p0, 1);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "(inport == @pg)"), 1);
    assert_non_null(nb_world_row(&w, "Port_Group", "\"p0\""));
    nbrec_port_group_set_ports(pg, &p1, 1);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "ls_in_acl sw1 1100 (inport == @pg)"),
                     1);
    assert_int_equal(nb_world_count(&w, "(inport == @pg)"), 1);
    assert_null(nb_world_row(&w, "Port_Group", "\"p0\""));
    nbrec_port_group_set_ports(pg, NULL, 0);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "(inport == @pg)"), 0);
    nb_world_uninit(&w);
}

/* Of a fair meter each ACL has its own. */
static void
test_meters(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *sw0 = nb_world_add_switch(&w, "sw0");
    struct nbrec_meter *meter = nb_rows_add_meter(&w, "m");
    struct nbrec_acl *acl = add_acl(&w, "ip", "drop");
    nb_rows_limit_meter(&w, meter, 7);
    nbrec_acl_set_log(acl, true);
    nbrec_acl_set_meter(acl, "m");
    nbrec_logical_switch_set_acls(sw0, &acl, 1);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "meter=\"m\""), 1);
    assert_non_null(nb_world_row(&w, "Meter_Band", "\"rate\":7"));

    const bool fair = true;
    nbrec_meter_set_fair(meter, &fair, 1);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "meter=\"m\""), 0);
    assert_int_equal(nb_world_count(&w, "meter=\"m__"), 1);
    assert_non_null(nb_world_row(&w, "Meter", "\"m__"));
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stateful),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_meters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
