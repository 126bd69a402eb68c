#include "driver_fixture.h"

static const struct driver_class *
signal_class(void)
{
    return driver_class_by_name("signal");
}

static void
start_and_stop_do_nothing(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init(&f);
    smap_add(&f.vips, "10.0.0.1:80", "");
    assert_int_equal(fixture_run(&f, signal_class(), "", DRIVER_START),
                     DRIVER_DONE);
    assert_int_equal(fixture_run(&f, signal_class(), "whatever", DRIVER_STOP),
                     DRIVER_DONE);
    assert_false(signal_class()->restores_backends);
    fixture_uninit(&f);
}

static void
ready_once_no_vip_is_empty(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init(&f);
    smap_add(&f.vips, "10.0.0.1:80", "10.1.0.1:80");
    smap_add(&f.vips, "10.0.0.1:81", " ,");
    assert_int_equal(fixture_run(&f, signal_class(), "", DRIVER_READY),
                     DRIVER_NOT_YET);
    assert_contains(f.error, "VIP 10.0.0.1:81 has no backends");

    smap_replace(&f.vips, "10.0.0.1:81", "10.1.0.1:81");
    assert_int_equal(fixture_run(&f, signal_class(), "", DRIVER_READY),
                     DRIVER_DONE);
    assert_string_equal(f.error, "");
    fixture_uninit(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_and_stop_do_nothing),
        cmocka_unit_test(ready_once_no_vip_is_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
