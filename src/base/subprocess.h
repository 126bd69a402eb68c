/* A child process that nobody waits for with his hands in his lap.
 *
 * in:     the program, its arguments and environment
 * out:    how it ended, and the last line it wrote to stderr
 * owner:  the caller owns the structure; the child belongs to it until
 *         subprocess_run() has said true
 * thread: one, except for two kinds of detached threads: one starts a child
 *         (struct subprocess_pace); one, which subprocess_free() of a running
 *         child leaves behind, sees to the child's end
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

/* Whether this machine has a processor for a new child at once.  The call that
 * starts one lasts until the child is a program of its own: 0.2 ms as a rule,
 * but as long as the child waits for a processor where others want it.  Then a
 * thread makes the next calls for a while, which takes the child 0.2 ms
 * longer.  All zeros in the beginning. */
struct subprocess_pace {
    long long int slow_until_ms;
};

/* Begins to start the program at 'path' with 'argv' and 'envp'
 * (NULL-terminated, copied); 'pace' NULL: always by a thread.  0 and the
 * caller's '*sp', or a positive errno.  What only execve() can tell,
 * subprocess_start_error() says later. */
int subprocess_start(const char *path, char *const argv[], char *const envp[],
                     struct subprocess_pace *pace, struct subprocess **sp)
    OVS_WARN_UNUSED_RESULT;

/* For a program that must not outlive this thread: whatever ends it, the
 * kernel sends the child SIGTERM then.  Costs a fork(), and lasts until the
 * program has been loaded: the errno is that of execve() too. */
int subprocess_start_bound(const char *path, char *const argv[],
                           char *const envp[], struct subprocess **sp)
    OVS_WARN_UNUSED_RESULT;

/* 0 while it is being started. */
pid_t subprocess_pid(const struct subprocess *);
/* Asks the process group to end, with SIGTERM, if it has been started; whether
 * and when it does is seen by subprocess_run(). */
void subprocess_terminate(struct subprocess *);

/* True once the program has ended, or could not be started.  Descendants that
 * it has left in the background do not count, even if they keep its stderr. */
bool subprocess_run(struct subprocess *);
void subprocess_wait(struct subprocess *);

/* Then: the positive errno why it could not be started, or 0. */
int subprocess_start_error(const struct subprocess *);
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
