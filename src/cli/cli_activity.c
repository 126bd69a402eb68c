#include "cli_activity.h"

#include "cleanup.h"
#include "cli_output.h"
#include "cli_view.h"
#include "sb_activity.h"
#include "timefmt.h"

/* A chassis that has said nothing for so long does not report. */
#define LATE_PERIODS 3
#define LATE_MS 5000

static void
gather(const struct sb *sb, const struct nb_service *svc,
       struct cli_activity *activity, struct idle_facts *facts)
{
    const struct sb_chassis_activity *chassis;

    facts->known = sb && sb_activity_first(sb);
    facts->known_until_ms = facts->now_ms;
    for (chassis = sb ? sb_activity_first(sb) : NULL; chassis;
         chassis = sb_activity_next(sb, chassis)) {
        const struct activity_heartbeat *beat = &chassis->beat;
        struct activity_report report;

        if (!chassis->reports
            || facts->now_ms - beat->at_ms
               > LATE_PERIODS * beat->period_ms + LATE_MS) {
            facts->known = false;
        } else if (sb_activity_get(sb, chassis, &svc->uuid, &report)) {
            facts->n_connections += report.n_connections;
            facts->last_ms = MAX(facts->last_ms, report.last_ms);
            activity->n_packets += report.n_packets;
            activity->n_bytes += report.n_bytes;
        }
        facts->known_until_ms = MIN(facts->known_until_ms, beat->at_ms);
    }
    activity->n_connections = facts->n_connections;
    activity->last_wall_ms = facts->last_ms;
}

struct cli_activity
cli_activity_get(const struct sb *sb, const struct nb_service *svc)
{
    struct cli_activity activity = { .enabled = svc->policies->idle.enabled };
    struct idle_decision decision;
    struct idle_facts facts = {
        .now_ms = time_wall_msec(),
        .now_wall_ms = time_wall_msec(),
        .asleep = cli_view_state(svc) != SERVICE_AWAKE,
        .awake_since_ms = svc->since_wall_ms,
        .n_flaps = svc->n_flaps,
    };

    gather(sb, svc, &activity, &facts);
    decision = idle_policy_decide(&svc->policies->idle, &facts);
    activity.known = activity.enabled && facts.known;
    activity.reason = decision.reason;
    activity.sleep_wall_ms = decision.sleep_ms;
    return activity;
}

char *
cli_activity_quiet(const struct cli_activity *activity)
{
    if (!activity->known || !activity->last_wall_ms) {
        return xstrdup("-");
    }
    return timefmt_duration(MAX(time_wall_msec() - activity->last_wall_ms,
                                0));
}

/* When it will be asleep; the caller's. */
static char *
format_sleeps(const struct cli_activity *activity)
{
    long long int left_ms = activity->sleep_wall_ms - time_wall_msec();
    char *left OWNED_STRING = NULL;

    if (!activity->enabled || activity->reason == IDLE_ASLEEP) {
        return xstrdup("-");
    } else if (activity->sleep_wall_ms == LLONG_MAX) {
        return xstrdup("not now");
    } else if (left_ms <= 0) {
        return xstrdup("soon");
    }
    left = timefmt_duration(left_ms);
    return xasprintf("in %s", left);
}

char *
cli_activity_sleeps(const struct nb_service *svc,
                    const struct cli_activity *activity)
{
    char *sleeps OWNED_STRING = format_sleeps(activity);
    char *saved OWNED_STRING = timefmt_duration(
        idle_saved_total_ms(&svc->policies->dry_saved, time_wall_msec()));

    if (!svc->policies->idle.enabled || !svc->policies->idle.dry_run) {
        return STEAL(sleeps);
    }
    return xasprintf("dry run: %s, %s saved",
                     svc->policies->dry_saved.since_wall_ms ? "asleep"
                     : sleeps, saved);
}

char *
cli_activity_policy(const struct nb_service *svc)
{
    const struct idle_policy *policy = &svc->policies->idle;
    struct ds ds = DS_EMPTY_INITIALIZER;

    ds_put_format(&ds, "%lld s", policy->idle_after_ms / 1000);
    if (svc->n_flaps) {
        ds_put_format(&ds, " (now %lld s: its last sleep was too short)",
                      idle_policy_idle_ms(policy, svc->n_flaps) / 1000);
    }
    if (policy->min_awake_ms) {
        ds_put_format(&ds, "; at least %lld s awake",
                      policy->min_awake_ms / 1000);
    }
    if (policy->connections == IDLE_CONNECTIONS_IGNORE) {
        ds_put_cstr(&ds, "; quiet connections are ignored");
    }
    if (policy->ignore_from.n) {
        ds_put_cstr(&ds, "; ignores ");
        prefixes_format(&policy->ignore_from, &ds);
    }
    if (policy->schedule.n) {
        ds_put_cstr(&ds, "; has a schedule");
    }
    if (policy->stay_awake_until_wall_ms == LLONG_MAX) {
        ds_put_cstr(&ds, "; told to stay awake");
    } else if (policy->stay_awake_until_wall_ms > time_wall_msec()) {
        char *until OWNED_STRING
            = timefmt_rfc3339(policy->stay_awake_until_wall_ms);

        ds_put_format(&ds, "; told to stay awake until %s", until);
    }
    ds_put_cstr(&ds, policy->dry_run ? "; dry run" : "");
    return ds_steal_cstr(&ds);
}

static void
put_time(struct json *object, const char *name, long long int wall_ms)
{
    char *text OWNED_STRING
        = wall_ms && wall_ms != LLONG_MAX ? timefmt_rfc3339(wall_ms) : NULL;

    json_object_put(object, name, cli_json_string(text));
}

/* NULL if nothing was ever tried. */
static struct json *
dry_saved_json(const struct idle_saved *saved)
{
    long long int total_ms = idle_saved_total_ms(saved, time_wall_msec());
    struct json *object;

    if (!saved->n_sleeps && !saved->since_wall_ms) {
        return json_null_create();
    }
    object = json_object_create();
    json_object_put(object, "sleeps", json_integer_create(saved->n_sleeps));
    json_object_put(object, "saved_s", json_integer_create(total_ms / 1000));
    put_time(object, "asleep_since", saved->since_wall_ms);
    return object;
}

char *
cli_activity_dry_saved(const struct nb_service *svc)
{
    const struct idle_saved *saved = &svc->policies->dry_saved;
    long long int now_ms = time_wall_msec();
    char *total OWNED_STRING
        = timefmt_duration(idle_saved_total_ms(saved, now_ms));
    char *present OWNED_STRING = timefmt_duration(
        saved->since_wall_ms ? MAX(now_ms - saved->since_wall_ms, 0) : 0);

    if (!saved->n_sleeps && !saved->since_wall_ms) {
        return xstrdup("nothing yet");
    }
    return xasprintf("%s of sleep: %lld sleeps%s%s", total, saved->n_sleeps,
                     saved->since_wall_ms ? ", and the present one for " : "",
                     saved->since_wall_ms ? present : "");
}

static struct json *
idle_json(const struct nb_service *svc, const struct cli_activity *activity)
{
    const struct idle_policy *policy = &svc->policies->idle;
    struct json *object;

    if (!policy->enabled) {
        return json_null_create();
    }
    object = json_object_create();
    json_object_put(object, "idle_after_s",
                    json_integer_create(policy->idle_after_ms / 1000));
    json_object_put(object, "now_s", json_integer_create(
                        idle_policy_idle_ms(policy, svc->n_flaps) / 1000));
    json_object_put(object, "min_awake_s",
                    json_integer_create(policy->min_awake_ms / 1000));
    json_object_put_string(object, "connections",
                           policy->connections == IDLE_CONNECTIONS_KEEP
                           ? "keep" : "ignore");
    json_object_put(object, "dry_run",
                    json_boolean_create(policy->dry_run));
    json_object_put(object, "dry_run_saved",
                    dry_saved_json(&svc->policies->dry_saved));
    put_time(object, "sleeps_at", activity->sleep_wall_ms);
    json_object_put_string(object, "reason",
                           idle_reason_text(activity->reason));
    return object;
}

static struct json *
activity_json(const struct cli_activity *activity)
{
    struct json *object;

    if (!activity->known) {
        return json_null_create();
    }
    object = json_object_create();
    json_object_put(object, "connections",
                    json_integer_create(activity->n_connections));
    put_time(object, "last_packet", activity->last_wall_ms);
    json_object_put(object, "packets",
                    json_integer_create(activity->n_packets));
    json_object_put(object, "bytes",
                    json_integer_create(activity->n_bytes));
    return object;
}

/* "TIME NAME=MS ..." */
static struct json *
last_wake_json(const char *text)
{
    char *copy OWNED_STRING = nullable_xstrdup(text);
    char *save = NULL;
    struct json *object;
    long long int value;

    if (!text) {
        return json_null_create();
    }
    object = json_object_create();
    for (char *word = strtok_r(copy, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        char *equals = strchr(word, '=');

        if (!equals) {
            json_object_put_string(object, "at", word);
        } else if (str_to_llong(equals + 1, 10, &value)) {
            *equals = '\0';
            json_object_put(object, word, json_integer_create(value));
        }
    }
    return object;
}

/* Of what last_wake_json() makes; -1 if it is not known. */
static long long int
stage_ms(const struct json *wake, const char *name)
{
    const struct json *ms = wake->type == JSON_OBJECT
                            ? shash_find_data(json_object(wake), name) : NULL;

    return ms && ms->type == JSON_INTEGER ? ms->integer : -1;
}

char *
cli_activity_last_wake(const struct nb_service *svc)
{
    static const char *const stages[] = {
        "event", "start", "ready", "replay", "total",
    };
    struct json *wake OWNED_JSON = last_wake_json(svc->last_wake);
    struct ds ds = DS_EMPTY_INITIALIZER;

    if (stage_ms(wake, "total") < 0) {
        return xstrdup("-");
    }
    for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
        long long int ms = stage_ms(wake, stages[i]);

        ds_put_cstr(&ds, i ? "/" : "");
        if (ms >= 0) {
            ds_put_format(&ds, "%lld", ms);
        } else {
            ds_put_char(&ds, '-');
        }
    }
    ds_put_cstr(&ds, " ms");
    return ds_steal_cstr(&ds);
}

void
cli_activity_put_json(struct json *object, const struct sb *sb,
                      const struct nb_service *svc)
{
    struct cli_activity activity = cli_activity_get(sb, svc);

    json_object_put(object, "idle", idle_json(svc, &activity));
    json_object_put(object, "activity", activity_json(&activity));
    json_object_put(object, "last_wake", last_wake_json(svc->last_wake));
}
