#include "unit.h"

#include "activity.h"
#include "cleanup.h"

static void
reports_are_read_as_written(void **state OVS_UNUSED)
{
    const struct activity_report report = {
        .n_connections = 3, .last_ms = 1795417982440, .n_packets = 17,
        .n_bytes = 9999999999,
    };
    struct activity_report again = { .last_ms = 0 };
    char *text OWNED_STRING = activity_report_to_text(&report);

    assert_string_equal(text, "connections=3 last=1795417982440 packets=17 "
                        "bytes=9999999999");
    assert_true(activity_report_from_text(text, &again));
    assert_memory_equal(&again, &report, sizeof report);
}

static void
heartbeats_are_read_as_written(void **state OVS_UNUSED)
{
    const struct activity_heartbeat beat = {
        .at_ms = 1795417982440, .since_ms = 1795417900000, .period_ms = 500,
        .look = 7,
    };
    struct activity_heartbeat again = { .look = 0 };
    char *text OWNED_STRING = activity_heartbeat_to_text(&beat);

    assert_true(activity_heartbeat_from_text(text, &again));
    assert_memory_equal(&again, &beat, sizeof beat);
}

static void
replays_are_read_as_written(void **state OVS_UNUSED)
{
    const struct activity_replay replay = {
        .arrived_wall_ms = 1795417982440, .held_ms = 312, .n_packets = 2,
    };
    struct activity_replay again = { .held_ms = 7 };
    char *text OWNED_STRING = activity_replay_to_text(&replay);

    assert_string_equal(text, "arrived=1795417982440 held=312 packets=2");
    assert_false(activity_replay_from_text("arrived=1 held=2", &again));
    assert_int_equal(again.held_ms, 7);
    assert_true(activity_replay_from_text(text, &again));
    assert_memory_equal(&again, &replay, sizeof replay);
}

static void
what_is_not_known_is_skipped(void **state OVS_UNUSED)
{
    struct activity_heartbeat beat;

    assert_true(activity_heartbeat_from_text(
        "since=1 new=9 at=2 look=3 period=4", &beat));
    assert_int_equal(beat.at_ms, 2);
    assert_int_equal(beat.since_ms, 1);
    assert_int_equal(beat.period_ms, 4);
    assert_int_equal(beat.look, 3);
}

static void
what_is_no_report_is_refused(void **state OVS_UNUSED)
{
    static const char *const bad[] = {
        "", "nonsense", "connections=1", "connections=1 last=2 packets=3",
        "connections=1 last=2 packets=3 bytes", "=1",
        "connections=1 last=2 packets=3 bytes=x",
        "connections=-1 last=2 packets=3 bytes=4",
        "connections= last=2 packets=3 bytes=4",
        "connections=1 last=2 packets=3 byte=4",
        "connections=1 last=2 packets=3 bytess=4",
        "connections=99999999999999999999 last=2 packets=3 bytes=4",
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct activity_report report = { .n_connections = 77 };

        assert_case(!activity_report_from_text(bad[i], &report), "%s",
                    bad[i]);
        assert_int_equal(report.n_connections, 77);
    }
}

static void
the_clock_goes_on_from_the_walls(void **state OVS_UNUSED)
{
    assert_int_equal(activity_clock_ms(1500, 1000, 1795417982440),
                     1795417982940);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_are_read_as_written),
        cmocka_unit_test(heartbeats_are_read_as_written),
        cmocka_unit_test(replays_are_read_as_written),
        cmocka_unit_test(what_is_not_known_is_skipped),
        cmocka_unit_test(what_is_no_report_is_refused),
        cmocka_unit_test(the_clock_goes_on_from_the_walls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
