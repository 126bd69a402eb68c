/* The three databases of a host: its own, served by children, or others'.
 *
 * in:     directories; remotes of databases that run elsewhere
 * out:    remotes to connect to, from the beginning; whether they are there
 * owner:  struct databases owns the children
 * thread: one; see dbserver.h */

#ifndef HOST_DATABASES_H
#define HOST_DATABASES_H 1

#include "ovs.h"

enum database {
    DATABASE_NB,
    DATABASE_SB,
    DATABASE_OVS,
    N_DATABASES,
};

struct databases;

struct databases_config {
    const char *run_dir;    /* Sockets. */
    const char *data_dir;   /* Files. */
    const char *log_dir;    /* Of the servers' logs, or NULL. */
    const char *schema_dir; /* --schema-dir, or NULL. */
    const char *remotes[N_DATABASES]; /* Elsewhere, or NULL: an own one. */
};

/* NULL and '*error', the caller's, if a schema is missing. */
struct databases *databases_new(const struct databases_config *,
                                char **error);
void databases_free(struct databases *);
void databases_run(struct databases *);
void databases_wait(struct databases *);
/* Nobody changes anything now: see dbserver_rest(). */
void databases_rest(struct databases *);

/* True if all the own ones are served. */
bool databases_are_up(const struct databases *);
/* Borrowed. */
const char *databases_remote(const struct databases *, enum database);

/* Ends the own ones.  They have ended when databases_are_stopped(). */
void databases_stop(struct databases *);
bool databases_are_stopped(const struct databases *);

/* {"northbound": {...}, ...} of the own ones; the caller's. */
struct json *databases_status(const struct databases *);

#endif /* host/databases.h */
