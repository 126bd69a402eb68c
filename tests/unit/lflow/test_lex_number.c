/* How numbers, addresses and masks are read. */

#include "unit.h"

#include "lex_number.h"

#define U128(HI, LO) { .u64 = { .hi = HI, .lo = LO } }
#define NONE(TEXT) { .text = TEXT }
#define PLAIN(TEXT, LENGTH, FORM, VALUE) \
    { .text = TEXT, .length = LENGTH, .form = FORM, .value = VALUE }
#define MASKED(TEXT, LENGTH, FORM, VALUE, MASK)                           \
    { .text = TEXT, .length = LENGTH, .form = FORM, .value = VALUE,       \
      .mask = MASK }
#define BAD(TEXT, PROBLEM) { .text = TEXT, .problem = PROBLEM }

static const struct {
    const char *text;
    size_t length;      /* 0: no number. */
    enum constant_form form;
    ovs_u128 value;
    ovs_u128 mask;      /* 0: none. */
    const char *problem; /* Else NULL. */
} cases[] = {
    NONE(""), NONE("x1"), NONE("-1"), NONE("."),
    PLAIN("0", 1, FORM_DECIMAL, U128(0, 0)),
    PLAIN("80 ", 2, FORM_DECIMAL, U128(0, 80)),
    PLAIN("18446744073709551615", 20, FORM_DECIMAL, U128(0, UINT64_MAX)),
    BAD("18446744073709551616", "below 2**64"),
    BAD("007", "must not begin with 0"),
    PLAIN("0x0", 3, FORM_HEX, U128(0, 0)),
    PLAIN("0xfF", 4, FORM_HEX, U128(0, 255)),
    PLAIN("0xffffffffffffffffffffffffffffffff", 34, FORM_HEX,
      U128(UINT64_MAX, UINT64_MAX)),
    BAD("0x100000000000000000000000000000000", "more than 128 bits"),
    BAD("0x", "no digits behind 0x"),
    MASKED("5/7", 3, FORM_DECIMAL, U128(0, 5), U128(0, 7)),
    MASKED("0xf/0x3", 7, FORM_HEX, U128(0, 3), U128(0, 3)),
    MASKED("5/0x7", 5, FORM_DECIMAL, U128(0, 5), U128(0, 7)),
    BAD("5/", "expected a mask"),
    BAD("5/x", "expected a mask"),
    PLAIN("5// comment", 1, FORM_DECIMAL, U128(0, 5)),
    PLAIN("5/* comment */", 1, FORM_DECIMAL, U128(0, 5)),
    PLAIN("10.0.0.1", 8, FORM_IPV4, U128(0, 0x0a000001)),
    PLAIN("255.255.255.255", 15, FORM_IPV4, U128(0, UINT32_MAX)),
    MASKED("10.0.0.1/24", 11, FORM_IPV4, U128(0, 0x0a000000),
      U128(0, 0xffffff00)),
    MASKED("10.0.0.1/255.0.255.0", 20, FORM_IPV4, U128(0, 0x0a000000),
      U128(0, 0xff00ff00)),
    MASKED("10.0.0.1/32", 11, FORM_IPV4, U128(0, 0x0a000001),
      U128(0, UINT32_MAX)),
    BAD("10.0.0.1/33", "longer than the address"),
    BAD("10.0.0.1/0xff", "in the same form"),
    PLAIN("10.0.0.1:80", 8, FORM_IPV4, U128(0, 0x0a000001)),
    /* No addresses: read as far as they are numbers. */
    PLAIN("10.0.0", 2, FORM_DECIMAL, U128(0, 10)),
    PLAIN("256.0.0.1", 3, FORM_DECIMAL, U128(0, 256)),
    PLAIN("::", 2, FORM_IPV6, U128(0, 0)),
    PLAIN("::1", 3, FORM_IPV6, U128(0, 1)),
    PLAIN("fd00::1", 7, FORM_IPV6, U128(UINT64_C(0xfd00) << 48, 1)),
    PLAIN("::ffff:10.0.0.1", 15, FORM_IPV6, U128(0, 0xffff0a000001)),
    MASKED("fd00::1/16", 10, FORM_IPV6, U128(UINT64_C(0xfd00) << 48, 0),
      U128(UINT64_C(0xffff) << 48, 0)),
    MASKED("fd00::1/ffff::", 14, FORM_IPV6, U128(UINT64_C(0xfd00) << 48, 0),
      U128(UINT64_C(0xffff) << 48, 0)),
    BAD("fd00::1/129", "longer than the address"),
    NONE("face"), NONE("fd00:1"),
    PLAIN("00:00:00:00:00:01", 17, FORM_ETHERNET, U128(0, 1)),
    PLAIN("a:b:c:d:e:f", 11, FORM_ETHERNET, U128(0, 0x0a0b0c0d0e0f)),
    MASKED("01:00:00:00:00:00/01:00:00:00:00:00", 35, FORM_ETHERNET,
      U128(0, UINT64_C(1) << 40), U128(0, UINT64_C(1) << 40)),
    BAD("01:00:00:00:00:00/8", "in the same form"),
};

static void
numbers(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *problem = NULL;
        struct constant c;
        size_t n = lex_number(cases[i].text, &c, &problem);

        if (cases[i].problem) {
            assert_case(problem && strstr(problem, cases[i].problem),
                        "%s: %s", cases[i].text, problem ? problem : "ok");
            continue;
        }
        assert_case(!problem, "%s: %s", cases[i].text, problem);
        assert_case(n == cases[i].length, "%s: %"PRIuSIZE, cases[i].text, n);
        if (n) {
            bool masked = !ovs_u128_is_zero(cases[i].mask);

            assert_case(c.form == cases[i].form, "%s: form %d",
                        cases[i].text, c.form);
            assert_case(ovs_u128_equals(c.value, cases[i].value),
                        "%s: 0x%"PRIx64"%016"PRIx64, cases[i].text,
                        c.value.u64.hi, c.value.u64.lo);
            assert_case(c.masked == masked
                        && (!masked || ovs_u128_equals(c.mask,
                                                       cases[i].mask)),
                        "%s: mask", cases[i].text);
        }
    }
}

/* Each text is read up to its end, and no further, whatever it is cut to. */
static void
prefixes(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        for (size_t size = 0; size <= strlen(cases[i].text); size++) {
            char *text = xmemdup0(cases[i].text, size);
            const char *problem = NULL;
            struct constant c;

            assert_case(lex_number(text, &c, &problem) <= size, "%s", text);
            free(text);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(prefixes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
