#include "unit.h"

#include "cleanup.h"
#include "timefmt.h"

static const struct {
    long long ms;
    const char *text;
} times[] = {
    { 0, "1970-01-01T00:00:00.000Z" },
    { 7, "1970-01-01T00:00:00.007Z" },
    { 999, "1970-01-01T00:00:00.999Z" },
    { 951782400000, "2000-02-29T00:00:00.000Z" },
    { 1795392838123, "2026-11-23T00:13:58.123Z" },
    { 4102444799999, "2099-12-31T23:59:59.999Z" },
    { 253402300799999, "9999-12-31T23:59:59.999Z" },
};

static void
formats_and_parses_back(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
        char *s OWNED_STRING = timefmt_rfc3339(times[i].ms);
        long long ms = -1;

        assert_string_equal(s, times[i].text);
        assert_true(timefmt_parse(s, &ms));
        assert_int_equal(ms, times[i].ms);
    }
}

/* A waker writes local time nowhere, whatever TZ says. */
static void
time_zone_does_not_matter(void **state OVS_UNUSED)
{
    setenv("TZ", "Pacific/Auckland", 1);
    tzset();
    formats_and_parses_back(NULL);
    unsetenv("TZ");
    tzset();
}

static void
parses_fractions_of_any_length(void **state OVS_UNUSED)
{
    static const struct {
        const char *text;
        long long ms;
    } cases[] = {
        { "1970-01-01T00:00:01Z", 1000 },
        { "1970-01-01T00:00:01.5Z", 1500 },
        { "1970-01-01T00:00:01.05Z", 1050 },
        { "1970-01-01T00:00:01.123456789Z", 1123 },
        { "1970-01-01T00:00:01.0000000000000000000000000000001Z", 1000 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        long long ms = -1;

        assert_case(timefmt_parse(cases[i].text, &ms), "%s", cases[i].text);
        assert_int_equal(ms, cases[i].ms);
    }
}

static void
refuses_what_is_no_time(void **state OVS_UNUSED)
{
    static const char *const texts[] = {
        "",
        "Z",
        "yesterday",
        "2026-11-23",
        "2026-11-23T00:13",
        "2026-11-23T00:13:58",
        "2026-11-23T00:13:58.123",
        "2026-11-23T00:13:58.Z",
        "2026-11-23T00:13:58.12xZ",
        "2026-11-23T00:13:58.-1Z",
        "2026-11-23T00:13:58+01:00",
        "2026-11-23T00:13:58Zulu",
        "2026-11-23T00:13:58Z ",
        "2026-11-23 00:13:58Z",
        "2026-13-01T00:00:00Z",
        "2026-11-32T00:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T00:60:00Z",
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        long long ms = 42;

        assert_case(!timefmt_parse(texts[i], &ms), "%s", texts[i]);
        assert_int_equal(ms, 42);
    }
}

static void
durations_have_the_digits_that_matter(void **state OVS_UNUSED)
{
    static const struct {
        long long ms;
        const char *text;
    } cases[] = {
        { 0, "0 ms" },
        { 83, "83 ms" },
        { 999, "999 ms" },
        { 1000, "1.0 s" },
        { 12499, "12.4 s" },
        { 59999, "59.9 s" },
        { 60000, "1 min" },
        { 3599999, "59 min" },
        { 3600000, "1 h" },
        { 2 * 3600000, "2 h" },
        { 48 * 3600000LL - 1, "47 h" },
        { 48 * 3600000LL, "2 d" },
        { 5 * 24 * 3600000LL, "5 d" },
        { LLONG_MAX, "106751991167 d" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *s OWNED_STRING = timefmt_duration(cases[i].ms);
        assert_string_equal(s, cases[i].text);
    }
}

/* The clock may have been set back since the time that is subtracted. */
static void
negative_durations_are_harmless(void **state OVS_UNUSED)
{
    char *s OWNED_STRING = timefmt_duration(-5000);
    assert_string_equal(s, "-5000 ms");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_and_parses_back),
        cmocka_unit_test(time_zone_does_not_matter),
        cmocka_unit_test(parses_fractions_of_any_length),
        cmocka_unit_test(refuses_what_is_no_time),
        cmocka_unit_test(durations_have_the_digits_that_matter),
        cmocka_unit_test(negative_durations_are_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
