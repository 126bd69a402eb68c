#include "cli_events.h"

#include "cleanup.h"
#include "cli_output.h"
#include "cli_view.h"
#include "timefmt.h"

/* What was printed of a row, or of a service. */
struct seen {
    struct hmap_node by_uuid;
    struct uuid uuid;
    bool current;             /* Found in this round. */
    enum service_state state; /* Of a service. */
    uint64_t refused[N_REFUSALS]; /* Of a service. */
    char *text;               /* The name of a service; an event's line. */
    struct json *json;        /* An event's object. */
};

struct follower {
    struct cli_conn *conn;
    bool json;
    struct hmap events;   /* Contains struct seen. */
    struct hmap services; /* Contains struct seen. */
    bool started;         /* The first round is over. */
    unsigned lines;
    unsigned max_lines;
};

static struct seen *
seen_find(struct hmap *map, const struct uuid *uuid)
{
    struct seen *seen;

    HMAP_FOR_EACH_WITH_HASH (seen, by_uuid, uuid_hash(uuid), map) {
        if (uuid_equals(&seen->uuid, uuid)) {
            return seen;
        }
    }
    return NULL;
}

static struct seen *
seen_add(struct hmap *map, const struct uuid *uuid, char *text)
{
    struct seen *seen = xzalloc(sizeof *seen);

    seen->uuid = *uuid;
    seen->text = text;
    hmap_insert(map, &seen->by_uuid, uuid_hash(uuid));
    return seen;
}

static void
seen_free(struct hmap *map, struct seen *seen)
{
    hmap_remove(map, &seen->by_uuid);
    free(seen->text);
    json_destroy(seen->json);
    free(seen);
}

static bool
is_full(const struct follower *f)
{
    return f->max_lines && f->lines >= f->max_lines;
}

/* One line: 'json', taken, or 'text'. */
static void
emit(struct follower *f, const char *kind, struct json *json, const char *text)
{
    char *now OWNED_STRING = timefmt_rfc3339(time_wall_msec());

    if (is_full(f)) {
        json_destroy(json);
        return;
    }
    f->lines++;
    if (f->json) {
        json_object_put_string(json, "time", now);
        json_object_put_string(json, "kind", kind);
        cli_json_print_line_take(&json);
    } else {
        struct ds line OWNED_DS = DS_EMPTY_INITIALIZER;

        ds_put_format(&line, "%s  %-7s  ", now, kind);
        cli_put_clean(&line, text);
        puts(ds_cstr(&line));
        fflush(stdout);
        json_destroy(json);
    }
}

static char *
event_text(const struct sb_event *event, const struct nb_service *svc)
{
    const char *vip = smap_get(&event->info, "vip");

    if (!event->valid) {
        return xasprintf("row " UUID_FMT " is unusable: %s: %s",
                         UUID_ARGS(&event->uuid), event->diag.column,
                         event->diag.problem);
    }
    return xasprintf("%s %s %s for %s (chassis %s, seq %" PRId64 ")",
                     event_kind_name(event->event.kind), vip ? vip : "-",
                     event->event.protocol,
                     svc ? svc->label
                         : smap_get_def(&event->info, "load_balancer", "-"),
                     event->chassis ? event->chassis : "-", event->seq_num);
}

static void
forget_missing(struct follower *f, struct hmap *map, const char *kind)
{
    struct seen *seen;

    HMAP_FOR_EACH_SAFE (seen, by_uuid, map) {
        if (seen->current) {
            seen->current = false;
            continue;
        }
        if (map == &f->events) {
            emit(f, kind, STEAL(seen->json), seen->text);
        } else {
            struct json *json = json_object_create();
            char *text OWNED_STRING =
                xasprintf("%s is no service any more", seen->text);

            json_object_put_string(json, "service", seen->text);
            emit(f, kind, json, text);
        }
        seen_free(map, seen);
    }
}

static void
follow_events(struct follower *f)
{
    const struct sb *sb = f->conn->sb;
    const struct sb_event *event;

    for (event = sb_event_first(sb); event; event = sb_event_next(sb, event)) {
        struct seen *seen = seen_find(&f->events, &event->uuid);

        if (!seen) {
            const struct nb_service *svc = cli_events_service(f->conn, event);
            struct json *json = cli_view_event_json(event, svc);

            seen = seen_add(&f->events, &event->uuid, event_text(event, svc));
            seen->json = json_deep_clone(json);
            emit(f, "event", json, seen->text);
        }
        seen->current = true;
    }
    forget_missing(f, &f->events, "done");
}

static void
emit_state(struct follower *f, const struct nb_service *svc,
           const char *before, const char *after)
{
    const char *error = svc->error;
    char *text OWNED_STRING = NULL;
    struct json *json = json_object_create();

    text = xasprintf("%s %s -> %s%s%s", svc->label, before ? before : "new",
                     after, error ? ": " : "", error ? error : "");
    json_object_put_string(json, "service", svc->label);
    json_object_put(json, "from", cli_json_string(before));
    json_object_put_string(json, "state", after);
    json_object_put(json, "error", cli_json_string(error));
    emit(f, "state", json, text);
}

/* What was refused since it was last looked at, if anything. */
static void
follow_refused(struct follower *f, const struct nb_service *svc,
               struct seen *seen)
{
    uint64_t now[N_REFUSALS] = { 0 };
    uint64_t more[N_REFUSALS] = { 0 };

    if (svc->refused) {
        refusals_add_text(now, svc->refused);
    }
    for (size_t i = 1; i < N_REFUSALS; i++) {
        more[i] = now[i] > seen->refused[i] ? now[i] - seen->refused[i] : 0;
    }
    memcpy(seen->refused, now, sizeof now);
    if (f->started && refusals_sum(more)) {
        char *reasons OWNED_STRING = refusals_format(more);
        const char *last = svc->refused_last ? svc->refused_last : "-";
        char *text OWNED_STRING = xasprintf("%s %s (latest: %s)", svc->label,
                                            reasons, last);
        struct json *json = json_object_create();

        json_object_put_string(json, "service", svc->label);
        json_object_put(json, "refused", cli_view_refused_json(more));
        json_object_put_string(json, "latest", last);
        emit(f, "refused", json, text);
    }
}

static void
follow_services(struct follower *f)
{
    const struct nb *nb = f->conn->nb;
    const struct nb_service *svc;

    for (svc = nb_service_first(nb); svc; svc = nb_service_next(nb, svc)) {
        struct seen *seen = seen_find(&f->services, &svc->uuid);
        enum service_state state = cli_view_state(svc);
        const char *name = service_state_name(state);

        if (!seen) {
            seen = seen_add(&f->services, &svc->uuid, xstrdup(svc->label));
            if (f->started) {
                emit_state(f, svc, NULL, name);
            }
        } else if (seen->state != state) {
            emit_state(f, svc, service_state_name(seen->state), name);
        }
        follow_refused(f, svc, seen);
        seen->state = state;
        seen->current = true;
    }
    forget_missing(f, &f->services, "removed");
}

/* A row that is not here while a connection is made anew has not gone. */
static void
follow(struct follower *f)
{
    if (f->conn->nb && nb_is_connected(f->conn->nb)) {
        follow_services(f);
    }
    if (sb_is_connected(f->conn->sb)) {
        follow_events(f);
    }
    f->started = true;
}

static void
follower_uninit(struct follower *f)
{
    struct seen *seen;

    HMAP_FOR_EACH_SAFE (seen, by_uuid, &f->events) {
        seen_free(&f->events, seen);
    }
    HMAP_FOR_EACH_SAFE (seen, by_uuid, &f->services) {
        seen_free(&f->services, seen);
    }
    hmap_destroy(&f->events);
    hmap_destroy(&f->services);
}

int
cli_follow(struct cli_conn *conn, const struct cli *cli, unsigned max_lines)
{
    long long until_ms =
        cli->timeout_ms ? time_msec() + cli->timeout_ms : LLONG_MAX;
    struct follower f = {
        .conn = conn,
        .json = cli->json,
        .max_lines = max_lines,
    };
    int status = CLI_OK;

    hmap_init(&f.events);
    hmap_init(&f.services);
    for (;;) {
        cli_conn_run(conn);
        follow(&f);
        if (is_full(&f) || ferror(stdout)) {
            break;
        }
        if (time_msec() >= until_ms) {
            /* Without --count it was asked to watch for so long, no more. */
            status = max_lines ? CLI_TIMED_OUT : CLI_OK;
            break;
        }
        cli_conn_block(conn, until_ms);
    }
    follower_uninit(&f);
    return status;
}
