/* Shared by the files of holder/ only. */

#ifndef HOLDER_HOLDER_PRIVATE_H
#define HOLDER_HOLDER_PRIVATE_H 1

#include "holder.h"

/* A VIP with held packets. */
struct sleeper {
    struct hmap_node by_event; /* In struct holder's 'sleepers'. */
    struct hmap_node by_vip;   /* In struct holder's 'vips'. */
    struct ovs_list dirty;     /* In struct holder's 'dirty', or empty. */
    struct event event;
    struct endpoint vip;
    bool wanted;               /* A packet that may wake it is held. */
    struct in6_addr source;    /* Whose was the first of those... */
    long long arrived_ms;      /* ...and when it came, by two clocks. */
    long long arrived_wall_ms;
    size_t n_replayed;
    struct hold_queue *queue;  /* Owned through the holder's hold store. */
    bool on_fail_drop;         /* Silence at the deadline. */
    bool known;                /* It has had a row that says its backends. */
    long long requested_ms;    /* When a row was last seen or asked for. */
    long long gone_ms;         /* Since when nothing has known of it, or
                                * LLONG_MAX. */
    long long absent_ms;       /* Since when it has backends but no flows, or
                                * LLONG_MAX. */
    long long open_ms;         /* Since when a router's flows let it through,
                                * or LLONG_MAX. */
    long long check_ms;        /* When to look again though nothing changed,
                                * or LLONG_MAX. */
};

/* Reports of replays. */
struct holder_replays {
    struct hmap reports;       /* Contains struct replay_report. */
    struct ovs_list by_age;    /* The same, the oldest first. */
};

struct holder {
    struct holder_config config;
    const struct holder_switch *sw; /* Borrowed, as the next three. */
    void *sw_aux;
    struct sb *sb;
    struct custody *custody;
    struct hold *hold;
    struct gate *gate;
    struct holder_replays replays;
    uint64_t limits_seqno;     /* Of the policies that 'hold' has bounds of,
                                * plus 1. */
    struct hmap sleepers;      /* Contains struct sleeper, by event. */
    struct hmap vips;          /* The same, by VIP. */
    struct ovs_list dirty;     /* Contains struct sleeper: to be looked at. */
    uint64_t switch_seqno;
    long long flows_changed_ms; /* When that has grown. */
    uint64_t backends_seqno;
    long long tell_ms;         /* When to look for refusals that no row tells
                                * of, or LLONG_MAX. */
    long long next_check_ms;   /* Least check_ms of all, or earlier. */
};

/* --- holder_admit.c: packets that may not wake a service, and what the waker
 * is told of those that may --- */

extern const struct gate_ops holder_gate_ops;
/* Takes over the bounds that the Southbound database has. */
void holder_follow_limits(struct holder *);
/* Writes a row for the sleeper's event, which says that it may. */
void holder_insert_row(struct holder *, const struct sleeper *);
/* Adds an address as the value of 'key'. */
void holder_put_address(struct smap *keys, const char *key,
                        const struct in6_addr *);

/* --- holder_refused.c: what the waker is told of those that may not --- */

/* The gate has refused a packet: where others write rows, marks that of it. */
void holder_mark_refused(struct holder *, const struct event *,
                         long long now_ms);
/* The same for rows that come later than their packets, or not at all. */
void holder_refused_run(struct holder *, long long now_ms);
void holder_refused_wait(const struct holder *);
/* All packets of 'event' have come to their end: rows that others write for
 * them later are marked, too, with no refusal. */
void holder_remember_end(struct holder *, const struct event *,
                         long long now_ms);

/* --- holder.c --- */

/* True if packets of 'event' are held. */
bool holder_is_held(const struct holder *, const struct event *);
/* Has the sleeper looked at in this run, or the next. */
void sleeper_mark(struct holder *, struct sleeper *);
/* Looks at it again at 'when_ms'. */
void sleeper_check_at(struct holder *, struct sleeper *, long long when_ms);
/* Its clients are told that nobody is there. */
void sleeper_refuse_all(struct holder *, struct sleeper *, enum drop_reason);
/* None of its packets waits any more: it is freed. */
void sleeper_end(struct holder *, struct sleeper *, long long now_ms);

/* --- holder_look.c --- */

/* What can be done for it now is; may free it. */
void sleeper_look(struct holder *, struct sleeper *, long long now_ms);
enum sb_vip_state holder_backends_state(const struct holder *,
                                        const struct event *);

/* --- holder_replays.c --- */

void holder_replays_init(struct holder_replays *);
void holder_replays_uninit(struct holder_replays *);
/* All packets of the sleeper have left. */
void holder_report_replay(struct holder *, const struct sleeper *,
                          long long now_ms);
void holder_replays_run(struct holder *, long long now_ms);
void holder_replays_wait(const struct holder *);

#endif /* holder/holder_private.h */
