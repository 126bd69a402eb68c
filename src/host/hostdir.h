/* The directory of a host's sockets, and the lock that makes it one process's.
 *
 * owner:  the lock is held as long as 'fd' is open, by this process and by
 *         what it becomes when it detaches; its children do not inherit it
 * thread: any */

#ifndef HOST_HOSTDIR_H
#define HOST_HOSTDIR_H 1

#include "ovs.h"

/* Makes the folder and those above it that are missing.  0 or a positive
 * errno. */
int hostdir_make(const char *path) OVS_WARN_UNUSED_RESULT;

struct hostdir_lock {
    int fd;
    char *path;
};

/* Locks DIR.  NULL, or what is wrong, the caller's; then nothing is locked. */
char *hostdir_lock(struct hostdir_lock *, const char *dir)
    OVS_WARN_UNUSED_RESULT;
/* Writes into the lock's file who has it, for whoever comes second. */
void hostdir_lock_sign(const struct hostdir_lock *);
void hostdir_unlock(struct hostdir_lock *);

#endif /* host/hostdir.h */
