#include "admit_policy.h"

#define TABLE "load balancer"
#define SEPARATORS ", \t\n"

#define RATE_N_MAX 1000000
#define RATE_MS_MAX (366LL * 24 * 3600 * 1000)

static const struct admit_policy policy_default
    = ADMIT_POLICY_INITIALIZER;

/* --- Values --- */

/* The number at the start of '*s', and '*s' past it. */
static bool
take_number(const char **s, long long max, long long *value)
{
    const char *start = *s;

    *value = 0;
    for (; **s >= '0' && **s <= '9'; (*s)++) {
        *value = *value * 10 + (**s - '0');
        if (*value > max) {
            return false;
        }
    }
    return *s > start;
}

/* Milliseconds of a unit at the end of a time, 0 if there is no such one. */
static long long
unit_ms(const char *s)
{
    static const struct {
        const char *name;
        long long ms;
    } units[] = {
        { "", 1000 },        { "s", 1000 },      { "m", 60 * 1000 },
        { "h", 3600 * 1000 }, { "d", 86400 * 1000 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        if (!strcmp(s, units[i].name)) {
            return units[i].ms;
        }
    }
    return 0;
}

static bool
parse_rate(const char *s, struct admit_rate *rate)
{
    long long n, time;

    if (!take_number(&s, RATE_N_MAX, &n) || !n || *s++ != '/'
        || !take_number(&s, RATE_MS_MAX / 1000, &time) || !time) {
        return false;
    }
    long long ms = unit_ms(s);
    if (!ms || time > RATE_MS_MAX / ms) {
        return false;
    }
    *rate = (struct admit_rate) { .n = n, .within_ms = time * ms };
    return true;
}

static bool
parse_kinds(const char *s, struct admit_policy *policy)
{
    char *copy = xstrdup(s);
    char *save = NULL;
    bool ok = true;

    policy->kinds = 0;
    for (char *word = strtok_r(copy, SEPARATORS, &save); word && ok;
         word = strtok_r(NULL, SEPARATORS, &save)) {
        unsigned int kind = 1;

        while (kind & PACKET_OPENING
               && strcmp(word, packet_kind_name(kind))) {
            kind <<= 1;
        }
        ok = kind & PACKET_OPENING;
        policy->kinds |= kind;
    }
    free(copy);
    if (!ok || !policy->kinds) {
        policy->kinds = policy_default.kinds;
        return false;
    }
    return true;
}

static bool
parse_budget(const char *s, struct admit_policy *policy)
{
    static const char source[] = "source:";
    char *copy = xstrdup(s);
    char *save = NULL;
    bool ok = true, any = false;

    for (char *word = strtok_r(copy, SEPARATORS, &save); word && ok;
         word = strtok_r(NULL, SEPARATORS, &save)) {
        any = true;
        ok = !strncmp(word, source, strlen(source))
             ? parse_rate(word + strlen(source), &policy->source)
             : parse_rate(word, &policy->service);
    }
    free(copy);
    if (!ok || !any) {
        policy->source = policy->service = (struct admit_rate) { .n = 0 };
        return false;
    }
    return true;
}

static bool
parse_after(const char *s, struct admit_policy *policy)
{
    return parse_rate(s, &policy->after);
}

static bool
parse_from(const char *s, struct admit_policy *policy)
{
    policy->has_from = true;
    if (!prefixes_parse(s, &policy->from, NULL)) {
        policy->is_bad = true;
        return false;
    }
    return true;
}

static bool
parse_ignore(const char *s, struct admit_policy *policy)
{
    if (!prefixes_parse(s, &policy->ignore, NULL)) {
        policy->is_bad = true;
        return false;
    }
    return true;
}

/* --- Keys --- */

static const struct key {
    const char *name;
    const char *column;
    bool (*parse)(const char *, struct admit_policy *);
    const char *consequence;
    const char *remedy;
} keys[] = {
    { "rouse-wake-from", "external_ids:rouse-wake-from", parse_from,
      "nobody wakes the service",
      "write addresses and prefixes, e.g. 10.0.0.0/8,fd00::/8" },
    { "rouse-ignore-from", "external_ids:rouse-ignore-from", parse_ignore,
      "nobody wakes the service",
      "write addresses and prefixes, e.g. 10.0.0.0/8,fd00::/8" },
    { "rouse-wake-on", "external_ids:rouse-wake-on", parse_kinds,
      "\"tcp,udp,sctp\" is used",
      "write some of tcp, udp, sctp and icmp, separated by commas" },
    { "rouse-wake-budget", "external_ids:rouse-wake-budget", parse_budget,
      "there is no budget",
      "write WAKES/TIME for the service, source:WAKES/TIME for each source, "
      "or both, e.g. 60/1h,source:6/1h" },
    { "rouse-wake-after", "external_ids:rouse-wake-after", parse_after,
      "the first packet wakes the service",
      "write PACKETS/TIME, e.g. 3/10s" },
};

void
admit_policy_parse(const struct smap *external_ids, const char *label,
                   struct admit_policy *policy, struct diag *diag)
{
    *policy = policy_default;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const char *value = smap_get(external_ids, keys[i].name);

        if (value && !keys[i].parse(value, policy)) {
            diag_set(diag, TABLE, label, keys[i].column,
                     "\"%s\" cannot be read; %s", value, keys[i].consequence);
            diag_set_remedy(diag, "%s", keys[i].remedy);
        }
    }
}

void
admit_policy_uninit(struct admit_policy *policy)
{
    prefixes_uninit(&policy->from);
    prefixes_uninit(&policy->ignore);
}

bool
admit_policy_is_strict(const struct admit_policy *policy)
{
    return policy->has_from || policy->is_bad || policy->ignore.n
           || policy->kinds != policy_default.kinds || policy->service.n
           || policy->source.n || policy->after.n;
}

char *
admit_policy_check(const char *key, const char *value)
{
    struct admit_policy policy = policy_default;
    char *problem = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (!strcmp(key, keys[i].name) && !keys[i].parse(value, &policy)) {
            problem = xasprintf("\"%s\" cannot be read; %s", value,
                                keys[i].remedy);
        }
    }
    admit_policy_uninit(&policy);
    return problem;
}
