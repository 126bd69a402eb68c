#include "lb_world.h"

#include "unit.h"

struct health {
    struct nb_world w;
    struct nbrec_load_balancer *lb;
    struct nbrec_load_balancer_health_check *hc;
};

static void
init(struct health *h, const char *protocol)
{
    struct smap mappings = SMAP_CONST2(&mappings, "10.0.0.1", "p1:10.0.0.9",
                                       "10.0.0.2", "p2:10.0.0.9");

    nb_world_init(&h->w);
    struct nbrec_logical_switch *ls = nb_world_add_switch(&h->w, "sw0");
    nb_world_add_port(&h->w, ls, "p1");
    nb_world_add_port(&h->w, ls, "p2");
    h->hc = nbrec_load_balancer_health_check_insert(h->w.txn);
    nbrec_load_balancer_health_check_set_vip(h->hc, "192.168.0.1:80");
    h->lb = lb_add(&h->w, "lb0", "192.168.0.1:80",
                   "10.0.0.1:8080,10.0.0.1:8081,10.0.0.2:8080", protocol);
    nbrec_load_balancer_set_ip_port_mappings(h->lb, &mappings);
    nbrec_load_balancer_set_health_check(h->lb, &h->hc, 1);
    lb_on_switch(ls, h->lb);
    nb_world_compile(&h->w);
}

static size_t
count_monitors(const struct nb_world *w)
{
    const struct shash_node *node;
    size_t n = 0;

    SHASH_FOR_EACH (node, &w->rows) {
        n += !strncmp(node->name, "Service_Monitor ", 16);
    }
    return n;
}

/* A row for each backend, its port and its protocol, and an answer for the
 * address that it is asked from. */
static void
test_rows(void **state OVS_UNUSED)
{
    struct smap options = SMAP_CONST1(&options, "timeout", "7");
    struct health h;

    init(&h, "udp");
    assert_int_equal(count_monitors(&h.w), 3);
    const char *row = nb_world_row(&h.w, "Service_Monitor", "\"port\":8081");
    assert_non_null(row);
    assert_non_null(strstr(row, "\"ip\":\"10.0.0.1\""));
    assert_non_null(strstr(row, "\"logical_port\":\"p1\""));
    assert_non_null(strstr(row, "\"protocol\":\"udp\""));
    assert_non_null(strstr(row, "\"options\":[\"map\",[]]"));
    assert_int_equal(nb_world_count(&h.w, "(arp.tpa == 10.0.0.9 && "
                                          "arp.op == 1)"), 1);

    nbrec_load_balancer_health_check_set_options(h.hc, &options);
    nb_world_compile(&h.w);
    assert_int_equal(h.w.n_added, 0);
    assert_non_null(nb_world_row(&h.w, "Service_Monitor", "\"timeout\""));

    /* A check of what is no VIP of it, and one of a protocol without. */
    nbrec_load_balancer_health_check_set_vip(h.hc, "192.168.0.2:80");
    nb_world_compile(&h.w);
    assert_int_equal(count_monitors(&h.w), 0);
    nbrec_load_balancer_health_check_set_vip(h.hc, "192.168.0.1:80");
    nbrec_load_balancer_set_protocol(h.lb, "sctp");
    nb_world_compile(&h.w);
    assert_int_equal(count_monitors(&h.w), 0);
    nb_world_uninit(&h.w);
}

/* All probes come from one MAC, which may be written down. */
static void
test_mac(void **state OVS_UNUSED)
{
    struct smap options = SMAP_CONST1(&options, "svc_monitor_mac",
                                      "0a:00:00:00:00:77");
    struct health h;

    init(&h, "tcp");
    struct nbrec_nb_global *global = nbrec_nb_global_insert(h.w.txn);
    nbrec_nb_global_set_options(global, &options);
    nb_world_compile(&h.w);
    assert_non_null(nb_world_row(&h.w, "Service_Monitor",
                                 "\"src_mac\":\"0a:00:00:00:00:77\""));
    assert_int_equal(nb_world_count(&h.w, "arp.sha = 0a:00:00:00:00:77; "
                                          "arp.tpa = arp.spa; "
                                          "arp.spa = 10.0.0.9;"), 1);
    nb_world_uninit(&h.w);
}

/* A load balancer that is nowhere checks nothing. */
static void
test_unused(void **state OVS_UNUSED)
{
    struct health h;

    init(&h, "tcp");
    assert_int_equal(count_monitors(&h.w), 3);
    lb_on_switch(CONST_CAST(struct nbrec_logical_switch *,
                            nbrec_logical_switch_first(h.w.idl)), NULL);
    nb_world_compile(&h.w);
    assert_int_equal(count_monitors(&h.w), 0);
    assert_int_equal(nb_world_count(&h.w, "10.0.0.9"), 0);
    nb_world_uninit(&h.w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_mac),
        cmocka_unit_test(test_unused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
