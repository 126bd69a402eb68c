#include "cli_trace.h"

#include "cleanup.h"
#include "cli_output.h"
#include "netload.h"

#define DEFAULT_TIMEOUT_MS 10000

/* OVN's tables as select answers them: [{"rows": [...]}, ...] -> tables. */
static struct json *
tables_from_reply(const struct json *result)
{
    struct json *tables = json_object_create();

    for (size_t i = 0; netload_tables[i]; i++) {
        const struct json *answer = (result->type == JSON_ARRAY
                                     && i < json_array(result)->n
                                     ? json_array(result)->elems[i] : NULL);
        const struct json *rows = (answer && answer->type == JSON_OBJECT
                                   ? shash_find_data(json_object(answer),
                                                     "rows") : NULL);

        if (rows) {
            json_object_put(tables, netload_tables[i], json_clone(rows));
        }
    }
    return tables;
}

static struct json *
select_all(void)
{
    struct json *params = json_array_create_1(
        json_string_create("OVN_Southbound"));

    for (size_t i = 0; netload_tables[i]; i++) {
        struct json *op = json_object_create();

        json_object_put_string(op, "op", "select");
        json_object_put_string(op, "table", netload_tables[i]);
        json_object_put(op, "where", json_array_create_empty());
        json_array_add(params, op);
    }
    return params;
}

static struct json *
from_database(const struct cli *cli)
{
    long long timeout = cli->timeout_ms ? cli->timeout_ms
                                        : DEFAULT_TIMEOUT_MS;
    const char *remote = cli_value_get(cli, "db");
    struct stream *stream;
    struct jsonrpc_msg *reply;
    struct json *tables = NULL;

    remote = remote ? remote : cli->sb_remote;
    int error = stream_open_block(
        jsonrpc_stream_open(remote, &stream, DSCP_DEFAULT), timeout,
        &stream);
    if (error) {
        cli_error("%s: %s", remote, ovs_retval_to_string(error));
        return NULL;
    }

    struct jsonrpc *rpc = jsonrpc_open(stream);
    error = jsonrpc_transact_block(
        rpc, jsonrpc_create_request("transact", select_all(), NULL),
        &reply);
    if (error) {
        cli_error("%s: %s", remote, ovs_retval_to_string(error));
    } else {
        tables = tables_from_reply(reply->result);
        jsonrpc_msg_destroy(reply);
    }
    jsonrpc_close(rpc);
    return tables;
}

struct json *
cli_trace_tables(const struct cli *cli)
{
    const char *file = cli_value_get(cli, "flows");

    if (!file) {
        return from_database(cli);
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
