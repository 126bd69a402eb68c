/* sb_policy.c and sb_activity.c against a database: a waker and a chassis. */

#include "unit.h"

#include "cleanup.h"
#include "private_db.h"
#include "sb_activity.h"
#include "sb_policy.h"

static const struct uuid lb1 = { .parts = { 1, 2, 3, 4 } };
static const struct uuid lb2 = { .parts = { 5, 6, 7, 8 } };

struct fixture {
    struct private_db db;
    struct sb *waker;
    struct sb *hold;
};

static void
change_db(struct fixture *f, const char *operations)
{
    free(private_db_transact(&f->db, "OVN_Southbound", operations));
}

/* As ovn-northd and ovn-controller make them. */
static const char *const rows[] = {
    "{\"op\":\"insert\",\"table\":\"SB_Global\",\"row\":{\"external_ids\":"
    "[\"map\",[[\"foreign\",\"1\"],[\"rouse-service:00000009-0000-0009-0000-"
    "000900000009\",\"{}\"]]]}}",
    "{\"op\":\"insert\",\"table\":\"Encap\",\"uuid-name\":\"e1\",\"row\":"
    "{\"type\":\"vxlan\",\"ip\":\"192.0.2.1\"}},"
    "{\"op\":\"insert\",\"table\":\"Chassis\",\"uuid-name\":\"c1\",\"row\":"
    "{\"name\":\"ch1\",\"encaps\":[\"named-uuid\",\"e1\"]}},"
    "{\"op\":\"insert\",\"table\":\"Chassis_Private\",\"row\":{\"name\":"
    "\"ch1\",\"chassis\":[\"named-uuid\",\"c1\"],\"external_ids\":[\"map\","
    "[[\"foreign\",\"1\"],[\"rouse-activity:00000009-0000-0009-0000-"
    "000900000009\",\"connections=1 last=1 packets=1 bytes=1\"]]]}}",
};

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    private_db_start(&f->db, "ovn-sb");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        change_db(f, rows[i]);
    }
    f->waker = sb_new(&(struct sb_options) {
        .remote = f->db.remote, .policies = true,
        .activity = SB_ACTIVITY_ALL,
    });
    f->hold = sb_new(&(struct sb_options) {
        .remote = f->db.remote, .policies = true,
        .activity = SB_ACTIVITY_OWN, .chassis = "ch1",
    });
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    sb_free(f->waker);
    sb_free(f->hold);
    private_db_stop(&f->db);
    free(f);
    return 0;
}

static void
turn(struct fixture *f, long long int deadline_ms)
{
    sb_wait(f->waker);
    sb_wait(f->hold);
    poll_timer_wait_until(deadline_ms);
    poll_block();
    sb_run(f->waker);
    sb_run(f->hold);
    assert_case(time_msec() < deadline_ms, "waited in vain");
}

#define WAIT_FOR(CONDITION)                                                   \
    do {                                                                      \
        long long int deadline_ = time_msec() + UNIT_PATIENCE_MS;             \
        while (!(CONDITION)) {                                                \
            turn(f, deadline_);                                               \
        }                                                                     \
    } while (0)

static bool
row_has(struct fixture *f, const char *table, const char *text)
{
    char *ops OWNED_STRING = xasprintf(
        "{\"op\":\"select\",\"table\":\"%s\",\"where\":[],\"columns\":"
        "[\"external_ids\"]}", table);
    char *answer OWNED_STRING = private_db_transact(&f->db, "OVN_Southbound",
                                                    ops);

    return strstr(answer, text) != NULL;
}

static void
publish(struct fixture *f, const struct uuid *lb, const char *idle_after)
{
    struct smap vips = SMAP_INITIALIZER(&vips);
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct service_policy policy;

    smap_add(&vips, "10.0.0.1:80", "");
    if (idle_after) {
        smap_add(&ids, "rouse-idle-after", idle_after);
    }
    service_policy_init(&policy, lb, "tcp", &vips, &ids);
    sb_policy_publish(f->waker, &policy);
    service_policy_uninit(&policy);
    smap_destroy(&vips);
    smap_destroy(&ids);
}

static bool
hold_knows(const struct fixture *f, const struct uuid *lb,
           const char *idle_after)
{
    const struct service_policy *policy = sb_policy_get(f->hold, lb);

    return policy && !strcmp(smap_get_def(&policy->keys, "rouse-idle-after",
                                          ""), idle_after);
}

static void
policies_come_change_and_go(void **state)
{
    struct fixture *f = *state;
    size_t n = 0;

    sb_policy_publisher(f->waker, true);
    publish(f, &lb1, "30");
    publish(f, &lb2, "40");
    WAIT_FOR(hold_knows(f, &lb1, "30") && hold_knows(f, &lb2, "40"));
    /* What is nobody's any more was taken away, what is others' was not. */
    for (const struct service_policy *policy = sb_policy_first(f->hold);
         policy; policy = sb_policy_next(f->hold, policy)) {
        n++;
    }
    assert_int_equal(n, 2);
    assert_true(row_has(f, "SB_Global", "[\"foreign\",\"1\"]"));

    publish(f, &lb1, "31");
    WAIT_FOR(hold_knows(f, &lb1, "31"));
    publish(f, &lb1, NULL);
    WAIT_FOR(!sb_policy_get(f->hold, &lb1));
    sb_policy_withdraw(f->waker, &lb2);
    WAIT_FOR(!sb_policy_first(f->hold));
}

static void
only_the_publisher_writes(void **state)
{
    struct fixture *f = *state;

    publish(f, &lb1, "30");
    sb_activity_begin(f->hold);
    sb_activity_beat(f->hold, &(struct activity_heartbeat) { .at_ms = 1 });
    WAIT_FOR(sb_activity_first(f->waker)
             && sb_activity_first(f->waker)->reports);
    assert_false(row_has(f, "SB_Global", "rouse-idle-after"));
    assert_true(row_has(f, "SB_Global", "rouse-service:00000009"));
}

static void
what_somebody_else_changes_is_put_right(void **state)
{
    struct fixture *f = *state;

    sb_policy_publisher(f->waker, true);
    publish(f, &lb1, "30");
    WAIT_FOR(hold_knows(f, &lb1, "30"));
    change_db(f, "{\"op\":\"update\",\"table\":\"SB_Global\",\"where\":[],"
              "\"row\":{\"external_ids\":[\"map\",[]]}}");
    assert_false(row_has(f, "SB_Global", "rouse-idle-after"));
    WAIT_FOR(row_has(f, "SB_Global", "rouse-idle-after"));
    WAIT_FOR(hold_knows(f, &lb1, "30"));
}

static void
a_text_that_is_none_is_skipped(void **state)
{
    struct fixture *f = *state;

    change_db(f, "{\"op\":\"update\",\"table\":\"SB_Global\",\"where\":[],"
              "\"row\":{\"external_ids\":[\"map\",[[\"rouse-service:00000001-"
              "0000-0002-0000-000300000004\",\"[nonsense\"],[\"rouse-service:"
              "00000005-0000-0006-0000-000700000008\",\"{\\\"rouse-idle-after"
              "\\\":\\\"9\\\"}\"],[\"rouse-service:no-uuid\",\"{}\"],"
              "[\"rouse-look\",\"x\"]]]}}");
    WAIT_FOR(hold_knows(f, &lb2, "9"));
    assert_null(sb_policy_get(f->hold, &lb1));
    assert_int_equal(sb_policy_look(f->hold), 0);
}

static void
looks_are_counted(void **state)
{
    struct fixture *f = *state;

    sb_policy_publisher(f->waker, true);
    assert_int_equal(sb_policy_ask_look(f->waker), 1);
    WAIT_FOR(sb_policy_look(f->hold) == 1);
    WAIT_FOR(sb_policy_look(f->waker) == 1);
    assert_int_equal(sb_policy_ask_look(f->waker), 2);
    assert_int_equal(sb_policy_ask_look(f->waker), 3);
    WAIT_FOR(sb_policy_look(f->hold) == 3);
}

static void
reports_come_change_and_go(void **state)
{
    struct fixture *f = *state;
    const struct sb_chassis_activity *chassis;
    struct activity_report report = { .n_connections = 2, .last_ms = 100 };
    struct activity_report got;

    WAIT_FOR(sb_activity_first(f->waker));
    assert_false(sb_activity_first(f->waker)->reports);
    sb_activity_begin(f->hold);
    sb_activity_report(f->hold, &lb1, &report);
    sb_activity_report(f->hold, &lb2, &report);
    sb_activity_beat(f->hold, &(struct activity_heartbeat) {
        .at_ms = 1000, .since_ms = 50, .period_ms = 10, .look = 3,
    });
    WAIT_FOR((chassis = sb_activity_first(f->waker))
             && chassis->reports && chassis->beat.look == 3);
    assert_string_equal(chassis->name, "ch1");
    assert_true(chassis->received_ms > 0);
    assert_true(sb_activity_get(f->waker, chassis, &lb1, &got));
    assert_memory_equal(&got, &report, sizeof got);
    /* What a process before reported has gone, what is others' has not. */
    assert_false(row_has(f, "Chassis_Private", "rouse-activity:00000009"));
    assert_true(row_has(f, "Chassis_Private", "[\"foreign\",\"1\"]"));

    report.n_connections = 0;
    sb_activity_report(f->hold, &lb1, &report);
    sb_activity_withdraw(f->hold, &lb2);
    WAIT_FOR((chassis = sb_activity_first(f->waker))
             && sb_activity_get(f->waker, chassis, &lb1, &got)
             && !got.n_connections
             && !sb_activity_get(f->waker, chassis, &lb2, &got));
}

static void
a_beat_that_was_there_before_is_old(void **state)
{
    struct fixture *f = *state;
    const struct sb_chassis_activity *chassis;

    sb_activity_begin(f->hold);
    sb_activity_beat(f->hold, &(struct activity_heartbeat) { .at_ms = 1000 });
    WAIT_FOR((chassis = sb_activity_first(f->waker)) && chassis->reports);
    sb_free(f->waker);
    f->waker = sb_new(&(struct sb_options) {
        .remote = f->db.remote, .activity = SB_ACTIVITY_ALL,
    });
    WAIT_FOR((chassis = sb_activity_first(f->waker)));
    assert_true(chassis->reports);
    assert_int_equal(chassis->received_ms, 0);
    sb_activity_beat(f->hold, &(struct activity_heartbeat) { .at_ms = 1001 });
    WAIT_FOR((chassis = sb_activity_first(f->waker))
             && chassis->beat.at_ms == 1001);
    assert_true(chassis->received_ms > 0);
}

static void
a_chassis_that_is_gone_need_not_report(void **state)
{
    struct fixture *f = *state;

    WAIT_FOR(sb_activity_first(f->waker));
    change_db(f, "{\"op\":\"insert\",\"table\":\"Encap\",\"uuid-name\":\"e2\","
              "\"row\":{\"type\":\"vxlan\",\"ip\":\"192.0.2.2\"}},"
              "{\"op\":\"insert\",\"table\":\"Chassis\",\"row\":{\"name\":"
              "\"far\",\"encaps\":[\"named-uuid\",\"e2\"],\"other_config\":"
              "[\"map\",[[\"is-remote\",\"true\"]]]}},"
              "{\"op\":\"delete\",\"table\":\"Chassis\",\"where\":[[\"name\","
              "\"==\",\"ch1\"]]}");
    WAIT_FOR(!sb_activity_first(f->waker));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
        TEST(policies_come_change_and_go),
        TEST(only_the_publisher_writes),
        TEST(what_somebody_else_changes_is_put_right),
        TEST(a_text_that_is_none_is_skipped),
        TEST(looks_are_counted),
        TEST(reports_come_change_and_go),
        TEST(a_beat_that_was_there_before_is_old),
        TEST(a_chassis_that_is_gone_need_not_report),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
