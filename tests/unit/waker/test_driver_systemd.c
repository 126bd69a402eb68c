/* The systemd driver against a made-up bus.  tests/drivers/ runs it against a
 * real one. */

#include "driver_fixture.h"

#include "fake_systemd.h"

static const struct driver_class *
systemd_class(void)
{
    return driver_class_by_name("systemd");
}

struct scenario {
    const char *target;
    enum driver_op op;
    enum driver_status status;
    const char *error; /* Part of it; NULL = none. */
};

static void
run_scenarios(const struct scenario *scenarios, size_t n)
{
    struct fake_systemd fs;
    struct fixture f;

    fixture_init(&f);
    fake_systemd_start(&fs);
    f.config.systemd_bus = fs.address;
    f.config.systemd_units = "*";
    for (size_t i = 0; i < n; i++) {
        const struct scenario *s = &scenarios[i];
        enum driver_status status = fixture_run(&f, systemd_class(), s->target,
                                                s->op);
        if (status != s->status
            || (s->error ? !strstr(f.error, s->error) : *f.error)) {
            fail_msg("%s %d: status %d, error \"%s\"", s->target, s->op,
                     status, f.error);
        }
    }
    fake_systemd_stop(&fs);
    fixture_uninit(&f);
}

static void
starting(void **state OVS_UNUSED)
{
    static const struct scenario scenarios[] = {
        { "good", DRIVER_START, DRIVER_DONE, NULL },
        { "good.service", DRIVER_START, DRIVER_DONE, NULL },
        { "fast", DRIVER_START, DRIVER_DONE, NULL },
        { "good, fast", DRIVER_START, DRIVER_DONE, NULL },
        { "failed", DRIVER_START, DRIVER_FAILED,
          "unit \"failed.service\" did not start (failed); \"systemctl status "
          "failed.service\" says why" },
        { "good failed fast", DRIVER_START, DRIVER_FAILED, "failed.service" },
        { "cancel", DRIVER_START, DRIVER_FAILED, "cancelled by somebody" },
        { "absent", DRIVER_START, DRIVER_FAILED,
          "unit \"absent.service\" does not exist on bus unix:path=/tmp/" },
        { "masked", DRIVER_START, DRIVER_FAILED, "unmask masked.service" },
        { "denied", DRIVER_START, DRIVER_FAILED, "polkit" },
        { "odd", DRIVER_START, DRIVER_FAILED, "not understood" },
        { "bye", DRIVER_START, DRIVER_FAILED, "" },
    };

    run_scenarios(scenarios, ARRAY_SIZE(scenarios));
}

static void
stopping(void **state OVS_UNUSED)
{
    static const struct scenario scenarios[] = {
        { "good", DRIVER_STOP, DRIVER_DONE, NULL },
        { "absent", DRIVER_STOP, DRIVER_DONE, NULL },
        { "failed", DRIVER_STOP, DRIVER_FAILED, "did not stop (failed)" },
        { "denied", DRIVER_STOP, DRIVER_FAILED, "polkit" },
    };

    run_scenarios(scenarios, ARRAY_SIZE(scenarios));
}

static void
getting_ready(void **state OVS_UNUSED)
{
    static const struct scenario scenarios[] = {
        { "good", DRIVER_READY, DRIVER_DONE, NULL },
        { "vm.target", DRIVER_READY, DRIVER_DONE, NULL },
        { "slow", DRIVER_READY, DRIVER_NOT_YET,
          "unit \"slow.service\" is still being started" },
        { "good slow", DRIVER_READY, DRIVER_NOT_YET, "slow" },
        { "slow failed good", DRIVER_READY, DRIVER_FAILED,
          "unit \"failed.service\" is failed: exit-code; \"systemctl" },
        { "absent", DRIVER_READY, DRIVER_FAILED, "does not exist" },
        { "odd", DRIVER_READY, DRIVER_FAILED, "in an unknown state" },
    };

    run_scenarios(scenarios, ARRAY_SIZE(scenarios));
}

static void
active_is_not_enough_where_the_port_can_be_seen(void **state OVS_UNUSED)
{
    struct sockaddr_in sin = { .sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof sin;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct fake_systemd fs;
    struct fixture f;

    assert_int_equal(bind(fd, (struct sockaddr *) &sin, sizeof sin), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &sin, &len), 0);
    fixture_init(&f);
    fake_systemd_start(&fs);
    f.config.systemd_bus = fs.address;
    smap_add_format(&f.backends, "10.0.0.1:80", "127.0.0.1:%d",
                    ntohs(sin.sin_port));

    assert_int_equal(fixture_run(&f, systemd_class(), "main", DRIVER_READY),
                     DRIVER_NOT_YET);
    assert_contains(f.error, "network namespace of unit \"main.service\"");
    assert_int_equal(fixture_run(&f, systemd_class(), "good", DRIVER_READY),
                     DRIVER_DONE);
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(fixture_run(&f, systemd_class(), "main", DRIVER_READY),
                     DRIVER_DONE);

    /* A backend that is somewhere else: behind a VM's process, say. */
    smap_clear(&f.backends);
    smap_add(&f.backends, "10.0.0.1:80", "192.0.2.1:1");
    assert_int_equal(fixture_run(&f, systemd_class(), "main", DRIVER_READY),
                     DRIVER_DONE);

    close(fd);
    fake_systemd_stop(&fs);
    fixture_uninit(&f);
}

static void
a_job_that_never_ends_can_be_left(void **state OVS_UNUSED)
{
    struct fake_systemd fs;
    struct fixture f;

    fixture_init(&f);
    fake_systemd_start(&fs);
    f.config.systemd_bus = fs.address;
    f.svc.target = "slow good";
    for (int i = 0; i < 5; i++) {
        struct driver_job *job = driver_job_start(systemd_class(), &f.config,
                                                  &f.svc, DRIVER_START);
        assert_int_equal(fixture_poll(job, i * 20), DRIVER_PENDING);
        driver_job_free(job);
    }
    fake_systemd_stop(&fs);
    fixture_uninit(&f);
}

static void
no_bus_says_what_to_do(void **state OVS_UNUSED)
{
    struct fake_systemd fs;
    struct fixture f;

    fixture_init(&f);
    f.config.systemd_bus = "unix:path=/no/such/bus";
    assert_int_equal(fixture_run(&f, systemd_class(), "web", DRIVER_START),
                     DRIVER_FAILED);
    assert_contains(f.error, "unix:path=/no/such/bus: No such file");
    assert_contains(f.error, "--systemd-bus");
    f.config.systemd_bus = "nonsense";
    assert_int_equal(fixture_run(&f, systemd_class(), "web", DRIVER_START),
                     DRIVER_FAILED);
    assert_contains(f.error, "--systemd-bus");

    fake_systemd_start(&fs);
    fs.is_absent = true;
    f.config.systemd_bus = fs.address;
    for (int op = DRIVER_START; op <= DRIVER_STOP; op++) {
        assert_int_equal(fixture_run(&f, systemd_class(), "web", op),
                         DRIVER_FAILED);
        assert_contains(f.error, "there is no systemd on bus");
    }
    fake_systemd_stop(&fs);
    fixture_uninit(&f);
}

static void
targets_are_checked(void **state OVS_UNUSED)
{
    static const char *const bad[] = { "a/b", "web@", "web@.service",
                                       ".service", "w*b", "$(x)", "\xc3\xa9",
                                       ".web" };
    static const char *const hands_off[] = { "poweroff.target",
                                             "systemd-poweroff", "dbus",
                                             "debug-shell", "user@0",
                                             "web.socket" };
    struct fixture f;

    fixture_init(&f);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_check_fails(&f, systemd_class(), bad[i],
                           "not the name of a unit");
        assert_int_equal(fixture_run(&f, systemd_class(), bad[i],
                                     DRIVER_START), DRIVER_FAILED);
    }
    for (size_t i = 0; i < ARRAY_SIZE(hands_off); i++) {
        assert_check_fails(&f, systemd_class(), hands_off[i],
                           "--systemd-units");
    }
    assert_check_fails(&f, systemd_class(), "", "empty");
    assert_check_passes(&f, systemd_class(), "web");
    assert_check_passes(&f, systemd_class(), "web.v1 db@x-1.service,a_b");

    f.config.systemd_units = "web*.service poweroff.target";
    assert_check_passes(&f, systemd_class(), "web1 poweroff.target");
    assert_check_fails(&f, systemd_class(), "db", "--systemd-units");
    fixture_uninit(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starting),
        cmocka_unit_test(stopping),
        cmocka_unit_test(getting_ready),
        cmocka_unit_test(active_is_not_enough_where_the_port_can_be_seen),
        cmocka_unit_test(a_job_that_never_ends_can_be_left),
        cmocka_unit_test(no_bus_says_what_to_do),
        cmocka_unit_test(targets_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
