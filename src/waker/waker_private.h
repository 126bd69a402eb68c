/* Shared by the files of waker/ only. */

#ifndef WAKER_WAKER_PRIVATE_H
#define WAKER_WAKER_PRIVATE_H 1

#include "subprocess.h"
#include "wake_fsm.h"
#include "wake_journal.h"
#include "waker.h"

/* Why an event row wakes nobody. */
#define EVENT_REASONS                                                         \
    REASON(MALFORMED, "malformed", "is deleted")                              \
    REASON(UNKNOWN_LB, "unknown-load-balancer", "is deleted")                 \
    REASON(UNKNOWN_VIP, "unknown-vip", "is deleted")                          \
    REASON(FOREIGN, "foreign", "is left to its CMS")                          \
    REASON(NO_BACKENDS, "no-backends", "is deleted")                          \
    REASON(REFUSED, "refused", "is deleted")                                  \
    REASON(AWAKE, "already-awake", "is deleted")

enum event_reason {
#define REASON(NAME, TEXT, FATE) EVENT_REASON_##NAME,
    EVENT_REASONS
#undef REASON
    N_EVENT_REASONS
};

struct waker_counters {
    uint64_t seen;      /* Event rows. */
    uint64_t consumed;  /* Event rows deleted at the end of a wake. */
    uint64_t annotated;
    uint64_t ignored[N_EVENT_REASONS];
    uint64_t wakes;     /* Begun. */
    uint64_t woken;
    uint64_t failed;
    uint64_t idled;     /* Ended asleep. */
    uint64_t turned;    /* Idling turned round. */
};

/* Drivers at work; the others queue.  See wake_slots.c. */
struct slots {
    size_t max;
    size_t used;
    struct hmap sources;   /* Contains struct slot_source. */
    struct ovs_list turns; /* Those with wakes that queue, the next first. */
};

/* Wakes whose held packets are yet to be heard of.  See waker_replays.c. */
struct waker_replays {
    struct ovs_list awaited; /* Contains struct wake_last, the oldest
                              * first. */
    uint64_t seqno;          /* Of the reports that were looked at. */
    bool found;              /* Something is to be written, */
    long long int write_ms;  /* not before then. */
};

struct waker {
    struct nb *nb;               /* Borrowed. */
    struct sb *sb;               /* Borrowed. */
    struct driver_config config; /* Strings are borrowed. */
    struct subprocess_pace pace; /* Of drivers' programs. */
    bool active;                 /* Holds the lock, knows all rows. */

    struct hmap wakes;           /* Contains struct wake, by uuid. */
    struct ovs_list busy;        /* Those that waker_run() looks at. */
    size_t max_wakes;            /* Unless NB_Global says otherwise. */
    struct slots start_slots;
    struct slots stop_slots;
    unsigned int n_turns;    /* Over those that have something to do. */
    bool needs_changed;          /* A service's state or any row: needs are
                                  * to be looked at in the next turn. */
    bool needs_look;             /* They are in this turn. */
    bool look_wanted;            /* Chassis are to look at new policies. */
    bool idle_dirty;             /* Look at services' idle policies... */
    long long int next_idle_ms;  /* ...or then. */
    bool idle_needs;             /* Some service needs another. */
    bool again;                  /* Another turn may find something to do. */
    long long int begin_until_ms; /* No driver's work is begun later in this
                                  * run; 0: none has been. */
    bool cut_short;              /* Work could not be begun for that. */

    struct hmap events;          /* Contains struct event_row, by row. */
    struct ovs_list strays;      /* Event rows in their time of grace. */
    struct ovs_list unmarked;    /* Event rows whose chassis is yet to say
                                  * whether they may wake. */
    struct simap silent;         /* Chassis that have not marked a row in
                                  * time: sb_chassis_activity's seqno then. */
    struct ovs_list foreign;     /* Event rows of other CMSs' services. */
    struct ovs_list kept;        /* Event rows that were refused, the oldest
                                  * first. */
    uint64_t kept_seqno;         /* sb_activity_seqno() they were looked at
                                  * with. */
    struct waker_counters counters;

    struct ovs_list refused;     /* Contains struct wake_refused. */
    uint64_t refused_total[N_REFUSALS];
    long long int refused_ms;    /* When they may be written again. */

    struct waker_replays replays;
    struct wake_journal *journal; /* NULL: none. */
};

/* --- wake_idle.c: sleep by itself --- */

/* What is remembered of one service.  None of it must survive the waker. */
struct wake_idle {
    long long int idle_after_ms; /* Of the policy; 0: it has none. */
    int64_t look;                /* Reports count from this look on. */
    int64_t drain_look;          /* The look before the stop. */
    bool by_policy;              /* It is being idled by itself. */
    unsigned int n_flaps;
    long long int awake_since_ms;
    long long int began_ms;      /* When it was last put to sleep; 0: it is
                                  * awake, or somebody else did. */
    long long int next_ms;       /* When to look at it. */
    struct idle_decision decision; /* The last, and what was known then: */
    int64_t n_connections;
    long long int last_ms;
    long long int dry_since_ms;  /* Would be asleep since then; or 0. */
    struct idle_saved dry_saved; /* As its row says it. */
};

struct wake;
void wake_idle_adopted(struct wake *, const struct nb_service *);
void wake_idle_row_changed(struct wake *, const struct nb_service *);
/* Its state is another. */
void wake_idle_entered(struct wake *, enum wake_state from);
/* How long the drain takes at least. */
long long int wake_idle_drain_ms(const struct wake *,
                                 const struct nb_service *);
/* The drain is over by the clock: IN_DRAINED, IN_NONE: wait, or the wish that
 * turns it round. */
enum wake_input wake_idle_poll_drain(struct wake *);
void wake_idle_wait_drain(const struct wake *);
/* All services that are due. */
void waker_idle_run(struct waker *);
void waker_idle_wait(const struct waker *);

/* --- wake.c: one service --- */

/* Packets that did not wake a service; only where there were any. */
struct wake_refused {
    struct ovs_list node;    /* In struct waker's refused, or empty. */
    struct wake *wake;
    uint64_t n[N_REFUSALS];  /* Since the key was removed. */
    char *last;              /* When, whom and why; or NULL. */
};

/* Of a wake, until its held packets have left.  Times on the wall are those of
 * this process' machine, but for the packet's. */
struct wake_last {
    struct ovs_list node;    /* In struct waker_replays' awaited, or empty. */
    struct wake *wake;
    long long int arrived_wall_ms; /* The first packet of this wake, by its
                              * chassis' clock; 0: nobody says. */
    long long int acted_wall_ms; /* When the wake began, but not before the
                              * packet came, whose chassis' clock may be
                              * ahead. */
    long long int event_ms;  /* From the packet to that; -1: not known. */
    long long int own_ms;    /* From there to the backends' restoring, */
    long long int restored_ms; /* which was then. */
    long long int replay_ms; /* From there until all packets that were held
                              * had left; -1: not known. */
    bool found;              /* It has another replay_ms than the row. */
};

struct wake {
    struct hmap_node node;   /* In struct waker's wakes. */
    struct waker *waker;     /* Borrowed. */
    struct uuid uuid;        /* Of the Load_Balancer row. */
    char *label;             /* For messages. */
    char *diag;              /* What was said of the row last, or NULL. */
    ovs_u128 fingerprint;    /* Of what a driver's work depends on. */
    enum wake_state state;
    struct ovs_list busy_node;
    bool is_busy;            /* In struct waker's busy. */

    struct driver_job *job;
    struct slots *slots;     /* It holds one of, or queues for; or NULL. */
    struct slot_source *slot_source; /* Whose of them. */
    struct ovs_list slot_node; /* In its queue; empty if it holds one. */
    char *source;            /* Of the packet that woke it, or NULL. */

    bool look;               /* The row or the step is new: look at it. */
    bool running;            /* The backend was never stopped. */
    bool dirty;              /* A dead waker's stop may still be going on. */
    bool started;            /* START was tried in this wake. */
    int journal_entry;       /* Until the row says that it is not asleep;
                              * -1: none. */
    bool stopping;           /* GIVE_UP: the driver has to stop it yet. */
    const char *untold;      /* That it is waking is not in the log yet: with
                              * these words at the end. */

    long long int began_ms;    /* The wake or the idling. */
    long long int began_wall_ms; /* The wake, by the clock that says when its
                                * packet came. */
    long long int step_ms;     /* The step. */
    long long int deadline_ms; /* Of the wake, or of a stop. */
    long long int timer_ms;    /* Next try; end of a wait. */
    long long int start_ms;    /* When START was begun. */
    unsigned int spent_ms[N_WAKE_STATES]; /* In this wake. */
    unsigned int n_failures;
    unsigned int blocked_turn; /* In which of the waker's it was blocked. */
    char *error;             /* Latest, or NULL. */

    uint64_t ticket;         /* Of a write that is waited for, or 0. */
    uint64_t request_ticket; /* Of NB_TAKE_REQUEST, or 0. */
    uint64_t barrier;        /* Or 0. */
    struct ovs_list rows;    /* Contains struct event_row, by list_node. */
    struct wake_refused *refused; /* Or NULL, as the next. */
    struct wake_last *last;
    struct wake_idle idle;
};

struct wake *wake_find(const struct waker *, const struct uuid *);
/* wake_adopt.c: takes over a service as its row says. */
struct wake *wake_adopt(struct waker *, const struct nb_service *);
void wake_free(struct wake *);
/* The row has changed. */
void wake_row_changed(struct wake *, const struct nb_service *);
/* Somebody wants the service. */
void wake_want(struct wake *, const char *why);
/* The input that this is. */
enum wake_input wake_wish(const struct wake *);
/* True if it could be woken again. */
bool wake_may_idle(struct wake *);
/* Puts it to sleep. */
void wake_begin_idle(struct wake *);
void wake_run(struct wake *);
void wake_wait(const struct wake *);
/* True if there is nothing to do for it but to wait for a change. */
bool wake_is_settled(const struct wake *);
void wake_set_error(struct wake *, const char *format, ...)
    OVS_PRINTF_FORMAT(2, 3);

void wake_mark_busy(struct wake *);
/* A digest of what a driver's work depends on. */
ovs_u128 wake_make_fingerprint(const struct nb_service *);
void wake_forget_ticket(struct wake *);

/* The driver is about to begin... */
void wake_note_begin(struct wake *, const struct nb_service *);
/* ...and the row says so, or there is nothing to be said any more. */
void wake_forget_begin(struct wake *);

/* --- wake_enter.c: what is done when a state begins --- */

void wake_enter(struct wake *, enum wake_state from);
/* The log says that it is waking once the driver has begun: to write a line
 * takes as long as a tenth of that. */
void wake_tell(struct wake *);
/* Writes the present state, and the error if there is one. */
void wake_write_state(struct wake *);

/* --- wake_job.c: what a step does with its driver --- */

bool wake_job_uses_start(enum wake_state);
bool wake_job_uses_stop(enum wake_state);
void wake_job_drop(struct wake *);
/* The input that follows from the driver's work, or IN_NONE. */
enum wake_input wake_job_poll(struct wake *);
/* NULL and an error if the service cannot work as its row is. */
const struct driver_class *wake_job_class(struct wake *,
                                          const struct nb_service *);
/* False if the row of the driver's says that others write the backends. */
bool wake_restores(const struct nb_service *);
/* True if the service needs no waking. */
bool wake_is_up(const struct nb_service *);

/* --- wake_slots.c --- */

void slots_init(struct slots *, size_t max);
/* All wakes have released theirs. */
void slots_uninit(struct slots *);
/* Those above a new bound go on. */
void slots_set_max(struct slots *, size_t max);
/* True if 'wake' holds one now; otherwise it queues. */
bool slots_ask(struct slots *, struct wake *);
void slots_release(struct wake *);

/* --- wake_needs.c --- */

/* IN_NEEDS_MET, IN_FAILURE or IN_UNUSABLE with wake's error, or IN_NONE:
 * wait.  Wakes those that are asleep. */
enum wake_input wake_needs_poll(struct wake *, const struct nb_service *);

/* --- waker_events.c --- */

struct event_row {
    struct hmap_node node;       /* In struct waker's events, by uuid. */
    struct uuid uuid;            /* Of the Controller_Event row. */
    struct uuid lb;              /* Its load balancer, if it is valid. */
    struct wake *wake;           /* Which it woke, or NULL. */
    struct ovs_list list_node;   /* In wake's rows or struct waker's strays,
                                  * foreign, unmarked or kept; empty once it
                                  * is deleted. */
    bool is_stray;               /* It is in its time of grace, */
    long long int stray_until_ms; /* until then. */
    bool is_foreign;             /* It is in foreign. */
    bool is_unmarked;            /* It is in unmarked, */
    bool was_unmarked;           /* it has been, */
    long long int unmarked_until_ms; /* until then. */
    bool is_kept;                /* It is in kept, */
    long long int kept_until_ms; /* until then. */
    bool is_counted;             /* What it says of refused packets is. */
    bool is_deleted;             /* Asked to be. */
};

/* Looks at event rows: all of them, or those that have changed. */
void waker_events_run(struct waker *, bool all);
/* A load balancer's row has changed: its events may mean something else. */
void waker_events_recheck(struct waker *, const struct uuid *lb);
void waker_events_wait(const struct waker *);
/* The wake has ended: deletes its rows. */
void waker_events_consume(struct wake *);
/* The service is no more; its rows become strays. */
void waker_events_orphan(struct wake *);
void waker_events_clear(struct waker *);
const char *event_reason_name(enum event_reason);

/* Takes the row out of the list that it is in. */
void event_row_detach(struct event_row *);
/* Has it deleted. */
void event_row_delete(struct waker *, struct event_row *);

/* --- waker_kept.c: rows of refused packets --- */

/* The row says that its packet may not wake 'wake'.  False if it cannot
 * stay. */
bool event_row_keep(struct waker *, struct event_row *, const struct wake *);
/* Deletes those of one load balancer. */
void waker_kept_drop(struct waker *, const struct uuid *lb);
void waker_kept_run(struct waker *);
void waker_kept_wait(const struct waker *);

/* --- waker_marks.c: what chassis say of rows --- */

enum row_mark {
    ROW_MAY_WAKE,
    ROW_MAY_NOT_WAKE,
    ROW_UNMARKED,     /* Its chassis is yet to say. */
};
/* 'waited' tells whether the row had its time. */
enum row_mark waker_mark_of(struct waker *, const struct sb_event *,
                            const struct wake *, const struct nb_service *,
                            bool waited);

/* --- waker_refused.c: packets that did not wake --- */

void wake_refused_init(struct wake *, const struct nb_service *);
void wake_refused_uninit(struct wake *);
/* Adds 'n' packets, the latest of them from 'source' (or NULL). */
void wake_refused_add(struct wake *, const uint64_t n[N_REFUSALS],
                      const char *source);
void waker_refused_run(struct waker *);
void waker_refused_wait(const struct waker *);

/* --- waker_replays.c: rouse-last-wake --- */

/* The wake's, which is made if there is none. */
struct wake_last *wake_last_get(struct wake *);
void wake_last_uninit(struct wake *);
/* The next wake begins: reports of the last are of no use any more. */
void wake_last_over(struct wake *);
/* A wake has ended well, but for the packets: its description is the
 * caller's. */
char *wake_last_restored(struct wake *);
void waker_replays_run(struct waker *);
void waker_replays_wait(const struct waker *);

#endif /* waker/waker_private.h */
