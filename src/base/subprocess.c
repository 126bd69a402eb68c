#include "subprocess.h"

#include <poll.h>
#include <sys/wait.h>

#include "subprocess_private.h"

VLOG_DEFINE_THIS_MODULE(subprocess);

/* The most that one subprocess_run() reads, so that a child that never stops
 * writing does not keep the loop.  Also more than fits into a pipe: after the
 * child's end that much is all that it can have left there. */
#define READ_MAX (128 * 1024)

/* True once it is known whether it has been started. */
static bool
hear_report(struct subprocess *sp)
{
    struct report report;

    if (sp->report_fd < 0) {
        return true;
    }
    ssize_t n = read(sp->report_fd, &report, sizeof report);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return false;
    }
    if (n != sizeof report) {
        report = (struct report) { .error = EIO };
    }
    close(sp->report_fd);
    sp->report_fd = -1;
    subprocess_take_report(sp, &report);
    return true;
}

static void
end_line(struct subprocess *sp)
{
    sp->line[sp->line_len] = '\0';
    if (sp->line[strspn(sp->line, " \t\r")]) {
        VLOG_DBG("%s: %s", sp->program, sp->line);
        memcpy(sp->last, sp->line, sp->line_len + 1);
    }
    sp->line_len = 0;
}

static void
read_stderr(struct subprocess *sp)
{
    char buf[4096];

    for (size_t total = 0; sp->stderr_fd >= 0 && total < READ_MAX;) {
        ssize_t n = read(sp->stderr_fd, buf, sizeof buf);

        if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && errno == EAGAIN) {
            break;
        } else if (n <= 0) {
            close(sp->stderr_fd);
            sp->stderr_fd = -1;
            break;
        }
        total += n;
        for (ssize_t i = 0; i < n; i++) {
            if (buf[i] == '\n') {
                end_line(sp);
            } else if (sp->line_len < LINE_MAX_LEN && buf[i]) {
                sp->line[sp->line_len++] = buf[i];
            }
        }
    }
}

bool
subprocess_run(struct subprocess *sp)
{
    if (!hear_report(sp)) {
        return false;
    }
    if (sp->ended) {
        return true;
    }

    /* In this order: what the child wrote before its end is in the pipe when
     * its end has been seen. */
    siginfo_t end = { .si_pid = 0 };
    int error = waitid(P_PIDFD, sp->pidfd, &end, WEXITED | WNOHANG) ? errno
                                                                    : 0;
    read_stderr(sp);
    if (error == ECHILD) {
        /* SIGCHLD is ignored after all, and nobody knows how it ended. */
        end.si_code = CLD_EXITED;
        end.si_status = 255;
    } else if (error || !end.si_pid) {
        return false;
    }
    sp->ended = true;
    sp->end = end;
    end_line(sp);
    return true;
}

void
subprocess_wait(struct subprocess *sp)
{
    if (sp->ended) {
        poll_immediate_wake();
        return;
    }
    poll_fd_wait(sp->report_fd >= 0 ? sp->report_fd : sp->pidfd, POLLIN);
    if (sp->stderr_fd >= 0) {
        poll_fd_wait(sp->stderr_fd, POLLIN);
    }
}

int
subprocess_start_error(const struct subprocess *sp)
{
    return sp->start_error;
}

int
subprocess_exit_status(const struct subprocess *sp)
{
    return sp->end.si_code == CLD_EXITED ? sp->end.si_status : -1;
}

char *
subprocess_describe_end(const struct subprocess *sp)
{
    if (sp->start_error) {
        return xasprintf("not started: %s", ovs_strerror(sp->start_error));
    } else if (sp->end.si_code == CLD_EXITED) {
        return xasprintf("exit status %d", sp->end.si_status);
    }
    return xasprintf("killed by signal %d (%s)", sp->end.si_status,
                     strsignal(sp->end.si_status));
}

pid_t
subprocess_pid(const struct subprocess *sp)
{
    return sp->pid;
}

void
subprocess_terminate(struct subprocess *sp)
{
    if (!sp->ended && sp->pid) {
        kill(-sp->pid, SIGTERM);
    }
}

const char *
subprocess_last_line(struct subprocess *sp)
{
    return sp->last;
}

/* What is left of a subprocess whose program is to end. */
struct undertaking {
    int report_fd; /* Or -1; then the others are known. */
    pid_t pgid;
    int pidfd;
};

/* Waits until the child is there to be ended.  False if it will not be. */
static bool
await_report(struct undertaking *u)
{
    struct pollfd pfd = { .fd = u->report_fd, .events = POLLIN };
    struct report report = { .error = EIO };
    int retval;

    do {
        retval = poll(&pfd, 1, -1);
    } while (retval < 0 && errno == EINTR);
    bool told = read(u->report_fd, &report, sizeof report) == sizeof report;
    close(u->report_fd);
    u->pgid = report.pid;
    u->pidfd = report.pidfd;
    return told && !report.error;
}

/* Ends a process group and reaps its leader.  The leader is not reaped
 * before, so the group's number cannot have got another meaning. */
static void
bury(const struct undertaking *u, int grace_ms)
{
    struct pollfd pfd = { .fd = u->pidfd, .events = POLLIN };
    siginfo_t end;
    int retval;

    kill(-u->pgid, SIGTERM);
    do {
        retval = poll(&pfd, 1, grace_ms);
    } while (retval < 0 && errno == EINTR);
    kill(-u->pgid, SIGKILL);
    do {
        retval = waitid(P_PIDFD, u->pidfd, &end, WEXITED);
    } while (retval < 0 && errno == EINTR);
    close(u->pidfd);
}

static void *
undertake(void *u_)
{
    struct undertaking *u = u_;

    if (u->report_fd < 0 || await_report(u)) {
        bury(u, SUBPROCESS_GRACE_MS);
    }
    free(u);
    return NULL;
}

/* By a thread, because nothing here may wait, nobody runs this module any more
 * once the job is gone, and no state is left to find the child by. */
static void
cancel(struct subprocess *sp)
{
    struct undertaking *u = xmalloc(sizeof *u);

    *u = (struct undertaking) {
        .report_fd = sp->report_fd, .pgid = sp->pid, .pidfd = sp->pidfd,
    };
    sp->report_fd = sp->pidfd = -1;
    if (u->pgid) {
        /* At once. */
        kill(-u->pgid, SIGTERM);
    }

    int error = subprocess_thread(undertake, u);
    if (error) {
        VLOG_WARN("%s: no thread to end it gently (%s), so it is killed",
                  sp->program, ovs_strerror(error));
        if (u->report_fd < 0 || await_report(u)) {
            bury(u, 0);
        }
        free(u);
    }
}

void
subprocess_free(struct subprocess *sp)
{
    if (sp) {
        if (!sp->ended) {
            cancel(sp);
        }
        if (sp->pidfd >= 0) {
            close(sp->pidfd);
        }
        if (sp->stderr_fd >= 0) {
            close(sp->stderr_fd);
        }
        free(sp->program);
        free(sp);
    }
}
