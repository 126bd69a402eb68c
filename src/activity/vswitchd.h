/* Questions to ovs-vswitchd at its control socket: which connections are
 * there?
 *
 * in:     the socket (unixctl); lines of "dpctl/dump-conntrack"
 * out:    struct watch_conn, to a watcher (watcher.h)
 * owner:  struct vswitchd owns its connection
 * thread: one; nothing blocks: an answer is read bit by bit
 *
 * Userspace and kernel datapaths alike: ovs-vswitchd is asked for the names of
 * its datapaths, and then for the connections of each. */

#ifndef ACTIVITY_VSWITCHD_H
#define ACTIVITY_VSWITCHD_H 1

#include "ovs.h"
#include "watcher.h"

struct vswitchd;

/* 'target' is the socket's path; NULL: that of the ovs-vswitchd whose pid is
 * in Open vSwitch's run directory.  'watcher' is borrowed. */
struct vswitchd *vswitchd_new(const char *target, struct watcher *watcher);
void vswitchd_free(struct vswitchd *);

/* Looks when the watcher wants to. */
void vswitchd_run(struct vswitchd *, long long int now_ms);
void vswitchd_wait(const struct vswitchd *);

/* {"connected", "connections", "error"}; the caller's. */
struct json *vswitchd_status(const struct vswitchd *);

#endif /* activity/vswitchd.h */
