/* What the tests of drivers share: a service, and a loop that runs a job. */

#ifndef DRIVER_FIXTURE_H
#define DRIVER_FIXTURE_H 1

#include "unit.h"

#include "driver.h"

struct fixture {
    struct smap backends;
    struct smap vips;
    struct driver_config config;
    struct driver_service svc;

    /* Of the last fixture_run(). */
    char *error;
    long long int ms;
};

static inline void
fixture_init(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    smap_init(&f->backends);
    smap_init(&f->vips);
    f->svc = (struct driver_service) {
        .name = "web",
        .target = "",
        .protocol = "tcp",
        .backends = &f->backends,
        .vips = &f->vips,
    };
}

static inline void
fixture_uninit(struct fixture *f)
{
    smap_destroy(&f->backends);
    smap_destroy(&f->vips);
    free(f->error);
}

/* Runs 'job' until it is not pending any more, or for 'ms'. */
static inline enum driver_status
fixture_poll(struct driver_job *job, long long int ms)
{
    long long int end_ms = time_msec() + ms;
    enum driver_status status;

    while ((status = driver_job_run(job)) == DRIVER_PENDING
           && time_msec() < end_ms) {
        driver_job_wait(job);
        poll_timer_wait_until(end_ms);
        poll_block();
    }
    return status;
}

/* Runs one operation to its end. */
static inline enum driver_status
fixture_run(struct fixture *f, const struct driver_class *class,
            const char *target, enum driver_op op)
{
    long long int start_ms = time_msec();

    f->svc.target = target;
    struct driver_job *job = driver_job_start(class, &f->config, &f->svc, op);
    assert_ptr_equal(job->class, class);
    assert_int_equal(job->op, op);
    enum driver_status status = fixture_poll(job, UNIT_PATIENCE_MS);
    free(f->error);
    f->error = xstrdup(driver_job_error(job));
    f->ms = time_msec() - start_ms;
    driver_job_free(job);
    return status;
}

/* Fails, and shows the text, unless 'text' contains 'part'. */
static inline void
assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        fail_msg("\"%s\" is not in \"%s\"", part, text);
    }
}

/* A check() that must fail with a problem that contains 'part', and with a
 * remedy. */
static inline void
assert_check_fails(struct fixture *f, const struct driver_class *class,
                   const char *target, const char *part)
{
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;

    f->svc.target = target;
    assert_false(class->check(&f->config, &f->svc, &diag));
    assert_string_equal(diag.table, "Load_Balancer");
    assert_string_equal(diag.row, "web");
    assert_string_equal(diag.column, "external_ids:rouse-target");
    assert_contains(diag.problem, part);
    assert_non_null(diag.remedy);
    assert_false(class->check(&f->config, &f->svc, NULL));
}

static inline void
assert_check_passes(struct fixture *f, const struct driver_class *class,
                    const char *target)
{
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;

    f->svc.target = target;
    if (!class->check(&f->config, &f->svc, &diag)) {
        fail_msg("\"%s\": %s", target, diag.problem);
    }
    assert_true(diag_is_empty(&diag));
}

#endif /* driver_fixture.h */
