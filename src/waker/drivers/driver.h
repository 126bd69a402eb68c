/* Drivers: how a service's backends are started, checked and stopped.
 *
 * in:     a driver_service (what to act on) and an operation
 * out:    pending, done, not yet, or failed with a message for the user
 * owner:  the waker owns jobs; a job borrows nothing after driver_job_start()
 *         has returned: it copies what it needs of the driver_service
 * thread: the waker's main loop.  No callback may block: no connect(),
 *         read(), waitpid() or D-Bus call that waits.  A driver makes
 *         progress in run() and says in wait() what it waits for
 *         (poll_fd_wait(), poll_timer_wait_until()).
 *
 * A driver does not decide anything: no retries, no deadlines, no database.
 * The waker retries with back-off and cancels what takes too long, by
 * driver_job_free().  Operations must be idempotent: after a crash another
 * waker starts again what may already be running, and must find that to be a
 * success.
 *
 * To write a new one, copy driver_sample.c and name it in meson.build;
 * doc/drivers.md goes through it step by step. */

#ifndef WAKER_DRIVER_H
#define WAKER_DRIVER_H 1

#include "ovs.h"
#include "diag.h"

struct subprocess_pace;

enum driver_op {
    DRIVER_START, /* Start (or unpause) the backends. */
    DRIVER_READY, /* Ask whether they answer. */
    DRIVER_STOP,  /* Stop (or pause) them. */
};

enum driver_status {
    DRIVER_PENDING, /* Still at it; run() again when wait() says so. */
    DRIVER_DONE,    /* Started; ready; stopped. */
    DRIVER_NOT_YET, /* Only for DRIVER_READY: asked, and they do not answer
                     * yet.  The waker asks again with a new job.  A driver
                     * that can watch cheaply stays pending for a while
                     * instead (a second, say): that is seen sooner. */
    DRIVER_FAILED,  /* See driver_job_error().  For DRIVER_READY: they will
                     * not answer unless they are started again. */
};

/* What a driver may know of a service; all borrowed for the call. */
struct driver_service {
    const char *name;     /* Load_Balancer.name, or its UUID if that is "". */
    const char *target;   /* external_ids:rouse-target, never NULL. */
    const char *protocol; /* "tcp", "udp", "sctp". */
    const struct smap *backends; /* VIP -> "backend,backend", to restore. */
    const struct smap *vips;     /* Load_Balancer.vips as they are now. */
};

/* Settings from the waker's command line, the same for all drivers. */
struct driver_config {
    const char *exec_dir;         /* --exec-dir */
    const char *container_socket; /* --container-socket, or NULL: look for
                                   * Podman's, then Docker's. */
    const char *systemd_bus;      /* --systemd-bus: "system", "user" or a
                                   * D-Bus address; NULL: "system". */

    /* What whoever may write the Northbound database may have started and
     * stopped on this host: shell patterns (fnmatch(3)) separated by spaces.
     * NULL: any container; any service unit but systemd's own. */
    const char *containers;    /* --containers */
    const char *systemd_units; /* --systemd-units */

    /* Of the waker's machine; NULL: not known. */
    struct subprocess_pace *pace;
};

/* First member of each driver's own job structure, which is allocated zeroed
 * (xzalloc()). */
struct driver_job {
    const struct driver_class *class; /* Filled by driver_job_start(), */
    enum driver_op op;                /* both of them. */
    enum driver_status status;        /* Once it is not DRIVER_PENDING, the
                                       * driver's run() is not called again. */
    char *error; /* Set with DRIVER_FAILED, and with DRIVER_NOT_YET where
                  * there is something to say (driver_job_set_error()). */
};

struct driver_class {
    const char *name;    /* Value of rouse-driver. */
    const char *summary; /* One line for --help and the manual page. */

    /* True if the waker restores the VIPs' backends from rouse-backends after
     * DRIVER_READY; false if they are somebody else's to write and the driver
     * only waits for them: then the waker writes external_ids:rouse-demand,
     * "1" before DRIVER_START and "0" after DRIVER_STOP, as the sign for that
     * somebody. */
    bool restores_backends;

    /* Whether 'svc' can work at all, without touching anything: the form of
     * the target, the backends.  False fills 'diag' (diag_set() with column
     * "external_ids:rouse-target").  NULL: anything goes. */
    bool (*check)(const struct driver_config *, const struct driver_service *,
                  struct diag *diag);

    /* Begins 'op' and returns a job, never NULL: what fails at once is a job
     * for which driver_job_fail() has been called. */
    struct driver_job *(*start)(const struct driver_config *,
                                const struct driver_service *,
                                enum driver_op op);

    enum driver_status (*run)(struct driver_job *);
    void (*wait)(struct driver_job *);

    /* Frees the job; cancels it if it is still pending: no child process, no
     * request, no descriptor may be left.  What START has begun may go on. */
    void (*free)(struct driver_job *);
};

/* All drivers, NULL at the end; generated from meson.build's list. */
extern const struct driver_class *const driver_classes[];
const struct driver_class *driver_class_by_name(const char *name);

struct driver_job *driver_job_start(const struct driver_class *,
                                    const struct driver_config *,
                                    const struct driver_service *,
                                    enum driver_op op);
enum driver_status driver_job_run(struct driver_job *);
void driver_job_wait(struct driver_job *);
void driver_job_free(struct driver_job *); /* Takes NULL. */

/* What went wrong, one line without the service's name; never NULL, "" if
 * there is nothing to say; at most DRIVER_ERROR_MAX bytes of valid UTF-8,
 * whatever a child process or a server has written.  Borrowed. */
#define DRIVER_ERROR_MAX 300
const char *driver_job_error(const struct driver_job *);

/* --- For drivers --- */

/* Replaces the job's error, tidied up as driver_job_error() promises. */
void driver_job_set_error(struct driver_job *, const char *format, ...)
    OVS_PRINTF_FORMAT(2, 3);

/* driver_job_set_error(), and the job has failed. */
enum driver_status driver_job_fail(struct driver_job *, const char *format,
                                   ...) OVS_PRINTF_FORMAT(2, 3);

/* True if one of the space-separated shell patterns matches 'name'. */
bool driver_pattern_matches(const char *patterns, const char *name);

/* All backends of 'svc' that are to be restored, sorted, each once; the
 * caller's. */
void driver_service_backends(const struct driver_service *, struct svec *);

#endif /* waker/driver.h */
