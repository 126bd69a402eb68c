/* The waker: Controller_Event rows in, woken services out.
 *
 * in:    events (sb), services (nb), requests (external_ids:rouse-request)
 * out:   driver jobs; changes of the Northbound row; deleted event rows
 * owner: one record per service (wake.h); nb and sb are borrowed
 * thread: one; nothing blocks
 *
 * Does nothing unless nb_has_lock(): several wakers may run, one acts.  All
 * that matters is in the databases: a waker may die at any point, and the
 * next one goes on from the rows.  Losing the lock or the connection is the
 * same as dying: all jobs are dropped, and taken up again from the rows.
 *
 * Call sb_run() before nb_run(), so that the view of the Northbound database
 * is never older than the events that follow from it. */

#ifndef WAKER_WAKER_H
#define WAKER_WAKER_H 1

#include "ovs.h"
#include "admission.h"
#include "driver.h"
#include "nb.h"
#include "sb.h"

#define WAKER_LOCK "rouse_waker"
#define WAKER_MAX_WAKES_DEFAULT 64

struct waker_config {
    struct driver_config drivers;
    size_t max_wakes; /* Services that drivers start at the same time, and
                       * as many that they stop; the others queue.  0: the
                       * default.  NB_Global.external_ids:rouse-max-wakes
                       * comes before it. */
    const char *journal; /* A file for wake_journal.h, borrowed until
                          * waker_new() has returned; NULL: none. */
};

struct waker;

struct waker *waker_new(struct nb *, struct sb *,
                        const struct waker_config *);
void waker_free(struct waker *);
void waker_run(struct waker *);
void waker_wait(struct waker *);

/* Packets for a VIP of load balancer 'lb' were refused by a chassis that is
 * this process, the latest of them from 'source'. */
void waker_refused(struct waker *, const struct uuid *lb,
                   const uint64_t n[N_REFUSALS], const char *source);

/* What it is doing:
 * {"active": BOOL, "services": {state: N},
 *  "jobs": [{"service", "step", "since_ms", "tries", "error",
 *            "deadline_ms"}], "max_wakes": N,
 *  "events": {"seen", "rows", "consumed", "annotated",
 *             "ignored": {reason: N}},
 *  "refused": {reason: N},
 *  "wakes", "woken", "failed", "idled", "turned_round": N}; the caller's. */
struct json *waker_status(const struct waker *);

#endif /* waker/waker.h */
