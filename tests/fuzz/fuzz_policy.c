/* What users, chassis and ovs-vswitchd write about when services sleep. */

#include "fuzz.h"

#include "activity.h"
#include "ct_line.h"
#include "idle_policy.h"
#include "service_policy.h"

static void
fuzz_prefixes(const char *s)
{
    struct prefixes prefixes = { .n = 0 };
    struct prefixes again = { .n = 0 };
    struct ds ds = DS_EMPTY_INITIALIZER;
    char *bad = NULL;

    bool ok = prefixes_parse(s, &prefixes, &bad);
    ovs_assert(ok == !bad);
    prefixes_format(&prefixes, &ds);
    ovs_assert(prefixes_parse(ds_cstr(&ds), &again, NULL));
    ovs_assert(again.n == prefixes.n);
    for (size_t i = 0; i < prefixes.n; i++) {
        ovs_assert(prefixes_contain(&again, &prefixes.list[i].addr));
    }
    free(bad);
    ds_destroy(&ds);
    prefixes_uninit(&prefixes);
    prefixes_uninit(&again);
}

static void
fuzz_schedule(const char *s)
{
    struct schedule schedule;
    long long int until = 0;
    char *why = NULL;

    if (schedule_parse(s, &schedule, &why)) {
        bool awake = schedule_must_be_awake(&schedule, 0, &until);

        ovs_assert(until > 0);
        if (until != LLONG_MAX) {
            long long int later;

            ovs_assert(schedule_must_be_awake(&schedule, until, &later)
                       != awake);
        }
        schedule_uninit(&schedule);
    } else {
        ovs_assert(why);
    }
    free(why);
}

/* Keys of a row: the same text as the value of each. */
static void
fuzz_keys(const char *s)
{
    static const char *const keys[] = {
        "rouse-idle-after", "rouse-min-awake", "rouse-idle-connections",
        "rouse-idle-backoff", "rouse-idle-dry-run", "rouse-ignore-from",
        "rouse-schedule", "rouse-stay-awake",
    };

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        struct smap ids = SMAP_INITIALIZER(&ids);
        struct diag diag = DIAG_INITIALIZER;
        struct idle_policy policy;

        smap_add(&ids, keys[i], s);
        idle_policy_parse(&ids, "row", &policy, &diag);
        ovs_assert(policy.unusable == !diag_is_empty(&diag));
        idle_policy_uninit(&policy);
        diag_uninit(&diag);
        smap_destroy(&ids);
    }
}

static void
fuzz_service_policy(const char *s)
{
    const struct uuid lb = { .parts = { 1, 2, 3, 4 } };
    struct service_policy policy, again;
    char *why = NULL;

    if (service_policy_from_text(&lb, s, &policy, &why)) {
        char *text = service_policy_to_text(&policy);

        ovs_assert(service_policy_from_text(&lb, text, &again, &why));
        ovs_assert(smap_equal(&again.keys, &policy.keys));
        ovs_assert(again.vips.n == policy.vips.n);
        service_policy_uninit(&policy);
        service_policy_uninit(&again);
        free(text);
    } else {
        ovs_assert(why);
    }
    free(why);
}

int
LLVMFuzzerInitialize(int *argc OVS_UNUSED, char ***argv)
{
    fuzz_init(*argv);
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *s = xmemdup0((const char *) data, size);
    struct activity_heartbeat beat;
    struct activity_report report;
    struct watch_conn conn;

    fuzz_prefixes(s);
    fuzz_schedule(s);
    fuzz_keys(s);
    fuzz_service_policy(s);
    ignore(ct_line_parse(s, &conn));
    if (activity_heartbeat_from_text(s, &beat)) {
        free(activity_heartbeat_to_text(&beat));
    }
    if (activity_report_from_text(s, &report)) {
        free(activity_report_to_text(&report));
    }
    free(s);
    return 0;
}
