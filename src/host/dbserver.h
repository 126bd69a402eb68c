/* A database of this host: a file and the ovsdb-server that serves it.
 *
 * in:     schema, file, socket
 * out:    a server at the socket; what is wrong while there is none
 * owner:  struct dbserver owns the child process, and nothing else
 * thread: one, whose end also ends the child
 *
 * The file is made or converted first (ovsdb-tool), if need be.  A server that
 * ends is started again, after a pause that doubles from DBSERVER_PAUSE_MIN_MS
 * to DBSERVER_PAUSE_MAX_MS as long as it does not last.  A socket at which
 * somebody else listens is left alone: then there is an error. */

#ifndef HOST_DBSERVER_H
#define HOST_DBSERVER_H 1

#include "ovs.h"

#define DBSERVER_PAUSE_MIN_MS 20
#define DBSERVER_PAUSE_MAX_MS 5000

struct dbserver;

struct dbserver_config {
    const char *name;     /* "OVN_Northbound". */
    const char *schema;   /* Path. */
    const char *file;     /* Path. */
    const char *socket;   /* Path. */
    const char *control;  /* Path of its control socket. */
    const char *log_file; /* Path, or NULL. */
    const char *connections; /* "db:..." with more remotes, or NULL. */
};

/* Copies what it needs of the configuration. */
struct dbserver *dbserver_new(const struct dbserver_config *);
/* Ends the child, too; dbserver_stop() before lets one wait for that. */
void dbserver_free(struct dbserver *);

void dbserver_run(struct dbserver *);
void dbserver_wait(struct dbserver *);
/* Its clients rest: the server may take time to give back memory. */
void dbserver_rest(struct dbserver *);

/* True while its server accepts connections. */
bool dbserver_is_up(const struct dbserver *);
/* "unix:..."; borrowed. */
const char *dbserver_remote(const struct dbserver *);
/* Why it is not up, borrowed, or NULL. */
const char *dbserver_error(const struct dbserver *);
/* How often a server was started; 1 means that it never died. */
unsigned int dbserver_n_starts(const struct dbserver *);

/* Asks the server to end and not to come back. */
void dbserver_stop(struct dbserver *);
/* True once it has. */
bool dbserver_is_stopped(const struct dbserver *);

/* {"remote", "connected", "pid", "starts", "error"}; the caller's. */
struct json *dbserver_status(const struct dbserver *);

#endif /* host/dbserver.h */
