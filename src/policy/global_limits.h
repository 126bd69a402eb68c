/* Bounds for all services together: keys of NB_Global.external_ids.
 *
 *     rouse-max-wakes        services that drivers start at the same time
 *     rouse-held-packets     held packets on one chassis
 *     rouse-held-bytes       their bytes
 *     rouse-held-per-source  held packets of one source address there
 *
 * Plain values; any thread. */

#ifndef POLICY_GLOBAL_LIMITS_H
#define POLICY_GLOBAL_LIMITS_H 1

#include "diag.h"
#include "ovs.h"

/* 0: nobody has said. */
struct global_limits {
    long long max_wakes;
    long long held_packets;
    long long held_bytes;
    long long held_per_source;
};

/* Sets all of '*limits' from keys that are anything.  One that is no number or
 * out of bounds is as if it were not there, and 'diag' (may be NULL) says
 * so. */
void global_limits_parse(const struct smap *keys, struct global_limits *limits,
                  struct diag *diag);
bool global_limits_equal(const struct global_limits *,
                         const struct global_limits *);

/* Adds what chassis must know to 'keys', as global_limits_parse() reads it. */
void global_limits_put_held(const struct global_limits *, struct smap *keys);
/* True if global_limits_put_held() writes 'key'. */
bool global_limits_is_held_key(const char *key);

#endif /* policy/global_limits.h */
