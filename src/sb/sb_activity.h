/* What chassis report of services, in the Southbound database:
 * Chassis_Private.external_ids, "rouse-activity" (a heartbeat) and one key
 * "rouse-activity:UUID" for each service that is not silent (UUID of the
 * Northbound Load_Balancer).  See activity.h for their text.
 *
 * "rouse-replayed:UUID" is there for a while after the service's held packets
 * have left the chassis.
 *
 * And "rouse-hold", which is there while a rouse hold runs: see sb_options'
 * 'marks'.
 *
 * Needs sb_options' 'activity'. */

#ifndef SB_SB_ACTIVITY_H
#define SB_SB_ACTIVITY_H 1

#include "activity.h"
#include "sb.h"

/* --- Reading (SB_ACTIVITY_ALL) --- */

/* A chassis that has to report. */
struct sb_chassis_activity {
    struct hmap_node node;        /* By name. */
    char *name;
    struct uuid row;              /* Of Chassis_Private, if it reports. */
    bool marks;                   /* Somebody there marks event rows. */
    bool reports;                 /* 'beat' is valid. */
    struct activity_heartbeat beat;
    long long int received_ms;    /* time_msec() when 'beat' came; 0 if it was
                                   * there before this process was. */
    uint64_t seqno;               /* Of sb_activity_seqno() at its last
                                   * change. */
};

/* Grows with each heartbeat, report, and chassis that comes or goes. */
uint64_t sb_activity_seqno(const struct sb *);
/* Good until the next sb_run(). */
const struct sb_chassis_activity *sb_activity_first(const struct sb *);
const struct sb_chassis_activity *
sb_activity_next(const struct sb *, const struct sb_chassis_activity *);
/* By name, or NULL. */
const struct sb_chassis_activity *sb_activity_find(const struct sb *,
                                                   const char *name);
/* What the chassis reports of 'lb'.  False if it reports nothing. */
bool sb_activity_get(const struct sb *, const struct sb_chassis_activity *,
                     const struct uuid *lb, struct activity_report *)
    OVS_WARN_UNUSED_RESULT;

/* What the chassis says of the service's packets that it held last.  False if
 * it says nothing. */
bool sb_activity_get_replay(const struct sb *,
                            const struct sb_chassis_activity *,
                            const struct uuid *lb, struct activity_replay *)
    OVS_WARN_UNUSED_RESULT;

/* --- Writing (SB_ACTIVITY_OWN, sb_options' 'chassis') --- */

/* Takes away what a process before this one reported, before anything else is
 * written. */
void sb_activity_begin(struct sb *);
/* Takes away all of it, for the end. */
void sb_activity_end(struct sb *);
/* True if what is wanted is what the database has. */
bool sb_activity_is_written(const struct sb *);
/* Both are written in the same transaction, in the order of calls. */
void sb_activity_report(struct sb *, const struct uuid *lb,
                        const struct activity_report *);
void sb_activity_withdraw(struct sb *, const struct uuid *lb);
void sb_activity_beat(struct sb *, const struct activity_heartbeat *);
void sb_activity_replayed(struct sb *, const struct uuid *lb,
                          const struct activity_replay *);
void sb_activity_forget_replay(struct sb *, const struct uuid *lb);

#endif /* sb/sb_activity.h */
