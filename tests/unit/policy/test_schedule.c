#include "unit.h"

#include "schedule.h"
#include "timefmt.h"

/* 2026-11-23 is a Monday. */
static long long int
wall(const char *s)
{
    long long int wall_ms;

    assert_case(timefmt_parse(s, &wall_ms), "%s", s);
    return wall_ms;
}

struct schedule_case {
    const char *schedule;
    const char *now;
    bool awake;
    const char *until; /* NULL: never. */
};

static const struct schedule_case cases[] = {
    { "awake Mon-Fri 08:00-18:00", "2026-11-23T07:59:59Z", false,
      "2026-11-23T08:00:00Z" },
    { "awake Mon-Fri 08:00-18:00", "2026-11-23T08:00:00Z", true,
      "2026-11-23T18:00:00Z" },
    { "awake Mon-Fri 08:00-18:00", "2026-11-23T17:59:59Z", true,
      "2026-11-23T18:00:00Z" },
    { "awake Mon-Fri 08:00-18:00", "2026-11-23T18:00:00Z", false,
      "2026-11-24T08:00:00Z" },
    { "awake Mon-Fri 08:00-18:00", "2026-11-27T18:00:00Z", false,
      "2026-11-30T08:00:00Z" },
    { "awake Mon-Fri 08:00-18:00; zone +01:00", "2026-11-23T07:00:00Z", true,
      "2026-11-23T17:00:00Z" },
    { "zone -05:30; awake Mon 00:00-01:00", "2026-11-23T05:29:00Z", false,
      "2026-11-23T05:30:00Z" },
    { "zone -05:30; awake Mon 00:00-01:00", "2026-11-23T05:30:00Z", true,
      "2026-11-23T06:30:00Z" },
    { "zone UTC; awake Mon 00:00-01:00;", "2026-11-23T00:30:00Z", true,
      "2026-11-23T01:00:00Z" },
    /* Past midnight, and past the end of the week. */
    { "awake Sun 22:00-06:00", "2026-11-22T21:59:00Z", false,
      "2026-11-22T22:00:00Z" },
    { "awake Sun 22:00-06:00", "2026-11-22T23:00:00Z", true,
      "2026-11-23T06:00:00Z" },
    { "awake Sun 22:00-06:00", "2026-11-23T05:59:00Z", true,
      "2026-11-23T06:00:00Z" },
    { "awake Sun 22:00-06:00", "2026-11-23T06:00:00Z", false,
      "2026-11-29T22:00:00Z" },
    { "awake Fri-Mon 10:00-11:00", "2026-11-23T10:30:00Z", true,
      "2026-11-23T11:00:00Z" },
    { "awake Fri-Mon 10:00-11:00", "2026-11-23T11:00:00Z", false,
      "2026-11-27T10:00:00Z" },
    /* May sleep then, and only then. */
    { "sleep 22:00-06:00", "2026-11-23T12:00:00Z", true,
      "2026-11-23T22:00:00Z" },
    { "sleep daily 22:00-06:00", "2026-11-23T23:00:00Z", false,
      "2026-11-24T06:00:00Z" },
    { "sleep Sat,Sun", "2026-11-23T12:00:00Z", true, "2026-11-28T00:00:00Z" },
    { "sleep Sat,Sun", "2026-11-28T12:00:00Z", false,
      "2026-11-30T00:00:00Z" },
    /* Both: awake wins. */
    { "sleep Sat,Sun; awake Sat 09:00-12:00", "2026-11-28T10:00:00Z", true,
      "2026-11-28T12:00:00Z" },
    { "sleep Sat,Sun; awake Sat 09:00-12:00", "2026-11-28T13:00:00Z", false,
      "2026-11-30T00:00:00Z" },
    /* Spans that touch are one. */
    { "awake Mon 08:00-12:00; awake Mon 12:00-14:00", "2026-11-23T09:00:00Z",
      true, "2026-11-23T14:00:00Z" },
    { "awake 00:00-24:00", "2026-11-23T09:00:00Z", true, NULL },
    { "awake", "2026-11-23T09:00:00Z", true, NULL },
    { "sleep daily", "2026-11-23T09:00:00Z", false, NULL },
    { "AWAKE mon 08:00-09:00", "2026-11-23T08:30:00Z", true,
      "2026-11-23T09:00:00Z" },
};

static void
hours_are_found(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct schedule_case *c = &cases[i];
        struct schedule schedule;
        long long int until;
        char *why = NULL;

        assert_case(schedule_parse(c->schedule, &schedule, &why), "%s: %s",
                    c->schedule, why);
        assert_case(schedule_must_be_awake(&schedule, wall(c->now), &until)
                    == c->awake, "%s at %s", c->schedule, c->now);
        assert_case(until == (c->until ? wall(c->until) : LLONG_MAX),
                    "%s at %s: until %lld", c->schedule, c->now, until);
        schedule_uninit(&schedule);
    }
}

/* Minute by minute through two weeks: 'until' is when it changes next. */
static void
until_is_the_next_change(void **state OVS_UNUSED)
{
    struct schedule schedule;
    long long int begin = wall("2026-11-23T00:00:00Z");
    long long int promised = 0;
    bool awake = false;
    char *why = NULL;

    assert_true(schedule_parse("awake Mon-Thu 08:15-18:00; sleep Sat,Sun; "
                               "sleep daily 21:00-07:30; zone +05:45",
                               &schedule, &why));
    for (int minute = 0; minute < 2 * 7 * 24 * 60; minute++) {
        long long int now = begin + minute * 60000LL;
        long long int until;
        bool is = schedule_must_be_awake(&schedule, now, &until);

        if (minute) {
            assert_case((is != awake) == (now == promised), "minute %d",
                        minute);
        }
        assert_true(until > now);
        promised = until;
        awake = is;
    }
    schedule_uninit(&schedule);
}

static const char *const bad[] = {
    "", ";", "zone +01:00", "awake Mon-", "awake Foo", "awake 8:00-9:00",
    "awake 08:00", "awake 08:00-", "awake 08:00-08:00", "awake 24:00-08:00",
    "awake 08:00-25:00", "awake 08:60-09:00", "awake Mon 08:00-09:00 extra",
    "awake Mon Tue 08:00-09:00", "doze Mon", "awake Mon; zone",
    "awake Mon; zone Europe/Berlin", "awake Mon; zone 01:00",
    "awake Mon; zone +24:00", "awake Mon; zone +01:00 x", "awake Mon-Tue-Wed",
    "awake ,", "awake 08:00-09:00-10:00",
};

static void
what_is_no_schedule_is_refused(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct schedule schedule;
        char *why = NULL;

        assert_case(!schedule_parse(bad[i], &schedule, &why), "%s", bad[i]);
        assert_non_null(why);
        assert_int_equal(schedule.n, 0);
        free(why);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_are_found),
        cmocka_unit_test(until_is_the_next_change),
        cmocka_unit_test(what_is_no_schedule_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
