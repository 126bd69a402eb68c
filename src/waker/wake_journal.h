/* Services whose driver has begun while no database knows of it yet.
 *
 * in:     services, when a driver begins and when their row says so
 * out:    services that the waker before this one has begun, and then died
 * owner:  the file is this module's, in the directory of the process
 * thread: one; nothing blocks: the file is memory that outlives the process
 *
 * Where the waker is a part of `rouse host`, a driver begins before the
 * event's row is sent.  Who is killed in that millisecond must not leave a
 * backend running that nobody knows of. */

#ifndef WAKER_WAKE_JOURNAL_H
#define WAKER_WAKE_JOURNAL_H 1

#include "ovs.h"

/* Entries at a time; what has no room is not noted. */
#define WAKE_JOURNAL_MAX 1024

struct wake_journal;

/* NULL, with a warning in the log, if the file cannot be used.  What a waker
 * before has left in it is kept, see wake_journal_take_over(). */
struct wake_journal *wake_journal_open(const char *path);
/* Entries stay in the file.  Takes NULL. */
void wake_journal_close(struct wake_journal *);

/* Notes a service; what it returns is for wake_journal_remove().  -1 if there
 * is no room. */
int wake_journal_put(struct wake_journal *, const struct uuid *);
void wake_journal_remove(struct wake_journal *, int entry);

/* Leaves an entry to the next waker, which may be the same process. */
void wake_journal_leave(struct wake_journal *, int entry);
/* The entry of the service that the waker before has left, from here on as if
 * this one had put it; -1 if there is none. */
int wake_journal_take_over(struct wake_journal *, const struct uuid *);
/* All services have been asked for: removes the other entries. */
void wake_journal_forget_left(struct wake_journal *);

#endif /* waker/wake_journal.h */
