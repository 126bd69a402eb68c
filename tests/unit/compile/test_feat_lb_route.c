#include "lb_world.h"
#include "lr_world.h"

#include "unit.h"

#define ROUTE                                                                 \
    "lr_in_ip_routing r2 98 (ip4.dst == 198.51.100.9/32) "                    \
    "(ip.ttl--; reg8[0..15] = 0; reg0 = ip4.dst; reg1 = 192.0.2.2; "          \
    "eth.src = 0a:00:00:00:03:01; outport = \"r2-pub\"; "                     \
    "flags.loopback = 1; next;)"
#define MAC                                                                   \
    "lr_in_arp_resolve r2 100 (outport == \"r2-pub\" && "                     \
    "reg0 == {198.51.100.9}) (eth.dst = 0a:00:00:00:02:01; next;)"

/* Routers at the switch of the gateway port have a route to the VIP, and
 * those on one chassis know whose MAC it has. */
static void
test_route(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    struct nbrec_logical_router *r2 = lr_world_add_r2(&l, "192.0.2.2/24");
    struct nbrec_load_balancer *lb
        = lb_add(&l.w, "lb0", "198.51.100.9:80", "10.0.1.2:80", "tcp");
    lb_on_router(l.r1, lb);
    lr_world_set_gateway_port(&l);
    nb_world_compile(&l.w);
    assert_no_flow(&l.w, ROUTE);

    lb_set_option(lb, "add_route", "true");
    nb_world_compile(&l.w);
    assert_flow(&l.w, ROUTE);
    assert_no_flow(&l.w, MAC);
    assert_int_equal(nb_world_count(&l.w, "r1 98 (ip4.dst == 198.51"), 0);
    lr_world_set_option(r2, "chassis", "ch1");
    nb_world_compile(&l.w);
    assert_flow(&l.w, ROUTE);
    assert_flow(&l.w, MAC);

    /* A gateway router's VIPs are its own concern. */
    lr_world_set_gateway_router(&l);
    nb_world_compile(&l.w);
    assert_no_flow(&l.w, ROUTE);
    lr_world_uninit(&l);
}

static void
test_ipv6(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_add_r2(&l, "2001:db8::2/64");
    struct nbrec_load_balancer *lb
        = lb_add(&l.w, "lb0", "[2001:db9::9]:80", "[fd00:1::2]:80", "tcp");
    lb_set_option(lb, "add_route", "true");
    lb_on_router(l.r1, lb);
    lr_world_set_gateway_port(&l);
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "r2 386"), 0);

    /* An IPv4 VIP, and a neighbour without IPv4: there is no way. */
    lb_set_vip(lb, "198.51.100.9:80", "10.0.1.2:80");
    nb_world_compile(&l.w);
    assert_no_flow(&l.w, ROUTE);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_route),
        cmocka_unit_test(test_ipv6),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
