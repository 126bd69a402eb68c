/* Taking over a service, as its row says: from a waker that died, from one
 * that lost the lock, or for the first time. */

#include "waker_private.h"

VLOG_DEFINE_THIS_MODULE(wake_adopt);

/* A stop that a waker has begun before it died may go on elsewhere (in a
 * container engine, say) for about that long. */
#define STRAY_STOP_MS 30000

static void
begin_as_waking(struct wake *wake, const struct nb_service *svc,
                long long int age_ms)
{
    wake->state = WAKE_NEEDS;
    wake->began_ms = time_msec() - age_ms;
    wake->began_wall_ms = time_wall_msec() - age_ms;
    wake->deadline_ms = wake->began_ms + svc->wake_timeout_s * 1000LL;
    wake->started = true;
}

static void
adopt_waking(struct wake *wake, const struct nb_service *svc)
{
    long long int age_ms = svc->since_wall_ms
                           ? time_wall_msec() - svc->since_wall_ms : 0;

    age_ms = MAX(age_ms, 0);
    if (age_ms >= svc->wake_timeout_s * 1000LL) {
        /* Nobody was there to wake it.  Who still waits gets a wake of full
         * length: there are event rows, or will be. */
        age_ms = 0;
    }
    begin_as_waking(wake, svc, age_ms);
}

/* A waker before this one has begun to start it, and died before anybody knew:
 * it is to be woken, or what runs would run for nobody. */
static void
adopt_begun(struct wake *wake, const struct nb_service *svc)
{
    struct wake_journal *journal = wake->waker->journal;
    int entry = journal ? wake_journal_take_over(journal, &wake->uuid) : -1;

    if (entry < 0) {
        return;
    }
    wake->journal_entry = entry;
    if (wake->state == WAKE_ASLEEP) {
        VLOG_INFO("%s: was being started when the waker before died",
                  wake->label);
        begin_as_waking(wake, svc, 0);
        wake_enter(wake, WAKE_NEEDS);
        wake_write_state(wake);
    } else {
        wake_forget_begin(wake);
    }
}

static void
adopt_state(struct wake *wake, const struct nb_service *svc)
{
    long long int age_ms = time_wall_msec() - svc->since_wall_ms;
    bool up = wake_is_up(svc);

    switch (svc->state) {
    case SERVICE_WAKING:
        adopt_waking(wake, svc);
        wake_enter(wake, WAKE_NEEDS);
        return;
    case SERVICE_IDLING:
        /* Before the drain is over nobody can have begun to stop it. */
        wake->running = age_ms >= 0 && age_ms < wake_idle_drain_ms(wake, svc);
        wake->dirty = !wake->running;
        wake->state = WAKE_BARRIER;
        wake_enter(wake, WAKE_BARRIER);
        return;
    case SERVICE_FAILED:
        wake->dirty = age_ms >= 0 && age_ms < STRAY_STOP_MS;
        wake->state = up ? WAKE_AWAKE : WAKE_FAILED;
        break;
    case SERVICE_UNKNOWN:
    case SERVICE_ASLEEP:
    case SERVICE_AWAKE:
        wake->state = up ? WAKE_AWAKE : WAKE_ASLEEP;
        break;
    }
    wake->running = up;
    wake->step_ms = wake->began_ms = time_msec();
}

struct wake *
wake_adopt(struct waker *waker, const struct nb_service *svc)
{
    struct wake *wake = xzalloc(sizeof *wake);

    wake->waker = waker;
    wake->journal_entry = -1;
    wake->uuid = svc->uuid;
    wake->label = xstrdup(svc->label);
    wake->fingerprint = wake_make_fingerprint(svc);
    wake->error = nullable_xstrdup(svc->error);
    ovs_list_init(&wake->slot_node);
    ovs_list_init(&wake->rows);
    wake_refused_init(wake, svc);
    hmap_insert(&waker->wakes, &wake->node, uuid_hash(&wake->uuid));
    wake->step_ms = time_msec();
    wake_idle_adopted(wake, svc);
    adopt_state(wake, svc);
    adopt_begun(wake, svc);
    wake->look = true;
    wake_mark_busy(wake);
    return wake;
}
