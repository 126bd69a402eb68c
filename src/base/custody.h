/* Packet accounting: nothing that came in may vanish.
 *
 *     received + injected == sent + dropped + consumed + held
 *
 * "Injected" are packets that Rouse makes itself (a RST, an ICMP error);
 * "consumed" are packets that ended in an answer of Rouse's own (the SYN that
 * was refused).  Whoever owns a packet counts it out exactly once.  One
 * thread; no locks. */

#ifndef BASE_CUSTODY_H
#define BASE_CUSTODY_H 1

#include "ovs.h"
#include "reasons.h"

struct custody {
    uint64_t received;
    uint64_t injected;
    uint64_t sent;
    uint64_t consumed;
    uint64_t held;                    /* Now; the others only grow. */
    uint64_t dropped[N_DROP_REASONS]; /* By enum drop_reason. */
};

uint64_t custody_dropped(const struct custody *);

/* True if the sum above holds. */
bool custody_balances(const struct custody *);

/* One line a counter, for people ("dropped VIP_FULL 3"); zeros left out. */
void custody_format(const struct custody *, struct ds *);

/* {"received": N, ..., "dropped": {"VIP_FULL": N}}; the caller's. */
struct json *custody_to_json(const struct custody *);

#endif /* base/custody.h */
