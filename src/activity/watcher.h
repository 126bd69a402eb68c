/* Watches the services whose policy is Southbound, and reports what it sees.
 *
 * in:     policies (sb_policy.h); connections, from an engine
 * out:    reports and heartbeats (sb_activity.h)
 * owner:  the watcher owns its struct watch; the connection is borrowed
 * thread: one; nothing blocks
 *
 * When watcher_wants() says so the engine calls watcher_begin(), tells of all
 * connections that there are, and calls watcher_end(): at once, or as they
 * become known. */

#ifndef ACTIVITY_WATCHER_H
#define ACTIVITY_WATCHER_H 1

#include "ovs.h"
#include "sb.h"
#include "watch.h"

struct watcher;

struct watcher *watcher_new(struct sb *);
void watcher_free(struct watcher *);

/* After sb_run(). */
void watcher_run(struct watcher *, long long int now_ms);
void watcher_wait(const struct watcher *);

/* True if it is time to look.  Looks that cost much come rarely: each pauses
 * for so many times what it has cost that they take no more than a twentieth
 * of a processor. */
bool watcher_wants(const struct watcher *, long long int now_ms);
/* The look begins. */
void watcher_begin(struct watcher *, long long int now_ms);
void watcher_add(struct watcher *, const struct watch_conn *);
/* All connections were told of.  The look has cost at most the time since its
 * begin. */
void watcher_end(struct watcher *, long long int now_ms);
/* It could not be done: nothing is reported. */
void watcher_fail(struct watcher *, long long int now_ms);

/* {"services", "looks", "cost_ms"}; the caller's. */
struct json *watcher_status(const struct watcher *);

#endif /* activity/watcher.h */
