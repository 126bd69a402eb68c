#include "lb_world.h"
#include "nb_rows.h"

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

    nb_rows_add_meter(&w, "event-elb");
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

/* "sw0" and "sw1", with the load balancer, which raises events; sw1. */
static struct nbrec_logical_switch *
add_two_switches(struct nb_world *w, struct nbrec_load_balancer *lb)
{
    struct nbrec_logical_switch *sw1 = nb_world_add_switch(w, "sw1");

    lb_set_option(lb, "event", "true");
    lb_on_switch(nb_world_add_switch(w, "sw0"), lb);
    lb_on_switch(sw1, lb);
    return sw1;
}

/* Where there are ACLs they have the first word. */
static void
test_acls(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_load_balancer *lb
        = lb_add(&w, "lb0", "192.168.1.100:80", "", "tcp");
    struct nbrec_logical_switch *sw1 = add_two_switches(&w, lb);
    struct nbrec_acl *acl = nb_rows_add_acl(&w, "from-lport", "ip4", "drop");
    nbrec_logical_switch_set_acls(sw1, &acl, 1);
    nb_world_compile(&w);
    assert_event(&w, "ls_in_pre_lb sw0", lb, "");
    assert_event(&w, "ls_in_lb sw1", lb, "");
    assert_int_equal(nb_world_count(&w, "trigger_event"), 2);
    nbrec_logical_switch_set_acls(sw1, NULL, 0);
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
    struct nbrec_load_balancer *lb
        = lb_add(&w, "lb0", "192.168.1.100:80", "", "tcp");
    struct nbrec_logical_switch *sw1 = add_two_switches(&w, lb);
    nbrec_logical_switch_set_copp(sw1,
                                  nb_rows_add_copp(&w, "event-elb", "slow"));
    nb_world_compile(&w);
    /* There is no such meter yet. */
    assert_int_equal(nb_world_count(&w, ";) slow"), 0);
    nb_rows_add_meter(&w, "slow");
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
