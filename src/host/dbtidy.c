#include "dbtidy.h"

#include <sys/stat.h>

#include "cleanup.h"

VLOG_DEFINE_THIS_MODULE(dbtidy);

/* How long the server may take. */
#define ANSWER_MAX_MS 60000

/* Less growth than this, and than a quarter, is not worth it. */
#define MIN_GROWTH (1024 * 1024)

static const struct {
    const char *method;
    const char *argument; /* Or NULL. */
} commands[] = {
    { "ovsdb-server/memory-trim-on-compaction", "on" },
    { "ovsdb-server/compact", NULL },
};

struct dbtidy {
    char *control, *file;
    off_t size;             /* Of the file after the last time. */
    unsigned int n_done;

    struct stream *stream;  /* While it connects. */
    struct jsonrpc *rpc;    /* Then. */
    size_t next;            /* In 'commands': what has been asked for. */
    long long deadline_ms;
};

struct dbtidy *
dbtidy_new(const char *control, const char *file)
{
    struct dbtidy *tidy = xzalloc(sizeof *tidy);

    tidy->control = xstrdup(control);
    tidy->file = xstrdup(file);
    return tidy;
}

static void
disconnect(struct dbtidy *tidy)
{
    stream_close(tidy->stream);
    jsonrpc_close(tidy->rpc);
    tidy->stream = NULL;
    tidy->rpc = NULL;
}

void
dbtidy_free(struct dbtidy *tidy)
{
    if (tidy) {
        disconnect(tidy);
        free(tidy->control);
        free(tidy->file);
        free(tidy);
    }
}

static off_t
file_size(const struct dbtidy *tidy)
{
    struct stat s;

    return stat(tidy->file, &s) ? 0 : s.st_size;
}

static void
fail(struct dbtidy *tidy, const char *why)
{
    VLOG_INFO("%s: not compacted: %s", tidy->control, why);
    disconnect(tidy);
}

void
dbtidy_rest(struct dbtidy *tidy, long long now_ms)
{
    char *remote OWNED_STRING = xasprintf("unix:%s", tidy->control);
    off_t size = file_size(tidy);

    if (tidy->stream || tidy->rpc
        || size < tidy->size + MAX(MIN_GROWTH, tidy->size / 4)) {
        return;
    }
    tidy->size = size;
    tidy->next = 0;
    tidy->deadline_ms = now_ms + ANSWER_MAX_MS;

    int error = stream_open(remote, &tidy->stream, DSCP_DEFAULT);
    if (error) {
        tidy->stream = NULL;
        fail(tidy, ovs_strerror(error));
    }
}

static void
ask(struct dbtidy *tidy)
{
    const char *argument = commands[tidy->next].argument;
    struct json *params = json_array_create_empty();

    if (argument) {
        json_array_add(params, json_string_create(argument));
    }
    int error = jsonrpc_send(tidy->rpc,
                             jsonrpc_create_request(
                                 commands[tidy->next].method, params, NULL));
    if (error) {
        fail(tidy, ovs_retval_to_string(error));
    }
}

static void
connected(struct dbtidy *tidy)
{
    struct stream *stream = tidy->stream;

    tidy->stream = NULL;
    tidy->rpc = jsonrpc_open(stream);
    ask(tidy);
}

/* A server that does not know a command does not end the conversation. */
static void
answered(struct dbtidy *tidy)
{
    if (++tidy->next < ARRAY_SIZE(commands)) {
        ask(tidy);
        return;
    }
    disconnect(tidy);
    tidy->size = file_size(tidy);
    tidy->n_done++;
}

static void
receive(struct dbtidy *tidy, long long now_ms)
{
    struct jsonrpc_msg *msg;

    jsonrpc_run(tidy->rpc);
    int error = jsonrpc_recv(tidy->rpc, &msg);
    if (!error) {
        jsonrpc_msg_destroy(msg);
        answered(tidy);
    } else if (error != EAGAIN) {
        fail(tidy, ovs_retval_to_string(error));
    } else if (now_ms >= tidy->deadline_ms) {
        fail(tidy, "no answer");
    }
}

void
dbtidy_run(struct dbtidy *tidy, long long now_ms)
{
    if (tidy->stream) {
        int error = stream_connect(tidy->stream);

        if (!error) {
            connected(tidy);
        } else if (error != EAGAIN) {
            fail(tidy, ovs_strerror(error));
        }
    } else if (tidy->rpc) {
        receive(tidy, now_ms);
    }
}

void
dbtidy_wait(const struct dbtidy *tidy)
{
    if (tidy->stream) {
        stream_connect_wait(tidy->stream);
    } else if (tidy->rpc) {
        jsonrpc_wait(tidy->rpc);
        jsonrpc_recv_wait(tidy->rpc);
        poll_timer_wait_until(tidy->deadline_ms);
    }
}

unsigned int
dbtidy_n_done(const struct dbtidy *tidy)
{
    return tidy->n_done;
}
