/* Constants: forms, masks, sets, 128-bit arithmetic. */

#include "unit.h"

#include "lflow_world.h"

static void
forms(void **state)
{
    static const struct {
        const char *text;
        const char *formatted; /* NULL: as written; "": not a constant. */
        int width;
    } cases[] = {
        { "0", NULL, 0 },
        { "18446744073709551615", NULL, 64 },
        { "0xff", NULL, 8 },
        { "0x10000000000000000", NULL, 65 },
        { "0xffffffffffffffffffffffffffffffff", NULL, 128 },
        { "0x100000000000000000000000000000000", "", 0 },
        { "10.0.0.1", NULL, 28 },
        { "10.0.0.1/24", "10.0.0.0/24", 32 },
        { "10.0.0.1/255.0.0.255", "10.0.0.1/255.0.0.255", 32 },
        { "10.0.0.0/0", "0.0.0.0/0", 0 },
        { "256.0.0.1", "", 0 },
        { "10.0.0", "", 0 },
        { "::", NULL, 0 },
        { "::1", NULL, 1 },
        { "fe80::/10", NULL, 128 },
        { "fe80::1/ffff::", "fe80::/16", 128 },
        { "fe80:::1", "", 0 },
        { "00:11:22:33:44:55", NULL, 37 },
        { "0:1:2:3:4:5", "00:01:02:03:04:05", 33 },
        { "01:00:00:00:00:00/01:00:00:00:00:00", NULL, 41 },
        { "5/7", NULL, 3 },
        { "0x5/7", "0x5/0x7", 3 },
        { "10.0.0.0/0xff", "", 0 },
        { "00:00:00:00:00:01/24", "", 0 },
        { "01", "", 0 },
        { "1 2", "", 0 },
        { "x", "", 0 },
        { "", "", 0 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *wanted = (cases[i].formatted ? cases[i].formatted
                              : cases[i].text);
        struct ds s = DS_EMPTY_INITIALIZER;
        struct constant c;

        if (constant_parse(cases[i].text, &c)) {
            constant_format(&c, &s);
            assert_case(constant_width(&c) == cases[i].width, "%s: %d bits",
                        cases[i].text, constant_width(&c));
        }
        assert_case(!strcmp(ds_cstr(&s), wanted), "%s: %s", cases[i].text,
                    ds_cstr(&s));
        ds_destroy(&s);
    }
}

static void
equality_is_of_value_and_mask(void **state)
{
    struct constant a, b;

    assert_true(constant_parse("10.0.0.0/8", &a));
    assert_true(constant_parse("0xa000000/0xff000000", &b));
    assert_true(constant_equals(&a, &b));
    assert_true(constant_parse("10.0.0.0", &b));
    assert_false(constant_equals(&a, &b));
}

static void
bad_words_of_a_set_are_left_out(void **state)
{
    char *const words[] = { "10.0.0.1", "host", "fd00::1", "again" };
    struct constant_set set;

    assert_string_equal(
        constant_set_from_strings(&set, words, ARRAY_SIZE(words)), "host");
    assert_int_equal(set.n_integers, 2);
    constant_set_uninit(&set);
}

static void
shifts(void **state)
{
    ovs_u128 one = { .u64 = { .lo = 1 } };

    for (int i = 0; i < 128; i++) {
        ovs_u128 x = u128_shift_left(one, i);

        assert_true(ovs_u128_equals(u128_shift_right(x, i), one));
        assert_true(ovs_u128_is_zero(u128_shift_left(x, 128 - i)));
        assert_int_equal(u128_compare(x, u128_ones(i)), 1);
        assert_int_equal(u128_compare(u128_ones(i), x), -1);
    }
    assert_true(ovs_u128_equals(u128_ones(128), OVS_U128_MAX));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(equality_is_of_value_and_mask),
        cmocka_unit_test(bad_words_of_a_set_are_left_out),
        cmocka_unit_test(shifts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
