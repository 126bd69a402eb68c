#include "cleanup.h"
#include "cli_conn.h"
#include "cli_daemons.h"
#include "cli_noun.h"
#include "cli_output.h"
#include "cli_rpc.h"
#include "cli_table.h"
#include "cli_view.h"

#define ASK_MS 2000
#define N_STATES (SERVICE_FAILED + 1)

/* One member of a database. */
struct member {
    const char *database; /* Static. */
    struct cli_rpc *rpc;
};

struct report {
    const struct cli *cli;
    struct cli_conn conn;
    struct member *members;
    size_t n_members;
    struct cli_daemons daemons;
    size_t n_by_state[N_STATES];
    size_t n_services;
    size_t n_events;
};

/* --- Finding out --- */

static void
add_members(struct report *r, const char *database, const char *remotes,
            long long deadline_ms)
{
    char *copy OWNED_STRING = xstrdup(remotes);
    char *save = NULL;

    for (char *remote = strtok_r(copy, ", ", &save); remote;
         remote = strtok_r(NULL, ", ", &save)) {
        r->members =
            xrealloc(r->members, (r->n_members + 1) * sizeof *r->members);
        r->members[r->n_members++] = (struct member) {
            .database = database,
            .rpc = cli_rpc_new_databases(remote, deadline_ms),
        };
    }
}

static void
ask_members(struct report *r)
{
    long long deadline_ms =
        time_msec() + (r->cli->timeout_ms ? r->cli->timeout_ms : ASK_MS);
    struct cli_rpc **rpcs;

    add_members(r, "OVN_Northbound", r->cli->nb_remote, deadline_ms);
    add_members(r, "OVN_Southbound", r->cli->sb_remote, deadline_ms);
    rpcs = xcalloc(r->n_members + 1, sizeof *rpcs);
    for (size_t i = 0; i < r->n_members; i++) {
        rpcs[i] = r->members[i].rpc;
    }
    cli_rpc_block(rpcs, r->n_members);
    free(rpcs);
}

static void
count(struct report *r)
{
    const struct nb *nb = r->conn.nb;
    const struct sb *sb = r->conn.sb;

    if (nb) {
        const struct nb_service *svc;

        for (svc = nb_service_first(nb); svc; svc = nb_service_next(nb, svc)) {
            r->n_by_state[cli_view_state(svc)]++;
            r->n_services++;
        }
    }
    if (sb) {
        const struct sb_event *event;

        for (event = sb_event_first(sb); event;
             event = sb_event_next(sb, event)) {
            r->n_events++;
        }
    }
}

/* A machine need not have the databases: a default that leads nowhere is no
 * fault there. */
static bool
is_expected(const char *remote, bool given)
{
    return given || !access(remote + strlen("unix:"), F_OK);
}

static int
judge(const struct report *r)
{
    const struct cli *cli = r->cli;
    bool nb_expected = is_expected(cli->nb_remote, cli->nb_given);
    bool sb_expected = is_expected(cli->sb_remote, cli->sb_given);

    if ((nb_expected && !r->conn.nb) || (sb_expected && !r->conn.sb)
        || (!nb_expected && !sb_expected && !r->daemons.n)) {
        return CLI_NO_CONNECTION;
    }
    for (size_t i = 0; i < r->daemons.n; i++) {
        if (!cli_daemon_is_healthy(&r->daemons.list[i])) {
            return CLI_FAILED;
        }
    }
    return r->n_by_state[SERVICE_FAILED] ? CLI_FAILED : CLI_OK;
}

/* --- For people --- */

static const char *
member_state(const struct member *member)
{
    struct cli_database db = cli_rpc_database(member->rpc, member->database);

    if (!cli_rpc_result(member->rpc)) {
        return cli_rpc_problem(member->rpc);
    } else if (!db.exists) {
        return "answers, but has no such database";
    } else if (!db.clustered) {
        return "connected";
    } else if (!db.connected) {
        return "answers, but is cut off from its cluster";
    }
    return db.leader ? "connected, leader" : "connected, follower";
}

static void
print_members(const struct report *r)
{
    static const char *const headers[] = {"DATABASE", "REMOTE", "STATE"};
    struct cli_table table;

    cli_table_init(&table, headers, ARRAY_SIZE(headers));
    for (size_t i = 0; i < r->n_members; i++) {
        const struct member *member = &r->members[i];

        cli_table_put(&table, member->database);
        cli_table_put(&table, cli_rpc_remote(member->rpc));
        cli_table_put(&table, member_state(member));
    }
    cli_table_print(&table);
    cli_table_uninit(&table);
}

static void
print_failed(const struct nb *nb)
{
    const struct nb_service *svc;

    for (svc = nb_service_first(nb); svc; svc = nb_service_next(nb, svc)) {
        char *error OWNED_STRING = cli_view_error(svc);

        if (error) {
            struct ds line OWNED_DS = DS_EMPTY_INITIALIZER;

            cli_put_clean(&line, svc->label);
            ds_put_format(&line,
                          " (%s): ", service_state_name(cli_view_state(svc)));
            cli_put_clean(&line, error);
            printf("  %s\n", ds_cstr(&line));
        }
    }
}

static void
print_counts(const struct report *r)
{
    if (!r->conn.nb) {
        puts("services: unknown");
    } else {
        const char *delimiter = " (";

        printf("services: %" PRIuSIZE, r->n_services);
        for (size_t i = 0; i < N_STATES; i++) {
            if (r->n_by_state[i]) {
                printf("%s%" PRIuSIZE " %s", delimiter, r->n_by_state[i],
                       service_state_name(i));
                delimiter = ", ";
            }
        }
        puts(r->n_services ? ")" : "");
        print_failed(r->conn.nb);
    }
    if (r->conn.sb) {
        printf("events: %" PRIuSIZE " pending\n", r->n_events);
    } else {
        puts("events: unknown");
    }
}

static void
print_report(const struct report *r)
{
    print_members(r);
    putchar('\n');
    print_counts(r);
    for (size_t i = 0; i < r->daemons.n; i++) {
        putchar('\n');
        cli_daemon_print(&r->daemons.list[i]);
    }
    if (!r->daemons.n) {
        puts("daemons: none on this machine");
    }
}

/* --- For programs --- */

static struct json *
members_json(const struct report *r)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < r->n_members; i++) {
        const struct member *member = &r->members[i];
        struct cli_database db =
            cli_rpc_database(member->rpc, member->database);
        struct json *object = json_object_create();

        json_object_put_string(object, "database", member->database);
        json_object_put_string(object, "remote", cli_rpc_remote(member->rpc));
        json_object_put(
            object, "connected",
            json_boolean_create(db.exists && (!db.clustered || db.connected)));
        json_object_put(object, "clustered",
                        json_boolean_create(db.clustered));
        json_object_put(object, "leader", json_boolean_create(db.leader));
        json_object_put_string(object, "state", member_state(member));
        json_array_add(array, object);
    }
    return array;
}

static struct json *
counts_json(const struct report *r)
{
    struct json *object;

    if (!r->conn.nb) {
        return json_null_create();
    }
    object = json_object_create();
    json_object_put(object, "total", json_integer_create(r->n_services));
    for (size_t i = SERVICE_ASLEEP; i < N_STATES; i++) {
        json_object_put(object, service_state_name(i),
                        json_integer_create(r->n_by_state[i]));
    }
    return object;
}

static void
print_json(const struct report *r, int status)
{
    struct json *object = json_object_create();

    json_object_put(object, "healthy", json_boolean_create(!status));
    json_object_put(object, "databases", members_json(r));
    json_object_put(object, "services", counts_json(r));
    json_object_put(object, "events",
                    r->conn.sb ? json_integer_create(r->n_events)
                               : json_null_create());
    json_object_put(object, "daemons", cli_daemons_to_json(&r->daemons));
    cli_json_print_take(&object);
}

static int
status_run(struct cli *cli)
{
    struct report r = {.cli = cli};
    int status = cli_conn_open(&r.conn, cli, 0, CLI_NEED_NB | CLI_NEED_SB);

    ask_members(&r);
    cli_daemons_ask(&r.daemons, time_msec() + ASK_MS);
    if (!status) {
        count(&r);
        status = judge(&r);
    }
    if (cli->json) {
        print_json(&r, status);
    } else {
        print_report(&r);
    }
    for (size_t i = 0; i < r.n_members; i++) {
        cli_rpc_free(r.members[i].rpc);
    }
    free(r.members);
    cli_daemons_uninit(&r.daemons);
    cli_conn_close(&r.conn);
    return status;
}

static const struct cli_command command = {
    .name = "status",
    .operands = "",
    .summary = "show what works: databases, services, daemons",
    .details = "Daemons are those of this machine, found by their control "
               "sockets in\n$ROUSE_RUNDIR or /var/run/rouse.  Exit status 0 "
               "means that all is well.\n",
    .run = status_run,
};

int
cli_status(int argc, char *argv[])
{
    return cli_command_run(&command, argc, argv);
}
