/* A Southbound database that says what a test says, behind those functions of
 * sb.h that the holder uses. */

#ifndef FAKE_SB_H
#define FAKE_SB_H 1

#include "activity.h"
#include "sb.h"
#include "sb_policy.h"

struct sb {
    bool ready;
    struct hmap rows;        /* Contains struct sb_event, by_event. */
    struct hmap pending;     /* Contains struct sb_event, by_event: inserts
                              * that are not confirmed. */
    bool changed;            /* A row came, changed or went. */
    enum sb_vip_state state; /* Of all VIPs. */
    uint64_t seqno;
    uint64_t router;         /* Datapath that is a router's; 0 = none. */
    bool annotating;         /* What is annotated is not confirmed. */
    size_t n_inserts;        /* Calls of sb_event_insert()... */
    size_t n_told;           /* ...and those with SB_EVENT_REFUSED. */
    struct uuid *uuids;      /* Of the rows, for sb_events_changed_get(). */
    struct service_policy policy; /* Of all services... */
    struct global_limits limits;    /* Of what is held... */
    uint64_t policy_seqno;   /* ...and how often they have changed. */
    struct uuid replayed_lb;          /* The latest report of a replay... */
    struct activity_replay replayed;
    size_t n_replayed;                /* ...and how many are shown. */
};

/* The name of the chassis that the holder is on. */
#define FAKE_CHASSIS "chassis-1"

void fake_sb_init(struct sb *);
void fake_sb_uninit(struct sb *);

void fake_sb_set_state(struct sb *, enum sb_vip_state);
/* A key of all services' policies. */
void fake_sb_set_policy(struct sb *, const char *key, const char *value);

/* Somebody writes a row for 'event', which must have none. */
struct sb_event *fake_sb_add_row(struct sb *, const struct event *);
/* The same by a chassis that has admitted its packet. */
struct sb_event *fake_sb_add_admitted(struct sb *, const struct event *);
/* A waker sets a key in the row, or deletes it if 'value' is NULL. */
void fake_sb_annotate(struct sb *, struct sb_event *row, const char *key,
                      const char *value);
void fake_sb_delete_rows(struct sb *);

/* The database confirms what was inserted. */
void fake_sb_confirm(struct sb *);

/* As the next sb_run() does: what has changed is not new any more. */
void fake_sb_settle(struct sb *);

#endif /* tests/unit/openflow/fake_sb.h */
