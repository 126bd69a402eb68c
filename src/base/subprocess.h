/* A child process that nobody waits for with his hands in his lap.
 *
 * in:     the program, its arguments and environment
 * out:    how it ended, and the last line it wrote to stderr
 * owner:  the caller owns the structure; the child belongs to it until
 *         subprocess_run() has said true
 * thread: one, except that subprocess_free() of a running child leaves a
 *         detached thread behind that sees to the child's end
 *
 * The child gets a process group of its own, no descriptors but 0 and 1
 * (/dev/null) and 2 (a pipe to here), no blocked and no ignored signals.
 * Its end is seen through a pidfd, so there is neither a SIGCHLD handler nor
 * a wait for any other child of this process.  Open vSwitch's process_start()
 * is not used: it refuses to run once there are threads.  SIGCHLD must not be
 * ignored, or the kernel keeps the child's end to itself. */

#ifndef BASE_SUBPROCESS_H
#define BASE_SUBPROCESS_H 1

#include "ovs.h"

#include <sys/types.h>

struct subprocess;

/* Starts the program at 'path' with 'argv' and 'envp' (NULL-terminated,
 * copied by the kernel).  0 and the caller's '*sp', or a positive errno; that
 * of execve() too, for the call lasts until the program has been loaded. */
int subprocess_start(const char *path, char *const argv[], char *const envp[],
                     struct subprocess **sp) OVS_WARN_UNUSED_RESULT;

/* The same for a program that must not outlive this thread: whatever ends it,
 * the kernel sends the child SIGTERM then.  Costs a fork(). */
int subprocess_start_bound(const char *path, char *const argv[],
                           char *const envp[], struct subprocess **sp)
    OVS_WARN_UNUSED_RESULT;

pid_t subprocess_pid(const struct subprocess *);
/* Asks the process group to end, with SIGTERM; whether and when it does is
 * seen by subprocess_run(). */
void subprocess_terminate(struct subprocess *);

/* True once the program has ended.  Descendants that it has left in the
 * background do not count, even if they keep its stderr. */
bool subprocess_run(struct subprocess *);
void subprocess_wait(struct subprocess *);

/* Once it has ended: its exit status, or -1 if a signal has ended it. */
int subprocess_exit_status(const struct subprocess *);
/* "exit status 3", "killed by signal 11 (Segmentation fault)"; the
 * caller's. */
char *subprocess_describe_end(const struct subprocess *);
/* The last line on stderr that is not blank, cut to a few hundred bytes; ""
 * if there is none.  Borrowed. */
const char *subprocess_last_line(struct subprocess *);

/* Frees it.  If the program still runs, its process group gets SIGTERM at
 * once and, SUBPROCESS_GRACE_MS later, SIGKILL; does not wait for that.
 * Descendants in a group or session of their own (setsid(1)) live on.  Takes
 * NULL. */
#define SUBPROCESS_GRACE_MS 2000
void subprocess_free(struct subprocess *);

#endif /* base/subprocess.h */
