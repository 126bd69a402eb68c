/* What goes back into the Northbound database: how far its changes have come,
 * addresses that were chosen for ports, which ports are up.
 *
 * in:     facts from south.h and from the compiler's sink
 * out:    transactions on the Northbound database
 * owner:  the connection is the caller's; where others have a lock on it, only
 *         to read from, and a small replica of its own is written to
 * thread: one */

#ifndef NORTH_BACK_H
#define NORTH_BACK_H 1

#include "compile.h"
#include "idlconn.h"
#include "ovs.h"

struct back;

/* Adds columns to the connection's replica, before its first run.  'remote':
 * where to write to by a connection of its own, or NULL: by that one. */
struct back *back_new(struct idlconn *nb, const char *remote);
void back_free(struct back *);

/* Runs its own connection, if it has one. */
void back_run(struct back *);
void back_wait(struct back *);
/* Makes a transaction if there is anything to write.  Call it after each
 * run of the connection. */
void back_write(struct back *);

void back_set_up(struct back *, const char *logical_port, bool up);
/* INT64_MAX: unknown. */
void back_set_cfg(struct back *, int64_t sb_cfg, int64_t hv_cfg);
/* NB_Global.nb_cfg as it is; 0 without that row. */
int64_t back_nb_cfg(const struct back *);

/* Takes the compiler's rows of "NB:" tables. */
struct csink back_sink(struct back *);

#endif /* north/back.h */
