/* The Southbound database, as hold, waker and command line see it.
 *
 * in:    OVN_Southbound (ovn-sb(5)): Controller_Event, Load_Balancer,
 *        Service_Monitor, Datapath_Binding, Chassis
 * out:   events; whether a VIP has usable backends; policies (sb_policy.h)
 *        and activity (sb_activity.h) of services
 * owner: struct sb owns the connection; pointers to rows' views are good
 *        until the next sb_run()
 * thread: one */

#ifndef SB_SB_H
#define SB_SB_H 1

#include "ovs.h"
#include "diag.h"
#include "event.h"

struct sb;

enum sb_activity_mode {
    SB_ACTIVITY_NONE,
    SB_ACTIVITY_OWN, /* Write reports of the own chassis. */
    SB_ACTIVITY_ALL, /* The same, and read those of all chassis. */
};

struct sb_options {
    const char *remote;
    bool leader_only;     /* False for chassis: any member of a cluster. */
    bool backends;        /* Also watch Load_Balancer and Service_Monitor... */
    bool no_vips;         /* ...but not Load_Balancer: VIPs are known from
                           * elsewhere. */
    bool policies;        /* Read or write services' policy: sb_policy.h. */
    enum sb_activity_mode activity; /* sb_activity.h. */
    bool marks;           /* With SB_ACTIVITY_OWN: tells the waker that this
                           * process marks rows of the chassis. */
    const char *chassis;  /* Name of the own chassis (system-id), or NULL. */
};

struct sb *sb_new(const struct sb_options *);
void sb_free(struct sb *);
/* The own chassis is called otherwise now. */
void sb_set_chassis(struct sb *, const char *chassis);
void sb_run(struct sb *);
void sb_wait(struct sb *);
bool sb_is_ready(const struct sb *);
bool sb_is_connected(const struct sb *);
/* Name of the own chassis, or NULL; borrowed. */
const char *sb_own_chassis(const struct sb *);

/* Keys that chassis put into event_info, for the waker. */
#define SB_EVENT_ADMITTED "rouse-admitted" /* Source that may wake, or "". */
#define SB_EVENT_REFUSED "rouse-refused"   /* See refusals_format(). */
#define SB_EVENT_SOURCE "rouse-source"     /* Of the latest refused. */
#define SB_EVENT_ARRIVED "rouse-arrived"   /* When that which may wake came,
                                            * time_wall_msec(). */

/* A Controller_Event row. */
struct sb_event {
    struct hmap_node by_uuid;
    struct hmap_node by_event; /* If 'valid'. */
    struct uuid uuid;     /* Of the row. */
    bool valid;           /* False: 'event' is unset and 'diag' says why. */
    struct event event;
    struct diag diag;
    int64_t seq_num;
    char *chassis;        /* Name, or NULL if the row has none. */
    struct smap info;     /* All of event_info. */
};

const struct sb_event *sb_event_first(const struct sb *);
const struct sb_event *sb_event_next(const struct sb *,
                                     const struct sb_event *);
/* Some row for the same event (event_equals()), or NULL. */
const struct sb_event *sb_event_find(const struct sb *, const struct event *);
/* The same, of those that a chassis has admitted. */
const struct sb_event *sb_event_find_admitted(const struct sb *,
                                              const struct event *);
/* All rows for 'event': the one after 'row', or the first if that is NULL. */
const struct sb_event *sb_event_next_same(const struct sb *,
                                          const struct event *,
                                          const struct sb_event *row);
/* By UUID of the row; NULL if it is gone. */
const struct sb_event *sb_event_get(const struct sb *, const struct uuid *);
/* True if a Controller_Event row came, changed or went in the last run. */
bool sb_events_changed(const struct sb *);
/* Which: UUIDs, valid until the next sb_run(), some perhaps twice.  One that
 * is gone is not found by sb_event_get(). */
const struct uuid *sb_events_changed_get(const struct sb *, size_t *n);
size_t sb_n_events(const struct sb *);
/* Grows whenever Load_Balancer or Service_Monitor rows change. */
uint64_t sb_backends_seqno(const struct sb *);

enum sb_vip_state {
    SB_VIP_UNKNOWN,   /* No such load balancer, or no such VIP on it. */
    SB_VIP_EMPTY,     /* No backends. */
    SB_VIP_UNHEALTHY, /* All backends have a health check; none is online. */
    SB_VIP_READY,
};
enum sb_vip_state sb_vip_state(const struct sb *, const struct event *);

/* The VIP's backends, borrowed: "" if it has none, NULL if there is no such
 * load balancer Southbound, or no such VIP on it. */
const char *sb_vip_backends(const struct sb *, const struct event *);

/* True if the logical datapath with tunnel key 'key' is a router.  Known with
 * sb_options' 'backends' only. */
bool sb_datapath_is_router(const struct sb *, uint64_t key);

/* What Service_Monitor rows say of 'backends', as in Load_Balancer.vips. */
struct sb_health {
    size_t n_backends;
    size_t n_monitored; /* So many of them have such rows... */
    size_t n_online;    /* ...and so many of these are online. */
};
struct sb_health sb_backends_health(const struct sb *, const char *backends,
                                    const char *protocol);
/* SB_VIP_EMPTY, _UNHEALTHY or _READY. */
enum sb_vip_state sb_health_state(const struct sb_health *);

/* --- Writing --- (queued; one transaction per run; made again until the
 * database confirms or the row is gone) */

/* Inserts a row for 'event', with 'keys' (NULL: none) in event_info, too,
 * unless one exists by the time of writing: one with SB_EVENT_ADMITTED if that
 * is among 'keys'.  With SB_EVENT_REFUSED, whatever rows there are, but not
 * while another such insert is pending.  seq_num = largest found + 1. */
void sb_event_insert(struct sb *, const struct event *,
                     const struct smap *keys);
/* The next event that sb_event_insert() was called for with SB_EVENT_ADMITTED
 * and that this has not returned before, and its '*keys', or NULL; good until
 * the next sb_run().  For who wakes in the same process, and need not wait for
 * the row to come back. */
const struct event *sb_event_next_new(struct sb *, const struct smap **keys);
/* Sends what is queued now instead of in sb_wait(). */
void sb_flush(struct sb *);
/* True while an insert for 'event' is not confirmed yet: of a row with
 * SB_EVENT_REFUSED, or of one without. */
bool sb_event_is_pending(const struct sb *, const struct event *,
                         bool refused);
/* Deletes a row. */
void sb_event_delete(struct sb *, const struct uuid *row);
/* Sets keys in event_info of a row. */
void sb_event_annotate(struct sb *, const struct uuid *row,
                       const struct smap *keys);
/* True while that is not confirmed yet. */
bool sb_event_is_annotated(const struct sb *, const struct uuid *row);

#endif /* sb/sb.h */
