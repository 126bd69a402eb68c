#include "unit.h"

#include "cleanup.h"
#include "vip.h"

struct endpoint_case {
    const char *text;
    const char *formatted; /* NULL: as 'text'. */
    const char *address;
    uint16_t port;
    bool ipv4;
};

static const struct endpoint_case endpoint_cases[] = {
    { "192.168.1.100:80", NULL, "192.168.1.100", 80, true },
    { "192.168.1.100", NULL, "192.168.1.100", 0, true },
    { "0.0.0.0:1", NULL, "0.0.0.0", 1, true },
    { "255.255.255.255:65535", NULL, "255.255.255.255", 65535, true },
    { "[fd00::1]:80", NULL, "fd00::1", 80, false },
    { "fd00::1", NULL, "fd00::1", 0, false },
    { "[fd00::1]", "fd00::1", "fd00::1", 0, false },
    { "::", NULL, "::", 0, false },
    { "[::]:65535", NULL, "::", 65535, false },
    { "[FD00:0:0:0::1]:80", "[fd00::1]:80", "fd00::1", 80, false },
    { "fd00:0:0:0:0:0:0:1", "fd00::1", "fd00::1", 0, false },
    /* Without brackets the last part is one of the address. */
    { "fd00::1:80", NULL, "fd00::1:80", 0, false },
    { "[fd00:1111:2222:3333:4444:5555:6666:7777]:12345", NULL,
      "fd00:1111:2222:3333:4444:5555:6666:7777", 12345, false },
};

static void
endpoints_parse_and_format(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(endpoint_cases); i++) {
        const struct endpoint_case *c = &endpoint_cases[i];
        struct ds ds OWNED_DS = DS_EMPTY_INITIALIZER;
        struct endpoint ep, again;

        assert_case(endpoint_parse(c->text, &ep), "%s", c->text);
        assert_int_equal(ep.port, c->port);
        assert_int_equal(endpoint_is_ipv4(&ep), c->ipv4);

        char *address OWNED_STRING = endpoint_address(&ep);
        assert_string_equal(address, c->address);
        endpoint_format(&ep, &ds);
        assert_string_equal(ds_cstr(&ds),
                            c->formatted ? c->formatted : c->text);
        assert_true(endpoint_parse(ds_cstr(&ds), &again));
        assert_true(endpoint_equals(&ep, &again));
        assert_int_equal(endpoint_hash(&ep, 5), endpoint_hash(&again, 5));
    }
}

static const char *const no_endpoints[] = {
    "", " ", ":", "::1::2", ":80", "[", "]", "[]", "[]:80", "[:80", "]:80",
    "[fd00::1", "[fd00::1]80", "[fd00::1]:", "[fd00::1]:0",
    "[fd00::1]:80]", "[fd00::1]:80:81", "[[fd00::1]]:80", "fd00::1]:80",
    "192.168.1", "192.168.1.256", "192.168.1.1.1", "192.168.1.100:",
    "192.168.1.100:0", "192.168.1.100:65536", "192.168.1.100:999999",
    "192.168.1.100:+80", "192.168.1.100:-1", "192.168.1.100: 80",
    "192.168.1.100:80 ", " 192.168.1.100:80", "192.168.1.100:0x50",
    "192.168.1.100:80:81", "192.168.1.100:http", "192.168.1.100/24",
    "[192.168.1.100]:80", "[192.168.1.100]", "web:80", "localhost",
    "fe80::1%eth0", "[fe80::1%eth0]:80", "::ffff:1.2.3.4",
    "[::ffff:1.2.3.4]:80", "::ffff:102:304", "fd00:::1", "fd00",
    "12345::1", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7",
};

static void
what_is_no_endpoint_is_refused(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(no_endpoints); i++) {
        struct endpoint ep = { .port = 4711 };

        assert_case(!endpoint_parse(no_endpoints[i], &ep), "\"%s\"",
                    no_endpoints[i]);
        assert_int_equal(ep.port, 4711);
    }
}

static void
long_texts_are_refused(void **state OVS_UNUSED)
{
    struct endpoint ep;

    for (size_t n = 30; n < 5000; n += n / 3) {
        char *s OWNED_STRING = xmalloc(n + 3);

        memset(s, '1', n);
        s[n] = '\0';
        assert_false(endpoint_parse(s, &ep));
        s[0] = '[';
        s[n - 1] = ']';
        assert_false(endpoint_parse(s, &ep));
        memset(s, ':', n);
        assert_false(endpoint_parse(s, &ep));
        memcpy(s, "1.1.1.1:", 8);
        memset(s + 8, '0', n - 9);
        s[n - 1] = '1';
        assert_false(endpoint_parse(s, &ep));
    }
}

static void
equality_is_address_and_port(void **state OVS_UNUSED)
{
    static const char *const different[] = {
        "10.0.0.1:80", "10.0.0.1:81", "10.0.0.1", "10.0.0.2:80", "a00:1::",
        "[a00:1::]:80", "::a00:1", "[::a00:1]:80",
    };

    for (size_t i = 0; i < ARRAY_SIZE(different); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(different); j++) {
            struct endpoint a, b;

            assert_true(endpoint_parse(different[i], &a));
            assert_true(endpoint_parse(different[j], &b));
            assert_case(endpoint_equals(&a, &b) == (i == j), "%s, %s",
                        different[i], different[j]);
            if (i != j) {
                assert_int_not_equal(endpoint_hash(&a, 0),
                                     endpoint_hash(&b, 0));
            }
        }
    }
}

static void
lists_are_appended(void **state OVS_UNUSED)
{
    struct endpoints eps = { .n = 0 };
    char *bad = NULL;

    assert_true(endpoints_parse("", &eps, &bad));
    assert_int_equal(eps.n, 0);
    assert_true(endpoints_parse(" ,, ", &eps, NULL));
    assert_int_equal(eps.n, 0);
    assert_true(endpoints_parse("10.0.0.1:80", &eps, NULL));
    assert_true(endpoints_parse("10.0.0.2:80, [fd00::1]:80\t10.0.0.3", &eps,
                                &bad));
    assert_null(bad);
    assert_int_equal(eps.n, 4);

    static const char *const texts[] = { "10.0.0.1:80", "10.0.0.2:80",
                                         "[fd00::1]:80", "10.0.0.3" };
    for (size_t i = 0; i < eps.n; i++) {
        struct ds ds OWNED_DS = DS_EMPTY_INITIALIZER;
        endpoint_format(&eps.list[i], &ds);
        assert_string_equal(ds_cstr(&ds), texts[i]);
    }
    endpoints_uninit(&eps);
    assert_int_equal(eps.n, 0);
    endpoints_uninit(&eps);
}

static void
a_bad_item_spoils_its_list_only(void **state OVS_UNUSED)
{
    struct endpoints eps = { .n = 0 };
    char *bad = NULL;

    assert_true(endpoints_parse("10.0.0.1:80", &eps, NULL));
    assert_false(endpoints_parse("10.0.0.2:80,web:80,10.0.0.3", &eps, &bad));
    assert_string_equal(bad, "web:80");
    assert_false(endpoints_parse("10.0.0.2:80,x", &eps, NULL));
    assert_int_equal(eps.n, 1);
    free(bad);
    endpoints_uninit(&eps);
}

static void
vip_and_backends_must_fit(void **state OVS_UNUSED)
{
    static const struct {
        const char *vip, *backends;
        const char *why; /* Part of the message; NULL: fits. */
    } cases[] = {
        { "10.0.0.1:80", "", NULL },
        { "10.0.0.1:80", "10.0.0.2:8080,10.0.0.3:8080", NULL },
        { "10.0.0.1", "10.0.0.2,10.0.0.3", NULL },
        { "[fd00::1]:80", "[fd00::2]:80", NULL },
        { "fd00::1", "fd00::2", NULL },
        { "web", "10.0.0.2", "\"web\" is not ADDRESS" },
        { "", "10.0.0.2", "\"\" is not ADDRESS" },
        { "10.0.0.1:80", "10.0.0.2:x", "\"10.0.0.2:x\"" },
        { "10.0.0.1:80", "x,y", "backend \"x\"" },
        { "10.0.0.1:80", "[fd00::2]:80", "address family" },
        { "[fd00::1]:80", "10.0.0.2:80", "address family" },
        { "10.0.0.1:80", "10.0.0.2", "has a port" },
        { "10.0.0.1", "10.0.0.2:80", "the other way round" },
        { "10.0.0.1:80", "10.0.0.2:80,10.0.0.3", "has a port" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *why OWNED_STRING = NULL;
        bool ok = vip_check(cases[i].vip, cases[i].backends, &why);

        assert_case(ok == !cases[i].why, "%s=%s: %s", cases[i].vip,
                    cases[i].backends, why ? why : "fits");
        assert_int_equal(ok, !why);
        if (why) {
            assert_case(strstr(why, cases[i].why) != NULL, "%s", why);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endpoints_parse_and_format),
        cmocka_unit_test(what_is_no_endpoint_is_refused),
        cmocka_unit_test(long_texts_are_refused),
        cmocka_unit_test(equality_is_address_and_port),
        cmocka_unit_test(lists_are_appended),
        cmocka_unit_test(a_bad_item_spoils_its_list_only),
        cmocka_unit_test(vip_and_backends_must_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
