#include "cli_rpc.h"

#include <sys/stat.h>

#include "cleanup.h"

struct cli_rpc {
    char *remote;
    long long deadline_ms;
    struct stream *stream;       /* While connecting. */
    struct jsonrpc *rpc;         /* Once connected. */
    struct jsonrpc_msg *request; /* Until it is sent. */
    bool done;
    struct json *result;
    char *problem;
    bool refused;
};

static void
finish(struct cli_rpc *rpc, struct json *result, char *problem)
{
    rpc->done = true;
    rpc->result = result;
    rpc->problem = problem;
}

/* Why connecting failed, in words that help: the caller's. */
static char *
explain(const char *remote, int error)
{
    const char *path = remote + strlen("unix:");
    struct stat st;

    if (!strncmp(remote, "unix:", 5)) {
        if (stat(path, &st) && errno == ENOENT) {
            return xasprintf("there is no socket %s", path);
        } else if (error == ECONNREFUSED) {
            return xasprintf("nobody listens on the socket %s any more", path);
        } else if (error == EACCES) {
            return xasprintf("no permission for the socket %s; try as root",
                             path);
        }
    } else if (!strncmp(remote, "ssl:", 4) && !stream_ssl_is_configured()) {
        return xstrdup("ssl: needs --private-key, --certificate and "
                       "--ca-cert");
    } else if (error == EAFNOSUPPORT || error == EINVAL) {
        return xstrdup("not a remote; write unix:PATH, tcp:ADDRESS:PORT or "
                       "ssl:ADDRESS:PORT");
    } else if (error == EPROTO && !strncmp(remote, "ssl:", 4)) {
        return xstrdup("TLS failed: do both sides' certificates come from "
                       "the same authority?");
    }
    return xstrdup(ovs_retval_to_string(error));
}

struct cli_rpc *
cli_rpc_new(const char *remote, const char *method, struct json **params,
            long long deadline_ms)
{
    struct cli_rpc *rpc = xzalloc(sizeof *rpc);
    int error;

    rpc->remote = xstrdup(remote);
    rpc->deadline_ms = deadline_ms;
    rpc->request = jsonrpc_create_request(method, *params, NULL);
    *params = NULL;
    error = jsonrpc_stream_open(remote, &rpc->stream, DSCP_DEFAULT);
    if (error) {
        rpc->stream = NULL;
        rpc->refused = error == ECONNREFUSED;
        finish(rpc, NULL, explain(remote, error));
    }
    return rpc;
}

struct cli_rpc *
cli_rpc_new_databases(const char *remote, long long deadline_ms)
{
    struct json *params = json_from_string(
        "[\"_Server\", {\"op\": \"select\", \"table\": \"Database\","
        " \"where\": [], \"columns\":"
        " [\"name\", \"model\", \"connected\", \"leader\"]}]");

    return cli_rpc_new(remote, "transact", &params, deadline_ms);
}

void
cli_rpc_free(struct cli_rpc *rpc)
{
    if (rpc) {
        stream_close(rpc->stream);
        jsonrpc_close(rpc->rpc);
        jsonrpc_msg_destroy(rpc->request);
        json_destroy(rpc->result);
        free(rpc->problem);
        free(rpc->remote);
        free(rpc);
    }
}

static void
connect_run(struct cli_rpc *rpc)
{
    int error = stream_connect(rpc->stream);

    if (!error) {
        rpc->rpc = jsonrpc_open(STEAL(rpc->stream));
        error = jsonrpc_send(rpc->rpc, STEAL(rpc->request));
    }
    if (error && error != EAGAIN) {
        rpc->refused = error == ECONNREFUSED;
        finish(rpc, NULL, explain(rpc->remote, error));
    }
}

static void
take_reply(struct cli_rpc *rpc, struct jsonrpc_msg *msg)
{
    if (msg->type == JSONRPC_REPLY && msg->result) {
        finish(rpc, STEAL(msg->result), NULL);
    } else if (msg->type == JSONRPC_ERROR && msg->error) {
        char *text OWNED_STRING =
            (msg->error->type == JSON_STRING ? xstrdup(json_string(msg->error))
                                             : json_to_string(msg->error, 0));

        finish(rpc, NULL, xasprintf("it answered: %s", text));
    }
}

bool
cli_rpc_run(struct cli_rpc *rpc)
{
    if (!rpc->done && rpc->stream) {
        connect_run(rpc);
    }
    if (!rpc->done && rpc->rpc) {
        struct jsonrpc_msg *msg = NULL;
        int error;

        jsonrpc_run(rpc->rpc);
        error = jsonrpc_recv(rpc->rpc, &msg);
        if (!error) {
            take_reply(rpc, msg);
            jsonrpc_msg_destroy(msg);
            /* Something else may be on its way before the answer. */
            poll_immediate_wake();
        } else if (error != EAGAIN) {
            finish(rpc, NULL, explain(rpc->remote, error));
        }
    }
    if (!rpc->done && time_msec() >= rpc->deadline_ms) {
        finish(rpc, NULL, xstrdup("no answer in time"));
    }
    return rpc->done;
}

void
cli_rpc_wait(const struct cli_rpc *rpc)
{
    if (rpc->done) {
        return;
    }
    poll_timer_wait_until(rpc->deadline_ms);
    if (rpc->stream) {
        stream_run_wait(rpc->stream);
        stream_connect_wait(rpc->stream);
    } else if (rpc->rpc) {
        jsonrpc_wait(rpc->rpc);
        jsonrpc_recv_wait(rpc->rpc);
    }
}

const char *
cli_rpc_remote(const struct cli_rpc *rpc)
{
    return rpc->remote;
}

const struct json *
cli_rpc_result(const struct cli_rpc *rpc)
{
    return rpc->result;
}

const char *
cli_rpc_problem(const struct cli_rpc *rpc)
{
    return rpc->problem ? rpc->problem : "";
}

bool
cli_rpc_is_refused(const struct cli_rpc *rpc)
{
    return rpc->refused;
}

static const struct json *
member(const struct json *json, const char *name, enum json_type type)
{
    const struct json *value;

    if (!json || json->type != JSON_OBJECT) {
        return NULL;
    }
    value = shash_find_data(json_object(json), name);
    return value && value->type == type ? value : NULL;
}

static bool
member_equals(const struct json *json, const char *name, const char *wanted)
{
    const struct json *value = member(json, name, JSON_STRING);

    return value && !strcmp(json_string(value), wanted);
}

/* Rows of [{"rows": [...]}], or NULL. */
static const struct json *
answer_rows(const struct json *result)
{
    if (!result || result->type != JSON_ARRAY || !json_array(result)->n) {
        return NULL;
    }
    return member(json_array(result)->elems[0], "rows", JSON_ARRAY);
}

struct cli_database
cli_rpc_database(const struct cli_rpc *rpc, const char *name)
{
    const struct json *rows = answer_rows(rpc->result);

    for (size_t i = 0; rows && i < json_array(rows)->n; i++) {
        const struct json *row = json_array(rows)->elems[i];

        if (member_equals(row, "name", name)) {
            return (struct cli_database) {
                .exists = true,
                .clustered = member_equals(row, "model", "clustered"),
                .connected = member(row, "connected", JSON_TRUE),
                .leader = member(row, "leader", JSON_TRUE),
            };
        }
    }
    return (struct cli_database) {.exists = false};
}
