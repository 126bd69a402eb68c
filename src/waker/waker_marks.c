/* What chassis say of Controller_Event rows.
 *
 * ovn-controller writes a row for every packet.  Where rouse hold runs beside
 * it, that has seen the packet, too: if it may wake the service there is a row
 * with SB_EVENT_ADMITTED, else the row gets SB_EVENT_REFUSED.  A row with
 * neither waits for its chassis; not for long, for that may be dead, and after
 * that not at all until something is heard of it again.  Then, and where no
 * rouse hold runs, nobody knows what the packet was: it wakes the service,
 * unless that says who may. */

#include "sb_activity.h"
#include "waker_private.h"

static bool
chassis_marks(struct waker *waker, const char *name, bool waited)
{
    const struct sb_chassis_activity *chassis
        = name ? sb_activity_find(waker->sb, name) : NULL;

    if (!chassis || !chassis->marks) {
        return false;
    }
    unsigned int seqno = chassis->seqno;
    if (waited) {
        simap_put(&waker->silent, name, seqno);
    }
    return !simap_contains(&waker->silent, name)
           || simap_get(&waker->silent, name) != seqno;
}

/* While a service is being put to sleep, a packet of a connection that goes on
 * turns that round; those that end connections do not. */
static bool
turns_round(const struct wake *wake, const char *refused)
{
    uint64_t n[N_REFUSALS] = { 0 };

    refusals_add_text(n, refused);
    return n[REFUSAL_NOT_OPENING]
           && wake_state_persistent(wake->state) == SERVICE_IDLING;
}

enum row_mark
waker_mark_of(struct waker *waker, const struct sb_event *ev,
              const struct wake *wake, const struct nb_service *svc,
              bool waited)
{
    const char *refused = smap_get(&ev->info, SB_EVENT_REFUSED);

    if (smap_get_node(&ev->info, SB_EVENT_ADMITTED)) {
        return ROW_MAY_WAKE;
    } else if (refused) {
        return turns_round(wake, refused) ? ROW_MAY_WAKE : ROW_MAY_NOT_WAKE;
    } else if (!ovs_list_is_empty(&wake->rows)) {
        /* Others have woken it. */
        return ROW_MAY_WAKE;
    } else if (chassis_marks(waker, ev->chassis, waited)) {
        return ROW_UNMARKED;
    }
    return admit_policy_is_strict(&svc->policies->admit) ? ROW_MAY_NOT_WAKE
                                               : ROW_MAY_WAKE;
}
