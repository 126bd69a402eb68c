#include "idle_saved.h"

#include "cleanup.h"
#include "timefmt.h"

char *
idle_saved_to_text(const struct idle_saved *saved)
{
    char *since OWNED_STRING = timefmt_rfc3339(saved->since_wall_ms);

    return xasprintf("sleeps=%lld seconds=%lld%s%s", saved->n_sleeps,
                     saved->saved_ms / 1000,
                     saved->since_wall_ms ? " since=" : "",
                     saved->since_wall_ms ? since : "");
}

static void
read_number(const char *text, long long max, long long *value)
{
    long long number;

    if (str_to_llong(text, 10, &number) && number >= 0 && number <= max) {
        *value = number;
    }
}

void
idle_saved_from_text(const char *text, struct idle_saved *saved)
{
    char *copy OWNED_STRING = xstrdup(text);
    char *save = NULL;
    long long seconds = 0;

    *saved = (struct idle_saved) { .n_sleeps = 0 };
    for (char *word = strtok_r(copy, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        if (!strncmp(word, "sleeps=", 7)) {
            read_number(word + 7, LLONG_MAX / 2, &saved->n_sleeps);
        } else if (!strncmp(word, "seconds=", 8)) {
            read_number(word + 8, LLONG_MAX / 4000, &seconds);
        } else if (!strncmp(word, "since=", 6)
                   && !timefmt_parse(word + 6, &saved->since_wall_ms)) {
            saved->since_wall_ms = 0;
        }
    }
    saved->saved_ms = seconds * 1000;
}

long long
idle_saved_total_ms(const struct idle_saved *saved, long long now_wall_ms)
{
    long long present_ms = saved->since_wall_ms
                           ? now_wall_ms - saved->since_wall_ms : 0;

    return saved->saved_ms + MAX(present_ms, 0);
}
