/* MAC_Binding and FDB. */

#include "unit.h"

#include "network.h"

static void
neighbours(void **state)
{
    struct network *network = network_new();
    struct uuid uuid = { .parts = { 1 } };
    struct net_datapath *a = network_add_datapath(network, &uuid, 1, "a",
                                                  true);
    struct net_datapath *b = network_add_datapath(network, &uuid, 2, "b",
                                                  true);
    struct net_port *pa = network_add_port(network, a, 1, "pa", PORT_VIF);
    struct net_port *pb = network_add_port(network, b, 1, "pb", PORT_VIF);
    struct net_port *pa2 = network_add_port(network, a, 2, "pa2", PORT_VIF);
    struct net_mac mac = { .mac = ETH_ADDR_C(00, 00, 00, 00, 00, 01) };
    struct eth_addr found;

    in6_addr_set_mapped_ipv4(&mac.ip, htonl(0x0a000001));
    assert_false(network_find_mac(network, pa, &mac.ip, &found));
    network_set_mac(network, pa, &mac);
    assert_true(network_find_mac(network, pa, &mac.ip, &found));
    assert_true(eth_addr_equals(found, mac.mac));
    /* At that port of that datapath only. */
    assert_false(network_find_mac(network, pb, &mac.ip, &found));
    assert_false(network_find_mac(network, pa2, &mac.ip, &found));
    mac.mac.ea[5] = 2;
    network_set_mac(network, pa, &mac);
    assert_true(network_find_mac(network, pa, &mac.ip, &found));
    assert_int_equal(found.ea[5], 2);
    mac.ip.s6_addr[15] = 9;
    assert_false(network_find_mac(network, pa, &mac.ip, &found));
    network_free(network);
}

static uint8_t
found_mac(struct network *network, const struct net_port *port,
          const struct net_mac *mac)
{
    struct eth_addr found = ETH_ADDR_C(00, 00, 00, 00, 00, 00);

    network_find_mac(network, port, &mac->ip, &found);
    return found.ea[5];
}

/* What is static fills in for what was learned, or comes before it. */
static void
written_down(void **state)
{
    struct network *network = network_new();
    struct uuid uuid = { .parts = { 1 } };
    struct net_datapath *a = network_add_datapath(network, &uuid, 1, "a",
                                                  true);
    struct net_port *port = network_add_port(network, a, 1, "p", PORT_VIF);
    struct net_mac fixed = { .mac = ETH_ADDR_C(00, 00, 00, 00, 00, 01) };
    struct net_mac learned = { .mac = ETH_ADDR_C(00, 00, 00, 00, 00, 02) };

    in6_addr_set_mapped_ipv4(&fixed.ip, htonl(0x0a000001));
    learned.ip = fixed.ip;
    network_set_static_mac(network, port, &fixed, false);
    assert_int_equal(found_mac(network, port, &fixed), 1);
    assert_true(network_set_mac(network, port, &learned));
    assert_false(network_set_mac(network, port, &learned));
    assert_int_equal(found_mac(network, port, &fixed), 2);
    /* Another connection to the database forgets what was learned only. */
    network_forget_learned(network);
    assert_int_equal(found_mac(network, port, &fixed), 1);

    network_set_static_mac(network, port, &fixed, true);
    assert_false(network_set_mac(network, port, &learned));
    assert_int_equal(found_mac(network, port, &fixed), 1);
    network_remove_static_mac(network, port, &fixed.ip);
    assert_int_equal(found_mac(network, port, &fixed), 2);
    network_remove_mac(network, port, &fixed.ip);
    assert_int_equal(found_mac(network, port, &fixed), 0);
    network_remove_static_mac(network, port, &fixed.ip);
    network_free(network);
}

static void
forwarding(void **state)
{
    struct network *network = network_new();
    struct uuid uuid = { .parts = { 1 } };
    struct net_datapath *a = network_add_datapath(network, &uuid, 1, "a",
                                                  false);
    struct net_datapath *b = network_add_datapath(network, &uuid, 2, "b",
                                                  false);
    struct eth_addr mac = ETH_ADDR_C(00, 00, 00, 00, 00, 01);
    uint32_t port = 0;

    assert_false(network_find_fdb(network, a, mac, &port));
    network_set_fdb(network, a, mac, 5);
    assert_true(network_find_fdb(network, a, mac, &port));
    assert_int_equal(port, 5);
    assert_false(network_find_fdb(network, b, mac, &port));
    network_set_fdb(network, a, mac, 6);
    assert_true(network_find_fdb(network, a, mac, &port));
    assert_int_equal(port, 6);
    network_free(network);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours),
        cmocka_unit_test(written_down),
        cmocka_unit_test(forwarding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
