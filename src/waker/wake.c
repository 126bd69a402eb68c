#include "waker_private.h"

#include "cleanup.h"

VLOG_DEFINE_THIS_MODULE(waker_wake);

struct wake *
wake_find(const struct waker *waker, const struct uuid *uuid)
{
    struct wake *wake;

    HMAP_FOR_EACH_WITH_HASH (wake, node, uuid_hash(uuid), &waker->wakes) {
        if (uuid_equals(&wake->uuid, uuid)) {
            return wake;
        }
    }
    return NULL;
}

void
wake_set_error(struct wake *wake, const char *format, ...)
{
    va_list args;

    free(wake->error);
    va_start(args, format);
    wake->error = xvasprintf(format, args);
    va_end(args);
}

void
wake_mark_busy(struct wake *wake)
{
    if (!wake->is_busy) {
        wake->is_busy = true;
        ovs_list_push_back(&wake->waker->busy, &wake->busy_node);
    }
    wake->waker->again = true;
}

void
wake_forget_ticket(struct wake *wake)
{
    nb_ticket_forget(wake->waker->nb, wake->ticket);
    wake->ticket = 0;
}

bool
wake_is_settled(const struct wake *wake)
{
    return (wake->state == WAKE_ASLEEP || wake->state == WAKE_AWAKE
            || wake->state == WAKE_FAILED)
           && !wake->ticket && !wake->request_ticket && !wake->look;
}

ovs_u128
wake_make_fingerprint(const struct nb_service *svc)
{
    char *backends OWNED_STRING = nb_backends_format(&svc->backends);
    struct ds ds = DS_EMPTY_INITIALIZER;
    const char *need;
    size_t i;

    ds_put_format(&ds, "%s\n%s\n%s\n%s", svc->driver, svc->target,
                  svc->protocol, backends);
    SVEC_FOR_EACH (i, need, &svc->needs) {
        ds_put_format(&ds, "\n%s", need);
    }

    ovs_u128 hash;
    hash_bytes128(ds_cstr(&ds), ds.length, 0, &hash);
    ds_destroy(&ds);
    return hash;
}

static void
input(struct wake *wake, enum wake_input in)
{
    enum wake_state from = wake->state;
    enum wake_state to = wake_fsm_next(from, in);

    if (to == from) {
        return;
    }
    VLOG_DBG("%s: %s: %s -> %s", wake->label, wake_input_name(in),
             wake_state_name(from), wake_state_name(to));
    if (!wake_job_uses_stop(from) || !wake_job_uses_stop(to)) {
        wake_job_drop(wake);
        if (!wake_job_uses_start(from) || !wake_job_uses_start(to)) {
            slots_release(wake);
        }
    }
    wake->state = to;
    wake_enter(wake, from);
    wake_idle_entered(wake, from);
    wake_mark_busy(wake);
}

void
wake_note_begin(struct wake *wake, const struct nb_service *svc)
{
    struct wake_journal *journal = wake->waker->journal;

    if (journal && wake->journal_entry < 0
        && svc->state != SERVICE_WAKING) {
        wake->journal_entry = wake_journal_put(journal, &wake->uuid);
    }
}

void
wake_forget_begin(struct wake *wake)
{
    if (wake->journal_entry >= 0) {
        wake_journal_remove(wake->waker->journal, wake->journal_entry);
        wake->journal_entry = -1;
    }
}

void
wake_free(struct wake *wake)
{
    struct waker *waker = wake->waker;

    if (wake->journal_entry >= 0) {
        wake_journal_leave(waker->journal, wake->journal_entry);
    }
    waker_events_orphan(wake);
    wake_job_drop(wake);
    slots_release(wake);
    wake_forget_ticket(wake);
    nb_ticket_forget(waker->nb, wake->request_ticket);
    nb_barrier_forget(waker->nb, wake->barrier);
    if (wake->is_busy) {
        ovs_list_remove(&wake->busy_node);
    }
    hmap_remove(&waker->wakes, &wake->node);
    wake_refused_uninit(wake);
    wake_last_uninit(wake);
    free(wake->source);
    free(wake->label);
    free(wake->diag);
    free(wake->error);
    free(wake);
}

void
wake_row_changed(struct wake *wake, const struct nb_service *svc)
{
    ovs_u128 fingerprint = wake_make_fingerprint(svc);
    bool changed = !ovs_u128_equals(fingerprint, wake->fingerprint);

    if (svc->state != SERVICE_ASLEEP && svc->state != SERVICE_UNKNOWN) {
        wake_forget_begin(wake);
    }

    free(wake->label);
    wake->label = xstrdup(svc->label);
    wake->fingerprint = fingerprint;
    wake->look = true;
    if (changed) {
        input(wake, IN_CHANGED);
    }
    wake_idle_row_changed(wake, svc);
    wake_mark_busy(wake);
}

/* True until the end of a wake has been confirmed: what comes before that
 * belongs to the wake that has ended. */
static bool
is_ending(const struct wake *wake)
{
    return (wake->state == WAKE_GIVE_UP || wake->state == WAKE_FAILED)
           && wake->ticket;
}

enum wake_input
wake_wish(const struct wake *wake)
{
    return wake->dirty ? IN_WAKE_DIRTY : IN_WAKE;
}

void
wake_want(struct wake *wake, const char *why)
{
    if (!is_ending(wake)) {
        VLOG_DBG("%s: wanted by %s", wake->label, why);
        input(wake, wake_wish(wake));
    }
}

/* --- Requests --- */

static void
take_request(struct wake *wake, enum service_request request)
{
    wake->request_ticket = nb_write(wake->waker->nb, &(struct nb_change) {
        .kind = NB_TAKE_REQUEST,
        .service = wake->uuid,
        .request = request,
    });
}

/* A service that could not be woken again must not be put to sleep. */
static void
request_idle(struct wake *wake, const struct nb_service *svc)
{
    if (wake_job_class(wake, svc)) {
        wake->idle.by_policy = false;
        free(wake->error);
        wake->error = NULL;
        input(wake, IN_IDLE);
    } else {
        VLOG_WARN("%s: not idled: %s", wake->label, wake->error);
        wake_write_state(wake);
    }
}

bool
wake_may_idle(struct wake *wake)
{
    const struct nb_service *svc = nb_service_get(wake->waker->nb,
                                                  &wake->uuid);
    char *error = wake->error;
    bool may;

    wake->error = NULL;
    may = svc && wake_job_class(wake, svc);
    free(wake->error);
    wake->error = error;
    return may;
}

void
wake_begin_idle(struct wake *wake)
{
    free(wake->error);
    wake->error = NULL;
    input(wake, IN_IDLE);
}

/* The state is written before the request is taken away, so that a waker that
 * dies in between leaves one of them to the next. */
static void
look_at_request(struct wake *wake, const struct nb_service *svc)
{
    enum service_state state = wake_state_persistent(wake->state);

    if (wake->request_ticket || svc->request == REQUEST_NONE
        || is_ending(wake)) {
        return;
    }
    if (svc->request == REQUEST_WAKE) {
        wake_want(wake, "request");
    } else if (state == SERVICE_AWAKE || state == SERVICE_FAILED) {
        request_idle(wake, svc);
    } else if (wake_state_is_wake(wake->state)) {
        return; /* Once it is awake. */
    }
    take_request(wake, svc->request);
}

/* --- What the row, the clock and the databases say --- */

static enum wake_input
poll_row(struct wake *wake, const struct nb_service *svc)
{
    enum service_state state = wake_state_persistent(wake->state);
    bool up = wake_is_up(svc);

    switch (state) {
    case SERVICE_ASLEEP:
    case SERVICE_WAKING:
        return up ? IN_FILLED : IN_NONE;
    case SERVICE_FAILED:
        return up && wake->state == WAKE_FAILED ? IN_FILLED : IN_NONE;
    case SERVICE_AWAKE:
        return up ? IN_NONE : IN_EMPTIED;
    case SERVICE_IDLING:
        /* Until it is committed the row shows the backends that are being
         * taken away, or those that somebody else still has to. */
        return up && !wake->ticket && wake_restores(svc) ? IN_FILLED
                                                         : IN_NONE;
    case SERVICE_UNKNOWN:
        break;
    }
    return IN_NONE;
}

static enum wake_input
look_at_row(struct wake *wake, const struct nb_service *svc)
{
    enum wake_input in = poll_row(wake, svc);

    if (in != IN_NONE && wake_fsm_next(wake->state, in) != wake->state) {
        return in;
    }
    wake->look = false;
    look_at_request(wake, svc);
    if (wake_is_settled(wake)
        && svc->state != wake_state_persistent(wake->state)) {
        wake_write_state(wake);
    }
    return IN_NONE;
}

/* Takes the answer to the write that is waited for. */
static enum wake_input
poll_ticket(struct wake *wake)
{
    struct nb *nb = wake->waker->nb;
    enum nb_ticket_status status = nb_ticket_status(nb, wake->ticket);
    bool failed = status == NB_TICKET_FAILED;

    if (status == NB_TICKET_PENDING) {
        return IN_NONE;
    }
    if (failed) {
        wake_set_error(wake, "the Northbound database refused a change: %s",
                       nb_ticket_error(nb, wake->ticket));
    }
    wake_forget_ticket(wake);
    wake->look = true;
    if (wake->state == WAKE_RESTORE) {
        return failed ? IN_FAILURE : IN_RESTORED;
    } else if (wake->state == WAKE_BARRIER) {
        return failed ? IN_FAILURE : IN_NONE;
    } else if (wake->state == WAKE_GIVE_UP || wake->state == WAKE_FAILED) {
        waker_events_consume(wake);
    }
    return IN_NONE;
}

static enum wake_input
poll_barrier(struct wake *wake, const struct nb_service *svc)
{
    struct nb *nb = wake->waker->nb;
    bool late = time_msec() >= wake->timer_ms;

    if (wake->ticket) {
        return IN_NONE;
    } else if (!wake_restores(svc)) {
        return wake_is_up(svc) ? IN_NONE : IN_CONFIRMED;
    } else if (!nb_barrier_is_reached(nb, wake->barrier) && !late) {
        return IN_NONE;
    }
    if (late) {
        VLOG_WARN("%s: not all chassis have confirmed that they hold new "
                  "packets; it is stopped nevertheless (a chassis that is "
                  "gone for good: \"ovn-sbctl chassis-del\")", wake->label);
    }
    nb_barrier_forget(nb, wake->barrier);
    wake->barrier = 0;
    return IN_CONFIRMED;
}

static enum wake_input
poll_give_up(struct wake *wake)
{
    if (wake->stopping && wake_job_poll(wake) != IN_NONE) {
        wake->stopping = false;
        wake_job_drop(wake);
        slots_release(wake);
    }
    return wake->stopping || wake->ticket ? IN_NONE : IN_STOPPED;
}

static enum wake_input
poll_step(struct wake *wake, const struct nb_service *svc)
{
    bool timer = time_msec() >= wake->timer_ms;
    enum wake_input in = IN_NONE;

    switch (wake->state) {
    case WAKE_NEEDS:
        if (wake->look || wake->waker->needs_look) {
            in = wake_needs_poll(wake, svc);
            if (in == IN_NEEDS_MET && wake->running) {
                in = IN_STILL_RUNNING;
            }
        }
        break;
    case WAKE_BLOCKED:
        /* Not again for what it was blocked by just now. */
        timer = timer || (svc->needs.n && wake->waker->needs_look
                          && wake->blocked_turn != wake->waker->n_turns);
        /* fall through */
    case WAKE_BACKOFF:
    case WAKE_STOP_RETRY:
        in = timer ? IN_RETRY : IN_NONE;
        break;
    case WAKE_START:
    case WAKE_READY:
    case WAKE_STOP:
        in = wake_job_poll(wake);
        break;
    case WAKE_STOP_WAKE:
        in = wake_job_poll(wake);
        in = in == IN_NONE && timer ? IN_RETRY : in;
        break;
    case WAKE_GIVE_UP:
        in = poll_give_up(wake);
        break;
    case WAKE_BARRIER:
        in = poll_barrier(wake, svc);
        break;
    case WAKE_DRAIN:
        in = timer ? wake_idle_poll_drain(wake) : IN_NONE;
        break;
    case WAKE_ASLEEP:
    case WAKE_RESTORE:
    case WAKE_AWAKE:
    case WAKE_FAILED:
    case N_WAKE_STATES:
        break;
    }
    return in;
}

/* True if the wake or the stop has a deadline in this state. */
static bool
has_deadline(const struct wake *wake)
{
    return wake_fsm_next(wake->state, IN_DEADLINE) != wake->state;
}

static bool
is_wanted(const struct wake *wake)
{
    return !ovs_list_is_empty(&wake->rows) && !is_ending(wake)
           && wake_fsm_next(wake->state, wake_wish(wake)) != wake->state;
}

static enum wake_input
poll_all(struct wake *wake, const struct nb_service *svc)
{
    enum wake_input in;

    if (wake->ticket) {
        in = poll_ticket(wake);
        if (in != IN_NONE) {
            return in;
        }
    }
    if (wake->request_ticket
        && nb_ticket_status(wake->waker->nb, wake->request_ticket)
           != NB_TICKET_PENDING) {
        nb_ticket_forget(wake->waker->nb, wake->request_ticket);
        wake->request_ticket = 0;
        wake->look = true;
    }
    in = poll_step(wake, svc);
    if (in == IN_NONE && wake->look) {
        in = look_at_row(wake, svc);
    }
    if (in == IN_NONE && has_deadline(wake)
        && time_msec() >= wake->deadline_ms) {
        in = IN_DEADLINE;
    }
    if (in == IN_NONE && is_wanted(wake)) {
        in = wake_wish(wake);
    }
    return in;
}

void
wake_run(struct wake *wake)
{
    /* Steps follow each other at once where they can; the bound is against
     * a mistake that would make it turn in circles. */
    for (int i = 0; i < 32; i++) {
        const struct nb_service *svc = nb_service_get(wake->waker->nb,
                                                      &wake->uuid);
        enum wake_state before = wake->state;
        enum wake_input in = svc ? poll_all(wake, svc) : IN_NONE;

        if (in == IN_NONE && wake->state == before) {
            break;
        }
        input(wake, in);
    }
    wake_tell(wake);
    if (wake->state == WAKE_AWAKE && !ovs_list_is_empty(&wake->rows)
        && !wake->look) {
        waker_events_consume(wake);
    }
}

void
wake_wait(const struct wake *wake)
{
    if (wake->job) {
        driver_job_wait(wake->job);
    }
    if (has_deadline(wake)) {
        poll_timer_wait_until(wake->deadline_ms);
    }
    switch (wake->state) {
    case WAKE_READY:
        /* Who queues is called by whoever makes room. */
        if (!wake->job && ovs_list_is_empty(&wake->slot_node)) {
            poll_timer_wait_until(wake->timer_ms);
        }
        break;
    case WAKE_BACKOFF:
    case WAKE_BLOCKED:
    case WAKE_STOP_RETRY:
    case WAKE_STOP_WAKE:
        poll_timer_wait_until(wake->timer_ms);
        break;
    case WAKE_DRAIN:
        wake_idle_wait_drain(wake);
        break;
    case WAKE_BARRIER:
        /* For the commit, and for backends that somebody else has to take
         * away, the databases wake us. */
        if (!wake->ticket && time_msec() < wake->timer_ms) {
            poll_timer_wait_until(wake->timer_ms);
        }
        break;
    default:
        break;
    }
}
