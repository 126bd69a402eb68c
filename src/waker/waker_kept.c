/* Rows of refused packets, which stay for a while.
 *
 * ovn-controller writes no second row for a VIP while its chassis has one: a
 * port scan costs one row in KEEP_MS for each VIP, instead of one for each
 * packet, and three transactions with it, of which each wakes ovn-northd and
 * all chassis.  What else is refused meanwhile, rouse hold tells with the
 * next row.
 *
 * For a packet that may wake the service, rouse hold writes a row of its own,
 * whatever other rows there are.  So no row is kept that could be in the way:
 * not while the service is being put to sleep, where packets that are refused
 * may turn that round, and not for a chassis where rouse hold has ended. */

#include "sb_activity.h"
#include "waker_private.h"

#define KEEP_MS 5000

/* Rows that came one after the other are deleted in one transaction. */
#define KEEP_STEP_MS 500

static bool
chassis_marks(const struct waker *waker, const struct event_row *row)
{
    const struct sb_event *ev = sb_event_get(waker->sb, &row->uuid);
    const struct sb_chassis_activity *chassis
        = ev && ev->chassis ? sb_activity_find(waker->sb, ev->chassis) : NULL;

    return chassis && chassis->marks;
}

bool
event_row_keep(struct waker *waker, struct event_row *row,
               const struct wake *wake)
{
    if (wake_state_persistent(wake->state) == SERVICE_IDLING
        || !chassis_marks(waker, row)) {
        return false;
    }
    if (!row->is_kept) {
        event_row_detach(row);
        row->is_kept = true;
        row->kept_until_ms = ROUND_UP(time_msec() + KEEP_MS, KEEP_STEP_MS);
        ovs_list_push_back(&waker->kept, &row->list_node);
    }
    return true;
}

void
waker_kept_drop(struct waker *waker, const struct uuid *lb)
{
    struct event_row *row;

    LIST_FOR_EACH_SAFE (row, list_node, &waker->kept) {
        if (uuid_equals(&row->lb, lb)) {
            event_row_delete(waker, row);
        }
    }
}

void
waker_kept_run(struct waker *waker)
{
    uint64_t seqno = sb_activity_seqno(waker->sb);
    bool look = waker->kept_seqno != seqno;
    struct event_row *row;

    waker->kept_seqno = seqno;
    LIST_FOR_EACH_SAFE (row, list_node, &waker->kept) {
        bool is_over = row->kept_until_ms <= time_msec();

        if (!is_over && !look) {
            break;
        }
        if (is_over || !chassis_marks(waker, row)) {
            event_row_delete(waker, row);
        }
    }
}

void
waker_kept_wait(const struct waker *waker)
{
    if (!ovs_list_is_empty(&waker->kept)) {
        const struct event_row *row
            = CONTAINER_OF(ovs_list_front(&waker->kept), struct event_row,
                           list_node);

        poll_timer_wait_until(row->kept_until_ms);
    }
}
