#include "lb_world.h"

#include "unit.h"

static void
test_reachable(void **state OVS_UNUSED)
{
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_router *lr = nb_world_add_router(&w, "lr0");
    struct nbrec_logical_switch *ls = nb_world_add_switch(&w, "sw0");
    struct nbrec_load_balancer *lb
        = lb_add(&w, "lb0", "10.0.0.100:80", "10.0.0.2:80", "tcp");
    lb_connect(&w, lr, ls, "p0", "0a:00:00:00:00:01",
               "10.0.0.1/24 fd00::1/64");
    lb_on_router(lr, lb);
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(
        &w, "lr_in_ip_input lr0 90 (arp.op == 1 && arp.tpa == 10.0.0.100) "
        "(eth.dst = eth.src;"), 1);
    /* There is nobody else on the switch. */
    assert_flow(&w, "ls_in_l2_lkup sw0 80 (flags[1] == 0 && arp.op == 1 && "
                "arp.tpa == 10.0.0.100) (outport = \"to-p0\"; output;)");
    nb_world_add_port(&w, ls, "host");
    nb_world_compile(&w);
    assert_flow(&w, "ls_in_l2_lkup sw0 80 (flags[1] == 0 && arp.op == 1 && "
                "arp.tpa == 10.0.0.100) (clone {outport = \"to-p0\"; output;"
                " }; outport = \"_MC_flood_l2\"; output;)");

    /* In no network of the router's: only if all VIPs are answered for. */
    lb_set_vip(lb, "10.1.0.100:80", "10.0.0.2:80");
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "arp.tpa == 10.1.0.100"), 0);
    lb_set_option(lb, "neighbor_responder", "all");
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "arp.tpa == 10.1.0.100"), 1);
    lb_set_option(lb, "neighbor_responder", "none");
    lb_set_vip(lb, "[fd00::100]:80", "[fd00::2]:80");
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "nd.target == fd00::100"), 1);
    lb_set_option(lb, "neighbor_responder", "reachable");
    nb_world_compile(&w);
    assert_int_equal(nb_world_count(&w, "nd.target == fd00::100"), 2);
    nb_world_uninit(&w);
}

/* Many networks, several prefix lengths, one inside the other. */
static void
test_networks(void **state OVS_UNUSED)
{
    static const struct {
        const char *vip, *backends;
        size_t n_switches;
    } cases[] = {
        { "10.0.0.100:80", "1.1.1.1:80", 3 },
        { "10.0.1.100:80", "1.1.1.1:80", 2 },
        { "10.1.1.100:80", "1.1.1.1:80", 1 },
        { "11.0.0.1:80", "1.1.1.1:80", 0 },
        { "9.255.255.255:80", "1.1.1.1:80", 0 },
        { "[fd00:1::9]:80", "[fd00::1]:80", 1 },
        { "[fd00:2::9]:80", "[fd00::1]:80", 0 },
    };
    struct nb_world w;

    nb_world_init(&w);
    struct nbrec_logical_router *lr = nb_world_add_router(&w, "lr0");
    lb_connect(&w, lr, nb_world_add_switch(&w, "sw0"), "p0",
               "0a:00:00:00:00:01", "10.0.0.1/24 fd00:1::1/64");
    lb_connect(&w, lr, nb_world_add_switch(&w, "sw1"), "p1",
               "0a:00:00:00:00:02", "10.0.0.2/16 fd00:3::1/64");
    lb_connect(&w, lr, nb_world_add_switch(&w, "sw2"), "p2",
               "0a:00:00:00:00:03", "10.0.0.3/8 fd00:4::1/64");
    struct nbrec_load_balancer *lb = lb_add(&w, "lb0", "9.9.9.9:9", "",
                                            "tcp");
    lb_on_router(lr, lb);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        bool is_ipv6 = cases[i].vip[0] == '[';
        const char *ip = cases[i].vip + is_ipv6;
        char *match = xasprintf("(flags[1] == 0 && %s == %.*s)",
                                is_ipv6 ? "nd_ns && nd.target"
                                        : "arp.op == 1 && arp.tpa",
                                (int) strcspn(ip, is_ipv6 ? "]" : ":"), ip);

        lb_set_vip(lb, cases[i].vip, cases[i].backends);
        nb_world_compile(&w);
        if (nb_world_count(&w, match) != cases[i].n_switches) {
            fail_msg("%s: %"PRIuSIZE" flows, not %"PRIuSIZE, match,
                     nb_world_count(&w, match), cases[i].n_switches);
        }
        free(match);
    }
    nb_world_uninit(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reachable),
        cmocka_unit_test(test_networks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
