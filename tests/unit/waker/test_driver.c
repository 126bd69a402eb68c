/* The registry, and what driver.c does for all drivers. */

#include "driver_fixture.h"

static void
all_drivers_are_registered(void **state OVS_UNUSED)
{
    static const char *const names[] = { "container", "exec", "signal",
                                         "systemd" };
    size_t n = 0;

    for (; driver_classes[n]; n++) {
        const struct driver_class *class = driver_classes[n];

        assert_true(n < ARRAY_SIZE(names));
        assert_string_equal(class->name, names[n]);
        assert_ptr_equal(driver_class_by_name(names[n]), class);
        assert_true(strlen(class->summary) > 10);
        assert_true(strlen(class->summary) < 70);
        assert_int_equal(class->restores_backends,
                         strcmp(class->name, "signal") != 0);
    }
    assert_int_equal(n, ARRAY_SIZE(names));
    assert_null(driver_class_by_name("sample"));
    assert_null(driver_class_by_name(""));
    assert_null(driver_class_by_name("EXEC"));
}

/* A driver whose job ends in whatever status and error it is told to. */
struct fake_job {
    struct driver_job up;
    int n_runs;
};

static struct driver_job *
fake_start(const struct driver_config *config OVS_UNUSED,
           const struct driver_service *svc, enum driver_op op OVS_UNUSED)
{
    struct fake_job *job = xzalloc(sizeof *job);

    if (!strcmp(svc->target, "fail at once")) {
        driver_job_fail(&job->up, "at once");
    }
    return &job->up;
}

static enum driver_status
fake_run(struct driver_job *job_)
{
    struct fake_job *job = CONTAINER_OF(job_, struct fake_job, up);

    return job->n_runs++ ? DRIVER_DONE : DRIVER_PENDING;
}

static void
fake_wait(struct driver_job *job OVS_UNUSED)
{
    poll_immediate_wake();
}

static void
fake_free(struct driver_job *job)
{
    free(job);
}

static const struct driver_class fake_class = {
    .name = "fake",
    .start = fake_start,
    .run = fake_run,
    .wait = fake_wait,
    .free = fake_free,
};

static void
an_ended_job_is_not_run_again(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init(&f);
    struct driver_job *job = driver_job_start(&fake_class, &f.config, &f.svc,
                                              DRIVER_STOP);
    assert_int_equal(driver_job_run(job), DRIVER_PENDING);
    assert_int_equal(driver_job_run(job), DRIVER_DONE);
    assert_int_equal(driver_job_run(job), DRIVER_DONE);
    assert_int_equal(CONTAINER_OF(job, struct fake_job, up)->n_runs, 2);
    assert_string_equal(driver_job_error(job), "");
    driver_job_free(job);
    driver_job_free(NULL);
    fixture_uninit(&f);
}

static void
a_job_may_fail_in_start(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init(&f);
    assert_int_equal(fixture_run(&f, &fake_class, "fail at once",
                                 DRIVER_START), DRIVER_FAILED);
    assert_string_equal(f.error, "at once");
    fixture_uninit(&f);
}

static void
errors_are_one_short_line_of_utf8(void **state OVS_UNUSED)
{
    struct driver_job job = { .error = NULL };
    char *long_text = xzalloc(1001);

    driver_job_set_error(&job, "%s", "two\nlines\tand\x01 more\x7f \r\n");
    assert_string_equal(driver_job_error(&job), "two lines and  more ");

    driver_job_set_error(&job, "caf%s", "\xc3\xa9");
    assert_string_equal(driver_job_error(&job), "caf\xc3\xa9");
    driver_job_set_error(&job, "caf%s", "\xe9!");
    assert_string_equal(driver_job_error(&job), "caf?!");

    memset(long_text, 'x', 1000);
    driver_job_set_error(&job, "%s", long_text);
    assert_int_equal(strlen(driver_job_error(&job)), DRIVER_ERROR_MAX);

    /* Cut before a character, not within it. */
    memcpy(long_text + DRIVER_ERROR_MAX - 1, "\xc3\xa9", 2);
    driver_job_set_error(&job, "%s", long_text);
    assert_int_equal(strlen(driver_job_error(&job)), DRIVER_ERROR_MAX - 1);
    assert_null(strchr(driver_job_error(&job), '?'));

    assert_int_equal(driver_job_fail(&job, "%s", ""), DRIVER_FAILED);
    assert_int_equal(job.status, DRIVER_FAILED);
    assert_string_equal(driver_job_error(&job), "");
    free(long_text);
    free(job.error);
}

static void
patterns_match_whole_names(void **state OVS_UNUSED)
{
    assert_true(driver_pattern_matches("web*", "web1"));
    assert_true(driver_pattern_matches("db, web[12]", "web2"));
    assert_true(driver_pattern_matches("*", "anything"));
    assert_false(driver_pattern_matches("web", "web1"));
    assert_false(driver_pattern_matches("web", "my-web"));
    assert_false(driver_pattern_matches("", "web"));
    assert_false(driver_pattern_matches("  ", ""));
}

static void
backends_are_sorted_and_unique(void **state OVS_UNUSED)
{
    struct fixture f;
    struct svec backends;

    fixture_init(&f);
    driver_service_backends(&f.svc, &backends);
    assert_int_equal(backends.n, 0);
    svec_destroy(&backends);

    smap_add(&f.backends, "10.0.0.1:80", "10.1.0.3:80,10.1.0.2:80");
    smap_add(&f.backends, "10.0.0.2:80", " 10.1.0.2:80, ");
    driver_service_backends(&f.svc, &backends);
    char *joined = svec_join(&backends, " ", "");
    assert_string_equal(joined, "10.1.0.2:80 10.1.0.3:80");
    free(joined);
    svec_destroy(&backends);
    fixture_uninit(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_drivers_are_registered),
        cmocka_unit_test(an_ended_job_is_not_run_again),
        cmocka_unit_test(a_job_may_fail_in_start),
        cmocka_unit_test(errors_are_one_short_line_of_utf8),
        cmocka_unit_test(patterns_match_whole_names),
        cmocka_unit_test(backends_are_sorted_and_unique),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
