#include "cli_conn.h"

#include "cleanup.h"
#include "cli_output.h"
#include "cli_rpc.h"

/* A database on the same machine answers in milliseconds. */
#define CONNECT_MS 5000
/* How long an optional database is waited for after the others are there. */
#define OPTIONAL_MS 1000
#define PROBE_MS 1000

void
cli_conn_run(struct cli_conn *conn)
{
    if (conn->nb) {
        nb_run(conn->nb);
    }
    if (conn->sb) {
        sb_run(conn->sb);
    }
    if (conn->admin) {
        nb_admin_run(conn->admin);
    }
    if (conn->compile) {
        idlconn_run(conn->compile);
    }
}

void
cli_conn_block(struct cli_conn *conn, long long until_ms)
{
    if (conn->nb) {
        nb_wait(conn->nb);
    }
    if (conn->sb) {
        sb_wait(conn->sb);
    }
    if (conn->admin) {
        nb_admin_wait(conn->admin);
    }
    if (conn->compile) {
        idlconn_wait(conn->compile);
    }
    if (until_ms != LLONG_MAX) {
        poll_timer_wait_until(until_ms);
    }
    poll_block();
}

void
cli_rpc_block(struct cli_rpc *const rpcs[], size_t n)
{
    for (;;) {
        bool done = true;

        for (size_t i = 0; i < n; i++) {
            done &= cli_rpc_run(rpcs[i]);
        }
        if (done) {
            return;
        }
        for (size_t i = 0; i < n; i++) {
            cli_rpc_wait(rpcs[i]);
        }
        poll_block();
    }
}

static bool
is_ready(const struct cli_conn *conn, unsigned needs)
{
    return ((!(needs & CLI_NEED_NB) || nb_is_ready(conn->nb))
            && (!(needs & CLI_NEED_SB) || sb_is_ready(conn->sb))
            && (!(needs & CLI_NEED_ADMIN) || nb_admin_is_ready(conn->admin))
            && (!(needs & CLI_NEED_COMPILE)
                || idlconn_is_connected(conn->compile)));
}

static void
explain_remote(const struct cli_rpc *rpc, const char *database)
{
    if (!cli_rpc_result(rpc)) {
        cli_error("  %s: %s", cli_rpc_remote(rpc), cli_rpc_problem(rpc));
        return;
    }

    struct cli_database db = cli_rpc_database(rpc, database);

    if (!db.exists) {
        cli_error("  %s: answers, but has no database %s", cli_rpc_remote(rpc),
                  database);
    } else if (db.clustered && !db.connected) {
        cli_error("  %s: answers, but is cut off from its cluster",
                  cli_rpc_remote(rpc));
    } else {
        cli_error("  %s: answers, but has not sent its content in time",
                  cli_rpc_remote(rpc));
    }
}

/* Says for each remote of 'remotes' what is wrong with it. */
static void
explain(const char *remotes, const char *database, const char *option,
        const char *variable)
{
    char *copy OWNED_STRING = xstrdup(remotes);
    long long deadline_ms = time_msec() + PROBE_MS;
    struct cli_rpc **rpcs = NULL;
    size_t n = 0, allocated = 0;
    char *save = NULL;

    for (char *remote = strtok_r(copy, ", ", &save); remote;
         remote = strtok_r(NULL, ", ", &save)) {
        if (n >= allocated) {
            rpcs = x2nrealloc(rpcs, &allocated, sizeof *rpcs);
        }
        rpcs[n++] = cli_rpc_new_databases(remote, deadline_ms);
    }
    cli_rpc_block(rpcs, n);
    cli_error("no connection to %s:", database);
    for (size_t i = 0; i < n; i++) {
        explain_remote(rpcs[i], database);
        cli_rpc_free(rpcs[i]);
    }
    cli_error("is its ovsdb-server running? say where with %s or %s", option,
              variable);
    free(rpcs);
}

static int
explain_missing(const struct cli_conn *conn, const struct cli *cli,
                unsigned required)
{
    if (!is_ready(conn, required & (CLI_NEED_NB | CLI_NEED_ADMIN
                                   | CLI_NEED_COMPILE))) {
        explain(cli->nb_remote, "OVN_Northbound", "--ovnnb-db", "OVN_NB_DB");
    }
    if (!is_ready(conn, required & CLI_NEED_SB)) {
        explain(cli->sb_remote, "OVN_Southbound", "--ovnsb-db", "OVN_SB_DB");
    }
    return CLI_NO_CONNECTION;
}

/* True if no member can be there: sockets of this machine, none of which
 * exists.  There is no point in waiting for them unless the user says so. */
static bool
is_hopeless(const char *remotes)
{
    char *copy OWNED_STRING = xstrdup(remotes);
    char *save = NULL;

    for (char *remote = strtok_r(copy, ", ", &save); remote;
         remote = strtok_r(NULL, ", ", &save)) {
        if (strncmp(remote, "unix:", 5) || !access(remote + 5, F_OK)) {
            return false;
        }
    }
    return true;
}

static void
drop_late(struct cli_conn *conn, unsigned optional)
{
    if (!is_ready(conn, optional & CLI_NEED_NB)) {
        nb_free(conn->nb);
        conn->nb = NULL;
    }
    if (!is_ready(conn, optional & CLI_NEED_SB)) {
        sb_free(conn->sb);
        conn->sb = NULL;
    }
}

static unsigned
hopeless_needs(const struct cli *cli)
{
    return ((is_hopeless(cli->nb_remote) ? CLI_NEED_NB | CLI_NEED_ADMIN
                                           | CLI_NEED_COMPILE : 0)
            | (is_hopeless(cli->sb_remote) ? CLI_NEED_SB : 0));
}

static void
open_all(struct cli_conn *conn, const struct cli *cli, unsigned needs)
{
    *conn = (struct cli_conn) {.nb = NULL};
    if (needs & CLI_NEED_NB) {
        conn->nb = nb_new(&(struct nb_options) {.remote = cli->nb_remote});
    }
    if (needs & CLI_NEED_SB) {
        conn->sb = sb_new(&(struct sb_options) {
            .remote = cli->sb_remote, .activity = SB_ACTIVITY_ALL,
        });
    }
    if (needs & CLI_NEED_ADMIN) {
        conn->admin = nb_admin_new(cli->nb_remote);
    }
    if (needs & CLI_NEED_COMPILE) {
        conn->compile = xzalloc(sizeof *conn->compile);
        compile_open(conn->compile, cli->nb_remote, false);
    }
}

int
cli_conn_open(struct cli_conn *conn, const struct cli *cli, unsigned required,
              unsigned optional)
{
    unsigned hopeless = cli->timeout_ms ? 0 : hopeless_needs(cli);
    long long give_up_ms =
        time_msec() + (cli->timeout_ms ? cli->timeout_ms : CONNECT_MS);
    long long optional_ms = LLONG_MAX;

    optional &= ~hopeless;
    open_all(conn, cli, required | optional);
    if (required & hopeless) {
        return explain_missing(conn, cli, required);
    }
    for (;;) {
        cli_conn_run(conn);
        if (is_ready(conn, required | optional)) {
            return CLI_OK;
        }
        if (is_ready(conn, required)) {
            optional_ms = MIN(optional_ms, time_msec() + OPTIONAL_MS);
        }
        if (time_msec() >= MIN(give_up_ms, optional_ms)) {
            break;
        }
        cli_conn_block(conn, MIN(give_up_ms, optional_ms));
    }
    if (!is_ready(conn, required)) {
        return explain_missing(conn, cli, required);
    }
    drop_late(conn, optional);
    return CLI_OK;
}

void
cli_conn_close(struct cli_conn *conn)
{
    nb_free(conn->nb);
    sb_free(conn->sb);
    nb_admin_free(conn->admin);
    if (conn->compile) {
        idlconn_close(conn->compile);
        free(conn->compile);
    }
    *conn = (struct cli_conn) {.nb = NULL};
}
