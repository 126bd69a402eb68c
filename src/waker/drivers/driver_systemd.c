/* systemd: units, over D-Bus.
 *
 * The target names units, separated by spaces or commas.  START and STOP are
 * done when systemd's jobs are (for Type=notify that is when the service says
 * that it is ready).  READY asks for the units' state, and where a unit's main
 * process sees a backend's address in its network namespace, looks whether
 * that backend is listened for: a unit with Type=simple is "active" long
 * before that. */

#include "driver.h"

#include "cleanup.h"
#include "port_check.h"
#include "systemd_bus.h"

struct unit {
    struct systemd_job *job; /* The one that it is part of. */
    char *name;
    char *path;              /* Of systemd's job, once it has one. */
    enum driver_status status;
    char *error;

    /* DRIVER_READY. */
    int n_unanswered;       /* Questions. */
    char active_state[32];
    char result[32];        /* How the service ended last. */
    uint32_t main_pid;      /* 0 = none. */
};

struct systemd_job {
    struct driver_job up;
    enum driver_op op;
    sd_bus *bus;
    char *where; /* The bus, for messages. */
    struct unit *list;
    size_t n;
    struct smap results; /* By path: jobs that ended before it was known that
                          * they are ours. */
    char *protocol;
    struct svec backends;
    struct port_check *ports; /* DRIVER_READY, once all are active. */
};

static struct systemd_job *
systemd_job_cast(struct driver_job *job)
{
    return CONTAINER_OF(job, struct systemd_job, up);
}

/* Without --systemd-units: services, except those that are the host's own
 * business. */
static bool
is_allowed_by_default(const char *name)
{
    return driver_pattern_matches("*.service", name)
           && !driver_pattern_matches("systemd-* dbus* polkit* getty@* "
                                      "user@* emergency* rescue* "
                                      "debug-shell*", name);
}

/* Appends the units that 'target' names to 'job', which may be NULL.  Returns
 * NULL, or what is wrong, the caller's. */
static char *
systemd_parse(const struct driver_config *config, const char *target,
              struct systemd_job *job)
{
    char *copy OWNED_STRING = xstrdup(target);
    char *save = NULL;
    size_t n = 0;

    for (char *item = strtok_r(copy, ", \t\r\n", &save); item;
         item = strtok_r(NULL, ", \t\r\n", &save)) {
        char *name OWNED_STRING = systemd_unit_name(item);

        if (!name) {
            return xasprintf("\"%s\" is not the name of a unit that can be "
                             "started", item);
        } else if (config->systemd_units
                   ? !driver_pattern_matches(config->systemd_units, name)
                   : !is_allowed_by_default(name)) {
            return xasprintf("unit \"%s\" is not among those that the waker "
                             "may touch (--systemd-units)", name);
        }
        n++;
        if (job) {
            job->list = xrealloc(job->list, n * sizeof *job->list);
            job->list[job->n++] = (struct unit) {
                .job = job,
                .name = STEAL(name),
            };
        }
    }
    return n ? NULL : xstrdup("the target is empty");
}

static bool
systemd_check(const struct driver_config *config,
              const struct driver_service *svc, struct diag *diag)
{
    char *problem OWNED_STRING = systemd_parse(config, svc->target, NULL);

    if (problem) {
        diag_set(diag, "Load_Balancer", svc->name,
                 "external_ids:rouse-target", "%s", problem);
        diag_set_remedy(diag, "write names of units such as \"web.service\", "
                        "separated by spaces");
        return false;
    }
    return true;
}

static void
end_unit(struct unit *unit, enum driver_status status, char *error)
{
    if (unit->status == DRIVER_PENDING) {
        unit->status = status;
        unit->error = error;
    } else {
        free(error);
    }
}

/* systemd's job for 'unit' has ended. */
static void
job_ended(struct unit *unit, const char *result)
{
    const char *verb = unit->job->op == DRIVER_STOP ? "stop" : "start";

    if (!strcmp(result, "done")) {
        end_unit(unit, DRIVER_DONE, NULL);
    } else if (!strcmp(result, "canceled")) {
        end_unit(unit, DRIVER_FAILED,
                 xasprintf("the %s of unit \"%s\" was cancelled by somebody "
                           "else", verb, unit->name));
    } else {
        end_unit(unit, DRIVER_FAILED,
                 xasprintf("unit \"%s\" did not %s (%s); \"systemctl status "
                           "%s\" says why", unit->name, verb, result,
                           unit->name));
    }
}

/* Signal JobRemoved(u id, o job, s unit, s result). */
static int
job_removed_cb(sd_bus_message *m, void *job_, sd_bus_error *error OVS_UNUSED)
{
    struct systemd_job *job = job_;
    const char *path, *name, *result;
    uint32_t id;

    if (sd_bus_message_read(m, "uoss", &id, &path, &name, &result) < 0) {
        return 0;
    }
    bool is_unanswered = false;
    for (size_t i = 0; i < job->n; i++) {
        struct unit *unit = &job->list[i];

        if (unit->path && !strcmp(unit->path, path)) {
            job_ended(unit, result);
        }
        is_unanswered = is_unanswered || !unit->path;
    }
    if (is_unanswered) {
        smap_replace(&job->results, path, result);
    }
    return 0;
}

/* Answer to StartUnit, StopUnit. */
static int
act_cb(sd_bus_message *m, void *unit_, sd_bus_error *ret OVS_UNUSED)
{
    struct unit *unit = unit_;
    struct systemd_job *job = unit->job;
    const sd_bus_error *error = sd_bus_message_get_error(m);
    const char *path;

    if (error) {
        bool is_gone = sd_bus_error_has_name(
            error, "org.freedesktop.systemd1.NoSuchUnit");
        if (is_gone && job->op == DRIVER_STOP) {
            /* Not loaded, which is as stopped as can be. */
            end_unit(unit, DRIVER_DONE, NULL);
        } else {
            end_unit(unit, DRIVER_FAILED,
                     systemd_bus_explain(error, unit->name, job->where));
        }
    } else if (sd_bus_message_read(m, "o", &path) < 0) {
        end_unit(unit, DRIVER_FAILED,
                 xasprintf("the answer of systemd about unit \"%s\" is not "
                           "understood", unit->name));
    } else {
        const char *result = smap_get(&job->results, path);

        unit->path = xstrdup(path);
        if (result) {
            job_ended(unit, result);
        }
    }
    return 0;
}

static int
send_actions(struct systemd_job *job)
{
    const char *method = job->op == DRIVER_START ? "StartUnit" : "StopUnit";

    /* systemd tells of jobs only those who have subscribed, and the bus hands
     * signals only to those who have a match.  All of this is worked on in the
     * order in which it is sent, so nothing has to be waited for. */
    int retval = sd_bus_match_signal_async(job->bus, NULL, SYSTEMD_BUS_MANAGER,
                                           "JobRemoved", job_removed_cb, NULL,
                                           job);
    if (retval >= 0) {
        retval = sd_bus_call_method_async(job->bus, NULL, SYSTEMD_BUS_MANAGER,
                                          "Subscribe", NULL, NULL, NULL);
    }
    for (size_t i = 0; i < job->n && retval >= 0; i++) {
        retval = sd_bus_call_method_async(job->bus, NULL, SYSTEMD_BUS_MANAGER,
                                          method, act_cb, &job->list[i], "ss",
                                          job->list[i].name, "replace");
    }
    return retval;
}

static void
judge_readiness(struct unit *unit)
{
    const char *state = unit->active_state;

    if (!strcmp(state, "active") || !strcmp(state, "reloading")
        || !strcmp(state, "refreshing")) {
        end_unit(unit, DRIVER_DONE, NULL);
    } else if (!strcmp(state, "activating")) {
        end_unit(unit, DRIVER_NOT_YET,
                 xasprintf("unit \"%s\" is still being started", unit->name));
    } else {
        bool is_odd = *unit->result && strcmp(unit->result, "success");
        end_unit(unit, DRIVER_FAILED,
                 xasprintf("unit \"%s\" is %s%s%s; \"systemctl status %s\" "
                           "says why", unit->name,
                           *state ? state : "in an unknown state",
                           is_odd ? ": " : "", is_odd ? unit->result : "",
                           unit->name));
    }
}

static void
answered(struct unit *unit)
{
    if (!--unit->n_unanswered) {
        judge_readiness(unit);
    }
}

/* Answer to Get(Unit, ActiveState). */
static int
active_state_cb(sd_bus_message *m, void *unit_, sd_bus_error *ret OVS_UNUSED)
{
    struct unit *unit = unit_;
    const sd_bus_error *error = sd_bus_message_get_error(m);
    const char *state;

    if (error) {
        end_unit(unit, DRIVER_FAILED,
                 systemd_bus_explain(error, unit->name, unit->job->where));
    } else if (sd_bus_message_read(m, "v", "s", &state) >= 0) {
        ovs_strlcpy(unit->active_state, state, sizeof unit->active_state);
    }
    answered(unit);
    return 0;
}

/* Answer to Get(Service, Result); other units than services have none. */
static int
result_cb(sd_bus_message *m, void *unit_, sd_bus_error *ret OVS_UNUSED)
{
    struct unit *unit = unit_;
    const char *result;

    if (!sd_bus_message_is_method_error(m, NULL)
        && sd_bus_message_read(m, "v", "s", &result) >= 0) {
        ovs_strlcpy(unit->result, result, sizeof unit->result);
    }
    answered(unit);
    return 0;
}

/* Answer to Get(Service, MainPID). */
static int
main_pid_cb(sd_bus_message *m, void *unit_, sd_bus_error *ret OVS_UNUSED)
{
    struct unit *unit = unit_;

    if (sd_bus_message_is_method_error(m, NULL)
        || sd_bus_message_read(m, "v", "u", &unit->main_pid) < 0) {
        unit->main_pid = 0;
    }
    answered(unit);
    return 0;
}

static int
send_question(struct unit *unit, const char *path, const char *property,
              sd_bus_message_handler_t cb)
{
    const char *interface = cb == active_state_cb
                            ? "org.freedesktop.systemd1.Unit"
                            : "org.freedesktop.systemd1.Service";

    unit->n_unanswered++;
    return sd_bus_call_method_async(unit->job->bus, NULL,
                                    "org.freedesktop.systemd1", path,
                                    "org.freedesktop.DBus.Properties", "Get",
                                    cb, unit, "ss", interface, property);
}

static int
send_questions(struct systemd_job *job)
{
    int retval = 0;

    for (size_t i = 0; i < job->n && retval >= 0; i++) {
        struct unit *unit = &job->list[i];
        char *path = NULL;

        /* systemd loads the unit if need be. */
        retval = sd_bus_path_encode("/org/freedesktop/systemd1/unit",
                                    unit->name, &path);
        retval = retval < 0 ? retval
                 : send_question(unit, path, "ActiveState", active_state_cb);
        retval = retval < 0 ? retval
                 : send_question(unit, path, "Result", result_cb);
        retval = retval < 0 ? retval
                 : send_question(unit, path, "MainPID", main_pid_cb);
        free(path);
    }
    return retval;
}

static void
fail_bus(struct systemd_job *job, int error)
{
    driver_job_fail(&job->up, "cannot talk to systemd on bus %s: %s; "
                    "--systemd-bus takes \"system\", \"user\" or the address "
                    "of another one", job->where, ovs_strerror(error));
}

static struct driver_job *
systemd_start(const struct driver_config *config,
              const struct driver_service *svc, enum driver_op op)
{
    struct systemd_job *job = xzalloc(sizeof *job);

    job->op = op;
    job->where = xstrdup(config->systemd_bus ? config->systemd_bus : "system");
    job->protocol = xstrdup(svc->protocol);
    driver_service_backends(svc, &job->backends);
    smap_init(&job->results);

    char *problem OWNED_STRING = systemd_parse(config, svc->target, job);
    if (problem) {
        driver_job_fail(&job->up, "%s", problem);
        return &job->up;
    }
    int error = systemd_bus_open(job->where, &job->bus);
    if (!error) {
        int retval = op == DRIVER_READY ? send_questions(job)
                                        : send_actions(job);
        error = retval < 0 ? -retval : 0;
    }
    if (error) {
        fail_bus(job, error);
    }
    return &job->up;
}

static enum driver_status
run_port_check(struct systemd_job *job)
{
    if (!job->ports) {
        job->ports = port_check_new(job->protocol, &job->backends,
                                    PORT_CHECK_UNOWNED_IGNORED);
        for (size_t i = 0; i < job->n; i++) {
            const struct unit *unit = &job->list[i];
            char *name OWNED_STRING = xasprintf("unit \"%s\"", unit->name);

            /* A process that cannot be seen is on another host, and the unit
             * being active has to do. */
            if (unit->main_pid && port_check_add(job->ports, "/proc",
                                                 unit->main_pid, name,
                                                 false)) {
                continue;
            }
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
systemd_run(struct driver_job *job_)
{
    struct systemd_job *job = systemd_job_cast(job_);
    const struct unit *worst = NULL;
    int error = job->ports ? 0 : systemd_bus_run(job->bus);

    if (error) {
        fail_bus(job, error);
        return DRIVER_FAILED;
    }
    for (size_t i = 0; i < job->n; i++) {
        const struct unit *unit = &job->list[i];

        if (unit->status == DRIVER_PENDING) {
            return DRIVER_PENDING;
        } else if (unit->status != DRIVER_DONE
                   && (!worst || unit->status == DRIVER_FAILED)) {
            worst = unit;
        }
    }
    if (worst) {
        driver_job_set_error(job_, "%s", worst->error);
        return worst->status;
    }
    return job->op == DRIVER_READY ? run_port_check(job) : DRIVER_DONE;
}

static void
systemd_wait(struct driver_job *job_)
{
    struct systemd_job *job = systemd_job_cast(job_);

    if (job->ports) {
        port_check_wait(job->ports);
    } else {
        systemd_bus_wait(job->bus);
    }
}

static void
systemd_free(struct driver_job *job_)
{
    struct systemd_job *job = systemd_job_cast(job_);

    /* First, because its callbacks know the units. */
    sd_bus_close_unref(job->bus);
    for (size_t i = 0; i < job->n; i++) {
        free(job->list[i].name);
        free(job->list[i].path);
        free(job->list[i].error);
    }
    free(job->list);
    free(job->where);
    free(job->protocol);
    smap_destroy(&job->results);
    svec_destroy(&job->backends);
    port_check_free(job->ports);
    free(job);
}

const struct driver_class driver_systemd_class = {
    .name = "systemd",
    .summary = "starts and stops units of systemd",
    .restores_backends = true,
    .check = systemd_check,
    .start = systemd_start,
    .run = systemd_run,
    .wait = systemd_wait,
    .free = systemd_free,
};
