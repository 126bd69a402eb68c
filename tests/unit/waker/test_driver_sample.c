#include "driver_fixture.h"

/* Not in the registry. */
extern const struct driver_class driver_sample_class;

static void
start_takes_the_time_of_the_target(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init(&f);
    assert_int_equal(fixture_run(&f, &driver_sample_class, "60", DRIVER_START),
                     DRIVER_DONE);
    assert_true(f.ms >= 60);
    assert_int_equal(fixture_run(&f, &driver_sample_class, "600000",
                                 DRIVER_READY), DRIVER_DONE);
    assert_int_equal(fixture_run(&f, &driver_sample_class, "0", DRIVER_STOP),
                     DRIVER_DONE);
    fixture_uninit(&f);
}

static void
a_pending_job_can_be_freed(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init(&f);
    f.svc.target = "60000";
    struct driver_job *job = driver_job_start(&driver_sample_class, &f.config,
                                              &f.svc, DRIVER_START);
    assert_int_equal(fixture_poll(job, 20), DRIVER_PENDING);
    driver_job_free(job);
    fixture_uninit(&f);
}

static void
bad_targets_are_refused(void **state OVS_UNUSED)
{
    static const char *const bad[] = { "", "x", "-1", "600001", "5 s",
                                       "99999999999999999999" };
    struct fixture f;

    fixture_init(&f);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_check_fails(&f, &driver_sample_class, bad[i], "milliseconds");
        assert_int_equal(fixture_run(&f, &driver_sample_class, bad[i],
                                     DRIVER_START), DRIVER_FAILED);
        assert_contains(f.error, "milliseconds");
    }
    assert_check_passes(&f, &driver_sample_class, "600000");
    fixture_uninit(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_takes_the_time_of_the_target),
        cmocka_unit_test(a_pending_job_can_be_freed),
        cmocka_unit_test(bad_targets_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
