/* Changes of the Northbound database that a user asks for: declare a service,
 * ask for its wake or its idling, take it away.
 *
 * in:    OVN_Northbound: Load_Balancer, and the switches, routers and groups
 *        that it is on
 * out:   one transaction that makes all changes asked for, or none
 * owner: struct nb_admin owns the connection; rows that it shows are good
 *        until the next nb_admin_run()
 * thread: one; nothing blocks
 *
 * Besides nb_write.c, which acts for the waker, the only writer of this
 * database.  It has a connection of its own, because a replica belongs to one
 * writer of transactions.  What a change makes of a row is decided by
 * nb_admin_plan.c, without a database. */

#ifndef NB_NB_ADMIN_H
#define NB_NB_ADMIN_H 1

#include "ovs.h"
#include "nb.h"

struct nb_admin;

struct nb_admin *nb_admin_new(const char *remote);
void nb_admin_free(struct nb_admin *);
void nb_admin_run(struct nb_admin *);
void nb_admin_wait(struct nb_admin *);
/* True once the database's content is here. */
bool nb_admin_is_ready(const struct nb_admin *);

/* A load balancer, be it a service or not.  Borrowed. */
struct nb_admin_lb {
    struct nb_row row;
    const struct smap *options;
};

enum nb_admin_found {
    NB_ADMIN_FOUND,
    NB_ADMIN_NONE,
    NB_ADMIN_AMBIGUOUS, /* Several have that name. */
};

bool nb_admin_get(const struct nb_admin *, const struct uuid *,
                  struct nb_admin_lb *);
enum nb_admin_found nb_admin_find(const struct nb_admin *,
                                  const char *name_or_uuid,
                                  struct nb_admin_lb *);
/* The name, or the UUID if it has none; the caller's. */
char *nb_admin_label(const struct nb_admin_lb *);
/* Appends the UUIDs of all services to '*uuids' (an array of '*n'), by name;
 * the array is the caller's. */
void nb_admin_services(const struct nb_admin *, struct uuid **uuids,
                       size_t *n);
/* Appends the names of what the load balancer is on, sorted. */
void nb_admin_places(const struct nb_admin *, const struct uuid *,
                     struct svec *switches, struct svec *routers,
                     struct svec *groups);

/* --- Changes ---
 *
 * Those that are asked for before a nb_admin_run() are one transaction.  It is
 * made again until the database confirms it, finds it wrong, or the rows as
 * they are by then do not allow it. */

/* "Make this a service", see nb_admin_plan_add(). */
struct nb_admin_add {
    struct uuid lb;       /* The row; all zeros for a new one. */
    char *name;           /* Of a new row. */
    char *protocol;       /* Of a new row; NULL leaves the column empty. */
    struct smap vips;     /* VIP -> backends.  For a row that exists: what to
                           * restore for VIPs that have none now. */
    struct smap policy;   /* external_ids; an empty value removes the key. */
    struct svec switches; /* Names or UUIDs of what to attach it to. */
    struct svec routers;
    bool asleep;          /* Its backends do not run. */
    bool needs_backends;  /* A VIP without known backends is an error: the
                           * driver restores them. */
};

void nb_admin_add_init(struct nb_admin_add *);
void nb_admin_add_uninit(struct nb_admin_add *);

enum nb_admin_remove_flags {
    NB_ADMIN_FORCE = 1 << 0,  /* Even while asleep; restore the backends. */
    NB_ADMIN_DELETE = 1 << 1, /* The load balancer, too. */
};

/* Takes what '*add' has; it is empty afterwards. */
void nb_admin_add_take(struct nb_admin *, struct nb_admin_add *);
void nb_admin_request(struct nb_admin *, const struct uuid *,
                      enum service_request);
void nb_admin_remove(struct nb_admin *, const struct uuid *, unsigned flags);

enum nb_admin_status {
    NB_ADMIN_PENDING,
    NB_ADMIN_DONE,    /* Confirmed; also if nothing was asked for. */
    NB_ADMIN_REFUSED, /* Nothing was changed; nb_admin_error(). */
    NB_ADMIN_GONE,    /* Likewise: a row that it needs does not exist. */
};
enum nb_admin_status nb_admin_status(const struct nb_admin *);
/* One line for the user; borrowed. */
const char *nb_admin_error(const struct nb_admin *);

/* --- What a change makes of a row (nb_admin_plan.c) --- */

/* The columns that changes are about; owned. */
struct nb_admin_row {
    char *label;
    struct smap vips;
    struct smap options;
    struct smap external_ids;
};

void nb_admin_row_init(struct nb_admin_row *, const char *label);
void nb_admin_row_uninit(struct nb_admin_row *);

/* Changes 'row' into a service.  The row of a new load balancer is empty.
 * False and 'why', the caller's, if that cannot be; the row is then undefined
 * but may be uninitialised. */
bool nb_admin_plan_add(const struct nb_admin_add *, long long now_wall_ms,
                       struct nb_admin_row *, char **why)
    OVS_WARN_UNUSED_RESULT;

/* Takes off what Rouse and its user have put on 'row'; likewise. */
bool nb_admin_plan_remove(unsigned flags, struct nb_admin_row *, char **why)
    OVS_WARN_UNUSED_RESULT;

#endif /* nb/nb_admin.h */
