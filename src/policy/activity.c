#include "activity.h"

/* "NAME=NUMBER", in any order; unknown names are skipped, so that a newer
 * chassis may say more. */
struct item {
    const char *name;
    int64_t *value;
    bool found;
};

static bool
read_item(const char *word, struct item *items, size_t n)
{
    const char *equals = strchr(word, '=');
    long long int value;

    if (!equals || !str_to_llong(equals + 1, 10, &value) || value < 0) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!strncmp(word, items[i].name, equals - word)
            && !items[i].name[equals - word]) {
            *items[i].value = value;
            items[i].found = true;
        }
    }
    return true;
}

/* True if all items are there. */
static bool
read_items(const char *text, struct item *items, size_t n)
{
    char *copy = xstrdup(text);
    char *save = NULL;
    bool ok = true;

    for (char *word = strtok_r(copy, " ", &save); word && ok;
         word = strtok_r(NULL, " ", &save)) {
        ok = read_item(word, items, n);
    }
    for (size_t i = 0; i < n && ok; i++) {
        ok = items[i].found;
    }
    free(copy);
    return ok;
}

char *
activity_heartbeat_to_text(const struct activity_heartbeat *beat)
{
    return xasprintf("at=%"PRId64" since=%"PRId64" period=%"PRId64
                     " look=%"PRId64, beat->at_ms, beat->since_ms,
                     beat->period_ms, beat->look);
}

bool
activity_heartbeat_from_text(const char *text,
                             struct activity_heartbeat *beat)
{
    struct activity_heartbeat read;
    struct item items[] = {
        { .name = "at", .value = &read.at_ms },
        { .name = "since", .value = &read.since_ms },
        { .name = "period", .value = &read.period_ms },
        { .name = "look", .value = &read.look },
    };

    if (!read_items(text, items, ARRAY_SIZE(items))) {
        return false;
    }
    *beat = read;
    return true;
}

char *
activity_report_to_text(const struct activity_report *report)
{
    return xasprintf("connections=%"PRId64" last=%"PRId64
                     " packets=%"PRIu64" bytes=%"PRIu64,
                     report->n_connections, report->last_ms,
                     report->n_packets, report->n_bytes);
}

bool
activity_report_from_text(const char *text, struct activity_report *report)
{
    struct activity_report read;
    int64_t n_packets, n_bytes;
    struct item items[] = {
        { .name = "connections", .value = &read.n_connections },
        { .name = "last", .value = &read.last_ms },
        { .name = "packets", .value = &n_packets },
        { .name = "bytes", .value = &n_bytes },
    };

    if (!read_items(text, items, ARRAY_SIZE(items))) {
        return false;
    }
    read.n_packets = n_packets;
    read.n_bytes = n_bytes;
    *report = read;
    return true;
}

char *
activity_replay_to_text(const struct activity_replay *replay)
{
    return xasprintf("arrived=%"PRId64" held=%"PRId64" packets=%"PRId64,
                     replay->arrived_wall_ms, replay->held_ms,
                     replay->n_packets);
}

bool
activity_replay_from_text(const char *text, struct activity_replay *replay)
{
    struct activity_replay read;
    struct item items[] = {
        { .name = "arrived", .value = &read.arrived_wall_ms },
        { .name = "held", .value = &read.held_ms },
        { .name = "packets", .value = &read.n_packets },
    };

    if (!read_items(text, items, ARRAY_SIZE(items))) {
        return false;
    }
    *replay = read;
    return true;
}
