#include "idle_policy.h"

#include "cleanup.h"
#include "timefmt.h"

#define TABLE "Load_Balancer"

/* A connection that came and went between two looks is still to be seen in
 * the second: conntrack remembers it for at least ten seconds. */
#define PERIOD_MIN_MS 500
#define PERIOD_MAX_MS 10000

const char *
idle_reason_text(enum idle_reason reason)
{
    static const char *const texts[] = {
#define REASON(NAME, TEXT) TEXT,
        IDLE_REASONS
#undef REASON
    };

    return reason < ARRAY_SIZE(texts) ? texts[reason] : "?";
}

/* --- Parsing --- */

struct parser {
    const struct smap *ids;
    const char *row;
    struct idle_policy *policy;
    struct diag *diag;
};

static void
complain(struct parser *p, const char *column, const char *problem,
         const char *remedy)
{
    p->policy->unusable = true;
    diag_set(p->diag, TABLE, p->row, column,
             "%s; the service is not idled", problem);
    diag_set_remedy(p->diag, "%s", remedy);
}

static unsigned int
parse_number(struct parser *p, const char *column, unsigned int min,
             unsigned int max, unsigned int def)
{
    const char *s = smap_get(p->ids, strchr(column, ':') + 1);
    unsigned int value;

    if (!s) {
        return def;
    } else if (s[0] == '-' || !str_to_uint(s, 10, &value) || value < min
               || value > max) {
        char *problem OWNED_STRING = xasprintf(
            "\"%s\" is not a whole number from %u to %u", s, min, max);

        complain(p, column, problem, "write such a number, or remove the "
                 "key");
        return def;
    }
    return value;
}

/* Index of the key's value in 'words', the first if there is none. */
static size_t
parse_word(struct parser *p, const char *column, const char *const words[2])
{
    const char *s = smap_get(p->ids, strchr(column, ':') + 1);

    for (size_t i = 0; i < 2; i++) {
        if (!s || !strcmp(s, words[i])) {
            return i;
        }
    }
    char *problem OWNED_STRING = xasprintf("\"%s\" is not known", s);
    char *remedy OWNED_STRING = xasprintf("write \"%s\" or \"%s\"", words[0],
                                          words[1]);
    complain(p, column, problem, remedy);
    return 0;
}

static void
parse_ignore_from(struct parser *p)
{
    const char *s = smap_get(p->ids, "rouse-ignore-from");
    char *bad OWNED_STRING = NULL;

    if (s && !prefixes_parse(s, &p->policy->ignore_from, &bad)) {
        char *problem OWNED_STRING = xasprintf("\"%s\" is no address", bad);

        complain(p, "external_ids:rouse-ignore-from", problem,
                 "write addresses or prefixes, e.g. \"10.0.0.0/8 fd00::7\"");
    }
}

static void
parse_schedule(struct parser *p)
{
    const char *s = smap_get(p->ids, "rouse-schedule");
    char *why OWNED_STRING = NULL;

    if (s && !schedule_parse(s, &p->policy->schedule, &why)) {
        complain(p, "external_ids:rouse-schedule", why,
                 "write e.g. \"awake Mon-Fri 08:00-18:00; zone +01:00\"");
    }
}

static void
parse_veto(struct parser *p)
{
    const char *s = smap_get(p->ids, "rouse-stay-awake");
    long long int *until = &p->policy->stay_awake_until_wall_ms;

    if (!s) {
        return;
    } else if (!strcmp(s, "always")) {
        *until = LLONG_MAX;
    } else if (!timefmt_parse(s, until)) {
        char *problem OWNED_STRING = xasprintf("\"%s\" is not a time", s);

        complain(p, "external_ids:rouse-stay-awake", problem,
                 "write \"always\" or a time as 2026-11-23T18:00:00Z");
    }
}

void
idle_policy_parse(const struct smap *ids, const char *row,
                  struct idle_policy *policy, struct diag *diag)
{
    static const char *const connections[] = { "keep", "ignore" };
    static const char *const booleans[] = { "false", "true" };
    struct parser p = {
        .ids = ids, .row = row, .policy = policy, .diag = diag,
    };

    *policy = (struct idle_policy) IDLE_POLICY_INITIALIZER;
    policy->enabled = smap_get(ids, "rouse-idle-after") != NULL;
    policy->idle_after_ms = 1000LL * parse_number(
        &p, "external_ids:rouse-idle-after", 1,
        IDLE_AFTER_MAX_S, IDLE_AFTER_MAX_S);
    policy->min_awake_ms = 1000LL * parse_number(
        &p, "external_ids:rouse-min-awake", 0, IDLE_AFTER_MAX_S, 0);
    policy->backoff = parse_number(&p, "external_ids:rouse-idle-backoff", 1,
                                   1024, IDLE_BACKOFF_DEFAULT);
    policy->connections = parse_word(
        &p, "external_ids:rouse-idle-connections", connections);
    policy->dry_run = parse_word(&p, "external_ids:rouse-idle-dry-run",
                                 booleans);
    parse_ignore_from(&p);
    parse_schedule(&p);
    parse_veto(&p);
}

void
idle_policy_uninit(struct idle_policy *policy)
{
    prefixes_uninit(&policy->ignore_from);
    schedule_uninit(&policy->schedule);
}

/* --- Deciding --- */

long long int
idle_policy_idle_ms(const struct idle_policy *policy, unsigned int n_flaps)
{
    unsigned int factor = 1;

    for (unsigned int i = 0; i < n_flaps && factor < policy->backoff; i++) {
        factor *= 2;
    }
    return policy->idle_after_ms * MIN(factor, policy->backoff);
}

unsigned int
idle_policy_flaps(const struct idle_policy *policy, unsigned int n_flaps,
                  long long int slept_ms)
{
    if (slept_ms < policy->idle_after_ms) {
        return n_flaps < 10 ? n_flaps + 1 : n_flaps;
    }
    return n_flaps ? n_flaps - 1 : 0;
}

long long int
idle_policy_period_ms(long long int idle_after_ms)
{
    return MIN(MAX(idle_after_ms / 4, PERIOD_MIN_MS), PERIOD_MAX_MS);
}

static struct idle_decision
stay(enum idle_reason reason, long long int next_ms)
{
    return (struct idle_decision) {
        .verdict = IDLE_VERDICT_STAY,
        .reason = reason,
        .next_ms = next_ms,
        .sleep_ms = LLONG_MAX,
    };
}

/* A time of the wall's on time_msec()'s clock. */
static long long int
from_wall(const struct idle_facts *f, long long int wall_ms)
{
    return wall_ms == LLONG_MAX ? LLONG_MAX
                                : f->now_ms + (wall_ms - f->now_wall_ms);
}

static struct idle_decision
decide_asleep(const struct idle_policy *policy, const struct idle_facts *f)
{
    struct idle_decision decision = stay(IDLE_ASLEEP, LLONG_MAX);
    long long int until;

    if (policy->schedule.n) {
        if (schedule_must_be_awake(&policy->schedule, f->now_wall_ms,
                                   &until)) {
            decision.verdict = IDLE_VERDICT_WAKE;
            decision.reason = IDLE_SCHEDULE;
        }
        decision.next_ms = from_wall(f, until);
    }
    return decision;
}

/* What was seen of its clients. */
static struct idle_decision
decide_activity(const struct idle_policy *policy, const struct idle_facts *f)
{
    long long int quiet_since = MAX(f->last_ms, f->awake_since_ms);
    long long int idle_at = quiet_since
                            + idle_policy_idle_ms(policy, f->n_flaps);
    long long int awake_at = f->awake_since_ms + policy->min_awake_ms;
    long long int sleep_at = MAX(idle_at, awake_at);
    struct idle_decision decision = stay(IDLE_ACTIVE, sleep_at);

    decision.sleep_ms = sleep_at;
    if (f->now_ms < idle_at) {
        return decision;
    } else if (f->known_until_ms < idle_at) {
        /* Until reports say what there was in the last moments. */
        decision.next_ms = LLONG_MAX;
    } else if (f->now_ms < awake_at) {
        decision.reason = IDLE_MIN_AWAKE;
    } else {
        decision.verdict = IDLE_VERDICT_SLEEP;
        decision.reason = IDLE_IDLE;
        decision.next_ms = LLONG_MAX;
    }
    return decision;
}

struct idle_decision
idle_policy_decide(const struct idle_policy *policy,
                   const struct idle_facts *f)
{
    long long int until;

    if (!policy->enabled) {
        return stay(IDLE_OFF, LLONG_MAX);
    } else if (policy->unusable) {
        return stay(IDLE_UNUSABLE, LLONG_MAX);
    } else if (f->asleep) {
        return decide_asleep(policy, f);
    } else if (policy->stay_awake_until_wall_ms > f->now_wall_ms) {
        return stay(IDLE_VETO,
                    from_wall(f, policy->stay_awake_until_wall_ms));
    } else if (policy->schedule.n
               && schedule_must_be_awake(&policy->schedule, f->now_wall_ms,
                                         &until)) {
        return stay(IDLE_SCHEDULE, from_wall(f, until));
    } else if (!f->known) {
        return stay(IDLE_UNKNOWN, LLONG_MAX);
    } else if (f->n_connections
               && policy->connections == IDLE_CONNECTIONS_KEEP) {
        return stay(IDLE_CONNECTIONS, LLONG_MAX);
    }
    return decide_activity(policy, f);
}
