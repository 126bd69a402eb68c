/* exec: programs that the administrator of the waker's host has installed.
 *
 * The target is "PROGRAM [ARG...]", PROGRAM a file in --exec-dir; it is called
 * as "PROGRAM start|ready|stop ARG...".  See doc/drivers.md for its contract.
 *
 * Whoever may write the Northbound database chooses one of the programs in
 * that folder and its arguments, and nothing else: there is no shell, no
 * path, and no command line to be written there. */

#include "driver.h"

#include <sys/stat.h>

#include "cleanup.h"
#include "subprocess.h"

#define EXEC_DIR_DEFAULT "/etc/rouse/exec.d"
#define EXEC_STATUS_NOT_YET 1

struct exec_job {
    struct driver_job up;
    char *program;         /* File name, for messages, */
    char *dir;             /* and where it is. */
    struct subprocess *sp; /* NULL if it could not be started. */
};

static struct exec_job *
exec_job_cast(struct driver_job *job)
{
    return CONTAINER_OF(job, struct exec_job, up);
}

static const char *
exec_dir(const struct driver_config *config)
{
    return config->exec_dir ? config->exec_dir : EXEC_DIR_DEFAULT;
}

/* Splits 'target' into 'words' (initialised).  Returns NULL, or what is wrong
 * with it, the caller's. */
static char *
exec_parse(const char *target, struct svec *words)
{
    char *copy OWNED_STRING = xstrdup(target);
    char *save = NULL;

    for (char *word = strtok_r(copy, " \t\r\n", &save); word;
         word = strtok_r(NULL, " \t\r\n", &save)) {
        svec_add(words, word);
    }
    if (!words->n) {
        return xstrdup("the target is empty");
    } else if (strchr(words->names[0], '/') || words->names[0][0] == '.') {
        return xasprintf("\"%s\" is not the plain name of a program",
                         words->names[0]);
    }
    return NULL;
}

static bool
exec_check(const struct driver_config *config,
           const struct driver_service *svc, struct diag *diag)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;
    char *problem OWNED_STRING = exec_parse(svc->target, &words);

    svec_destroy(&words);
    if (problem) {
        diag_set(diag, "Load_Balancer", svc->name,
                 "external_ids:rouse-target", "%s", problem);
        diag_set_remedy(diag, "write \"PROGRAM [ARG...]\", PROGRAM being the "
                        "name of a file in %s on the waker's host",
                        exec_dir(config));
        return false;
    }
    return true;
}

/* What anybody may write to is not what the administrator has installed. */
static bool
is_writable_by_others(const char *path)
{
    struct stat st;

    return !stat(path, &st) && (st.st_mode & S_IWOTH);
}

/* The waker's own environment, and the service. */
static void
exec_environment(const struct driver_service *svc, struct svec *envp)
{
    struct svec backends;
    struct smap_node *vip;
    struct svec vips = SVEC_EMPTY_INITIALIZER;

    svec_init(envp);
    for (char **var = environ; *var; var++) {
        if (strncmp(*var, "ROUSE_", 6)) {
            svec_add(envp, *var);
        }
    }

    driver_service_backends(svc, &backends);
    SMAP_FOR_EACH (vip, svc->vips) {
        svec_add(&vips, vip->key);
    }
    svec_sort(&vips);
    char *backends_s OWNED_STRING = svec_join(&backends, " ", "");
    char *vips_s OWNED_STRING = svec_join(&vips, " ", "");
    svec_destroy(&backends);
    svec_destroy(&vips);

    svec_add_nocopy(envp, xasprintf("ROUSE_SERVICE=%s", svc->name));
    svec_add_nocopy(envp, xasprintf("ROUSE_PROTOCOL=%s", svc->protocol));
    svec_add_nocopy(envp, xasprintf("ROUSE_BACKENDS=%s", backends_s));
    svec_add_nocopy(envp, xasprintf("ROUSE_VIPS=%s", vips_s));
    svec_terminate(envp);
}

static const char *
exec_op_name(enum driver_op op)
{
    switch (op) {
    case DRIVER_START: return "start";
    case DRIVER_READY: return "ready";
    case DRIVER_STOP: return "stop";
    default: OVS_NOT_REACHED();
    }
}

static enum driver_status
exec_fail_to_start(struct exec_job *job, int error)
{
    char *path OWNED_STRING = xasprintf("%s/%s", job->dir, job->program);

    switch (error) {
    case ENOENT:
    case ENOTDIR:
        if (access(path, F_OK)) {
            return driver_job_fail(
                &job->up, "there is no program \"%s\" in %s on "
                "the waker's host; install it there", job->program, job->dir);
        }
        return driver_job_fail(
            &job->up, "the interpreter that the first line of "
            "%s names does not exist", path);
    case EACCES:
        return driver_job_fail(
            &job->up, "%s may not be executed; try \"chmod +x\" on it", path);
    case ENOEXEC:
        return driver_job_fail(
            &job->up, "%s is no program: a script needs a first "
            "line such as \"#!/bin/sh\"", path);
    default:
        return driver_job_fail(&job->up, "cannot run %s: %s", path,
                               ovs_strerror(error));
    }
}

static void
exec_spawn(struct exec_job *job, struct svec *argv,
           const struct driver_service *svc, struct subprocess_pace *pace)
{
    char *path OWNED_STRING = xasprintf("%s/%s", job->dir, job->program);

    if (is_writable_by_others(job->dir) || is_writable_by_others(path)) {
        driver_job_fail(&job->up, "anybody may change %s or the program \"%s\""
                        " in it, so it is not run; try \"chmod o-w\"",
                        job->dir, job->program);
        return;
    }

    struct svec envp;
    exec_environment(svc, &envp);
    int error = subprocess_start(path, argv->names, envp.names, pace,
                                 &job->sp);
    svec_destroy(&envp);
    if (error) {
        exec_fail_to_start(job, error);
    }
}

static struct driver_job *
exec_start(const struct driver_config *config,
           const struct driver_service *svc, enum driver_op op)
{
    struct exec_job *job = xzalloc(sizeof *job);
    struct svec words = SVEC_EMPTY_INITIALIZER;
    struct svec argv = SVEC_EMPTY_INITIALIZER;

    char *problem OWNED_STRING = exec_parse(svc->target, &words);
    if (problem) {
        driver_job_fail(&job->up, "%s", problem);
    } else {
        job->program = xstrdup(words.names[0]);
        job->dir = xstrdup(exec_dir(config));
        svec_add(&argv, words.names[0]);
        svec_add(&argv, exec_op_name(op));
        for (size_t i = 1; i < words.n; i++) {
            svec_add(&argv, words.names[i]);
        }
        svec_terminate(&argv);
        exec_spawn(job, &argv, svc, config->pace);
    }
    svec_destroy(&words);
    svec_destroy(&argv);
    return &job->up;
}

static enum driver_status
exec_run(struct driver_job *job_)
{
    struct exec_job *job = exec_job_cast(job_);

    if (!subprocess_run(job->sp)) {
        return DRIVER_PENDING;
    }

    int error = subprocess_start_error(job->sp);
    if (error) {
        return exec_fail_to_start(job, error);
    }

    int status = subprocess_exit_status(job->sp);
    if (!status) {
        return DRIVER_DONE;
    }

    char *end OWNED_STRING = subprocess_describe_end(job->sp);
    const char *last = subprocess_last_line(job->sp);
    bool not_yet = job_->op == DRIVER_READY && status == EXEC_STATUS_NOT_YET;
    if (*last) {
        driver_job_set_error(job_, "%s: %s", job->program, last);
    } else {
        driver_job_set_error(job_, "%s %s: %s", job->program,
                             exec_op_name(job_->op),
                             not_yet ? "not ready yet" : end);
    }
    return not_yet ? DRIVER_NOT_YET : DRIVER_FAILED;
}

static void
exec_wait(struct driver_job *job_)
{
    subprocess_wait(exec_job_cast(job_)->sp);
}

static void
exec_free(struct driver_job *job_)
{
    struct exec_job *job = exec_job_cast(job_);

    subprocess_free(job->sp);
    free(job->program);
    free(job->dir);
    free(job);
}

const struct driver_class driver_exec_class = {
    .name = "exec",
    .summary = "calls a program that the administrator has installed",
    .restores_backends = true,
    .check = exec_check,
    .start = exec_start,
    .run = exec_run,
    .wait = exec_wait,
    .free = exec_free,
};
