#include "subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

VLOG_DEFINE_THIS_MODULE(subprocess);

/* The most that one subprocess_run() reads, so that a child that never stops
 * writing does not keep the loop.  Also more than fits into a pipe: after the
 * child's end that much is all that it can have left there. */
#define READ_MAX (128 * 1024)
#define LINE_MAX_LEN 400

struct subprocess {
    char *program; /* Its file name, for the log. */
    pid_t pid;     /* Also its process group. */
    int pidfd;
    int stderr_fd; /* Non-blocking; -1 after the end of file. */
    bool ended;
    siginfo_t end; /* If 'ended'. */

    /* Last line of stderr, and the one that is being read. */
    char last[LINE_MAX_LEN + 1];
    char line[LINE_MAX_LEN + 1];
    size_t line_len;
};

/* Hands out the file actions and attributes with which the child starts;
 * 'stderr_fd' is the pipe's end for the child. */
static int
prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attr,
        int stderr_fd)
{
    sigset_t none, all;

    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawn_file_actions_addopen(actions, 0, "/dev/null",
                                                 O_RDONLY, 0);
    error = error ? error : posix_spawn_file_actions_addopen(
        actions, 1, "/dev/null", O_WRONLY, 0);
    error = error ? error : posix_spawn_file_actions_adddup2(actions,
                                                             stderr_fd, 2);
    /* Not all of the libraries' descriptors are close-on-exec. */
    error = error ? error : posix_spawn_file_actions_addclosefrom_np(actions,
                                                                     3);
    error = error ? error : posix_spawnattr_setpgroup(attr, 0);
    error = error ? error : posix_spawnattr_setsigmask(attr, &none);
    error = error ? error : posix_spawnattr_setsigdefault(attr, &all);
    error = error ? error : posix_spawnattr_setflags(
        attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK
              | POSIX_SPAWN_SETSIGDEF);
    return error;
}

static int
spawn(const char *path, char *const argv[], char *const envp[], int stderr_fd,
      pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    int error = posix_spawn_file_actions_init(&actions);

    if (error) {
        return error;
    }
    error = posix_spawnattr_init(&attr);
    if (!error) {
        error = prepare(&actions, &attr, stderr_fd);
        error = error ? error : posix_spawn(pid, path, &actions, &attr, argv,
                                            envp);
        posix_spawnattr_destroy(&attr);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* What spawn_bound()'s child does until it is another program; only calls that
 * are safe after fork() in a process with threads. */
static void
become(const char *path, char *const argv[], char *const envp[],
       int stderr_fd, pid_t parent)
{
    struct sigaction by_default = { .sa_handler = SIG_DFL };
    sigset_t none;
    int null;

    if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent) {
        return;
    }
    for (int sig = 1; sig < NSIG; sig++) {
        sigaction(sig, &by_default, NULL);
    }
    null = open("/dev/null", O_RDWR);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0
        || dup2(stderr_fd, 2) < 0 || setpgid(0, 0)) {
        return;
    }
    if (null > 2) {
        close(null);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(path, argv, envp);
}

/* Like spawn(), but the kernel sends the child SIGTERM when this thread ends,
 * which posix_spawn() has no words for. */
static int
spawn_bound(const char *path, char *const argv[], char *const envp[],
            int stderr_fd, pid_t *pid)
{
    pid_t parent = getpid();
    int report[2], error = 0;

    if (pipe2(report, O_CLOEXEC)) {
        return errno;
    }
    *pid = fork();
    if (!*pid) {
        /* The report's end must outlive the others, but not execve(). */
        int fd = fcntl(report[1], F_DUPFD_CLOEXEC, 3);

        close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
        become(path, argv, envp, stderr_fd, parent);
        error = errno;
        ignore(write(fd, &error, sizeof error));
        _exit(127);
    }
    error = *pid < 0 ? errno : 0;
    close(report[1]);
    /* Ends with execve(), or with the errno of what has failed. */
    if (*pid > 0 && read(report[0], &error, sizeof error) == sizeof error) {
        waitpid(*pid, NULL, 0);
    }
    close(report[0]);
    return error;
}

/* Gives '*fd' a number above 2, should it have got one of the standard ones
 * because this process has closed them: the child's own redirections would
 * overwrite it, and the poll loop takes no 0. */
static int
move_up(int *fd)
{
    if (*fd <= 2) {
        int new_fd = fcntl(*fd, F_DUPFD_CLOEXEC, 3);

        if (new_fd < 0) {
            return errno;
        }
        close(*fd);
        *fd = new_fd;
    }
    return 0;
}

static int
make_pipe(int fds[2])
{
    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK)) {
        return errno;
    }

    int error = move_up(&fds[0]);
    error = error ? error : move_up(&fds[1]);
    /* Non-blocking is for this end alone: the child expects a plain pipe. */
    error = error ? error : fcntl(fds[1], F_SETFL, 0) ? errno : 0;
    if (error) {
        close(fds[0]);
        close(fds[1]);
    }
    return error;
}

typedef int spawn_func(const char *path, char *const argv[],
                       char *const envp[], int stderr_fd, pid_t *);

static int
start(const char *path, char *const argv[], char *const envp[],
      spawn_func *spawn_child, struct subprocess **spp)
{
    const char *slash = strrchr(path, '/');
    int fds[2];
    pid_t pid;

    int error = make_pipe(fds);
    if (error) {
        return error;
    }
    error = spawn_child(path, argv, envp, fds[1], &pid);
    close(fds[1]);
    if (error) {
        close(fds[0]);
        return error;
    }

    /* Needs a descriptor, and one has just become free. */
    int pidfd = pidfd_open(pid, 0);
    error = pidfd < 0 ? errno : move_up(&pidfd);
    if (error) {
        kill(-pid, SIGKILL);
        /* Blocks, but not for long: SIGKILL leaves the child no choice. */
        waitpid(pid, NULL, 0);
        if (pidfd >= 0) {
            close(pidfd);
        }
        close(fds[0]);
        return error;
    }

    struct subprocess *sp = xzalloc(sizeof *sp);
    sp->program = xstrdup(slash ? slash + 1 : path);
    sp->pid = pid;
    sp->pidfd = pidfd;
    sp->stderr_fd = fds[0];
    *spp = sp;
    return 0;
}

int
subprocess_start(const char *path, char *const argv[], char *const envp[],
                 struct subprocess **spp)
{
    return start(path, argv, envp, spawn, spp);
}

int
subprocess_start_bound(const char *path, char *const argv[],
                       char *const envp[], struct subprocess **spp)
{
    return start(path, argv, envp, spawn_bound, spp);
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
    poll_fd_wait(sp->pidfd, POLLIN);
    if (sp->stderr_fd >= 0) {
        poll_fd_wait(sp->stderr_fd, POLLIN);
    }
}

int
subprocess_exit_status(const struct subprocess *sp)
{
    return sp->end.si_code == CLD_EXITED ? sp->end.si_status : -1;
}

char *
subprocess_describe_end(const struct subprocess *sp)
{
    if (sp->end.si_code == CLD_EXITED) {
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
    if (!sp->ended) {
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
    pid_t pgid;
    int pidfd;
};

/* Ends a process group and reaps its leader.  The leader is not reaped
 * before, so the group's number cannot have got another meaning. */
static void *
undertake(void *u_)
{
    struct undertaking *u = u_;
    struct pollfd pfd = { .fd = u->pidfd, .events = POLLIN };
    siginfo_t end;

    int retval;
    do {
        retval = poll(&pfd, 1, SUBPROCESS_GRACE_MS);
    } while (retval < 0 && errno == EINTR);
    kill(-u->pgid, SIGKILL);
    do {
        retval = waitid(P_PIDFD, u->pidfd, &end, WEXITED);
    } while (retval < 0 && errno == EINTR);
    close(u->pidfd);
    free(u);
    return NULL;
}

/* A thread of its own, because nothing here may wait, nobody runs this module
 * any more once the job is gone, and no state is left to find the child by.
 * Not ovs_thread_create(): the thread touches nothing of Open vSwitch's. */
static int
start_undertaking(struct undertaking *u)
{
    sigset_t all, old;
    pthread_attr_t attr;
    pthread_t thread;

    int error = pthread_attr_init(&attr);
    if (error) {
        return error;
    }
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);

    /* The process's signals are the main thread's to handle. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(&thread, &attr, undertake, u);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    return error;
}

static void
cancel(struct subprocess *sp)
{
    struct undertaking *u = xmalloc(sizeof *u);

    *u = (struct undertaking) { .pgid = sp->pid, .pidfd = sp->pidfd };
    sp->pidfd = -1;
    kill(-u->pgid, SIGTERM);

    int error = start_undertaking(u);
    if (error) {
        VLOG_WARN("%s: no thread to end it gently (%s), so it is killed",
                  sp->program, ovs_strerror(error));
        kill(-u->pgid, SIGKILL);
        waitpid(u->pgid, NULL, 0);
        close(u->pidfd);
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
