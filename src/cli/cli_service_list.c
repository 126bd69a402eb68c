#include "cli_service.h"

#include "cleanup.h"
#include "cli_activity.h"
#include "cli_output.h"
#include "cli_table.h"
#include "cli_view.h"

static int
compare_by_label(const void *a_, const void *b_)
{
    const struct nb_service *const *a = a_, *const *b = b_;
    int order = strcmp((*a)->label, (*b)->label);

    return order ? order : uuid_compare_3way(&(*a)->uuid, &(*b)->uuid);
}

/* By label; the array is the caller's. */
static const struct nb_service **
sorted_services(const struct nb *nb, size_t *n)
{
    const struct nb_service **list = NULL, *svc;
    size_t allocated = 0;

    *n = 0;
    for (svc = nb_service_first(nb); svc; svc = nb_service_next(nb, svc)) {
        if (*n >= allocated) {
            list = x2nrealloc(list, &allocated, sizeof *list);
        }
        list[(*n)++] = svc;
    }
    if (*n) {
        qsort(list, *n, sizeof *list, compare_by_label);
    }
    return list;
}

static void
print_list(const struct nb_service *const list[], size_t n,
           const struct sb *sb)
{
    static const char *const headers[] = {
        "NAME", "STATE", "SINCE", "CONNS", "QUIET", "SLEEPS", "WAKE", "DRIVER",
        "TARGET", "VIPS", "REFUSED", "BACKENDS/ERROR",
    };
    long long now_wall_ms = time_wall_msec();
    struct cli_table table;

    cli_table_init(&table, headers, ARRAY_SIZE(headers));
    for (size_t i = 0; i < n; i++) {
        const struct nb_service *svc = list[i];
        char *age OWNED_STRING = cli_view_age(svc->since_wall_ms, now_wall_ms);
        char *vips OWNED_STRING = cli_view_vips(svc);
        char *backends OWNED_STRING = cli_view_backends(svc);
        char *refused OWNED_STRING = cli_view_refused(svc);
        char *error OWNED_STRING = cli_view_error(svc);
        struct cli_activity activity = cli_activity_get(sb, svc);
        char *quiet OWNED_STRING = cli_activity_quiet(&activity);
        char *sleeps OWNED_STRING = cli_activity_sleeps(svc, &activity);
        char *last_wake OWNED_STRING = cli_activity_last_wake(svc);

        cli_table_put(&table, svc->label);
        cli_table_put(&table, service_state_name(cli_view_state(svc)));
        cli_table_put(&table, age);
        if (activity.known) {
            cli_table_put_format(&table, "%"PRId64, activity.n_connections);
        } else {
            cli_table_put(&table, "-");
        }
        cli_table_put(&table, quiet);
        cli_table_put(&table, sleeps);
        cli_table_put(&table, last_wake);
        cli_table_put(&table, svc->driver);
        cli_table_put(&table, svc->target[0] ? svc->target : "-");
        cli_table_put(&table, vips);
        cli_table_put(&table, refused);
        if (error) {
            cli_table_put_format(&table, "error: %s", error);
        } else {
            cli_table_put(&table, backends);
        }
    }
    cli_table_print(&table);
    cli_table_uninit(&table);
}

static int
list_run(struct cli *cli)
{
    const struct nb_service **list;
    struct cli_conn conn;
    size_t n;
    int status = cli_conn_open(&conn, cli, CLI_NEED_NB, CLI_NEED_SB);

    if (!status) {
        list = sorted_services(conn.nb, &n);
        if (cli->json) {
            struct json *array = json_array_create_empty();

            for (size_t i = 0; i < n; i++) {
                struct json *object = cli_view_service_json(list[i]);

                cli_activity_put_json(object, conn.sb, list[i]);
                json_array_add(array, object);
            }
            cli_json_print_take(&array);
        } else if (n) {
            print_list(list, n, conn.sb);
        } else {
            cli_error("there is no service yet; \"rouse service add --help\" "
                      "says how to declare one");
        }
        free(list);
    }
    cli_conn_close(&conn);
    return status;
}

const struct cli_command cli_service_list = {
    .name = "service list",
    .operands = "",
    .summary = "list all services",
    .details = "Backends in parentheses are those that a sleeping service "
               "gets back.\n"
               "CONNS, QUIET and SLEEPS are what the chassis report of "
               "services with an idle\npolicy: open connections, time since "
               "the last packet, and when it will be put\nto sleep.  "
               "WAKE is where the time of the last wake went:\n"
               "event/start/ready/replay/total.\n",
    .run = list_run,
};
