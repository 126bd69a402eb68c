/* What a chassis reports of the services it watches, and how that is written
 * down.
 *
 * Times are milliseconds since the epoch on a clock of the chassis' that never
 * jumps (activity_clock_ms()).  Clocks of two chassis need not agree: whoever
 * reads compares times of one chassis with each other only.
 *
 * Plain values; any thread. */

#ifndef POLICY_ACTIVITY_H
#define POLICY_ACTIVITY_H 1

#include "ovs.h"

/* All of a chassis' reports are as of 'at_ms'.  A service without a report has
 * been silent there since 'since_ms' at least. */
struct activity_heartbeat {
    int64_t at_ms;
    int64_t since_ms;  /* Begin of watching. */
    int64_t period_ms; /* The next comes after about that long. */
    int64_t look;      /* Newest look that was asked for before this one was
                        * taken (sb_policy.h). */
};

/* One service on one chassis. */
struct activity_report {
    int64_t n_connections; /* That the chassis tracks and are not closed. */
    int64_t last_ms;       /* Not before the last packet. */
    uint64_t n_packets;    /* Since watching began; 0 if not counted. */
    uint64_t n_bytes;
};

/* Packets of one service that were held on a chassis have left it. */
struct activity_replay {
    int64_t arrived_wall_ms; /* The first that could wake the service came
                              * then, by the chassis' wall clock. */
    int64_t held_ms;         /* From then until the last one left. */
    int64_t n_packets;
};

char *activity_heartbeat_to_text(const struct activity_heartbeat *);
bool activity_heartbeat_from_text(const char *, struct activity_heartbeat *)
    OVS_WARN_UNUSED_RESULT;
char *activity_report_to_text(const struct activity_report *);
bool activity_report_from_text(const char *, struct activity_report *)
    OVS_WARN_UNUSED_RESULT;

char *activity_replay_to_text(const struct activity_replay *);
bool activity_replay_from_text(const char *, struct activity_replay *)
    OVS_WARN_UNUSED_RESULT;

/* The chassis' clock: the wall's at the process' start, and monotonic from
 * there on.  'start_wall_ms' and 'start_ms' are the two at that moment. */
static inline int64_t
activity_clock_ms(long long int now_ms, long long int start_ms,
                  long long int start_wall_ms)
{
    return start_wall_ms + (now_ms - start_ms);
}

#endif /* policy/activity.h */
