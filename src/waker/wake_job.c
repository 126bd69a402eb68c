#include "waker_private.h"

#include "cleanup.h"

bool
wake_job_uses_start(enum wake_state state)
{
    return state == WAKE_START || state == WAKE_READY;
}

bool
wake_job_uses_stop(enum wake_state state)
{
    return state == WAKE_STOP || state == WAKE_STOP_WAKE
           || state == WAKE_GIVE_UP;
}

void
wake_job_drop(struct wake *wake)
{
    driver_job_free(wake->job);
    wake->job = NULL;
}

bool
wake_restores(const struct nb_service *svc)
{
    const struct driver_class *class = driver_class_by_name(svc->driver);

    return !class || class->restores_backends;
}

bool
wake_is_up(const struct nb_service *svc)
{
    const struct smap_node *node;

    if (smap_is_empty(svc->vips)) {
        return false;
    } else if (!nb_service_is_empty(svc)) {
        return true;
    } else if (!wake_restores(svc) || nb_service_is_restorable(svc)) {
        return false;
    }
    /* A VIP that nothing is known for does not keep the others asleep. */
    SMAP_FOR_EACH (node, svc->vips) {
        if (!nb_backends_are_none(node->value)) {
            return true;
        }
    }
    return false;
}

static struct driver_service
driver_view(const struct nb_service *svc)
{
    return (struct driver_service) {
        .name = svc->label,
        .target = svc->target,
        .protocol = svc->protocol,
        .backends = &svc->backends,
        .vips = svc->vips,
    };
}

static void
list_drivers(struct ds *out)
{
    for (size_t i = 0; driver_classes[i]; i++) {
        ds_put_format(out, "%s%s", i ? ", " : "", driver_classes[i]->name);
    }
}

const struct driver_class *
wake_job_class(struct wake *wake, const struct nb_service *svc)
{
    const struct driver_class *class = driver_class_by_name(svc->driver);
    const struct driver_service view = driver_view(svc);
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;
    struct ds ds OWNED_DS = DS_EMPTY_INITIALIZER;

    if (!class) {
        list_drivers(&ds);
        wake_set_error(wake, "external_ids:rouse-driver: there is no driver "
                       "\"%s\"; write one of %s", svc->driver, ds_cstr(&ds));
        return NULL;
    }
    if (class->check
        && !class->check(&wake->waker->config, &view, &diag)) {
        diag.table = NULL;
        diag_format(&diag, &ds);
        wake_set_error(wake, "%s", ds_cstr(&ds));
        return NULL;
    }
    return class;
}

/* Begins 'op'.  False if the row is not fit for it. */
static bool
begin(struct wake *wake, enum driver_op op)
{
    struct waker *waker = wake->waker;
    const struct nb_service *svc = nb_service_get(waker->nb, &wake->uuid);
    const struct driver_class *class = wake_job_class(wake, svc);
    const struct driver_service view = driver_view(svc);

    if (!class) {
        return false;
    }
    if (op == DRIVER_START && class->restores_backends
        && !nb_service_is_restorable(svc) && !wake_is_up(svc)) {
        wake_set_error(wake, "external_ids:rouse-backends has no backends "
                       "for the VIPs; write VIP=ADDRESS:PORT items");
        return false;
    }
    wake->job = driver_job_start(class, &waker->config, &view, op);
    return true;
}

static void
take_job_error(struct wake *wake, const char *what)
{
    const char *error = driver_job_error(wake->job);

    wake_set_error(wake, "driver %s: %s%s%s", wake->job->class->name, what,
                   error[0] ? ": " : "", error);
}

/* To start a process takes a millisecond, and many when the machine is busy;
 * packets must not wait for a crowd of them, nor overflow their queue. */
#define BEGIN_MAX_MS 5

/* True if 'wake' may begin a driver's work now: it has one of 'slots', and
 * this run of the waker has not been beginning work for too long. */
static bool
may_begin(struct wake *wake, struct slots *slots)
{
    struct waker *waker = wake->waker;

    if (!slots_ask(slots, wake)) {
        return false;
    } else if (!waker->begin_until_ms) {
        waker->begin_until_ms = time_msec() + BEGIN_MAX_MS;
    } else if (time_msec() >= waker->begin_until_ms) {
        waker->cut_short = true;
        return false;
    }
    return true;
}

static enum wake_input
poll_start(struct wake *wake)
{
    enum driver_status status;

    if (!wake->job) {
        if (!may_begin(wake, &wake->waker->start_slots)) {
            return IN_NONE;
        }
        wake_note_begin(wake, nb_service_get(wake->waker->nb, &wake->uuid));
        if (!begin(wake, DRIVER_START)) {
            return IN_UNUSABLE;
        }
        wake->started = true;
        wake->running = false;
        wake->start_ms = time_msec();
    }
    status = driver_job_run(wake->job);
    if (status == DRIVER_PENDING) {
        return IN_NONE;
    } else if (status == DRIVER_DONE) {
        return IN_STARTED;
    }
    take_job_error(wake, "start");
    return IN_FAILURE;
}

/* A backend that does not answer for that long may have died since, or been
 * stopped by what a dead waker left behind.  Starting is idempotent. */
#define START_AGAIN_MS 10000

static enum wake_input
not_yet(struct wake *wake)
{
    size_t n_busy = wake->waker->start_slots.used;
    long long int now = time_msec();

    if (wake->running) {
        return IN_NOT_RUNNING;
    }
    take_job_error(wake, "the backend does not answer yet");
    wake_job_drop(wake);
    if (now - wake->step_ms >= START_AGAIN_MS) {
        return IN_RETRY;
    }
    wake->timer_ms = now + wake_ready_interval_ms(now - wake->start_ms,
                                                  n_busy);
    return IN_NONE;
}

static enum wake_input
poll_ready(struct wake *wake)
{
    if (!wake->job) {
        if (time_msec() < wake->timer_ms
            || !may_begin(wake, &wake->waker->start_slots)) {
            return IN_NONE;
        }
        if (!begin(wake, DRIVER_READY)) {
            return IN_UNUSABLE;
        }
    }
    switch (driver_job_run(wake->job)) {
    case DRIVER_PENDING:
        return IN_NONE;
    case DRIVER_DONE:
        return IN_ANSWERS;
    case DRIVER_NOT_YET:
        return not_yet(wake);
    case DRIVER_FAILED:
        break;
    }
    take_job_error(wake, "ready");
    return wake->running ? IN_NOT_RUNNING : IN_FAILURE;
}

static enum wake_input
poll_stop(struct wake *wake)
{
    enum driver_status status;

    if (!wake->job) {
        if (!may_begin(wake, &wake->waker->stop_slots)) {
            return IN_NONE;
        }
        if (!begin(wake, DRIVER_STOP)) {
            return IN_UNUSABLE;
        }
    }
    status = driver_job_run(wake->job);
    if (status == DRIVER_PENDING) {
        return IN_NONE;
    } else if (status == DRIVER_DONE) {
        if (wake->state == WAKE_STOP) {
            free(wake->error);
            wake->error = NULL;
        }
        return IN_STOPPED;
    }
    take_job_error(wake, "stop");
    return IN_FAILURE;
}

enum wake_input
wake_job_poll(struct wake *wake)
{
    if (wake->state == WAKE_START) {
        return poll_start(wake);
    } else if (wake->state == WAKE_READY) {
        return poll_ready(wake);
    }
    return poll_stop(wake);
}
