/* The Northbound database: services, and what the network is asked to do.
 *
 * in:    OVN_Northbound (ovn-nb(5)): Load_Balancer, NB_Global; for the
 *        command line also the switches and routers a load balancer is on
 * out:   struct nb_service, and which of them changed
 * owner: struct nb owns the connection and all services; pointers to them are
 *        good until the next nb_run()
 * thread: one
 *
 * A load balancer is a service if external_ids has "rouse-driver".  Every key
 * that Rouse reads or writes is in doc/architecture.md.  nb_write.c is the
 * only file that writes to this database. */

#ifndef NB_NB_H
#define NB_NB_H 1

#include "ovs.h"
#include "admit_policy.h"
#include "diag.h"
#include "idle_policy.h"
#include "idle_saved.h"
#include "service_policy.h"
#include "vip.h"

enum service_state {
    SERVICE_UNKNOWN, /* rouse-state absent or not a known value. */
    SERVICE_ASLEEP,
    SERVICE_WAKING,
    SERVICE_AWAKE,
    SERVICE_IDLING,
    SERVICE_FAILED,
};

const char *service_state_name(enum service_state);
bool service_state_from_name(const char *, enum service_state *)
    OVS_WARN_UNUSED_RESULT;

enum service_on_fail {
    ON_FAIL_RESET, /* RST, or ICMP unreachable. */
    ON_FAIL_DROP,  /* Silence. */
};

enum service_request {
    REQUEST_NONE,
    REQUEST_WAKE,
    REQUEST_IDLE,
};

#define SERVICE_WAKE_TIMEOUT_DEFAULT_S 60
#define SERVICE_HOLD_DEFAULT 1024
#define SERVICE_DRAIN_DEFAULT_S 2

/* What a service has of its own only if its row says something of it. */
struct nb_policies {
    struct service_policy chassis; /* What chassis must know... */
    struct admit_policy admit;     /* ...and of that, who may wake it. */
    struct idle_policy idle;       /* When it goes to sleep by itself. */
    struct idle_saved dry_saved;   /* rouse-idle-dry-saved. */
};

struct nb_service {
    struct hmap_node by_uuid; /* In struct nb's services. */
    struct uuid uuid;         /* Of the Load_Balancer row. */
    char *name;               /* Load_Balancer.name; may be "". */
    char *label;              /* The name, or the UUID if it has none. */
    const char *protocol;     /* "tcp", also where the row has none, "udp" or
                               * "sctp". */
    const struct smap *vips;  /* As in the row: the row's own... */
    struct smap *vips_copy;   /* ...or this, if it is not NULL. */

    char *driver;             /* rouse-driver, never NULL. */
    char *target;             /* rouse-target, "" if absent. */
    unsigned int wake_timeout_s;
    unsigned int hold;
    unsigned int drain_s;
    enum service_on_fail on_fail;
    struct svec needs;        /* rouse-needs, as written. */
    struct smap backends;     /* rouse-backends, by VIP; empty if absent. */
    const struct nb_policies *policies;
    bool idled_by_policy;     /* rouse-idled-by, while it is not awake. */
    unsigned int n_flaps;     /* rouse-idle-flaps: idle_policy_flaps(). */
    char *last_wake;          /* rouse-last-wake or NULL. */
    bool reject;              /* rouse-reject. */
    enum service_state state;
    long long since_wall_ms;  /* rouse-state-since; 0 if absent. */
    char *error;              /* rouse-error or NULL. */
    enum service_request request;
    char *demand;             /* rouse-demand or NULL. */
    char *refused;            /* rouse-refused or NULL, as the next. */
    char *refused_last;       /* rouse-refused-last. */
    struct diag diag;         /* What is wrong with the row, if anything: the
                               * column it names has its default. */
};

/* True if a VIP of the service has no backends. */
bool nb_service_is_empty(const struct nb_service *);
/* True if 'backends', a value of Load_Balancer.vips or NULL, names none. */
bool nb_backends_are_none(const char *backends);
/* Backends to restore for 'vip' (a key of the service's vips, or the same
 * address written in another way); NULL if none are known. */
const char *nb_service_saved(const struct nb_service *, const char *vip);
/* True if a VIP of the service has no backends and 'backends' has some for
 * it.  A VIP that nothing is known for stays empty for ever. */
bool nb_service_is_restorable(const struct nb_service *);

/* What nb_service_parse() reads of a row. */
struct nb_row {
    struct uuid uuid;
    const char *name;
    const char *protocol; /* NULL if the column is empty. */
    const struct smap *vips;
    bool vips_last;       /* For longer than the service: not copied. */
    const struct smap *external_ids;
};

/* The row as a service, the caller's; NULL if it is none. */
struct nb_service *nb_service_parse(const struct nb_row *);
void nb_service_free(struct nb_service *);

/* Parses "VIP=B,B VIP=B" or "B,B" (for all of 'vips') into 'backends'
 * (initialised, empty).  False: 'why', the caller's, says what is wrong. */
bool nb_backends_parse(const char *s, const struct smap *vips,
                       struct smap *backends, char **why)
    OVS_WARN_UNUSED_RESULT;
/* The inverse; the caller's. */
char *nb_backends_format(const struct smap *backends);

struct idlconn;
struct nb;

struct nb_options {
    const char *remote; /* Comma-separated OVSDB remotes. */
    const char *lock;   /* Name of an OVSDB lock, or NULL for none (readers).
                         * With a lock, only a leader will do. */
    /* NULL, or instead of 'remote' a connection with the columns of somebody
     * else, which has not run yet and outlives this.  This runs it and has the
     * lock and the transactions; the other one clears what is tracked, after
     * each nb_run(). */
    struct idlconn *conn;
};

struct nb *nb_new(const struct nb_options *);
void nb_free(struct nb *);
void nb_run(struct nb *);
void nb_wait(struct nb *);

/* True once the database's content is here. */
bool nb_is_ready(const struct nb *);
bool nb_is_connected(const struct nb *);
/* True while this process may write: it holds the lock (or needs none). */
bool nb_has_lock(const struct nb *);

const struct nb_service *nb_service_get(const struct nb *,
                                        const struct uuid *);
/* By name or UUID.  NULL and 'why' (the caller's) if there is none, or more
 * than one. */
const struct nb_service *nb_service_find(const struct nb *,
                                         const char *name_or_uuid,
                                         char **why);
/* Load balancers, services or not, that were added, changed or removed by the
 * last nb_run(): UUIDs, valid until the next, each once and told once.  What
 * is no service (any more) is not found by nb_service_get(). */
const struct uuid *nb_changed_take(struct nb *, size_t *n);

/* All of them: for (svc = nb_service_first(nb); svc;
 *                   svc = nb_service_next(nb, svc)) */
const struct nb_service *nb_service_first(const struct nb *);
const struct nb_service *nb_service_next(const struct nb *,
                                         const struct nb_service *);

/* NB_Global.external_ids, or NULL if there is no such row; borrowed. */
const struct smap *nb_global_ids(const struct nb *);

/* Load balancers that are not services: another CMS's. */
enum nb_lb_kind {
    NB_LB_NONE,    /* No such row. */
    NB_LB_OTHER,   /* A load balancer that Rouse has nothing to do with. */
    NB_LB_SERVICE,
};
enum nb_lb_kind nb_lb_kind(const struct nb *, const struct uuid *);
/* Any load balancer, by name or UUID.  False and 'why' (the caller's; may be
 * NULL) if there is none, or more than one. */
bool nb_lb_find(const struct nb *, const char *name_or_uuid,
                struct uuid *uuid, char **why) OVS_WARN_UNUSED_RESULT;
/* True if the load balancer has VIPs and each has backends. */
bool nb_lb_is_filled(const struct nb *, const struct uuid *);

/* --- Writing (nb_write.c, nb_change.c) ---
 *
 * nb_write() queues one change of one service; the change itself is applied
 * to the row as it is when the transaction is made, and made again if
 * the database says "try again" (another writer, a new leader).  Several
 * queued changes share a transaction.  'nb_write_status()' tells what became
 * of it, by the ticket that nb_write() returned. */
enum nb_change_kind {
    NB_SET_STATE,    /* rouse-state, rouse-error; rouse-state-since if the
                      * state is another than the row's. */
    NB_PUT_TO_SLEEP, /* The transaction of rule 4: save, empty, event; state
                      * idling.  What has been saved is never lost by doing it
                      * again: a VIP that is empty keeps its saved value. */
    NB_RESTORE,      /* The transaction that ends a wake: backends for the
                      * VIPs that are empty, reject; state awake. */
    NB_TAKE_REQUEST, /* Delete rouse-request if it still is 'request'. */
    NB_SET_DEMAND,   /* rouse-demand. */
    NB_SET_REFUSED,  /* rouse-refused, rouse-refused-last. */
    NB_SET_LAST_WAKE, /* rouse-last-wake. */
    NB_SET_DRY_RUN,  /* rouse-idle-dry-saved. */
};

struct nb_change {
    enum nb_change_kind kind;
    struct uuid service;
    enum service_state state; /* NB_SET_STATE. */
    const char *error;        /* NB_SET_STATE: rouse-error, NULL = none. */
    const char *demand;       /* NB_SET_DEMAND. */
    bool by_policy;           /* NB_PUT_TO_SLEEP: rouse-idled-by. */
    const char *last_wake;    /* NB_RESTORE: rouse-last-wake, NULL = as it
                               * is; NB_SET_LAST_WAKE. */
    const char *dry_saved;    /* NB_SET_DRY_RUN. */
    unsigned int n_flaps;     /* NB_RESTORE: rouse-idle-flaps, 0 = none. */
    const char *refused;      /* NB_SET_REFUSED, as the next. */
    const char *refused_last;
    enum service_request request; /* NB_TAKE_REQUEST. */
    bool keep_vips;           /* NB_PUT_TO_SLEEP, NB_RESTORE: the VIPs are
                               * somebody else's to write: leave them. */
};

enum nb_ticket_status {
    NB_TICKET_PENDING,   /* Not committed yet. */
    NB_TICKET_COMMITTED, /* Confirmed by the database. */
    NB_TICKET_GONE,      /* The row does not exist any more. */
    NB_TICKET_FAILED,    /* Refused, or the lock was lost before it could be
                          * made; nb_ticket_error(). */
};

/* Returns the ticket, never 0. */
uint64_t nb_write(struct nb *, const struct nb_change *);
enum nb_ticket_status nb_ticket_status(const struct nb *, uint64_t ticket);
const char *nb_ticket_error(const struct nb *, uint64_t ticket);
/* The change is still made if it is pending; nobody asks about it again.
 * Ticket 0 is ignored. */
void nb_ticket_forget(struct nb *, uint64_t ticket);

/* The next NB_RESTORE that fills VIPs and that this has not returned before:
 * its ticket and its service; 0 if there is none.  For who can tell the
 * network in the same process.  The ticket is the writer's; once that has
 * forgotten it, nb_ticket_status() says failed. */
uint64_t nb_next_restore(struct nb *, struct uuid *service);

/* Asks ovn-northd and all chassis to confirm what has been written up to now:
 * bumps NB_Global.nb_cfg (rides along with the next transaction).  Reached
 * once hv_cfg has caught up.  Returns the barrier, never 0. */
uint64_t nb_barrier_start(struct nb *);
bool nb_barrier_is_reached(const struct nb *, uint64_t barrier);
void nb_barrier_forget(struct nb *, uint64_t barrier);

#endif /* nb/nb.h */
