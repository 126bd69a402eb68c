#include "unit.h"

#include "cleanup.h"
#include "idle_policy.h"
#include "timefmt.h"

/* "KEY=VALUE|KEY=VALUE", keys without "rouse-". */
static void
parse(const char *text, struct idle_policy *policy, struct diag *diag)
{
    struct smap ids OWNED_SMAP = SMAP_INITIALIZER(&ids);
    char *copy OWNED_STRING = xstrdup(text);
    char *save = NULL;

    for (char *pair = strtok_r(copy, "|", &save); pair;
         pair = strtok_r(NULL, "|", &save)) {
        char *value = strchr(pair, '=');
        char *key OWNED_STRING = xasprintf("rouse-%.*s",
                                           (int) (value - pair), pair);

        smap_add(&ids, key, value + 1);
    }
    idle_policy_parse(&ids, "web", policy, diag);
}

#define WALL "2026-11-23T12:00:00Z"
#define NOW 1000000

/* All times in seconds from the moment it woke; all known until now. */
struct decide_case {
    const char *policy;
    int now, last, known_until; /* 'known_until' 0: now. */
    int n_connections;
    unsigned int n_flaps;
    bool unknown, asleep;
    enum idle_verdict verdict;
    enum idle_reason reason;
    int next, sleep;            /* 0: LLONG_MAX. */
};

static const struct decide_case decide_cases[] = {
    { "min-awake=3", 10, .reason = IDLE_OFF },
    { "idle-after=30", 10, .reason = IDLE_ACTIVE, .next = 30, .sleep = 30 },
    { "idle-after=30", 29, .reason = IDLE_ACTIVE, .next = 30, .sleep = 30 },
    { "idle-after=30", 30, .verdict = IDLE_VERDICT_SLEEP,
      .reason = IDLE_IDLE, .sleep = 30 },
    { "idle-after=30", 30, .last = 5, .reason = IDLE_ACTIVE, .next = 35,
      .sleep = 35 },
    { "idle-after=30", 35, .last = 5, .verdict = IDLE_VERDICT_SLEEP,
      .reason = IDLE_IDLE, .sleep = 35 },
    /* Activity before it woke does not count, nor does its absence. */
    { "idle-after=30", 29, .last = -100, .reason = IDLE_ACTIVE, .next = 30,
      .sleep = 30 },
    /* The last moments are not known yet: nothing but a report helps. */
    { "idle-after=30", 40, .known_until = 29, .reason = IDLE_ACTIVE,
      .sleep = 30 },
    { "idle-after=30", 40, .known_until = 30, .verdict = IDLE_VERDICT_SLEEP,
      .reason = IDLE_IDLE, .sleep = 30 },
    { "idle-after=30", 40, .unknown = true, .reason = IDLE_UNKNOWN },
    { "idle-after=30", 400, .n_connections = 1, .reason = IDLE_CONNECTIONS },
    { "idle-after=30|idle-connections=keep", 400, .n_connections = 1,
      .reason = IDLE_CONNECTIONS },
    { "idle-after=30|idle-connections=ignore", 400, .n_connections = 1,
      .verdict = IDLE_VERDICT_SLEEP, .reason = IDLE_IDLE, .sleep = 30 },
    { "idle-after=30|min-awake=60", 40, .reason = IDLE_MIN_AWAKE, .next = 60,
      .sleep = 60 },
    { "idle-after=30|min-awake=60", 60, .verdict = IDLE_VERDICT_SLEEP,
      .reason = IDLE_IDLE, .sleep = 60 },
    { "idle-after=30|min-awake=60", 60, .last = 50, .reason = IDLE_ACTIVE,
      .next = 80, .sleep = 80 },
    /* Back-off: twice as long each time, up to 8 times, or as told. */
    { "idle-after=30", 30, .n_flaps = 1, .reason = IDLE_ACTIVE, .next = 60,
      .sleep = 60 },
    { "idle-after=30", 30, .n_flaps = 9, .reason = IDLE_ACTIVE, .next = 240,
      .sleep = 240 },
    { "idle-after=30|idle-backoff=3", 30, .n_flaps = 9,
      .reason = IDLE_ACTIVE, .next = 90, .sleep = 90 },
    { "idle-after=30|idle-backoff=1", 30, .n_flaps = 9,
      .verdict = IDLE_VERDICT_SLEEP, .reason = IDLE_IDLE, .sleep = 30 },
    /* Veto; now is 12:00:00. */
    { "idle-after=30|stay-awake=always", 40, .reason = IDLE_VETO },
    { "idle-after=30|stay-awake=2026-11-23T12:00:10Z", 40,
      .reason = IDLE_VETO, .next = 50 },
    { "idle-after=30|stay-awake=2026-11-23T12:00:00Z", 40,
      .verdict = IDLE_VERDICT_SLEEP, .reason = IDLE_IDLE, .sleep = 30 },
    /* Schedule; it is Monday noon. */
    { "idle-after=30|schedule=awake 11:00-12:01", 40,
      .reason = IDLE_SCHEDULE, .next = 100 },
    { "idle-after=30|schedule=awake 12:01-13:00", 40,
      .verdict = IDLE_VERDICT_SLEEP, .reason = IDLE_IDLE, .sleep = 30 },
    { "idle-after=30", 400, .asleep = true, .reason = IDLE_ASLEEP },
    { "idle-after=30|stay-awake=always", 400, .asleep = true,
      .reason = IDLE_ASLEEP },
    { "idle-after=30|schedule=awake 12:00-12:10", 40, .asleep = true,
      .verdict = IDLE_VERDICT_WAKE, .reason = IDLE_SCHEDULE, .next = 640 },
    { "idle-after=30|schedule=awake 12:10-12:20", 40, .asleep = true,
      .reason = IDLE_ASLEEP, .next = 640 },
    /* What is wrong keeps it as it is. */
    { "idle-after=x", 400, .reason = IDLE_UNUSABLE },
    { "idle-after=30|schedule=x", 400, .reason = IDLE_UNUSABLE },
    { "idle-after=30|ignore-from=x", 400, .reason = IDLE_UNUSABLE },
};

static long long int
seconds(int s)
{
    return s ? NOW + s * 1000LL : LLONG_MAX;
}

static void
decisions_follow_from_policy_and_facts(void **state OVS_UNUSED)
{
    long long int wall_ms;

    assert_true(timefmt_parse(WALL, &wall_ms));
    for (size_t i = 0; i < ARRAY_SIZE(decide_cases); i++) {
        const struct decide_case *c = &decide_cases[i];
        struct diag diag OWNED_DIAG = DIAG_INITIALIZER;
        struct idle_policy policy;
        struct idle_decision d;

        parse(c->policy, &policy, &diag);
        d = idle_policy_decide(&policy, &(struct idle_facts) {
            .now_ms = NOW + c->now * 1000LL,
            .now_wall_ms = wall_ms,
            .asleep = c->asleep,
            .awake_since_ms = NOW,
            .known = !c->unknown,
            .known_until_ms = NOW + 1000LL * (c->known_until ? c->known_until
                                              : c->now),
            .last_ms = c->last ? NOW + c->last * 1000LL : 0,
            .n_connections = c->n_connections,
            .n_flaps = c->n_flaps,
        });
        assert_case(d.verdict == c->verdict && d.reason == c->reason,
                    "%"PRIuSIZE" %s: verdict %d, %s", i, c->policy, d.verdict,
                    idle_reason_text(d.reason));
        assert_case(d.next_ms == seconds(c->next), "%"PRIuSIZE" %s: next %lld",
                    i, c->policy, d.next_ms - NOW);
        assert_case(d.sleep_ms == seconds(c->sleep),
                    "%"PRIuSIZE" %s: sleep %lld", i, c->policy,
                    d.sleep_ms - NOW);
        idle_policy_uninit(&policy);
    }
}

struct diag_case {
    const char *policy;
    const char *column;
    const char *word; /* Of what is said. */
};

static const struct diag_case diag_cases[] = {
    { "idle-after=0", "external_ids:rouse-idle-after", "\"0\"" },
    { "idle-after=-1", "external_ids:rouse-idle-after", "\"-1\"" },
    { "idle-after=2.5", "external_ids:rouse-idle-after", "\"2.5\"" },
    { "idle-after=9|min-awake=x", "external_ids:rouse-min-awake", "\"x\"" },
    { "idle-after=9|idle-connections=drop",
      "external_ids:rouse-idle-connections", "\"keep\" or \"ignore\"" },
    { "idle-after=9|idle-dry-run=1", "external_ids:rouse-idle-dry-run",
      "\"1\"" },
    { "idle-after=9|idle-backoff=0", "external_ids:rouse-idle-backoff",
      "\"0\"" },
    { "idle-after=9|ignore-from=10.0.0.0/8,10.0.0.1/33",
      "external_ids:rouse-ignore-from", "\"10.0.0.1/33\"" },
    { "idle-after=9|schedule=awake Mon; doze",
      "external_ids:rouse-schedule", "\" doze\"" },
    { "idle-after=9|stay-awake=tomorrow", "external_ids:rouse-stay-awake",
      "\"tomorrow\"" },
};

static void
what_is_wrong_is_named(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(diag_cases); i++) {
        const struct diag_case *c = &diag_cases[i];
        struct diag diag OWNED_DIAG = DIAG_INITIALIZER;
        struct ds ds OWNED_DS = DS_EMPTY_INITIALIZER;
        struct idle_policy policy;

        parse(c->policy, &policy, &diag);
        diag_format(&diag, &ds);
        assert_true(policy.unusable);
        assert_non_null(diag.column);
        assert_string_equal(diag.column, c->column);
        assert_case(strstr(ds_cstr(&ds), "Load_Balancer \"web\"")
                    && strstr(ds_cstr(&ds), c->word), "%s", ds_cstr(&ds));
        assert_non_null(diag.remedy);
        idle_policy_uninit(&policy);
    }
}

static void
keys_are_read(void **state OVS_UNUSED)
{
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;
    struct idle_policy policy;

    parse("idle-after=2|min-awake=5|idle-connections=ignore|idle-dry-run=true"
          "|ignore-from=10.0.0.0/8 fd00::1|idle-backoff=4", &policy, &diag);
    assert_true(diag_is_empty(&diag));
    assert_true(policy.enabled && policy.dry_run && !policy.unusable);
    assert_int_equal(policy.idle_after_ms, 2000);
    assert_int_equal(policy.min_awake_ms, 5000);
    assert_int_equal(policy.connections, IDLE_CONNECTIONS_IGNORE);
    assert_int_equal(policy.backoff, 4);
    assert_int_equal(policy.ignore_from.n, 2);
    idle_policy_uninit(&policy);
}

static void
sleep_that_is_not_worth_it_is_counted(void **state OVS_UNUSED)
{
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;
    struct idle_policy policy;
    unsigned int n = 0;

    parse("idle-after=10", &policy, &diag);
    n = idle_policy_flaps(&policy, n, 9999);
    n = idle_policy_flaps(&policy, n, 0);
    assert_int_equal(n, 2);
    assert_int_equal(idle_policy_idle_ms(&policy, n), 40000);
    n = idle_policy_flaps(&policy, n, 10000);
    assert_int_equal(n, 1);
    n = idle_policy_flaps(&policy, idle_policy_flaps(&policy, n, 50000),
                          50000);
    assert_int_equal(n, 0);
    for (int i = 0; i < 1000; i++) {
        n = idle_policy_flaps(&policy, n, 0);
    }
    /* After a bad time, not for ever. */
    assert_true(n <= 10);
    assert_int_equal(idle_policy_idle_ms(&policy, n), 80000);
    idle_policy_uninit(&policy);
}

static void
looks_are_often_enough_and_not_too_often(void **state OVS_UNUSED)
{
    assert_int_equal(idle_policy_period_ms(1000), 500);
    assert_int_equal(idle_policy_period_ms(8000), 2000);
    assert_int_equal(idle_policy_period_ms(3600000), 10000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions_follow_from_policy_and_facts),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(keys_are_read),
        cmocka_unit_test(sleep_that_is_not_worth_it_is_counted),
        cmocka_unit_test(looks_are_often_enough_and_not_too_often),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
