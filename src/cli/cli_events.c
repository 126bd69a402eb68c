#include "cli_events.h"

#include "cleanup.h"
#include "cli_noun.h"
#include "cli_output.h"
#include "cli_table.h"
#include "cli_view.h"

const struct nb_service *
cli_events_service(const struct cli_conn *conn, const struct sb_event *event)
{
    return conn->nb && event->valid
               ? nb_service_get(conn->nb, &event->event.lb)
               : NULL;
}

static int
compare_events(const void *a_, const void *b_)
{
    const struct sb_event *const *a = a_, *const *b = b_;

    return ((*a)->seq_num != (*b)->seq_num
                ? ((*a)->seq_num < (*b)->seq_num ? -1 : 1)
                : uuid_compare_3way(&(*a)->uuid, &(*b)->uuid));
}

/* By sequence number; the array is the caller's. */
static const struct sb_event **
sorted_events(const struct sb *sb, size_t *n)
{
    const struct sb_event **list = NULL, *event;
    size_t allocated = 0;

    *n = 0;
    for (event = sb_event_first(sb); event; event = sb_event_next(sb, event)) {
        if (*n >= allocated) {
            list = x2nrealloc(list, &allocated, sizeof *list);
        }
        list[(*n)++] = event;
    }
    if (*n) {
        qsort(list, *n, sizeof *list, compare_events);
    }
    return list;
}

static void
put_event(struct cli_table *table, const struct cli_conn *conn,
          const struct sb_event *event)
{
    const struct nb_service *svc = cli_events_service(conn, event);
    const char *vip = smap_get(&event->info, "vip");
    const char *lb = smap_get(&event->info, "load_balancer");

    cli_table_put_format(table, "%" PRId64, event->seq_num);
    cli_table_put(table,
                  event->valid ? event_kind_name(event->event.kind) : "?");
    cli_table_put(table, vip ? vip : "-");
    cli_table_put(table, event->valid ? event->event.protocol : "-");
    cli_table_put(table, svc ? svc->label : lb ? lb : "-");
    cli_table_put(table, event->chassis ? event->chassis : "-");
    if (!event->valid) {
        cli_table_put_format(table, "unusable: %s: %s", event->diag.column,
                             event->diag.problem);
    } else if (svc) {
        cli_table_put(table, service_state_name(cli_view_state(svc)));
    } else {
        cli_table_put(table, conn->nb ? "no such service" : "-");
    }
}

static void
print_events(const struct cli_conn *conn, bool json)
{
    static const char *const headers[] = {
        "SEQ", "EVENT", "VIP", "PROTOCOL", "SERVICE", "CHASSIS", "STATE",
    };
    const struct sb_event **list;
    struct cli_table table;
    size_t n;

    list = sorted_events(conn->sb, &n);
    if (json) {
        struct json *array = json_array_create_empty();

        for (size_t i = 0; i < n; i++) {
            json_array_add(
                array, cli_view_event_json(list[i],
                                           cli_events_service(conn, list[i])));
        }
        cli_json_print_take(&array);
    } else {
        cli_table_init(&table, headers, ARRAY_SIZE(headers));
        for (size_t i = 0; i < n; i++) {
            put_event(&table, conn, list[i]);
        }
        cli_table_print(&table);
        cli_table_uninit(&table);
    }
    free(list);
}

static int
events_run(struct cli *cli)
{
    const char *count = cli_value_get(cli, "count");
    bool follow = cli_value_is_set(cli, "follow");
    unsigned int max_lines = 0;
    struct cli_conn conn;
    int status;

    if (count
        && (!follow || count[0] == '-' || !str_to_uint(count, 10, &max_lines)
            || !max_lines)) {
        cli_error("--count takes a number of lines, more than 0, and goes "
                  "with --follow");
        return CLI_USAGE;
    }
    status = cli_conn_open(&conn, cli, CLI_NEED_SB, CLI_NEED_NB);
    if (!status && !conn.nb) {
        cli_error("note: no connection to OVN_Northbound: services are shown "
                  "by UUID, without their state");
    }
    if (!status && follow) {
        status = cli_follow(&conn, cli, max_lines);
    } else if (!status) {
        print_events(&conn, cli->json);
    }
    cli_conn_close(&conn);
    return status;
}

static const struct cli_option options[] = {
    { "follow", 'f', NULL, "print what comes, goes and changes" },
    { "count", 'n', "LINES", "with --follow: stop after so many lines" },
    { NULL, 0, NULL, NULL },
};

static const struct cli_command command = {
    .name = "events",
    .operands = "",
    .summary = "show the packets that wait for a service",
    .details = "Each row of Controller_Event is a chassis that holds packets "
               "for a VIP without\nbackends.  --follow also shows how the "
               "services change.\n",
    .options = options,
    .run = events_run,
};

int
cli_events(int argc, char *argv[])
{
    return cli_command_run(&command, argc, argv);
}
