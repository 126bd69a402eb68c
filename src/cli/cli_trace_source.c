#include "cli_trace.h"

#include "cleanup.h"
#include "cli_host.h"
#include "cli_output.h"
#include "netload.h"
#include "row.h"

#define DEFAULT_TIMEOUT_MS 10000

/* What is looked at first, and needed beside what a `rouse host` says. */
static const char *const first_tables[] = {
    "Logical_Flow", "Datapath_Binding", "MAC_Binding", "FDB", NULL,
};

/* OVN's tables as select answers them: [{"rows": [...]}, ...] -> tables. */
static struct json *
tables_from_reply(const struct json *result, const char *const names[])
{
    struct json *tables = json_object_create();

    for (size_t i = 0; names[i]; i++) {
        const struct json *answer = (result->type == JSON_ARRAY
                                     && i < json_array(result)->n
                                     ? json_array(result)->elems[i] : NULL);
        const struct json *rows = (answer && answer->type == JSON_OBJECT
                                   ? shash_find_data(json_object(answer),
                                                     "rows") : NULL);

        if (rows) {
            json_object_put(tables, names[i], json_clone(rows));
        }
    }
    return tables;
}

/* All columns, or only 'column'. */
static void
select_rows(struct json *params, const char *table, const char *column)
{
    struct json *op = json_object_create();

    json_object_put_string(op, "op", "select");
    json_object_put_string(op, "table", table);
    json_object_put(op, "where", json_array_create_empty());
    if (column) {
        json_object_put(op, "columns",
                        json_array_create_1(json_string_create(column)));
    }
    json_array_add(params, op);
}

/* The tables called 'names'; of flows all columns, or only 'flow_column'. */
static struct json *
from_database(const struct cli *cli, const char *remote,
              const char *const names[], const char *flow_column)
{
    long long timeout = cli->timeout_ms ? cli->timeout_ms
                                        : DEFAULT_TIMEOUT_MS;
    struct jsonrpc_msg *reply;
    struct json *tables = NULL;
    struct stream *stream;

    int error = stream_open_block(
        jsonrpc_stream_open(remote, &stream, DSCP_DEFAULT), timeout,
        &stream);
    if (error) {
        cli_error("%s: %s", remote, ovs_retval_to_string(error));
        return NULL;
    }

    struct jsonrpc *rpc = jsonrpc_open(stream);
    struct json *params = json_array_create_1(
        json_string_create("OVN_Southbound"));
    for (size_t i = 0; names[i]; i++) {
        select_rows(params, names[i],
                    strcmp(names[i], "Logical_Flow") ? NULL : flow_column);
    }
    error = jsonrpc_transact_block(
        rpc, jsonrpc_create_request("transact", params, NULL), &reply);
    if (error) {
        cli_error("%s: %s", remote, ovs_retval_to_string(error));
    } else {
        tables = tables_from_reply(reply->result, names);
        jsonrpc_msg_destroy(reply);
    }
    jsonrpc_close(rpc);
    return tables;
}

/* True if both speak of a datapath; or one of them of none. */
static bool
belong_together(const struct json *a, const struct json *b)
{
    const struct json *ours = row_column(a, "Datapath_Binding");
    const struct json *theirs = row_column(b, "Datapath_Binding");
    struct sset uuids = SSET_INITIALIZER(&uuids);

    for (size_t i = 0; i < row_array_n(ours); i++) {
        sset_add(&uuids, row_string(json_array(ours)->elems[i], "_uuid"));
    }
    bool found = sset_is_empty(&uuids) || !row_array_n(theirs);
    for (size_t i = 0; i < row_array_n(theirs) && !found; i++) {
        found = sset_contains(&uuids, row_string(json_array(theirs)->elems[i],
                                                 "_uuid"));
    }
    sset_destroy(&uuids);
    return found;
}

/* `rouse host` keeps flows to itself.  All that it has made is taken from
 * there, so that it fits together; from the database, only what chassis have
 * learned. */
static struct json *
from_host(const struct cli *cli, const char *remote,
          const struct json *database)
{
    static const char *const learned[] = { "MAC_Binding", "FDB" };
    struct json *tables = cli_host_tables(cli);

    if (!tables) {
        cli_error("%s: there are no logical flows", remote);
        return NULL;
    } else if (!belong_together(tables, database)) {
        cli_error("%s: there are no logical flows, and \"rouse host\" has "
                  "those of another database; --socket=FILE or ROUSE_RUNDIR "
                  "says which one to ask", remote);
        json_destroy(tables);
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_SIZE(learned); i++) {
        const struct json *rows = row_column(database, learned[i]);

        if (rows) {
            json_object_put(tables, learned[i], json_clone(rows));
        }
    }
    return tables;
}

static struct json *
from_network(const struct cli *cli)
{
    const char *remote = cli_value_get(cli, "db");

    remote = remote ? remote : cli->sb_remote;

    /* Without flows, nothing else is worth to be read: a server that is asked
     * for all of its rows needs as much memory again. */
    struct json *first OWNED_JSON = from_database(cli, remote, first_tables,
                                                  "_uuid");
    return !first ? NULL
           : row_array_n(row_column(first, "Logical_Flow"))
             ? from_database(cli, remote, netload_tables, NULL)
             : from_host(cli, remote, first);
}

struct json *
cli_trace_tables(const struct cli *cli)
{
    const char *file = cli_value_get(cli, "flows");

    if (!file) {
        return from_network(cli);
    }

    struct json *json = json_from_file(file);
    if (json->type != JSON_OBJECT) {
        cli_error("%s: %s", file,
                  json->type == JSON_STRING ? json_string(json)
                  : "no object of tables");
        json_destroy(json);
        return NULL;
    }
    return json;
}
