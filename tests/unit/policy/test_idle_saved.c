#include "unit.h"

#include "cleanup.h"
#include "idle_saved.h"

#define NOON_MS 1795435200000 /* 2026-11-23T12:00:00Z */

static void
what_is_saved_is_read_as_written(void **state OVS_UNUSED)
{
    const struct idle_saved saved = {
        .n_sleeps = 3, .saved_ms = 5423000, .since_wall_ms = NOON_MS,
    };
    char *text OWNED_STRING = idle_saved_to_text(&saved);
    struct idle_saved again;

    assert_string_equal(text, "sleeps=3 seconds=5423 "
                        "since=2026-11-23T12:00:00.000Z");
    idle_saved_from_text(text, &again);
    assert_memory_equal(&again, &saved, sizeof saved);
}

static void
awake_it_has_no_since(void **state OVS_UNUSED)
{
    const struct idle_saved saved = { .n_sleeps = 1, .saved_ms = 1999 };
    char *text OWNED_STRING = idle_saved_to_text(&saved);
    struct idle_saved again;

    assert_string_equal(text, "sleeps=1 seconds=1");
    idle_saved_from_text(text, &again);
    assert_int_equal(again.saved_ms, 1000);
    assert_int_equal(again.since_wall_ms, 0);
}

static void
the_present_sleep_counts(void **state OVS_UNUSED)
{
    struct idle_saved saved = { .saved_ms = 10, .since_wall_ms = NOON_MS };

    assert_int_equal(idle_saved_total_ms(&saved, NOON_MS + 5), 15);
    /* Clocks may jump. */
    assert_int_equal(idle_saved_total_ms(&saved, NOON_MS - 5), 10);
    saved.since_wall_ms = 0;
    assert_int_equal(idle_saved_total_ms(&saved, NOON_MS), 10);
}

static void
what_cannot_be_read_is_not_there(void **state OVS_UNUSED)
{
    static const char *const bad[] = {
        "", "x", "sleeps", "sleeps=", "sleeps=-1 seconds=-1",
        "sleeps=x seconds=1y since=noon", "since=", "seconds=99999999999999999",
        "sleeps=99999999999999999999",
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        static const struct idle_saved none;
        struct idle_saved saved = { .n_sleeps = 7 };

        idle_saved_from_text(bad[i], &saved);
        assert_case(!memcmp(&saved, &none, sizeof none), "%s", bad[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_saved_is_read_as_written),
        cmocka_unit_test(awake_it_has_no_since),
        cmocka_unit_test(the_present_sleep_counts),
        cmocka_unit_test(what_cannot_be_read_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
