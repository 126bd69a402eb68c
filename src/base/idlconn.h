/* A connection to an OVSDB database, with at most one transaction on its way.
 *
 * in:    the IDL (owned from idlconn_open() on), whose tables and columns the
 *        user has chosen
 * out:   when a transaction may be made, and what became of the last one
 * owner: the user embeds it; it owns the IDL and the transaction
 * thread: one; nothing blocks
 *
 * Like ovsdb_idl_loop, but tells what the database said when it refused, and
 * makes a transaction again after at most IDLCONN_RETRY_MS even if the
 * replica does not change meanwhile: somebody waits for what it writes.
 *
 * One pass: idlconn_run(); idlconn_result(); read rows; if idlconn_begin()
 * gives a transaction, write rows and idlconn_commit(); idlconn_wait(). */

#ifndef BASE_IDLCONN_H
#define BASE_IDLCONN_H 1

#include "ovs.h"

#define IDLCONN_RETRY_MS 100
#define IDLCONN_PROBE_MS 3000
#define IDLCONN_RENEW_MIN_MS 1500
#define IDLCONN_RENEW_MAX_MS 6000

struct idlconn {
    struct ovsdb_idl *idl;
    char *remote;
    bool renewed;                 /* See renew_session(). */
    long long int renew_at_ms;    /* Unless connected by then. */
    long long int renew_after_ms;
    bool fresh;                /* Connected, and the replica is of this
                                * connection, not of one before it. */
    unsigned int stale_seqno;  /* Of the replica when it was not. */
    unsigned int generation;   /* Grows each time it becomes so. */
    struct ovsdb_idl_txn *txn; /* On its way, or NULL. */
    unsigned int seqno;        /* Of the replica when 'txn' was made. */
    bool delayed;              /* Wait for a change or 'retry_at_ms'. */
    long long int retry_at_ms;
};

/* 'remote': one or several OVSDB remotes, separated by commas.  The IDL
 * replicates nothing yet.  A server that is silent is given up after two
 * times IDLCONN_PROBE_MS, so that another member of a cluster takes over.
 * Without a connection all members are tried anew every IDLCONN_RENEW_MIN_MS,
 * later every IDLCONN_RENEW_MAX_MS. */
void idlconn_open(struct idlconn *, const char *remote,
                  const struct ovsdb_idl_class *, bool leader_only);
void idlconn_close(struct idlconn *);
void idlconn_run(struct idlconn *);
void idlconn_wait(struct idlconn *);

/* True if connected and the replica is the database's present content. */
bool idlconn_is_connected(const struct idlconn *);

/* A new snapshot does not track rows that were deleted meanwhile: when this
 * number has changed, the user must look which of its rows still exist. */
unsigned int idlconn_generation(const struct idlconn *);

enum idlconn_result {
    IDLCONN_IDLE,      /* No transaction is on its way. */
    IDLCONN_PENDING,   /* No answer yet. */
    IDLCONN_COMMITTED, /* Also if there was nothing to change. */
    IDLCONN_AGAIN,     /* Another writer or a lost connection; it may or may
                        * not have been made.  Make it again. */
    IDLCONN_REFUSED,   /* An error that trying again does not mend. */
};

/* Asks for the answer.  With COMMITTED, AGAIN and REFUSED the transaction has
 * ended and is freed; '*error' is then the caller's (NULL unless REFUSED), and
 * '*increment' the new value of ovsdb_idl_txn_increment()'s column. */
enum idlconn_result idlconn_result(struct idlconn *, char **error,
                                   int64_t *increment);

/* A new transaction, or NULL if none can be made now. */
struct ovsdb_idl_txn *idlconn_begin(struct idlconn *);
/* Sends it. */
void idlconn_commit(struct idlconn *);

#endif /* base/idlconn.h */
