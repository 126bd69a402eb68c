#include "caddr.h"

#include "unit.h"

static void
test_caddr(void **state OVS_UNUSED)
{
    static const struct {
        const char *text, *s, *network, *broadcast, *solicited;
    } good[] = {
        { "10.0.0.5/24", "10.0.0.5", "10.0.0.0/24", "10.0.0.255", NULL },
        { "10.0.0.5", "10.0.0.5", "10.0.0.5", "10.0.0.5", NULL },
        { "0.0.0.0/0", "0.0.0.0", "0.0.0.0/0", "255.255.255.255", NULL },
        { "fd00::12:5/64", "fd00::12:5", "fd00::/64", NULL,
          "ff02::1:ff12:5" },
        { "fd00::5", "fd00::5", "fd00::5", NULL, "ff02::1:ff00:5" },
    };
    static const char *const bad[] = {
        "", "10.0.0", "10.0.0.1/33", "fd00::1/129", "10.0.0.1/", "x",
        "::ffff:10.0.0.1", "10.0.0.1 ", "10.0.0.1/24/24",
    };
    struct caddr a;

    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        assert_case(caddr_parse(good[i].text, &a), "%s", good[i].text);
        assert_string_equal(a.s, good[i].s);
        assert_string_equal(a.network_s, good[i].network);
        assert_case(nullable_string_is_equal(a.broadcast_s,
                                             good[i].broadcast),
                    "%s: broadcast %s", good[i].text, a.broadcast_s);
        assert_case(nullable_string_is_equal(a.solicited_s,
                                             good[i].solicited),
                    "%s: solicited %s", good[i].text, a.solicited_s);
        caddr_uninit(&a);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_case(!caddr_parse(bad[i], &a), "\"%s\" is no address",
                    bad[i]);
    }
}

static bool
contains(const char *network, const char *ip)
{
    struct caddr a, b;

    assert_true(caddr_parse(network, &a));
    assert_true(caddr_parse(ip, &b));
    bool does = caddr_contains(&a, &b.ip);
    caddr_uninit(&a);
    caddr_uninit(&b);
    return does;
}

static void
test_contains(void **state OVS_UNUSED)
{
    assert_true(contains("10.0.0.5/24", "10.0.0.200"));
    assert_false(contains("10.0.0.5/24", "10.0.1.5"));
    assert_false(contains("0.0.0.0/0", "fd00::1"));
    assert_false(contains("::/0", "10.0.0.1"));
    assert_true(contains("fd00::1/64", "fd00::2"));
}

static void
test_caddrs(void **state OVS_UNUSED)
{
    static const char *const bad[] = {
        "", " ", "10.0.0.1", "0a:00:00:00:00", "0a:00:00:00:00:01 x",
        "0a:00:00:00:00:01 10.0.0.1 10.0.0.1/40",
    };
    struct caddrs a, b;

    assert_true(caddrs_parse("0a:00:00:00:00:01 10.0.0.1  fd00::1", &a));
    assert_string_equal(a.mac_s, "0a:00:00:00:00:01");
    assert_int_equal(a.n, 2);
    assert_string_equal(caddrs_first(&a, false)->s, "fd00::1");
    caddrs_clone(&b, &a);
    assert_true(caddrs_equal(&a, &b));
    caddrs_add_link_local(&b);
    assert_string_equal(b.ips[2].s, "fe80::800:ff:fe00:1");
    assert_string_equal(b.ips[2].network_s, "fe80::/64");
    assert_false(caddrs_equal(&a, &b));
    caddrs_uninit(&a);
    caddrs_uninit(&b);
    assert_true(caddrs_parse("0a:00:00:00:00:01", &a));
    assert_false(caddrs_has(&a, true) || caddrs_has(&a, false));
    caddrs_uninit(&a);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_case(!caddrs_parse(bad[i], &a), "\"%s\"", bad[i]);
        assert_int_equal(a.n, 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_caddr),
        cmocka_unit_test(test_contains),
        cmocka_unit_test(test_caddrs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
