/* What a dry run would have saved, and how that is written down:
 * "sleeps=3 seconds=5423 since=2026-11-23T08:00:00.000Z", the last while the
 * service would be asleep.
 *
 * Plain values; any thread. */

#ifndef POLICY_IDLE_SAVED_H
#define POLICY_IDLE_SAVED_H 1

#include "ovs.h"

struct idle_saved {
    long long n_sleeps;      /* That have ended. */
    long long saved_ms;      /* In these. */
    long long since_wall_ms; /* It would be asleep since then; 0: awake. */
};

/* The caller's. */
char *idle_saved_to_text(const struct idle_saved *);
/* What cannot be read is as if it were not there. */
void idle_saved_from_text(const char *, struct idle_saved *);
/* All of it, up to 'now_wall_ms'. */
long long idle_saved_total_ms(const struct idle_saved *,
                              long long now_wall_ms);

#endif /* policy/idle_saved.h */
