/* Makes a child ovsdb-server give back the memory that many changes took.
 *
 * in:     its control socket, and when its clients rest
 * out:    "ovsdb-server/compact", with the trimming of memory that is off by
 *         default there; half of the memory of a server that has just been
 *         filled is not in use
 * thread: one; nothing blocks.  The server does, for some 0.1 s with 10,000
 *         load balancers, so that it is asked seldom: when the database's file
 *         has grown by a quarter, and by a megabyte
 *
 * A server that does not answer is let alone until the next time. */

#ifndef HOST_DBTIDY_H
#define HOST_DBTIDY_H 1

#include "ovs.h"

struct dbtidy;

struct dbtidy *dbtidy_new(const char *control, const char *file);
void dbtidy_free(struct dbtidy *);

/* Nobody has changed anything for a while. */
void dbtidy_rest(struct dbtidy *, long long now_ms);
void dbtidy_run(struct dbtidy *, long long now_ms);
void dbtidy_wait(const struct dbtidy *);

/* How often a server has done it. */
unsigned int dbtidy_n_done(const struct dbtidy *);

#endif /* host/dbtidy.h */
