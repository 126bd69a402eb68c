#include "vswitchd.h"

#include "cleanup.h"
#include "ct_line.h"

VLOG_DEFINE_THIS_MODULE(vswitchd);

/* How long an answer may take. */
#define ANSWER_MAX_MS 10000

/* Lines that are parsed in one run: packets wait meanwhile. */
#define LINES_PER_RUN 1000

struct vswitchd {
    char *target;            /* NULL: to be found. */
    struct watcher *watcher; /* Borrowed. */

    struct stream *stream;   /* While it connects. */
    struct jsonrpc *rpc;     /* Then. */
    bool waiting;            /* For an answer, until 'deadline_ms'. */
    long long int deadline_ms;

    /* The look that goes on. */
    bool looking;
    struct svec datapaths;   /* Names; empty: to be asked for. */
    size_t next_datapath;
    char *text;              /* An answer that is being parsed, from */
    size_t offset;           /* there on; or NULL. */
    size_t n_connections;

    size_t n_last;           /* Connections of the last look. */
    char *error;             /* Why the last look failed, or NULL. */
};

struct vswitchd *
vswitchd_new(const char *target, struct watcher *watcher)
{
    struct vswitchd *v = xzalloc(sizeof *v);

    v->target = nullable_xstrdup(target);
    v->watcher = watcher;
    svec_init(&v->datapaths);
    return v;
}

static void
disconnect(struct vswitchd *v)
{
    stream_close(v->stream);
    jsonrpc_close(v->rpc);
    v->stream = NULL;
    v->rpc = NULL;
    v->waiting = false;
    svec_clear(&v->datapaths);
}

void
vswitchd_free(struct vswitchd *v)
{
    if (v) {
        disconnect(v);
        svec_destroy(&v->datapaths);
        free(v->text);
        free(v->target);
        free(v->error);
        free(v);
    }
}

/* Takes 'why'. */
static void
fail(struct vswitchd *v, char *why)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 3);

    if (!v->error || strcmp(v->error, why)) {
        VLOG_WARN_RL(&rl, "ovs-vswitchd does not tell its connections, so no "
                     "service is idled: %s", why);
    }
    free(v->error);
    v->error = why;
    free(v->text);
    v->text = NULL;
    disconnect(v);
    if (v->looking) {
        v->looking = false;
        watcher_fail(v->watcher, time_msec());
    }
}

/* --- The conversation --- */

/* The socket of the ovs-vswitchd that runs here; the caller's. */
static char *
find_target(const struct vswitchd *v, char **why)
{
    char *pidfile OWNED_STRING = xasprintf("%s/ovs-vswitchd.pid",
                                           ovs_rundir());
    pid_t pid;

    if (v->target) {
        return xstrdup(v->target);
    }
    pid = read_pidfile(pidfile);
    if (pid < 0) {
        *why = xasprintf("%s: %s; name its control socket with "
                         "--vswitchd=SOCKET", pidfile,
                         ovs_strerror((int) -pid));
        return NULL;
    }
    return xasprintf("%s/ovs-vswitchd.%ld.ctl", ovs_rundir(), (long) pid);
}

static void
connect_to(struct vswitchd *v)
{
    char *why = NULL;
    char *target OWNED_STRING = find_target(v, &why);
    char *remote OWNED_STRING = NULL;
    int error;

    if (!target) {
        fail(v, why);
        return;
    }
    remote = xasprintf("unix:%s", target);
    error = stream_open(remote, &v->stream, DSCP_DEFAULT);
    if (error) {
        v->stream = NULL;
        fail(v, xasprintf("%s: %s", target, ovs_strerror(error)));
    }
}

static void
ask(struct vswitchd *v, const char *command, const char *datapath)
{
    struct json *params = json_array_create_empty();
    int error;

    if (datapath) {
        /* The state of both sides, and time-outs. */
        json_array_add(params, json_string_create("-m"));
        json_array_add(params, json_string_create("-s"));
        json_array_add(params, json_string_create(datapath));
    }
    v->waiting = true;
    v->deadline_ms = time_msec() + ANSWER_MAX_MS;
    error = jsonrpc_send(v->rpc,
                         jsonrpc_create_request(command, params, NULL));
    if (error) {
        fail(v, xstrdup(ovs_retval_to_string(error)));
    }
}

/* "netdev@ovs-netdev", one a line. */
static void
take_datapaths(struct vswitchd *v, const char *text)
{
    char *copy OWNED_STRING = xstrdup(text);
    char *save = NULL;

    for (char *name = strtok_r(copy, "\n", &save); name;
         name = strtok_r(NULL, "\n", &save)) {
        svec_add(&v->datapaths, name);
    }
    if (!v->datapaths.n) {
        fail(v, xstrdup("it has no datapath"));
    }
}

static void
take_answer(struct vswitchd *v, const struct jsonrpc_msg *msg)
{
    const struct json *result = msg->type == JSONRPC_REPLY ? msg->result
                                                           : msg->error;
    const char *text = result && result->type == JSON_STRING
                       ? json_string(result) : "no answer to what was asked";

    v->waiting = false;
    if (msg->type != JSONRPC_REPLY || !result
        || result->type != JSON_STRING) {
        char *why = xstrdup(text);

        why[strcspn(why, "\n")] = '\0';
        fail(v, why);
    } else if (!v->datapaths.n) {
        take_datapaths(v, text);
    } else {
        v->text = xstrdup(text);
        v->offset = 0;
    }
}

static void
receive(struct vswitchd *v, long long int now_ms)
{
    struct jsonrpc_msg *msg = NULL;
    int error;

    jsonrpc_run(v->rpc);
    error = jsonrpc_recv(v->rpc, &msg);
    if (!error) {
        take_answer(v, msg);
        jsonrpc_msg_destroy(msg);
    } else if (error != EAGAIN) {
        fail(v, xstrdup(ovs_retval_to_string(error)));
    } else if (now_ms >= v->deadline_ms) {
        fail(v, xasprintf("no answer in %d s", ANSWER_MAX_MS / 1000));
    }
}

/* --- A look --- */

static void
parse_some(struct vswitchd *v)
{
    for (int i = 0; i < LINES_PER_RUN && v->text[v->offset]; i++) {
        const char *line = &v->text[v->offset];
        size_t len = strcspn(line, "\n");
        struct watch_conn conn;

        if (ct_line_parse(line, &conn)) {
            watcher_add(v->watcher, &conn);
            v->n_connections++;
        }
        v->offset += len + (line[len] == '\n');
    }
    if (!v->text[v->offset]) {
        free(v->text);
        v->text = NULL;
    }
}

static void
go_on(struct vswitchd *v, long long int now_ms)
{
    if (v->text) {
        parse_some(v);
    } else if (v->stream) {
        int error = stream_connect(v->stream);

        if (!error) {
            v->rpc = jsonrpc_open(STEAL(v->stream));
        } else if (error != EAGAIN) {
            fail(v, xstrdup(ovs_retval_to_string(error)));
        }
    } else if (!v->rpc) {
        connect_to(v);
    } else if (v->waiting) {
        receive(v, now_ms);
    } else if (!v->datapaths.n) {
        ask(v, "dpctl/dump-dps", NULL);
    } else if (v->next_datapath < v->datapaths.n) {
        ask(v, "dpctl/dump-conntrack",
            v->datapaths.names[v->next_datapath++]);
    } else {
        v->looking = false;
        v->n_last = v->n_connections;
        free(v->error);
        v->error = NULL;
        watcher_end(v->watcher, now_ms);
    }
}

/* True if the next step need not wait for ovs-vswitchd. */
static bool
can_go_on(const struct vswitchd *v)
{
    return v->looking && !v->text && !v->stream && !v->waiting;
}

void
vswitchd_run(struct vswitchd *v, long long int now_ms)
{
    if (!v->looking && watcher_wants(v->watcher, now_ms)) {
        v->looking = true;
        v->next_datapath = 0;
        v->n_connections = 0;
        watcher_begin(v->watcher, now_ms);
    }
    if (v->looking) {
        do {
            go_on(v, time_msec());
        } while (can_go_on(v));
    }
}

void
vswitchd_wait(const struct vswitchd *v)
{
    if (!v->looking) {
        watcher_wait(v->watcher);
    } else if (v->text) {
        poll_immediate_wake();
    } else if (v->stream) {
        stream_run_wait(v->stream);
        stream_connect_wait(v->stream);
    } else {
        jsonrpc_wait(v->rpc);
        jsonrpc_recv_wait(v->rpc);
        poll_timer_wait_until(v->deadline_ms);
    }
}

struct json *
vswitchd_status(const struct vswitchd *v)
{
    struct json *json = json_object_create();

    json_object_put(json, "connected", json_boolean_create(v->rpc != NULL));
    json_object_put(json, "connections", json_integer_create(v->n_last));
    if (v->error) {
        json_object_put_string(json, "error", v->error);
    }
    return json;
}
