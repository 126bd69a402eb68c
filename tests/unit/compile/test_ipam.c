#include "ipam.h"

#include "unit.h"

static ovs_be32
ip4(const char *text)
{
    ovs_be32 ip = 0;

    assert_case(ip_parse(text, &ip), "%s", text);
    return ip;
}

/* The network, its first address and the broadcast address are not given. */
static void
test_ip4(void **state OVS_UNUSED)
{
    static const char *const bad[] = { "", "x", "10.0.0.0/31", "10.0.0.0/33",
                                       "10.0.0.1", "fd00::/64" };
    struct ipam ipam;

    ipam_init(&ipam);
    assert_false(ipam_is_on(&ipam));
    assert_int_equal(ipam_allocate_ip4(&ipam), 0);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_case(!ipam_set_subnet(&ipam, bad[i]), "\"%s\" passes",
                    bad[i]);
    }
    assert_false(ipam_is_on(&ipam));
    assert_true(ipam_set_subnet(&ipam, "10.0.0.8/29"));
    assert_true(ipam_is_on(&ipam));
    assert_int_equal(ipam_allocate_ip4(&ipam), ip4("10.0.0.10"));
    assert_true(ipam_take_ip4(&ipam, ip4("10.0.0.11")));
    assert_false(ipam_take_ip4(&ipam, ip4("10.0.0.11")));
    assert_false(ipam_take_ip4(&ipam, ip4("10.0.0.7")));
    assert_false(ipam_take_ip4(&ipam, ip4("10.0.0.16")));
    assert_false(ipam_take_ip4(&ipam, ip4("10.0.0.15")));
    assert_true(ipam_exclude(&ipam, "10.0.0.12"));
    assert_int_equal(ipam_allocate_ip4(&ipam), ip4("10.0.0.13"));
    assert_int_equal(ipam_allocate_ip4(&ipam), ip4("10.0.0.14"));
    assert_int_equal(ipam_allocate_ip4(&ipam), 0);
    ipam_uninit(&ipam);
}

static void
test_exclude(void **state OVS_UNUSED)
{
    static const char *const bad[] = { "", "x", "10.0.0.9..10.0.0.8",
                                       "10.0.0.1..", "..10.0.0.1" };
    struct ipam ipam;

    ipam_init(&ipam);
    assert_true(ipam_set_subnet(&ipam, "255.255.255.240/28"));
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_case(!ipam_exclude(&ipam, bad[i]), "\"%s\" passes", bad[i]);
    }
    /* More than the subnet, at either end, and all of the addresses. */
    assert_true(ipam_exclude(&ipam, "0.0.0.0..255.255.255.250"));
    assert_int_equal(ipam_allocate_ip4(&ipam), ip4("255.255.255.251"));
    assert_true(ipam_exclude(&ipam, "255.255.255.252..255.255.255.255"));
    assert_int_equal(ipam_allocate_ip4(&ipam), 0);
    ipam_uninit(&ipam);
}

/* MACs: the owner's own, and no two the same. */
static void
test_mac(void **state OVS_UNUSED)
{
    struct uuid owner = { { 1, 2, 3, 4 } };
    struct ipam ipam, other;

    ipam_init(&ipam);
    ipam_init(&other);
    eth_addr_from_string("0a:12:34:00:00:00", &ipam.oui);
    eth_addr_from_string("0a:12:34:00:00:00", &other.oui);
    struct eth_addr first = ipam_allocate_mac(&ipam, &owner);
    struct eth_addr second = ipam_allocate_mac(&ipam, &owner);
    assert_true(eth_addr_equals(first, ipam_allocate_mac(&other, &owner)));
    assert_false(eth_addr_equals(first, second));
    assert_int_equal(first.ea[1], 0x12);
    assert_int_equal(first.ea[2], 0x34);
    assert_false(ipam_take_mac(&ipam, second));
    ipam_uninit(&ipam);
    ipam_uninit(&other);
}

static void
test_ip6(void **state OVS_UNUSED)
{
    char text[INET6_ADDRSTRLEN];
    struct eth_addr mac;
    struct ipam ipam;

    ipam_init(&ipam);
    assert_false(ipam_set_prefix(&ipam, "fd00::/48"));
    assert_false(ipam_set_prefix(&ipam, "10.0.0.0"));
    assert_false(ipam_is_on(&ipam));
    assert_true(ipam_set_prefix(&ipam, "fd00:1::/64"));
    eth_addr_from_string("0a:00:00:00:00:01", &mac);
    struct in6_addr ip = ipam_ip6(&ipam, mac);
    ipv6_string_mapped(text, &ip);
    assert_string_equal(text, "fd00:1::800:ff:fe00:1");
    ipam_uninit(&ipam);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ip4),
        cmocka_unit_test(test_exclude),
        cmocka_unit_test(test_mac),
        cmocka_unit_test(test_ip6),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
