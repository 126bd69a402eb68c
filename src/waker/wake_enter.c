#include "waker_private.h"

#include "cleanup.h"

VLOG_DEFINE_THIS_MODULE(wake);

/* How long chassis may take to confirm that they hold new packets; one that
 * is dead must not keep everything running for ever. */
#define BARRIER_MAX_MS 10000

/* How long a driver is tried to stop a backend that was idled, and how long
 * when something else waits for the end of it. */
#define STOP_MAX_MS 30000
#define STOP_PATIENCE_MS 10000

/* Blocked services are looked at again when a row changes; this is for what
 * does not change rows, such as a program that is installed. */
#define BLOCKED_RETRY_MS 2000

static struct vlog_rate_limit info_rl = VLOG_RATE_LIMIT_INIT(600, 100);
static struct vlog_rate_limit warn_rl = VLOG_RATE_LIMIT_INIT(60, 60);

static void
write_change(struct wake *wake, struct nb_change change, bool wait_for_it)
{
    struct nb *nb = wake->waker->nb;
    uint64_t ticket;

    change.service = wake->uuid;
    ticket = nb_write(nb, &change);
    if (wait_for_it) {
        wake_forget_ticket(wake);
        wake->ticket = ticket;
    } else {
        nb_ticket_forget(nb, ticket);
    }
}

void
wake_write_state(struct wake *wake)
{
    enum service_state state = wake_state_persistent(wake->state);

    write_change(wake,
                 (struct nb_change) {
                     .kind = NB_SET_STATE,
                     .state = state,
                     .error = wake->error,
                 },
                 state == SERVICE_ASLEEP || state == SERVICE_AWAKE
                     || state == SERVICE_FAILED);
}

/* The sign for whoever starts the backends that Rouse does not. */
static void
write_demand(struct wake *wake, const struct nb_service *svc,
             const char *demand)
{
    if (!wake_restores(svc)
        && (!svc->demand || strcmp(svc->demand, demand))) {
        write_change(wake,
                     (struct nb_change) {
                         .kind = NB_SET_DEMAND,
                         .demand = demand,
                     },
                     false);
    }
}

static void
begin_wake(struct wake *wake, const struct nb_service *svc,
           enum wake_state from)
{
    struct waker_counters *counters = &wake->waker->counters;
    bool turned = from == WAKE_BARRIER || from == WAKE_DRAIN
                  || from == WAKE_STOP || from == WAKE_STOP_RETRY;

    wake->began_ms = wake->step_ms;
    wake->began_wall_ms = time_wall_msec();
    wake_last_over(wake);
    wake->deadline_ms = wake->began_ms + svc->wake_timeout_s * 1000LL;
    memset(wake->spent_ms, 0, sizeof wake->spent_ms);
    wake->n_failures = 0;
    wake->started = false;
    free(wake->error);
    wake->error = NULL;
    counters->wakes++;
    counters->turned += turned;
    wake->untold = turned ? ", although it was being idled" : "";
}

void
wake_tell(struct wake *wake)
{
    if (wake->untold) {
        VLOG_INFO_RL(&info_rl, "%s: waking%s", wake->label, wake->untold);
        wake->untold = NULL;
    }
}

static void
enter_retry(struct wake *wake, const struct nb_service *svc,
            long long int delay_ms)
{
    const char *error = wake->error ? wake->error : "failed";

    wake->n_failures++;
    wake->timer_ms = wake->step_ms
                     + (delay_ms ? delay_ms
                                 : wake_backoff_ms(wake->n_failures,
                                                   random_uint32()));
    if (!svc->error || strcmp(svc->error, error)) {
        VLOG_WARN_RL(&warn_rl, "%s: %s", wake->label, error);
    }
    wake_write_state(wake);
}

static void
enter_restore(struct wake *wake, const struct nb_service *svc,
              enum wake_state from)
{
    char *last_wake OWNED_STRING
        = wake_state_is_wake(from) ? wake_last_restored(wake) : NULL;

    write_change(wake,
                 (struct nb_change) {
                     .kind = NB_RESTORE,
                     .keep_vips = !wake_restores(svc),
                     .last_wake = last_wake,
                     .n_flaps = wake->idle.n_flaps,
                 },
                 true);
}

static void
enter_awake(struct wake *wake, enum wake_state from)
{
    if (from == WAKE_RESTORE) {
        wake->waker->counters.woken++;
        VLOG_INFO_RL(&info_rl, "%s: awake after %lld ms", wake->label,
                     time_msec() - wake->began_ms);
    } else if (from == WAKE_BARRIER) {
        /* Could not be put to sleep. */
        wake_write_state(wake);
    }
    wake->running = true;
    wake->dirty = false;
    free(wake->error);
    wake->error = NULL;
    waker_events_consume(wake);
    wake->waker->needs_changed = true;
}

static void
enter_barrier(struct wake *wake, const struct nb_service *svc,
              enum wake_state from)
{
    struct nb *nb = wake->waker->nb;

    wake->began_ms = wake->step_ms;
    wake->timer_ms = wake->step_ms + BARRIER_MAX_MS;
    wake->running = from == WAKE_AWAKE || (from == WAKE_BARRIER
                                           && wake->running);
    VLOG_INFO_RL(&info_rl, "%s: idling", wake->label);
    waker_kept_drop(wake->waker, &wake->uuid);
    write_change(wake,
                 (struct nb_change) {
                     .kind = NB_PUT_TO_SLEEP,
                     .by_policy = wake->idle.by_policy,
                     .keep_vips = !wake_restores(svc),
                 },
                 true);
    write_demand(wake, svc, "0");
    nb_barrier_forget(nb, wake->barrier);
    wake->barrier = nb_barrier_start(nb);
}

static void
enter_asleep(struct wake *wake, const struct nb_service *svc,
             enum wake_state from)
{
    if (wake_job_uses_stop(from) || from == WAKE_STOP_RETRY) {
        wake->waker->counters.idled++;
        VLOG_INFO_RL(&info_rl, "%s: asleep%s%s", wake->label,
                     wake->error ? "; " : "",
                     wake->error ? wake->error : "");
    } else if (from == WAKE_AWAKE) {
        VLOG_INFO_RL(&info_rl, "%s: asleep: its VIPs were emptied by somebody "
                     "else", wake->label);
    }
    wake->running = wake->dirty = false;
    wake_forget_begin(wake);
    write_demand(wake, svc, "0");
    wake_write_state(wake);
}

static void
enter_give_up(struct wake *wake, const struct nb_service *svc)
{
    char *last OWNED_STRING = STEAL(wake->error);

    wake->waker->counters.failed++;
    wake_set_error(wake, "not awake after %lld s%s%s",
                   (wake->step_ms - wake->began_ms + 500) / 1000,
                   last ? "; " : "", last ? last : "");
    VLOG_WARN_RL(&warn_rl, "%s: %s", wake->label, wake->error);
    wake->deadline_ms = wake->step_ms + STOP_PATIENCE_MS;
    /* Nobody would idle what has been started and is not awake. */
    wake->stopping = wake->started || wake->job;
    write_demand(wake, svc, "0");
    wake_write_state(wake);
}

static void
enter_stop(struct wake *wake, enum wake_state from)
{
    wake->running = false;
    if (from != WAKE_STOP_RETRY) {
        wake->deadline_ms = wake->step_ms + STOP_MAX_MS;
        wake->n_failures = 0;
    }
}

static void
enter_needs(struct wake *wake, enum wake_state from)
{
    if (wake_state_persistent(from) != SERVICE_WAKING) {
        wake_write_state(wake);
    }
}

/* One that holds up what comes next is not waited for until the deadline. */
static void
enter_stop_wake(struct wake *wake)
{
    wake->running = wake->dirty = false;
    wake->timer_ms = wake->step_ms + STOP_PATIENCE_MS;
}

void
wake_enter(struct wake *wake, enum wake_state from)
{
    const struct nb_service *svc = nb_service_get(wake->waker->nb,
                                                  &wake->uuid);

    long long int now_ms = time_msec();

    wake->spent_ms[from] += now_ms - wake->step_ms;
    wake->step_ms = now_ms;
    wake->timer_ms = wake->step_ms;
    wake->look = true;
    if (wake->state != WAKE_START) {
        wake_tell(wake);
    }
    if (wake_state_is_wake(wake->state) && !wake_state_is_wake(from)
        && wake->state != WAKE_RESTORE) {
        begin_wake(wake, svc, from);
    }
    switch (wake->state) {
    case WAKE_ASLEEP:
        enter_asleep(wake, svc, from);
        break;
    case WAKE_START:
        write_demand(wake, svc, "1");
        break;
    case WAKE_RESTORE:
        enter_restore(wake, svc, from);
        break;
    case WAKE_BACKOFF:
    case WAKE_STOP_RETRY:
        enter_retry(wake, svc, 0);
        break;
    case WAKE_BLOCKED:
        wake->blocked_turn = wake->waker->n_turns;
        enter_retry(wake, svc, BLOCKED_RETRY_MS);
        break;
    case WAKE_AWAKE:
        enter_awake(wake, from);
        break;
    case WAKE_BARRIER:
        enter_barrier(wake, svc, from);
        break;
    case WAKE_DRAIN:
        wake->timer_ms = wake->step_ms + wake_idle_drain_ms(wake, svc);
        break;
    case WAKE_STOP:
        enter_stop(wake, from);
        break;
    case WAKE_STOP_WAKE:
        enter_stop_wake(wake);
        break;
    case WAKE_GIVE_UP:
        enter_give_up(wake, svc);
        break;
    case WAKE_FAILED:
        wake->waker->needs_changed = true;
        break;
    case WAKE_NEEDS:
        enter_needs(wake, from);
        break;
    case WAKE_READY:
    case N_WAKE_STATES:
        break;
    }
}
