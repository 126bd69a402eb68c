/* The holder: keeps what reaches a sleeping VIP, sees to its event, replays.
 *
 * in:     packets of trigger flows (openflow), rows (sb)
 * out:    held packets (hold), Controller_Event rows where ovn-controller has
 *         written none, replayed packets, refusals at the deadline
 * owner:  the holder owns its hold store; openflow and sb are borrowed
 * thread: one; nothing blocks
 *
 * A packet is replayed when the VIP has usable backends Southbound *and* the
 * switch's own flows for it balance instead of trigger.  Does not wake
 * anything: that is the waker's. */

#ifndef OPENFLOW_HOLDER_H
#define OPENFLOW_HOLDER_H 1

#include "ovs.h"
#include "custody.h"
#include "hold.h"
#include "openflow.h"
#include "sb.h"

struct holder;

struct holder_config {
    struct hold_limits limits;
    struct hold_policy policy; /* Where a service has none of its own. */
};

struct holder *holder_new(const struct holder_config *, struct openflow *,
                          struct sb *, struct custody *);
void holder_free(struct holder *);
void holder_run(struct holder *, long long now_ms);
void holder_wait(struct holder *);

/* [{"vip", "protocol", "load_balancer", "packets", "bytes", "oldest_ms"}];
 * the caller's. */
struct json *holder_held(const struct holder *, long long now_ms);

#endif /* openflow/holder.h */
