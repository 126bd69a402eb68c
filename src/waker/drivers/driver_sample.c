/* sample: the start of a new driver.  Starts nothing, but takes its time.
 *
 * The target is a number of milliseconds, which is how long START and STOP
 * take.  The shape is that of any driver: copy what is needed in start(), make
 * a step in run(), say in wait() what that waits for, and leave nothing behind
 * in free(), which may come at any moment.
 *
 * To make a driver of your own: copy this file to driver_NAME.c, replace
 * "sample" by NAME, put NAME into meson.build's list, and copy the unit test
 * (tests/unit/waker/test_driver_sample.c) as well. */

#include "driver.h"

#define SAMPLE_MAX_MS 600000

struct sample_job {
    struct driver_job up; /* First, so that the two can be cast. */
    long long int end_ms; /* When the operation is done, as time_msec(). */
};

static struct sample_job *
sample_job_cast(struct driver_job *job)
{
    return CONTAINER_OF(job, struct sample_job, up);
}

/* The target is whatever a user has written: it is checked each time, by the
 * same function for check() and for start(). */
static bool
sample_parse(const char *target, long long int *ms)
{
    return str_to_llong(target, 10, ms) && *ms >= 0 && *ms <= SAMPLE_MAX_MS;
}

static bool
sample_check(const struct driver_config *config OVS_UNUSED,
             const struct driver_service *svc, struct diag *diag)
{
    long long int ms;

    if (!sample_parse(svc->target, &ms)) {
        diag_set(diag, "Load_Balancer", svc->name,
                 "external_ids:rouse-target",
                 "\"%s\" is no number of milliseconds", svc->target);
        diag_set_remedy(diag, "write 0 to %d", SAMPLE_MAX_MS);
        return false;
    }
    return true;
}

static struct driver_job *
sample_start(const struct driver_config *config OVS_UNUSED,
             const struct driver_service *svc, enum driver_op op)
{
    struct sample_job *job = xzalloc(sizeof *job);
    long long int ms;

    if (!sample_parse(svc->target, &ms)) {
        /* The waker has asked check() before, but a driver that relies on it
         * would be one mistake away from a crash. */
        driver_job_fail(&job->up, "\"%s\" is no number of milliseconds",
                        svc->target);
    } else {
        job->end_ms = time_msec() + (op == DRIVER_READY ? 0 : ms);
    }
    return &job->up;
}

static enum driver_status
sample_run(struct driver_job *job_)
{
    struct sample_job *job = sample_job_cast(job_);

    return time_msec() < job->end_ms ? DRIVER_PENDING : DRIVER_DONE;
}

static void
sample_wait(struct driver_job *job_)
{
    struct sample_job *job = sample_job_cast(job_);

    poll_timer_wait_until(job->end_ms);
}

static void
sample_free(struct driver_job *job_)
{
    free(sample_job_cast(job_));
}

const struct driver_class driver_sample_class = {
    .name = "sample",
    .summary = "starts nothing, but takes its time; a start for new drivers",
    .restores_backends = true,
    .check = sample_check,
    .start = sample_start,
    .run = sample_run,
    .wait = sample_wait,
    .free = sample_free,
};
