/* The beginning of a child process. */

#include "subprocess_private.h"

#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

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

void
subprocess_take_report(struct subprocess *sp, const struct report *report)
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
    subprocess_take_report(*spp, &report);
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

int
subprocess_thread(void *(*main)(void *), void *aux)
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
    subprocess_take_report(*spp, &report);
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
    error = subprocess_thread(carry_out, launch);
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
