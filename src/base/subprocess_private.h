/* Shared by the files of subprocess only. */

#ifndef BASE_SUBPROCESS_PRIVATE_H
#define BASE_SUBPROCESS_PRIVATE_H 1

#include <signal.h>

#include "subprocess.h"

#define LINE_MAX_LEN 400

struct subprocess {
    char *program; /* Its file name, for the log. */
    int report_fd; /* Where "struct report" comes from; -1 once it has. */
    pid_t pid;     /* Also its process group; 0 before the report. */
    int pidfd;     /* -1 before the report. */
    int stderr_fd; /* Non-blocking; -1 after the end of file. */
    bool ended;
    int start_error; /* If 'ended': why it has not been started; or 0. */
    siginfo_t end;   /* If 'ended'. */

    /* Last line of stderr, and the one that is being read. */
    char last[LINE_MAX_LEN + 1];
    char line[LINE_MAX_LEN + 1];
    size_t line_len;
};

/* What became of a start. */
struct report {
    int error; /* Positive errno, or 0: */
    pid_t pid;
    int pidfd;
};

/* It is known what became of the start. */
void subprocess_take_report(struct subprocess *, const struct report *);

/* Runs 'main' in a thread that nobody waits for and that has none of the
 * process's signals, which are the main thread's to handle.  Not
 * ovs_thread_create(): the thread touches nothing of Open vSwitch's.  0 or a
 * positive errno. */
int subprocess_thread(void *(*main)(void *), void *aux);

#endif /* base/subprocess_private.h */
