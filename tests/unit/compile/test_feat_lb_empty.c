#include "lb_world.h"

#include "unit.h"

static char *
event_flow(const char *where, const struct nbrec_load_balancer *lb,
           const char *meter)
{
    return xasprintf(
        "%s 130 (ip4.dst == 192.168.1.100 && tcp && tcp.dst == 80) "
        "(trigger_event(event = \"empty_lb_backends\", %svip = "
        "\"192.168.1.100:80\", protocol = \"tcp\", load_balancer = \""
        UUID_FMT"\");)", where, meter, UUID_ARGS(&lb->header_.uuid));
}

#define assert_event(W, WHERE, LB, METER)                                     \
    do {                                                                      \
        char *flow_ = event_flow(WHERE, LB, METER);                           \
        assert_flow(W, flow_);                                                \
        free(flow_);                                                          \
    } while (0)

/* The article's flow, word by word. */
static void
test_article(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_load_balancer *lb
        = lb_add(&w, "lb0", "192.168.1.100:80", "", "tcp");
    lb_on_switch(nb_world_add_switch(&w, "sw0"), lb);
    lb_on_router(nb_world_add_router(&w, "lr0"), lb);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "trigger_event"), 0);
    lb_set_option(lb, "event", "true");
    nb_world_compile(&w);
    assert_event(&w, "ls_in_pre_lb sw0", lb, "");
    assert_event(&w, "lr_in_dnat lr0", lb, "");

    struct nbrec_meter *meter = nbrec_meter_insert(w.txn);
    nbrec_meter_set_name(meter, "event-elb");
    nb_world_compile(&w);
    assert_event(&w, "ls_in_pre_lb sw0", lb, "meter = \"event-elb\", ");

    /* It has backends again; or it refuses. */
    lb_set_vip(lb, "192.168.1.100:80", "10.0.0.2:80");
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "trigger_event"), 0);
    lb_set_vip(lb, "192.168.1.100:80", "");
    lb_set_option(lb, "reject", "true");
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "trigger_event"), 0);
    nb_world_uninit(&w);
}

static void
test_global(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_nb_global *global = nbrec_nb_global_insert(w.txn);
    struct nbrec_load_balancer *lb
        = lb_add(&w, "lb0", "192.168.1.100:80", "", "tcp");
    lb_on_switch(nb_world_add_switch(&w, "sw0"), lb);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "trigger_event"), 0);
    struct smap options = SMAP_CONST1(&options, "controller_event", "true");
    nbrec_nb_global_set_options(global, &options);
    nb_world_compile(&w);
    assert_event(&w, "ls_in_pre_lb sw0", lb, "");
    nb_world_uninit(&w);
}

/* Where there are ACLs they have the first word. */
static void
test_acls(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls[2] = {
        nb_world_add_switch(&w, "sw0"), nb_world_add_switch(&w, "sw1"),
    };
    struct nbrec_load_balancer *lb
        = lb_add(&w, "lb0", "192.168.1.100:80", "", "tcp");
    lb_set_option(lb, "event", "true");
    lb_on_switch(ls[0], lb);
    lb_on_switch(ls[1], lb);
    struct nbrec_acl *acl = nbrec_acl_insert(w.txn);
    nbrec_acl_set_direction(acl, "from-lport");
    nbrec_acl_set_match(acl, "ip4");
    nbrec_acl_set_action(acl, "drop");
    nbrec_logical_switch_set_acls(ls[1], &acl, 1);
    nb_world_compile(&w);
    assert_event(&w, "ls_in_pre_lb sw0", lb, "");
    assert_event(&w, "ls_in_lb sw1", lb, "");
    assert_int_equal(nb_world_count(&w, "trigger_event"), 2);
    nbrec_logical_switch_set_acls(ls[1], NULL, 0);
    nb_world_compile(&w);
    assert_event(&w, "ls_in_pre_lb sw1", lb, "");
    assert_int_equal(nb_world_count(&w, "trigger_event"), 2);
    nb_world_uninit(&w);
}

/* Copp's meter of one switch and not of the other. */
static void
test_copp(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_switch *ls[2] = {
        nb_world_add_switch(&w, "sw0"), nb_world_add_switch(&w, "sw1"),
    };
    struct nbrec_load_balancer *lb
        = lb_add(&w, "lb0", "192.168.1.100:80", "", "tcp");
    lb_set_option(lb, "event", "true");
    lb_on_switch(ls[0], lb);
    lb_on_switch(ls[1], lb);
    struct smap meters = SMAP_CONST1(&meters, "event-elb", "slow");
    struct nbrec_copp *copp = nbrec_copp_insert(w.txn);
    nbrec_copp_set_name(copp, "c");
    nbrec_copp_set_meters(copp, &meters);
    nbrec_logical_switch_set_copp(ls[1], copp);
    nb_world_compile(&w);
    /* There is no such meter yet. */
    assert_int_equal(nb_world_count(&w, ";) slow"), 0);
    nbrec_meter_set_name(nbrec_meter_insert(w.txn), "slow");
    nb_world_compile(&w);
    assert_event(&w, "ls_in_pre_lb sw0", lb, "");
    assert_int_equal(nb_world_count(&w, ";) slow"), 1);
    assert_int_equal(nb_world_count(&w, "trigger_event"), 2);
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_article),
        cmocka_unit_test(test_global),
        cmocka_unit_test(test_acls),
        cmocka_unit_test(test_copp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
