/* Times as people and databases read them. */

#ifndef BASE_TIMEFMT_H
#define BASE_TIMEFMT_H 1

#include "ovs.h"

/* "2026-11-23T00:13:58.123Z" of 'wall_ms', milliseconds since the epoch
 * (time_wall_msec()).  The string is the caller's. */
char *timefmt_rfc3339(long long wall_ms);

/* The inverse; also takes times without milliseconds.  False and '*wall_ms'
 * untouched if 's' is no such time. */
bool timefmt_parse(const char *s, long long *wall_ms) OVS_WARN_UNUSED_RESULT;

/* "83 ms", "12.4 s", "3 min", "2 h", "5 d": two or three digits that matter.
 * The string is the caller's. */
char *timefmt_duration(long long ms);

#endif /* base/timefmt.h */
