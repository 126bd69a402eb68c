#include "lb_world.h"

#include "unit.h"

struct health {
    struct nb_world w;
    struct nbrec_load_balancer *lb;
    struct nbrec_logical_switch_port *p1;
};

static void
init(struct health *h, const char *mapping)
{
    struct smap options = SMAP_CONST1(&options, "interval", "5");
    struct smap mappings = SMAP_CONST2(&mappings, "10.0.0.1", mapping,
                                       "10.0.0.2", "p2:10.0.0.9");
    struct nbrec_load_balancer_health_check *hc;

    nb_world_init(&h->w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&h->w, "sw0");
    h->p1 = nb_world_add_port(&h->w, ls, "p1");
    nb_world_add_port(&h->w, ls, "p2");
    hc = nbrec_load_balancer_health_check_insert(h->w.txn);
    nbrec_load_balancer_health_check_set_vip(hc, "192.168.0.1:80");
    nbrec_load_balancer_health_check_set_options(hc, &options);
    h->lb = lb_add(&h->w, "lb0", "192.168.0.1:80",
                   "10.0.0.1:8080,10.0.0.2:8080", "tcp");
    nbrec_load_balancer_set_ip_port_mappings(h->lb, &mappings);
    nbrec_load_balancer_set_health_check(h->lb, &hc, 1);
    lb_on_switch(ls, h->lb);
    nb_world_compile(&h->w);
}

static void
test_states(void **state OVS_UNUSED)
{
    struct health h;

    init(&h, "p1:10.0.0.9");
    const char *row = nb_world_row(&h.w, "Service_Monitor", "\"p1\"");
    assert_non_null(row);
    assert_non_null(strstr(row, "\"port\":8080"));
    assert_non_null(strstr(row, "\"src_ip\":\"10.0.0.9\""));
    assert_non_null(strstr(row, "interval"));
    assert_int_equal(nb_world_count(&h.w, "ls_in_arp_rsp sw0 110 "
                                    "(arp.tpa == 10.0.0.9 && arp.op == 1)"),
                     1);
    assert_int_equal(nb_world_count(
        &h.w, "backends=10.0.0.1:8080,10.0.0.2:8080)"), 1);
    nb_world_set_fact(&h.w, CFACT_BACKEND, "p1 10.0.0.1 8080 tcp",
                      "offline");
    nb_world_compile(&h.w);
    assert_int_equal(nb_world_count(&h.w, "backends=10.0.0.2:8080)"), 1);
    lb_set_option(h.lb, "event", "true");
    nb_world_set_fact(&h.w, CFACT_BACKEND, "p2 10.0.0.2 8080 tcp", "error");
    nb_world_compile(&h.w);
    assert_int_equal(nb_world_count(&h.w, "backends="), 0);

    /* All are offline: as good as empty. */
    assert_int_equal(nb_world_count(&h.w, "trigger_event"), 1);
    nb_world_set_fact(&h.w, CFACT_BACKEND, "p2 10.0.0.2 8080 tcp", "online");
    nb_world_compile(&h.w);
    assert_int_equal(nb_world_count(&h.w, "trigger_event"), 0);
    assert_int_equal(nb_world_count(&h.w, "backends=10.0.0.2:8080)"), 1);
    nb_world_uninit(&h.w);
}

static void
test_port_goes(void **state OVS_UNUSED)
{
    struct health h;
    bool enabled = false;

    init(&h, "p1:10.0.0.9");
    nbrec_logical_switch_port_set_enabled(h.p1, &enabled, 1);
    nb_world_compile(&h.w);
    assert_null(nb_world_row(&h.w, "Service_Monitor", "\"p1\""));
    assert_int_equal(nb_world_count(&h.w, "backends=10.0.0.2:8080)"), 1);
    char *report = nb_world_report(&h.w, "there is no port \"p1\"");
    assert_non_null(report);
    free(report);
    nb_world_uninit(&h.w);
}

static void
test_bad_mapping(void **state OVS_UNUSED)
{
    static const char *const mappings[] = { "", ":", "p1", "p1:", "p1:x",
                                            ":10.0.0.9", "p1:fd00::1" };

    for (size_t i = 0; i < ARRAY_SIZE(mappings); i++) {
        struct health h;

        init(&h, mappings[i]);
        char *report = nb_world_report(&h.w, "ip_port_mappings");
        if (!report) {
            fail_msg("\"%s\" passes", mappings[i]);
        }
        free(report);
        assert_null(nb_world_row(&h.w, "Service_Monitor", "\"p1\""));
        assert_int_equal(nb_world_count(&h.w, "backends=10.0.0.2:8080)"), 1);
        nb_world_uninit(&h.w);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_port_goes),
        cmocka_unit_test(test_bad_mapping),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
