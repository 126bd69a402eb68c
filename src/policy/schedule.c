#include "schedule.h"

#include <ctype.h>

#include "cleanup.h"

#define DAY_MIN (24 * 60)
#define WEEK_MIN (7 * DAY_MIN)

static const char *const day_names[] = {
    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun",
};

/* Each bit is a day, the lowest Monday. */
#define ALL_DAYS 0x7f

static int
find_day(const char *s, size_t len)
{
    for (int i = 0; i < 7; i++) {
        if (len == 3 && !strncasecmp(s, day_names[i], 3)) {
            return i;
        }
    }
    return -1;
}

/* "Mon" or "Fri-Mon". */
static bool
parse_day_item(const char *s, unsigned int *days)
{
    const char *dash = strchr(s, '-');
    int first = find_day(s, dash ? (size_t) (dash - s) : strlen(s));
    int last = dash ? find_day(dash + 1, strlen(dash + 1)) : first;

    if (first < 0 || last < 0) {
        return false;
    }
    for (int day = first;; day = (day + 1) % 7) {
        *days |= 1u << day;
        if (day == last) {
            return true;
        }
    }
}

static bool
parse_days(const char *word, unsigned int *days)
{
    char *copy OWNED_STRING = xstrdup(word);
    char *save = NULL;

    *days = 0;
    if (!strcasecmp(word, "daily")) {
        *days = ALL_DAYS;
        return true;
    }
    for (char *item = strtok_r(copy, ",", &save); item;
         item = strtok_r(NULL, ",", &save)) {
        if (!parse_day_item(item, days)) {
            return false;
        }
    }
    return *days != 0;
}

/* "08:00", up to 24:00; returns what follows it, or NULL. */
static const char *
parse_time(const char *s, int *minute)
{
    for (int i = 0; i < 5; i++) {
        if (i == 2 ? s[i] != ':' : !isdigit((unsigned char) s[i])) {
            return NULL;
        }
    }
    int hours = (s[0] - '0') * 10 + (s[1] - '0');
    int minutes = (s[3] - '0') * 10 + (s[4] - '0');

    *minute = hours * 60 + minutes;
    return minutes < 60 && *minute <= DAY_MIN ? s + 5 : NULL;
}

static bool
parse_hours(const char *s, int *begin, int *end)
{
    const char *rest = parse_time(s, begin);

    if (!rest || *rest != '-' || *begin == DAY_MIN) {
        return false;
    }
    rest = parse_time(rest + 1, end);
    if (!rest || *rest || *begin == *end) {
        return false;
    }
    if (*end < *begin) {
        *end += DAY_MIN;
    }
    return true;
}

static void
add_spans(struct schedule *schedule, bool awake, unsigned int days, int begin,
          int end)
{
    for (int day = 0; day < 7; day++) {
        if (days & (1u << day)) {
            schedule->spans = xrealloc(schedule->spans, (schedule->n + 1)
                                       * sizeof *schedule->spans);
            schedule->spans[schedule->n++] = (struct schedule_span) {
                .begin = day * DAY_MIN + begin,
                .end = day * DAY_MIN + end,
                .awake = awake,
            };
        }
    }
}

/* What follows "awake" or "sleep". */
static bool
parse_hours_clause(struct schedule *schedule, bool awake, char **save)
{
    unsigned int days = ALL_DAYS;
    int begin = 0, end = DAY_MIN;
    char *word = strtok_r(NULL, " \t\n", save);

    if (word && !isdigit((unsigned char) *word)) {
        if (!parse_days(word, &days)) {
            return false;
        }
        word = strtok_r(NULL, " \t\n", save);
    }
    if (word) {
        if (!parse_hours(word, &begin, &end)) {
            return false;
        }
        word = strtok_r(NULL, " \t\n", save);
    }
    add_spans(schedule, awake, days, begin, end);
    return !word;
}

/* What follows "zone". */
static bool
parse_zone(struct schedule *schedule, char **save)
{
    char *word = strtok_r(NULL, " \t\n", save);
    const char *rest;
    int minutes;

    if (!word || strtok_r(NULL, " \t\n", save)) {
        return false;
    } else if (!strcasecmp(word, "UTC")) {
        schedule->zone_min = 0;
        return true;
    } else if (*word != '+' && *word != '-') {
        return false;
    }
    rest = parse_time(word + 1, &minutes);
    schedule->zone_min = *word == '-' ? -minutes : minutes;
    return rest && !*rest && minutes < DAY_MIN;
}

/* Cuts 'clause'. */
static bool
parse_clause(struct schedule *schedule, char *clause)
{
    char *save = NULL;
    char *word = strtok_r(clause, " \t\n", &save);

    if (!word) {
        return true; /* Such as after a semicolon at the end. */
    } else if (!strcasecmp(word, "zone")) {
        return parse_zone(schedule, &save);
    } else if (!strcasecmp(word, "awake") || !strcasecmp(word, "sleep")) {
        return parse_hours_clause(schedule, !strcasecmp(word, "awake"),
                                  &save);
    }
    return false;
}

bool
schedule_parse(const char *s, struct schedule *schedule, char **why)
{
    char *copy OWNED_STRING = xstrdup(s);
    char *save = NULL;

    *schedule = (struct schedule) { .n = 0 };
    for (char *clause = strtok_r(copy, ";", &save); clause;
         clause = strtok_r(NULL, ";", &save)) {
        char *whole OWNED_STRING = xstrdup(clause);

        if (!parse_clause(schedule, clause)) {
            *why = xasprintf("\"%s\" is not understood", whole);
            schedule_uninit(schedule);
            return false;
        }
    }
    if (!schedule->n) {
        *why = xstrdup("it names no hours");
        return false;
    }
    return true;
}

void
schedule_uninit(struct schedule *schedule)
{
    free(schedule->spans);
    *schedule = (struct schedule) { .n = 0 };
}

static bool
span_covers(const struct schedule_span *span, int minute)
{
    return (minute >= span->begin && minute < span->end)
           || minute + WEEK_MIN < span->end;
}

static bool
must_be_awake_at(const struct schedule *schedule, int minute)
{
    bool has_sleep = false;
    bool may_sleep = false;

    for (size_t i = 0; i < schedule->n; i++) {
        const struct schedule_span *span = &schedule->spans[i];
        bool covers = span_covers(span, minute);

        if (span->awake && covers) {
            return true;
        }
        has_sleep = has_sleep || !span->awake;
        may_sleep = may_sleep || (!span->awake && covers);
    }
    return has_sleep && !may_sleep;
}

/* Minutes from 'minute' on to the next 'edge', at least one. */
static int
minutes_to(int minute, int edge)
{
    int distance = (edge % WEEK_MIN - minute + WEEK_MIN) % WEEK_MIN;

    return distance ? distance : WEEK_MIN;
}

bool
schedule_must_be_awake(const struct schedule *schedule, long long int wall_ms,
                       long long int *until_wall_ms)
{
    /* The epoch began on a Thursday. */
    long long int local_min = wall_ms / 60000 + schedule->zone_min;
    int minute = ((local_min + 3 * DAY_MIN) % WEEK_MIN + WEEK_MIN) % WEEK_MIN;
    bool awake = must_be_awake_at(schedule, minute);
    int next = INT_MAX;

    for (size_t i = 0; i < schedule->n; i++) {
        int edges[] = { schedule->spans[i].begin, schedule->spans[i].end };

        for (size_t j = 0; j < ARRAY_SIZE(edges); j++) {
            if (must_be_awake_at(schedule, edges[j] % WEEK_MIN) != awake) {
                next = MIN(next, minutes_to(minute, edges[j]));
            }
        }
    }
    *until_wall_ms = next == INT_MAX ? LLONG_MAX
                                     : (wall_ms / 60000 + next) * 60000;
    return awake;
}
