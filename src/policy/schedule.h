/* Hours of the week in which a service must be awake or may sleep.
 *
 *     awake Mon-Fri 08:00-18:00; awake Sat 09:00-12:00; zone +01:00
 *     sleep daily 22:00-06:00; sleep Sat,Sun
 *
 * Clauses are separated by semicolons: "awake" and "sleep", each with days
 * ("daily" if there are none) and hours (all day if there are none), and the
 * "zone" that all of them are meant in (UTC if there is none).  Hours that end
 * before they begin go past midnight.
 *
 * With "sleep" clauses the service must be awake outside of them; with "awake"
 * clauses alone it may sleep outside of them; where both apply it must be
 * awake.  Daylight saving is not known: a zone is a distance from UTC.
 *
 * Plain values; any thread. */

#ifndef POLICY_SCHEDULE_H
#define POLICY_SCHEDULE_H 1

#include "ovs.h"

/* Minutes of the week, from Monday 00:00 on. */
struct schedule_span {
    int begin;
    int end;       /* Not in it; 'begin' < 'end', past the week's end perhaps:
                    * then it goes on in the next. */
    bool awake;
};

/* Owned array; without spans it says nothing. */
struct schedule {
    struct schedule_span *spans;
    size_t n;
    int zone_min;  /* East of UTC. */
};

/* Sets '*schedule'.  False, with 'why' (the caller's) and '*schedule' without
 * spans, if 's' is none. */
bool schedule_parse(const char *s, struct schedule *schedule, char **why)
    OVS_WARN_UNUSED_RESULT;
void schedule_uninit(struct schedule *);

/* True if the service must be awake at 'wall_ms'; '*until_wall_ms' is when
 * that changes, LLONG_MAX if it never does. */
bool schedule_must_be_awake(const struct schedule *, long long int wall_ms,
                            long long int *until_wall_ms);

#endif /* policy/schedule.h */
