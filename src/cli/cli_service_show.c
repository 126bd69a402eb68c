#include "cli_service.h"

#include "cleanup.h"
#include "cli_activity.h"
#include "cli_output.h"
#include "cli_view.h"
#include "timefmt.h"

static void OVS_PRINTF_FORMAT(2, 3)
    print_field(const char *name, const char *format, ...)
{
    struct ds line OWNED_DS = DS_EMPTY_INITIALIZER;
    char *value OWNED_STRING = NULL;
    va_list args;

    va_start(args, format);
    value = xvasprintf(format, args);
    va_end(args);
    ds_put_format(&line, "%-14s", name);
    cli_put_clean(&line, value);
    puts(ds_cstr(&line));
}

static void
print_names(const char *field, const struct svec *names)
{
    char *joined OWNED_STRING = svec_join(names, ", ", "");

    if (names->n) {
        print_field(field, "%s", joined);
    }
}

static void
print_vips(const struct nb_service *svc)
{
    const struct smap_node **nodes = smap_sort(svc->vips);

    for (size_t i = 0; i < smap_count(svc->vips); i++) {
        const char *field = i ? "" : "vips:";
        const char *vip = nodes[i]->key;
        const char *saved = nb_service_saved(svc, vip);

        if (!nb_backends_are_none(nodes[i]->value)) {
            print_field(field, "%s -> %s", vip, nodes[i]->value);
        } else if (saved) {
            print_field(field, "%s -> none (restores %s)", vip, saved);
        } else {
            print_field(field, "%s -> none", vip);
        }
    }
    free(nodes);
}

static void
print_needs(const struct nb *nb, const struct nb_service *svc)
{
    const char *need;
    size_t i;

    SVEC_FOR_EACH(i, need, &svc->needs)
    {
        char *why OWNED_STRING = NULL;
        const struct nb_service *needed = nb_service_find(nb, need, &why);

        print_field(i ? "" : "needs:", "%s (%s)", need,
                    needed ? service_state_name(cli_view_state(needed)) : why);
    }
}

static void
print_state(const struct nb_service *svc)
{
    const char *state = service_state_name(cli_view_state(svc));

    if (svc->since_wall_ms) {
        char *since OWNED_STRING = timefmt_rfc3339(svc->since_wall_ms);
        char *age OWNED_STRING =
            cli_view_age(svc->since_wall_ms, time_wall_msec());

        print_field("state:", "%s since %s (%s)", state, since, age);
    } else {
        print_field("state:", "%s", state);
    }
    if (svc->request != REQUEST_NONE) {
        print_field("request:", "%s (not taken yet)",
                    svc->request == REQUEST_WAKE ? "wake" : "idle");
    }
    if (svc->error) {
        print_field("error:", "%s", svc->error);
    }
    if (!diag_is_empty(&svc->diag)) {
        print_field("problem:", "%s: %s", svc->diag.column, svc->diag.problem);
        if (svc->diag.remedy) {
            print_field("", "%s", svc->diag.remedy);
        }
    }
}

static bool
event_is_for(const struct sb_event *event, const struct nb_service *svc)
{
    return event->valid && uuid_equals(&event->event.lb, &svc->uuid);
}

static void
print_events(const struct sb *sb, const struct nb_service *svc)
{
    const struct sb_event *event;

    for (event = sb_event_first(sb); event; event = sb_event_next(sb, event)) {
        if (event_is_for(event, svc)) {
            print_field("event:", "%s %s, chassis %s, seq %" PRId64,
                        event->event.vip, event->event.protocol,
                        event->chassis ? event->chassis : "-", event->seq_num);
        }
    }
}

static void
print_dry_saved(const struct nb_service *svc)
{
    char *saved OWNED_STRING = cli_activity_dry_saved(svc);

    if (svc->policies->idle.dry_run) {
        print_field("dry run:", "would have saved %s", saved);
    }
}

/* When it goes to sleep by itself, and what is known of its clients. */
static void
print_idle(const struct sb *sb, const struct nb_service *svc)
{
    struct cli_activity activity = cli_activity_get(sb, svc);

    if (!svc->policies->idle.enabled) {
        print_field("idle after:", "never by itself");
    } else {
        char *policy OWNED_STRING = cli_activity_policy(svc);
        char *sleeps OWNED_STRING = cli_activity_sleeps(svc, &activity);
        char *quiet OWNED_STRING = cli_activity_quiet(&activity);

        print_field("idle after:", "%s", policy);
        print_field("sleeps:", "%s (%s)", sleeps,
                    idle_reason_text(activity.reason));
        if (activity.known) {
            print_field("activity:", "%"PRId64" connections, quiet for %s, "
                        "%"PRIu64" packets, %"PRIu64" bytes",
                        activity.n_connections, quiet, activity.n_packets,
                        activity.n_bytes);
        }
        print_dry_saved(svc);
    }
    if (svc->last_wake) {
        print_field("last wake:", "%s (milliseconds)", svc->last_wake);
    }
}

static void
print_refused(const struct nb_service *svc)
{
    if (svc->refused) {
        print_field("refused:", "%s", svc->refused);
    }
    if (svc->refused_last) {
        print_field("", "latest: %s", svc->refused_last);
    }
}

static void
print_service(const struct cli_conn *conn, const struct nb_service *svc)
{
    struct svec switches = SVEC_EMPTY_INITIALIZER;
    struct svec routers = SVEC_EMPTY_INITIALIZER;
    struct svec groups = SVEC_EMPTY_INITIALIZER;

    nb_admin_places(conn->admin, &svc->uuid, &switches, &routers, &groups);
    print_field("name:", "%s", svc->name);
    print_field("uuid:", UUID_FMT, UUID_ARGS(&svc->uuid));
    print_state(svc);
    print_field("driver:", "%s", svc->driver);
    print_field("target:", "%s", svc->target);
    print_field("protocol:", "%s", svc->protocol);
    print_vips(svc);
    print_names("switches:", &switches);
    print_names("routers:", &routers);
    print_names("groups:", &groups);
    print_field("wake timeout:", "%u s", svc->wake_timeout_s);
    print_field("hold:", "%u packets per VIP and chassis", svc->hold);
    print_refused(svc);
    print_field("on failure:", "%s",
                svc->on_fail == ON_FAIL_DROP ? "drop" : "reset");
    print_field("drain:", "%u s", svc->drain_s);
    print_idle(conn->sb, svc);
    print_needs(conn->nb, svc);
    if (svc->demand) {
        print_field("demand:", "%s", svc->demand);
    }
    if (conn->sb) {
        print_events(conn->sb, svc);
    } else {
        print_field("event:", "unknown: no connection to OVN_Southbound");
    }
    svec_destroy(&switches);
    svec_destroy(&routers);
    svec_destroy(&groups);
}

static struct json *
needs_json(const struct nb *nb, const struct nb_service *svc)
{
    struct json *array = json_array_create_empty();
    const char *need;
    size_t i;

    SVEC_FOR_EACH(i, need, &svc->needs)
    {
        char *why OWNED_STRING = NULL;
        const struct nb_service *needed = nb_service_find(nb, need, &why);
        struct json *object = json_object_create();

        json_object_put_string(object, "name", need);
        json_object_put(
            object, "state",
            cli_json_string(needed ? service_state_name(cli_view_state(needed))
                                   : NULL));
        json_array_add(array, object);
    }
    return array;
}

/* What "list" says, and where it is, what it needs, and who waits for it. */
static struct json *
service_json(const struct cli_conn *conn, const struct nb_service *svc)
{
    struct json *object = cli_view_service_json(svc);
    cli_activity_put_json(object, conn->sb, svc);
    struct svec switches = SVEC_EMPTY_INITIALIZER;
    struct svec routers = SVEC_EMPTY_INITIALIZER;
    struct svec groups = SVEC_EMPTY_INITIALIZER;
    struct json *events = json_null_create();
    const struct sb_event *event;

    nb_admin_places(conn->admin, &svc->uuid, &switches, &routers, &groups);
    json_object_put(object, "switches", cli_json_strings(&switches));
    json_object_put(object, "routers", cli_json_strings(&routers));
    json_object_put(object, "groups", cli_json_strings(&groups));
    json_object_put(object, "needs", needs_json(conn->nb, svc));
    if (conn->sb) {
        json_destroy(events);
        events = json_array_create_empty();
        for (event = sb_event_first(conn->sb); event;
             event = sb_event_next(conn->sb, event)) {
            if (event_is_for(event, svc)) {
                json_array_add(events, cli_view_event_json(event, svc));
            }
        }
    }
    json_object_put(object, "events", events);
    svec_destroy(&switches);
    svec_destroy(&routers);
    svec_destroy(&groups);
    return object;
}

static int
show(const struct cli *cli, const struct cli_conn *conn)
{
    struct nb_service *found = NULL;
    const struct nb_service *svc;
    int status =
        cli_service_find_service(conn->admin, cli->operands[0], &found);

    if (status) {
        return status;
    }
    /* The two connections need not be equally far. */
    svc = nb_service_get(conn->nb, &found->uuid);
    svc = svc ? svc : found;
    if (cli->json) {
        struct json *object = service_json(conn, svc);

        cli_json_print_take(&object);
    } else {
        print_service(conn, svc);
    }
    nb_service_free(found);
    return CLI_OK;
}

static int
show_run(struct cli *cli)
{
    struct cli_conn conn;
    int status =
        cli_conn_open(&conn, cli, CLI_NEED_NB | CLI_NEED_ADMIN, CLI_NEED_SB);

    if (!status) {
        status = show(cli, &conn);
    }
    cli_conn_close(&conn);
    return status;
}

const struct cli_command cli_service_show = {
    .name = "service show",
    .operands = "NAME",
    .summary = "show all about one service",
    .min_operands = 1,
    .max_operands = 1,
    .run = show_run,
};
