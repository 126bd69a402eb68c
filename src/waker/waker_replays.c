/* rouse-last-wake: when the last wake began, and where its time went.
 *
 * The waker knows of its own stages.  What comes before and after that the
 * chassis knows, by its own clocks: when the packet arrived (event_info), and
 * for how long it was held (sb_activity.h).  The clocks of both should agree;
 * as far as they do not, one of the two stages is too long by what the other
 * one is too short.
 *
 * What chassis report of many wakes is written together, and then nothing for
 * WRITE_MS: each write is work for ovn-northd. */

#include "cleanup.h"
#include "sb_activity.h"
#include "timefmt.h"
#include "waker_private.h"

#define WRITE_MS 1000

/* A chassis that has not said anything for so long has held nothing. */
#define AWAIT_MS 10000

struct wake_last *
wake_last_get(struct wake *wake)
{
    if (!wake->last) {
        wake->last = xzalloc(sizeof *wake->last);
        wake->last->wake = wake;
        ovs_list_init(&wake->last->node);
    }
    return wake->last;
}

void
wake_last_uninit(struct wake *wake)
{
    if (wake->last) {
        ovs_list_remove(&wake->last->node);
        free(wake->last);
        wake->last = NULL;
    }
}

static void
stop_awaiting(struct wake_last *last)
{
    ovs_list_remove(&last->node);
    ovs_list_init(&last->node);
    last->found = false;
}

void
wake_last_over(struct wake *wake)
{
    if (wake->last) {
        stop_awaiting(wake->last);
    }
}

/* "2026-11-23T08:00:00.000Z event=2 start=120 ready=45 replay=9 ..."; the
 * caller's. */
static char *
describe(const struct wake *wake)
{
    static const enum wake_state stages[] = {
        WAKE_STOP_WAKE, WAKE_NEEDS, WAKE_START, WAKE_READY, WAKE_BACKOFF,
        WAKE_BLOCKED,
    };
    const struct wake_last *last = wake->last;
    char *began OWNED_STRING = timefmt_rfc3339(wake->began_wall_ms);
    struct ds ds = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&ds, began);
    if (last->event_ms >= 0) {
        ds_put_format(&ds, " event=%lld", last->event_ms);
    }
    for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
        unsigned int ms = wake->spent_ms[stages[i]];

        if (ms || stages[i] == WAKE_START || stages[i] == WAKE_READY) {
            ds_put_format(&ds, " %s=%u", wake_state_name(stages[i]), ms);
        }
    }
    if (last->replay_ms >= 0) {
        ds_put_format(&ds, " replay=%lld", last->replay_ms);
    }
    ds_put_format(&ds, " total=%lld tries=%u",
                  MAX(last->event_ms, 0) + last->own_ms
                  + MAX(last->replay_ms, 0), wake->n_failures + 1);
    return ds_steal_cstr(&ds);
}

char *
wake_last_restored(struct wake *wake)
{
    struct wake_last *last = wake_last_get(wake);

    stop_awaiting(last);
    last->own_ms = wake->step_ms - wake->began_ms;
    last->restored_ms = wake->step_ms;
    last->event_ms = last->arrived_wall_ms
                     ? MAX(wake->began_wall_ms - last->arrived_wall_ms, 0)
                     : -1;
    last->acted_wall_ms = MAX(wake->began_wall_ms, last->arrived_wall_ms);
    last->replay_ms = -1;
    ovs_list_push_back(&wake->waker->replays.awaited, &last->node);
    return describe(wake);
}

/* Of several chassis the one counts whose packets left last. */
static void
take_report(struct wake *wake, const struct activity_replay *report)
{
    struct wake_last *last = wake->last;
    long long int left_ms = report->arrived_wall_ms + report->held_ms
                            - last->acted_wall_ms;
    long long int replay_ms = MAX(left_ms - last->own_ms, 0);

    /* What left before this wake began did so after the one before. */
    if (left_ms >= 0 && replay_ms < AWAIT_MS
        && replay_ms > last->replay_ms) {
        last->replay_ms = replay_ms;
        last->found = wake->waker->replays.found = true;
    }
}

static void
look_at_chassis(struct waker *waker,
                const struct sb_chassis_activity *chassis)
{
    const struct wake_last *last;

    LIST_FOR_EACH (last, node, &waker->replays.awaited) {
        struct activity_replay report;

        if (sb_activity_get_replay(waker->sb, chassis, &last->wake->uuid,
                                   &report)) {
            take_report(last->wake, &report);
        }
    }
}

static void
look_at_reports(struct waker *waker)
{
    struct waker_replays *r = &waker->replays;
    uint64_t seqno = sb_activity_seqno(waker->sb);
    const struct sb_chassis_activity *chassis;

    for (chassis = seqno == r->seqno ? NULL : sb_activity_first(waker->sb);
         chassis; chassis = sb_activity_next(waker->sb, chassis)) {
        if (chassis->seqno > r->seqno) {
            look_at_chassis(waker, chassis);
        }
    }
    r->seqno = seqno;
}

static void
write_found(struct waker *waker)
{
    struct wake_last *last;

    LIST_FOR_EACH (last, node, &waker->replays.awaited) {
        if (last->found) {
            char *text OWNED_STRING = describe(last->wake);

            last->found = false;
            nb_ticket_forget(waker->nb, nb_write(waker->nb,
                                                 &(struct nb_change) {
                .kind = NB_SET_LAST_WAKE,
                .service = last->wake->uuid,
                .last_wake = text,
            }));
        }
    }
}

void
waker_replays_run(struct waker *waker)
{
    struct waker_replays *r = &waker->replays;
    long long int now_ms = time_msec();
    struct wake_last *last;

    look_at_reports(waker);
    if (r->found && now_ms >= r->write_ms) {
        r->found = false;
        r->write_ms = now_ms + WRITE_MS;
        write_found(waker);
    }
    LIST_FOR_EACH_SAFE (last, node, &r->awaited) {
        if (now_ms < last->restored_ms + AWAIT_MS) {
            break;
        }
        if (last->arrived_wall_ms) {
            stop_awaiting(last); /* The next wake has begun. */
        } else {
            wake_last_uninit(last->wake);
        }
    }
}

/* For reports, the database wakes us; who is awaited in vain costs nothing. */
void
waker_replays_wait(const struct waker *waker)
{
    if (waker->replays.found) {
        poll_timer_wait_until(waker->replays.write_ms);
    }
}
