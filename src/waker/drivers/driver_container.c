/* container: Docker's and Podman's containers, over their unix socket.
 *
 * The target names containers, separated by spaces or commas; "pause:" before
 * a name pauses that one instead of stopping it.
 *
 * All containers of a service are acted on at the same time.  Each is acted
 * on first and looked at only if the engine refuses: most wakes find what
 * they expect, and looking costs some milliseconds. */

#include "driver.h"

#include <ctype.h>

#include "cleanup.h"
#include "container_api.h"
#include "port_check.h"
#include "unix_http.h"

/* How long an engine may take.  Wakes have a deadline of their own, and
 * engines can be slow; these are against waiting for ever. */
#define LOOK_TIMEOUT_MS 10000
#define ACT_TIMEOUT_MS 300000

/* With the seconds between the engine's SIGTERM and SIGKILL. */
#define STOP_WITH_GRACE "stop?t=10"

enum container_action {
    ACT_LOOK,
    ACT_START,
    ACT_UNPAUSE,
    ACT_STOP,
    ACT_PAUSE,
    ACT_NONE,   /* It is as it should be. */
    ACT_REFUSE, /* It is not, and nothing is to be done about it. */
};

struct container {
    char *name;
    bool pause;              /* Pause instead of stop. */
    struct unix_http *http;  /* Being waited for, or NULL. */
    enum container_action action; /* What 'http' is. */
    enum container_action refused; /* Action before ACT_LOOK. */
    char *refusal;           /* What the engine said about 'refused'. */
    enum driver_status status;
    char *error;
    struct container_state state; /* After ACT_LOOK. */
};

struct container_job {
    struct driver_job up;
    enum driver_op op; /* 'up.op' is not known yet when the job starts. */
    char *socket;
    struct container *list;
    size_t n;
    char *protocol;
    struct svec backends;
    struct port_check *ports; /* DRIVER_READY, once all have been looked at. */
};

static struct container_job *
container_job_cast(struct driver_job *job)
{
    return CONTAINER_OF(job, struct container_job, up);
}

static bool
is_name(const char *s)
{
    return isalnum((unsigned char) *s)
           && !s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")];
}

/* Appends the containers that 'target' names to 'job', which may be NULL.
 * Returns NULL, or what is wrong, the caller's. */
static char *
container_parse(const struct driver_config *config, const char *target,
                struct container_job *job)
{
    char *copy OWNED_STRING = xstrdup(target);
    char *save = NULL;
    size_t n = 0;

    for (char *item = strtok_r(copy, ", \t\r\n", &save); item;
         item = strtok_r(NULL, ", \t\r\n", &save)) {
        bool pause = !strncmp(item, "pause:", 6);
        const char *name = pause ? item + 6 : item;

        if (!is_name(name)) {
            return xasprintf("\"%s\" is not the name of a container", name);
        } else if (config->containers
                   && !driver_pattern_matches(config->containers, name)) {
            return xasprintf("container \"%s\" is not among those that the "
                             "waker may touch (--containers)", name);
        }
        n++;
        if (job) {
            job->list = xrealloc(job->list, n * sizeof *job->list);
            job->list[job->n++] = (struct container) {
                .name = xstrdup(name),
                .pause = pause,
            };
        }
    }
    return n ? NULL : xstrdup("the target is empty");
}

static bool
container_check(const struct driver_config *config,
                const struct driver_service *svc, struct diag *diag)
{
    char *problem OWNED_STRING = container_parse(config, svc->target, NULL);

    if (problem) {
        diag_set(diag, "Load_Balancer", svc->name,
                 "external_ids:rouse-target", "%s", problem);
        diag_set_remedy(diag, "write names of containers, separated by "
                        "spaces, \"pause:\" before those to be paused");
        return false;
    }
    return true;
}

static void
send_request(struct container_job *job, struct container *c,
             enum container_action action)
{
    static const char *const words[] = {
        [ACT_LOOK] = "json",
        [ACT_START] = "start",
        [ACT_UNPAUSE] = "unpause",
        [ACT_STOP] = STOP_WITH_GRACE,
        [ACT_PAUSE] = "pause",
    };
    char *path OWNED_STRING = xasprintf("/containers/%s/%s", c->name,
                                        words[action]);

    c->action = action;
    c->http = unix_http_start(&(struct unix_http_request) {
        .socket = job->socket,
        .method = action == ACT_LOOK ? "GET" : "POST",
        .path = path,
        .timeout_ms = action == ACT_LOOK ? LOOK_TIMEOUT_MS : ACT_TIMEOUT_MS,
    });
}

static struct driver_job *
container_start(const struct driver_config *config,
                const struct driver_service *svc, enum driver_op op)
{
    struct container_job *job = xzalloc(sizeof *job);
    char *problem OWNED_STRING = NULL;

    job->op = op;
    job->protocol = xstrdup(svc->protocol);
    driver_service_backends(svc, &job->backends);
    problem = container_parse(config, svc->target, job);
    if (!problem) {
        job->socket = container_api_find_socket(config->container_socket,
                                                &problem);
    }
    if (problem) {
        driver_job_fail(&job->up, "%s", problem);
        return &job->up;
    }
    for (size_t i = 0; i < job->n; i++) {
        struct container *c = &job->list[i];

        send_request(job, c, op == DRIVER_READY ? ACT_LOOK
                             : op == DRIVER_START
                             ? (c->pause ? ACT_UNPAUSE : ACT_START)
                             : (c->pause ? ACT_PAUSE : ACT_STOP));
    }
    return &job->up;
}

static void
end_container(struct container *c, enum driver_status status, char *error)
{
    free(c->error);
    c->error = error;
    c->status = status;
}

/* What brings a container in 'c->state' to where 'op' wants it. */
static enum container_action
next_action(const struct container *c, enum driver_op op)
{
    static const enum container_action table[2][4] = {
        [0] = { /* DRIVER_START */
            [CONTAINER_RUNNING] = ACT_NONE,
            [CONTAINER_PAUSED] = ACT_UNPAUSE,
            [CONTAINER_STOPPED] = ACT_START,
            [CONTAINER_BETWEEN] = ACT_REFUSE,
        },
        [1] = { /* DRIVER_STOP */
            [CONTAINER_RUNNING] = ACT_STOP,
            [CONTAINER_PAUSED] = ACT_UNPAUSE,
            [CONTAINER_STOPPED] = ACT_NONE,
            [CONTAINER_BETWEEN] = ACT_REFUSE,
        },
    };
    enum container_action action = table[op == DRIVER_STOP][c->state.status];

    if (op == DRIVER_STOP && c->pause) {
        action = action == ACT_STOP      ? ACT_PAUSE
                 : action == ACT_UNPAUSE ? ACT_NONE
                                         : action;
    }
    return action;
}

/* An answer to "what state are you in" for DRIVER_READY. */
static void
judge_readiness(struct container *c)
{
    const struct container_state *cs = &c->state;

    switch (cs->status) {
    case CONTAINER_RUNNING:
        if (cs->health == HEALTH_NOT_YET) {
            end_container(c, DRIVER_NOT_YET,
                          xasprintf("the health check of container \"%s\" "
                                    "says \"%s\"", c->name, cs->health_word));
        } else {
            end_container(c, DRIVER_DONE, NULL);
        }
        break;
    case CONTAINER_BETWEEN:
        end_container(c, DRIVER_NOT_YET, xasprintf("container \"%s\" is %s",
                                                   c->name, cs->word));
        break;
    case CONTAINER_PAUSED:
        end_container(c, DRIVER_FAILED, xasprintf("container \"%s\" is paused",
                                                  c->name));
        break;
    case CONTAINER_STOPPED:
        end_container(c, DRIVER_FAILED,
                      xasprintf("container \"%s\" does not run: %s, exit code "
                                "%d; its log may say why",
                                c->name, cs->word, cs->exit_code));
        break;
    }
}

/* The container's state is known. */
static void
look_done(struct container_job *job, struct container *c)
{
    if (!container_state_parse(unix_http_body(c->http), &c->state)) {
        end_container(c, DRIVER_FAILED,
                      xasprintf("the answer of %s about container \"%s\" is "
                                "not understood", job->socket, c->name));
        return;
    }
    if (job->op == DRIVER_READY) {
        judge_readiness(c);
        return;
    }

    enum container_action action = next_action(c, job->op);
    if (action == ACT_NONE) {
        end_container(c, DRIVER_DONE, NULL);
    } else if (action == ACT_REFUSE || action == c->refused) {
        end_container(c, DRIVER_FAILED,
                      xasprintf("container \"%s\" (%s): %s", c->name,
                                c->state.word, c->refusal));
    } else {
        unix_http_free(c->http);
        send_request(job, c, action);
    }
}

/* An action has been answered. */
static void
action_done(struct container_job *job, struct container *c, int status)
{
    if (status / 100 == 2 || status == 304) {
        if (job->op == DRIVER_STOP && c->action == ACT_UNPAUSE) {
            /* A paused container cannot be stopped otherwise. */
            unix_http_free(c->http);
            send_request(job, c, ACT_STOP);
        } else {
            end_container(c, DRIVER_DONE, NULL);
        }
        return;
    }

    char *message = container_api_message(unix_http_body(c->http));
    if (c->refusal) {
        /* The second attempt, the one that suited its state. */
        end_container(c, DRIVER_FAILED,
                      xasprintf("container \"%s\": %s (status %d)", c->name,
                                message, status));
        free(message);
        return;
    }
    c->refusal = message;
    c->refused = c->action;
    unix_http_free(c->http);
    send_request(job, c, ACT_LOOK);
}

static void
run_container(struct container_job *job, struct container *c)
{
    while (c->status == DRIVER_PENDING && unix_http_run(c->http)) {
        int status = unix_http_status(c->http);

        if (!status) {
            end_container(c, DRIVER_FAILED,
                          unix_http_is_refused(c->http)
                          ? container_api_explain_refusal(job->socket)
                          : xasprintf("container engine at %s: %s",
                                      job->socket,
                                      unix_http_error(c->http)));
        } else if (status == 404) {
            end_container(c, DRIVER_FAILED,
                          xasprintf("container \"%s\" does not exist on %s",
                                    c->name, job->socket));
        } else if (c->action != ACT_LOOK) {
            action_done(job, c, status);
        } else if (status == 200) {
            look_done(job, c);
        } else {
            char *message OWNED_STRING =
                container_api_message(unix_http_body(c->http));
            end_container(c, DRIVER_FAILED,
                          xasprintf("container \"%s\": %s (status %d)",
                                    c->name, message, status));
        }
    }
}

/* All containers run: begins to look whether they listen. */
static enum driver_status
begin_port_check(struct container_job *job)
{
    job->ports = port_check_new(job->protocol, &job->backends,
                                PORT_CHECK_UNOWNED_ANYWHERE);
    for (size_t i = 0; i < job->n; i++) {
        const struct container *c = &job->list[i];
        char *name OWNED_STRING = xasprintf("container \"%s\"", c->name);

        int error = port_check_add(job->ports, "/proc", c->state.pid, name,
                                   c->state.health == HEALTH_GOOD);
        if (error == ENOENT) {
            driver_job_set_error(&job->up, "process %d of %s is not to be seen"
                                 "; the waker must run on the host of the "
                                 "containers, outside of any container",
                                 (int) c->state.pid, name);
            return DRIVER_NOT_YET; /* It may just have ended. */
        } else if (error) {
            return driver_job_fail(&job->up, "process %d of %s: %s",
                                   (int) c->state.pid, name,
                                   ovs_strerror(error));
        }
    }
    return DRIVER_PENDING;
}

static enum driver_status
run_port_check(struct container_job *job)
{
    if (!job->ports) {
        enum driver_status status = begin_port_check(job);
        if (status != DRIVER_PENDING) {
            return status;
        }
    }
    switch (port_check_run(job->ports)) {
    case PORT_CHECK_OPEN:
        return DRIVER_DONE;
    case PORT_CHECK_CLOSED:
        driver_job_set_error(&job->up, "%s", port_check_why(job->ports));
        return DRIVER_NOT_YET;
    case PORT_CHECK_PENDING:
    default:
        return DRIVER_PENDING;
    }
}

static enum driver_status
container_run(struct driver_job *job_)
{
    struct container_job *job = container_job_cast(job_);
    const struct container *worst = NULL;

    for (size_t i = 0; i < job->n; i++) {
        struct container *c = &job->list[i];

        run_container(job, c);
        if (c->status == DRIVER_PENDING) {
            /* Even if another one has failed: it would not become better by
             * leaving requests half done. */
            worst = c;
        } else if (c->status != DRIVER_DONE
                   && (!worst || (worst->status == DRIVER_NOT_YET
                                  && c->status == DRIVER_FAILED))) {
            worst = c;
        }
    }
    if (worst && worst->status != DRIVER_PENDING) {
        driver_job_set_error(job_, "%s", worst->error);
    }
    return worst                        ? worst->status
           : job->op == DRIVER_READY ? run_port_check(job)
                                        : DRIVER_DONE;
}

static void
container_wait(struct driver_job *job_)
{
    struct container_job *job = container_job_cast(job_);

    if (job->ports) {
        port_check_wait(job->ports);
        return;
    }
    for (size_t i = 0; i < job->n; i++) {
        if (job->list[i].status == DRIVER_PENDING) {
            unix_http_wait(job->list[i].http);
        }
    }
}

static void
container_free(struct driver_job *job_)
{
    struct container_job *job = container_job_cast(job_);

    for (size_t i = 0; i < job->n; i++) {
        unix_http_free(job->list[i].http);
        free(job->list[i].name);
        free(job->list[i].refusal);
        free(job->list[i].error);
    }
    free(job->list);
    free(job->socket);
    free(job->protocol);
    svec_destroy(&job->backends);
    port_check_free(job->ports);
    free(job);
}

const struct driver_class driver_container_class = {
    .name = "container",
    .summary = "starts and stops containers of Docker or Podman",
    .restores_backends = true,
    .check = container_check,
    .start = container_start,
    .run = container_run,
    .wait = container_wait,
    .free = container_free,
};
