#include "unit.h"

#include "cleanup.h"
#include "prefixes.h"

static struct in6_addr
address(const char *s)
{
    struct in6_addr addr;
    struct in_addr ip4;

    if (inet_pton(AF_INET, s, &ip4) == 1) {
        in6_addr_set_mapped_ipv4(&addr, ip4.s_addr);
    } else {
        assert_case(inet_pton(AF_INET6, s, &addr) == 1, "%s", s);
    }
    return addr;
}

struct contain_case {
    const char *prefixes;
    const char *inside;  /* Addresses, separated by spaces. */
    const char *outside;
};

static const struct contain_case contain_cases[] = {
    { "", "", "0.0.0.0 10.0.0.1 :: fd00::1" },
    { "10.0.0.0/8", "10.0.0.0 10.255.255.255 10.9.8.7",
      "9.255.255.255 11.0.0.0 a00:: ::a00:1" },
    { "10.0.0.7", "10.0.0.7", "10.0.0.6 10.0.0.8 ::a00:7" },
    /* Bits that are none of the prefix's do not matter. */
    { "10.1.2.3/8", "10.0.0.1", "11.1.2.3" },
    { "192.168.1.128/25", "192.168.1.128 192.168.1.255",
      "192.168.1.127 192.168.2.128" },
    { "172.16.0.0/12", "172.16.0.1 172.31.255.255",
      "172.15.255.255 172.32.0.0" },
    { "0.0.0.0/0", "0.0.0.0 255.255.255.255", ":: ::1 fd00::1" },
    { "::/0", ":: fd00::1 ffff::", "0.0.0.0 10.0.0.1 255.255.255.255" },
    { "::/1", ":: 7fff::", "8000:: 10.0.0.1" },
    { "fd00::/8", "fd00::1 fdff::", "fc00::1 fe00:: 253.0.0.1" },
    { "fd00::/127", "fd00:: fd00::1", "fd00::2" },
    { "fd00::1/128", "fd00::1", "fd00:: fd00::2" },
    { "10.0.0.1,fd00::/64 \t 192.168.0.0/16,,", "10.0.0.1 fd00::9 192.168.3.4",
      "10.0.0.2 fd00:0:0:1::9 192.169.0.0" },
};

static void
check_all(const struct prefixes *prefixes, const char *list, bool inside)
{
    char *copy OWNED_STRING = xstrdup(list);
    char *save = NULL;

    for (char *s = strtok_r(copy, " ", &save); s;
         s = strtok_r(NULL, " ", &save)) {
        struct in6_addr addr = address(s);

        assert_case(prefixes_contain(prefixes, &addr) == inside, "%s", s);
    }
}

static void
prefixes_contain_what_they_cover(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(contain_cases); i++) {
        const struct contain_case *c = &contain_cases[i];
        struct ds ds OWNED_DS = DS_EMPTY_INITIALIZER;
        struct prefixes prefixes = { .n = 0 };
        struct prefixes again = { .n = 0 };

        assert_case(prefixes_parse(c->prefixes, &prefixes, NULL), "%s",
                    c->prefixes);
        check_all(&prefixes, c->inside, true);
        check_all(&prefixes, c->outside, false);

        prefixes_format(&prefixes, &ds);
        assert_case(prefixes_parse(ds_cstr(&ds), &again, NULL), "%s",
                    ds_cstr(&ds));
        assert_int_equal(again.n, prefixes.n);
        check_all(&again, c->inside, true);
        check_all(&again, c->outside, false);
        prefixes_uninit(&prefixes);
        prefixes_uninit(&again);
    }
}

static void
prefixes_are_formatted_as_written(void **state OVS_UNUSED)
{
    const char *text = "10.0.0.0/8 10.0.0.1 0.0.0.0/0 ::/0 fd00::1 fd00::/96";
    struct ds ds OWNED_DS = DS_EMPTY_INITIALIZER;
    struct prefixes prefixes = { .n = 0 };

    assert_true(prefixes_parse(text, &prefixes, NULL));
    prefixes_format(&prefixes, &ds);
    assert_string_equal(ds_cstr(&ds), text);
    prefixes_uninit(&prefixes);
}

static const char *const bad_items[] = {
    "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8",
    "10.0.0/8", "10.0.0.0:80", "/8", "fd00::/129", "fd00::/1111", "[fd00::1]",
    "::ffff:10.0.0.1", "localhost", "10.0.0.0/8;", "10.0.0.0/ff", "0x0a000001",
};

static void
bad_items_are_named(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(bad_items); i++) {
        char *text OWNED_STRING = xasprintf("10.0.0.1, %s fd00::1",
                                            bad_items[i]);
        struct prefixes prefixes = { .n = 0 };
        char *bad = NULL;

        assert_true(prefixes_parse("192.168.0.1", &prefixes, NULL));
        assert_case(!prefixes_parse(text, &prefixes, &bad), "%s", text);
        assert_string_equal(bad, bad_items[i]);
        free(bad);
        assert_int_equal(prefixes.n, 1);
        check_all(&prefixes, "192.168.0.1", true);
        check_all(&prefixes, "10.0.0.1 fd00::1", false);
        prefixes_uninit(&prefixes);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes_contain_what_they_cover),
        cmocka_unit_test(prefixes_are_formatted_as_written),
        cmocka_unit_test(bad_items_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
