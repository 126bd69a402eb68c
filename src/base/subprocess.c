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

/* What became of a start. */
struct report {
    int error; /* Positive errno, or 0: */
    pid_t pid;
    int pidfd;
};

static struct report
spawn_and_report(spawn_func *spawn_child, const char *path,
                 char *const argv[], char *const envp[], int stderr_fd)
{
    struct report report = { .pidfd = -1 };

    report.error = spawn_child(path, argv, envp, stderr_fd, &report.pid);
    close(stderr_fd);
    if (report.error) {
        return report;
    }

    /* Needs a descriptor, and one has just become free. */
    report.pidfd = pidfd_open(report.pid, 0);
    report.error = report.pidfd < 0 ? errno : move_up(&report.pidfd);
    if (report.error) {
        kill(-report.pid, SIGKILL);
        /* Blocks, but not for long: SIGKILL leaves the child no choice. */
        waitpid(report.pid, NULL, 0);
        if (report.pidfd >= 0) {
            close(report.pidfd);
        }
    }
    return report;
}

static struct subprocess *
subprocess_new(const char *path, int stderr_fd)
{
    const char *slash = strrchr(path, '/');
    struct subprocess *sp = xzalloc(sizeof *sp);

    sp->program = xstrdup(slash ? slash + 1 : path);
    sp->report_fd = sp->pidfd = -1;
    sp->stderr_fd = stderr_fd;
    return sp;
}

static void
take_report(struct subprocess *sp, const struct report *report)
{
    sp->start_error = report->error;
    sp->ended = report->error != 0;
    sp->pid = report->error ? 0 : report->pid;
    sp->pidfd = report->error ? -1 : report->pidfd;
}

int
subprocess_start_bound(const char *path, char *const argv[],
                       char *const envp[], struct subprocess **spp)
{
    int fds[2];

    int error = make_pipe(fds);
    if (error) {
        return error;
    }
    struct report report = spawn_and_report(spawn_bound, path, argv, envp,
                                            fds[1]);
    if (report.error) {
        close(fds[0]);
        return report.error;
    }
    *spp = subprocess_new(path, fds[0]);
    take_report(*spp, &report);
    return 0;
}

/* --- Starting without waiting for it --- */

/* A start that took so long says that more of them will, for so long. */
#define SLOW_START_MS 2
#define SLOW_FOR_MS 10000

/* What the thread that starts a child owns. */
struct launch {
    int stderr_fd;
    int report_fd;
    char *path;
    char **argv, **envp;
};

static size_t
measure(char *const words[], size_t *n_bytes)
{
    size_t n = 0;

    for (; words[n]; n++) {
        *n_bytes += strlen(words[n]) + 1;
    }
    return n;
}

static char *
put_word(char **next, const char *word)
{
    size_t size = strlen(word) + 1;
    char *copy = memcpy(*next, word, size);

    *next += size;
    return copy;
}

static char **
put_words(char **array, char **next, char *const words[])
{
    size_t n = 0;

    for (; words[n]; n++) {
        array[n] = put_word(next, words[n]);
    }
    array[n] = NULL;
    return array;
}

/* All in one piece: an environment has many words. */
static struct launch *
launch_new(const char *path, char *const argv[], char *const envp[])
{
    size_t n_bytes = strlen(path) + 1;
    size_t n_argv = measure(argv, &n_bytes) + 1;
    size_t n_envp = measure(envp, &n_bytes) + 1;
    struct launch *launch = xmalloc(
        sizeof *launch + (n_argv + n_envp) * sizeof(char *) + n_bytes);
    char **arrays = (char **) (launch + 1);
    char *next = (char *) (arrays + n_argv + n_envp);

    launch->path = put_word(&next, path);
    launch->argv = put_words(arrays, &next, argv);
    launch->envp = put_words(arrays + n_argv, &next, envp);
    return launch;
}

static void *
carry_out(void *launch_)
{
    struct launch *launch = launch_;
    struct report report = spawn_and_report(spawn, launch->path, launch->argv,
                                            launch->envp, launch->stderr_fd);

    /* Less than PIPE_BUF and the only thing in it, so it goes in whole; the
     * other end is open until it has been read. */
    ignore(write(launch->report_fd, &report, sizeof report));
    close(launch->report_fd);
    free(launch);
    return NULL;
}

/* Runs 'main' in a thread that nobody waits for and that has none of the
 * process's signals, which are the main thread's to handle.  Not
 * ovs_thread_create(): the thread touches nothing of Open vSwitch's. */
static int
start_thread(void *(*main)(void *), void *aux)
{
    sigset_t all, old;
    pthread_attr_t attr;
    pthread_t thread;

    int error = pthread_attr_init(&attr);
    if (error) {
        return error;
    }
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(&thread, &attr, main, aux);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    return error;
}

static int
make_pipes(int out[2], int report[2])
{
    int error = make_pipe(out);

    if (!error) {
        error = make_pipe(report);
        if (error) {
            close(out[0]);
            close(out[1]);
        }
    }
    return error;
}

/* By this thread, and whether it was slow. */
static int
start_here(const char *path, char *const argv[], char *const envp[],
           struct subprocess_pace *pace, struct subprocess **spp)
{
    long long int start_us = time_usec();
    int out[2];

    int error = make_pipe(out);
    if (error) {
        return error;
    }
    struct report report = spawn_and_report(spawn, path, argv, envp, out[1]);
    if (time_usec() - start_us > SLOW_START_MS * 1000) {
        pace->slow_until_ms = start_us / 1000 + SLOW_FOR_MS;
    }
    *spp = subprocess_new(path, out[0]);
    take_report(*spp, &report);
    return 0;
}

static int
start_elsewhere(const char *path, char *const argv[], char *const envp[],
                struct subprocess **spp)
{
    int out[2], report[2];

    int error = make_pipes(out, report);
    if (error) {
        return error;
    }
    struct launch *launch = launch_new(path, argv, envp);
    launch->stderr_fd = out[1];
    launch->report_fd = report[1];
    error = start_thread(carry_out, launch);
    if (error) {
        free(launch);
        close(out[1]);
        close(report[1]);
        close(out[0]);
        close(report[0]);
        return error;
    }
    *spp = subprocess_new(path, out[0]);
    (*spp)->report_fd = report[0];
    return 0;
}

int
subprocess_start(const char *path, char *const argv[], char *const envp[],
                 struct subprocess_pace *pace, struct subprocess **spp)
{
    return (pace && time_usec() / 1000 >= pace->slow_until_ms
            ? start_here(path, argv, envp, pace, spp)
            : start_elsewhere(path, argv, envp, spp));
}

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
    take_report(sp, &report);
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

    int error = start_thread(undertake, u);
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
