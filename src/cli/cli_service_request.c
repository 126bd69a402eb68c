#include "cli_service.h"

#include "cleanup.h"
#include "cli_output.h"
#include "cli_view.h"
#include "timefmt.h"

/* A waker takes a request in milliseconds. */
#define HINT_MS 5000
#define IDLE_MS 60000
/* The waker gives up by itself after rouse-wake-timeout: let it say so. */
#define WAKE_SLACK_MS 5000
/* Longer than that, and it stays in the state that was not asked for. */
#define SETTLED_MS 1000

enum outcome {
    OUTCOME_PENDING,
    OUTCOME_REACHED, /* The wanted state; or it was so already. */
    OUTCOME_SENT,    /* --no-wait. */
    OUTCOME_FAILED,
    OUTCOME_TIMED_OUT,
};

/* One service that the user wants awake or asleep. */
struct errand {
    struct uuid uuid;
    char *label;
    char *shown; /* The label, fit for a terminal. */
    enum service_request request;
    enum outcome outcome;
    char *error;             /* With OUTCOME_FAILED. */
    bool was_there;          /* It was in the wanted state already. */
    long long since_wall_ms; /* rouse-state-since before the request. */
    long long started_ms;
    long long timeout_ms;
    long long elapsed_ms;     /* At the outcome. */
    enum service_state state; /* As last seen. */
    bool taken;               /* A waker has taken the request. */
    bool left;                /* The state has changed since the request. */
    long long contrary_ms;    /* Since when it has been settled in another
                               * state than the wanted one; 0: it is not. */
};

struct errands {
    const struct cli *cli;
    struct errand *list;
    size_t n;
    bool hinted;
};

static enum service_state
wanted_state(const struct errand *e)
{
    return e->request == REQUEST_WAKE ? SERVICE_AWAKE : SERVICE_ASLEEP;
}

static const char *
doing(const struct errand *e)
{
    return e->request == REQUEST_WAKE ? "waking" : "idling";
}

static void
errand_finish(struct errand *e, enum outcome outcome)
{
    e->outcome = outcome;
    e->elapsed_ms = time_msec() - e->started_ms;
}

/* The request was taken, and this is what the row says now. */
static void
errand_follow(struct errand *e, const struct nb_service *svc)
{
    bool on_its_way = e->state == SERVICE_WAKING || e->state == SERVICE_IDLING;

    if (svc->since_wall_ms != e->since_wall_ms || on_its_way) {
        e->left = true;
    }
    if (e->state == wanted_state(e)) {
        errand_finish(e, OUTCOME_REACHED);
    } else if (e->left && e->state == SERVICE_FAILED) {
        e->error = xstrdup(svc->error ? svc->error : "the wake failed");
        errand_finish(e, OUTCOME_FAILED);
    } else if (!e->left || on_its_way) {
        e->contrary_ms = 0;
    } else if (!e->contrary_ms) {
        /* Something else may have ended just before. */
        e->contrary_ms = time_msec();
    } else if (time_msec() - e->contrary_ms >= SETTLED_MS) {
        e->error = xstrdup(e->state == SERVICE_AWAKE
                               ? "it was woken meanwhile"
                               : "it was put to sleep meanwhile");
        errand_finish(e, OUTCOME_FAILED);
    }
}

static void
errand_run(struct errand *e, const struct nb_admin *admin)
{
    struct nb_service *svc = NULL;
    struct nb_admin_lb lb;

    if (e->outcome != OUTCOME_PENDING) {
        return;
    }
    if (nb_admin_get(admin, &e->uuid, &lb)) {
        svc = nb_service_parse(&lb.row);
    }
    if (!svc) {
        e->error = xstrdup("it is no service any more");
        errand_finish(e, OUTCOME_FAILED);
        return;
    }
    e->state = cli_view_state(svc);
    e->taken = svc->request != e->request;
    if (e->taken) {
        errand_follow(e, svc);
    }
    if (e->outcome == OUTCOME_PENDING
        && time_msec() - e->started_ms >= e->timeout_ms) {
        if (svc->error) {
            e->error = xstrdup(svc->error);
        }
        errand_finish(e, OUTCOME_TIMED_OUT);
    }
    nb_service_free(svc);
}

static void
errand_print_error(const struct errand *e)
{
    if (e->outcome == OUTCOME_FAILED) {
        cli_error("%s load balancer \"%s\" failed: %s", doing(e), e->label,
                  e->error);
    } else if (e->outcome == OUTCOME_TIMED_OUT && !e->taken) {
        cli_error("load balancer \"%s\": no waker has taken the request; it "
                  "stays in the database until one does",
                  e->label);
    } else if (e->outcome == OUTCOME_TIMED_OUT) {
        cli_error("load balancer \"%s\" is still %s%s%s; see \"rouse service "
                  "show %s\"",
                  e->label, service_state_name(e->state), e->error ? ": " : "",
                  e->error ? e->error : "", e->label);
    }
}

static void
errand_print(const struct errand *e)
{
    char *elapsed OWNED_STRING = timefmt_duration(e->elapsed_ms);

    switch (e->outcome) {
    case OUTCOME_REACHED:
        if (e->was_there) {
            printf("%s: already %s\n", e->shown,
                   service_state_name(wanted_state(e)));
        } else {
            printf(" %s (%s)\n", service_state_name(wanted_state(e)), elapsed);
        }
        break;
    case OUTCOME_SENT:
        printf("%s: %s\n", e->shown,
               e->request == REQUEST_WAKE ? "wake requested"
                                          : "idle requested");
        break;
    case OUTCOME_FAILED:
        printf(" failed (%s)\n", elapsed);
        break;
    case OUTCOME_TIMED_OUT:
        printf(" timed out (%s)\n", elapsed);
        break;
    case OUTCOME_PENDING:
        break;
    }
    fflush(stdout);
}

static struct json *
errand_json(const struct errand *e)
{
    static const char *const names[] = {
        [OUTCOME_PENDING] = "pending",   [OUTCOME_REACHED] = "reached",
        [OUTCOME_SENT] = "sent",         [OUTCOME_FAILED] = "failed",
        [OUTCOME_TIMED_OUT] = "timeout",
    };
    struct json *object = json_object_create();

    json_object_put_string(object, "service", e->label);
    json_object_put_string(object, "request",
                           e->request == REQUEST_WAKE ? "wake" : "idle");
    json_object_put_string(object, "outcome", names[e->outcome]);
    json_object_put_string(object, "state", service_state_name(e->state));
    json_object_put(object, "elapsed_ms", json_integer_create(e->elapsed_ms));
    json_object_put(object, "error", cli_json_string(e->error));
    return object;
}

/* Adds an errand; asks for it unless the service is there already. */
static void
errands_add(struct errands *errands, struct nb_admin *admin,
            enum service_request request, const struct nb_service *svc)
{
    struct ds shown = DS_EMPTY_INITIALIZER;
    struct errand *e;

    for (size_t i = 0; i < errands->n; i++) {
        if (uuid_equals(&errands->list[i].uuid, &svc->uuid)) {
            return;
        }
    }
    cli_put_clean(&shown, svc->label);
    errands->list = xrealloc(errands->list,
                             (errands->n + 1) * sizeof *errands->list);
    e = &errands->list[errands->n++];
    *e = (struct errand) {
        .uuid = svc->uuid,
        .label = xstrdup(svc->label),
        .shown = ds_steal_cstr(&shown),
        .request = request,
        .since_wall_ms = svc->since_wall_ms,
        .started_ms = time_msec(),
        .state = cli_view_state(svc),
        .timeout_ms = errands->cli->timeout_ms,
    };
    if (!e->timeout_ms) {
        e->timeout_ms = (request == REQUEST_WAKE
                             ? svc->wake_timeout_s * 1000LL + WAKE_SLACK_MS
                             : svc->drain_s * 1000LL + IDLE_MS);
    }
    if (e->state == wanted_state(e) && svc->request == REQUEST_NONE) {
        e->was_there = true;
        errand_finish(e, OUTCOME_REACHED);
    } else {
        nb_admin_request(admin, &svc->uuid, request);
    }
}

static int
add_named(struct errands *errands, struct nb_admin *admin,
          enum service_request request)
{
    for (size_t i = 0; i < errands->cli->n_operands; i++) {
        struct nb_service *svc;
        int status =
            cli_service_find_service(admin, errands->cli->operands[i], &svc);

        if (status) {
            return status;
        }
        errands_add(errands, admin, request, svc);
        nb_service_free(svc);
    }
    return CLI_OK;
}

static int
add_all(struct errands *errands, struct nb_admin *admin,
        enum service_request request)
{
    struct uuid *uuids = NULL;
    size_t n = 0;

    nb_admin_services(admin, &uuids, &n);
    for (size_t i = 0; i < n; i++) {
        struct nb_service *svc = NULL;
        struct nb_admin_lb lb;

        if (nb_admin_get(admin, &uuids[i], &lb)) {
            svc = nb_service_parse(&lb.row);
        }
        if (svc) {
            errands_add(errands, admin, request, svc);
            nb_service_free(svc);
        }
    }
    free(uuids);
    return CLI_OK;
}

static void
hint(struct errands *errands, const struct errand *e)
{
    if (!errands->hinted && !e->taken && e->outcome == OUTCOME_PENDING
        && time_msec() - e->started_ms >= HINT_MS) {
        errands->hinted = true;
        cli_error("nobody has taken the request for 5 seconds: does a \"rouse "
                  "waker\" run, and does it hold the lock? (\"rouse status\" "
                  "on its machine tells)");
    }
}

/* Earliest time at which an errand times out, or the hint is due. */
static long long
next_deadline(const struct errands *errands)
{
    long long next_ms = LLONG_MAX;

    for (size_t i = 0; i < errands->n; i++) {
        const struct errand *e = &errands->list[i];

        if (e->outcome == OUTCOME_PENDING) {
            next_ms = MIN(next_ms, e->started_ms + e->timeout_ms);
            if (!errands->hinted && !e->taken) {
                next_ms = MIN(next_ms, e->started_ms + HINT_MS);
            }
            if (e->contrary_ms) {
                next_ms = MIN(next_ms, e->contrary_ms + SETTLED_MS);
            }
        }
    }
    return next_ms;
}

/* Waits for one after the other, so that each has its line; they all go on at
 * the same time. */
static void
errands_wait(struct errands *errands, struct cli_conn *conn)
{
    for (size_t i = 0; i < errands->n; i++) {
        struct errand *e = &errands->list[i];

        /* Also of what has ended while another one was waited for. */
        if (!e->was_there && !errands->cli->json) {
            printf("%s: %s ...", e->shown, doing(e));
            fflush(stdout);
        }
        for (;;) {
            cli_conn_run(conn);
            for (size_t j = 0; j < errands->n; j++) {
                errand_run(&errands->list[j], conn->admin);
            }
            if (e->outcome != OUTCOME_PENDING) {
                break;
            }
            hint(errands, e);
            cli_conn_block(conn, next_deadline(errands));
        }
        if (!errands->cli->json) {
            errand_print(e);
        }
        errand_print_error(e);
    }
}

static void
errands_do_not_wait(struct errands *errands)
{
    for (size_t i = 0; i < errands->n; i++) {
        struct errand *e = &errands->list[i];

        if (e->outcome == OUTCOME_PENDING) {
            errand_finish(e, OUTCOME_SENT);
        }
        if (!errands->cli->json) {
            errand_print(e);
        }
    }
}

static int
errands_status(const struct errands *errands)
{
    int status = CLI_OK;

    for (size_t i = 0; i < errands->n; i++) {
        if (errands->list[i].outcome == OUTCOME_FAILED) {
            status = CLI_FAILED;
        } else if (errands->list[i].outcome == OUTCOME_TIMED_OUT && !status) {
            status = CLI_TIMED_OUT;
        }
    }
    return status;
}

static int
errands_run(struct errands *errands, struct cli_conn *conn)
{
    int status = cli_service_commit(conn, errands->cli);

    if (status) {
        return status;
    }
    if (cli_value_is_set(errands->cli, "no-wait")) {
        errands_do_not_wait(errands);
    } else {
        errands_wait(errands, conn);
    }
    if (errands->cli->json) {
        struct json *array = json_array_create_empty();

        for (size_t i = 0; i < errands->n; i++) {
            json_array_add(array, errand_json(&errands->list[i]));
        }
        cli_json_print_take(&array);
    }
    return errands_status(errands);
}

static int
request_run(struct cli *cli, enum service_request request)
{
    struct errands errands = {.cli = cli};
    bool all = cli_value_is_set(cli, "all");
    struct cli_conn conn;
    int status;

    if (!cli->n_operands == !all) {
        cli_error("name the services, or give --all; see \"rouse %s --help\"",
                  cli->command->name);
        return CLI_USAGE;
    }
    status = cli_conn_open(&conn, cli, CLI_NEED_ADMIN, 0);
    if (!status) {
        status = all ? add_all(&errands, conn.admin, request)
                     : add_named(&errands, conn.admin, request);
    }
    if (!status) {
        status = errands_run(&errands, &conn);
    }
    for (size_t i = 0; i < errands.n; i++) {
        free(errands.list[i].label);
        free(errands.list[i].shown);
        free(errands.list[i].error);
    }
    free(errands.list);
    cli_conn_close(&conn);
    return status;
}

static int
idle_run(struct cli *cli)
{
    return request_run(cli, REQUEST_IDLE);
}

static int
wake_run(struct cli *cli)
{
    return request_run(cli, REQUEST_WAKE);
}

static const struct cli_option options[] = {
    { "all", 0, NULL, "all services" },
    { "no-wait", 0, NULL, "ask for it and return" },
    { NULL, 0, NULL, NULL },
};

const struct cli_command cli_service_idle = {
    .name = "service idle",
    .operands = "NAME...",
    .summary = "put services to sleep",
    .details = "New packets are held from then on; the backends are stopped "
               "once connections\nhave had time to end.  --timeout defaults "
               "to 60 seconds and the drain time.\n",
    .options = options,
    .max_operands = SIZE_MAX,
    .run = idle_run,
};

const struct cli_command cli_service_wake = {
    .name = "service wake",
    .operands = "NAME...",
    .summary = "wake services",
    .details = "--timeout defaults to the wake timeout and 5 seconds.\n",
    .options = options,
    .max_operands = SIZE_MAX,
    .run = wake_run,
};
