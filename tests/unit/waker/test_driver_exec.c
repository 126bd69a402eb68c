/* The exec driver with real programs: shell scripts in a folder of their
 * own.  test_subprocess.c looks at the child process more closely. */

#include "driver_fixture.h"

#include <signal.h>
#include <sys/stat.h>

static char dir[] = "/tmp/rouse-test-exec-XXXXXX";

static const struct driver_class *
exec_class(void)
{
    return driver_class_by_name("exec");
}

static void
fixture_init_exec(struct fixture *f)
{
    fixture_init(f);
    f->config.exec_dir = dir;
}

static void
write_file(const char *name, mode_t mode, const char *content)
{
    char *path = xasprintf("%s/%s", dir, name);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(content, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
    free(path);
}

/* The content of a file that a script has written; "" if there is none. */
static char *
read_file(const char *name)
{
    char *path = xasprintf("%s/%s", dir, name);
    FILE *file = fopen(path, "r");
    char *content = xzalloc(4096);

    if (file) {
        ignore(fread(content, 1, 4095, file));
        fclose(file);
        unlink(path);
    }
    free(path);
    return content;
}

static void
program_gets_operation_arguments_and_environment(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init_exec(&f);
    write_file("show", 0755,
               "#!/bin/sh\n"
               "out=${0%/*}/out\n"
               "for a in \"$@\"; do echo \"[$a]\" >> $out; done\n"
               "env | grep ^ROUSE_ | sort >> $out\n");
    f.svc.protocol = "udp";
    smap_add(&f.backends, "10.0.0.1:80", "10.1.0.3:80,10.1.0.2:80");
    smap_add(&f.vips, "10.0.0.1:80", "");
    smap_add(&f.vips, "10.0.0.1:53", "");
    setenv("ROUSE_OF_MINE", "not handed on", 1);
    assert_int_equal(fixture_run(&f, exec_class(), " show  a;b $(x)\t-c ",
                                 DRIVER_STOP), DRIVER_DONE);
    char *out = read_file("out");
    assert_string_equal(out,
                        "[stop]\n[a;b]\n[$(x)]\n[-c]\n"
                        "ROUSE_BACKENDS=10.1.0.2:80 10.1.0.3:80\n"
                        "ROUSE_PROTOCOL=udp\n"
                        "ROUSE_SERVICE=web\n"
                        "ROUSE_VIPS=10.0.0.1:53 10.0.0.1:80\n");
    free(out);
    fixture_uninit(&f);
}

static void
exit_status_is_the_answer(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init_exec(&f);
    write_file("exit", 0755, "#!/bin/sh\nexit $2\n");
    assert_int_equal(fixture_run(&f, exec_class(), "exit 0", DRIVER_READY),
                     DRIVER_DONE);
    assert_int_equal(fixture_run(&f, exec_class(), "exit 1", DRIVER_READY),
                     DRIVER_NOT_YET);
    assert_string_equal(f.error, "exit ready: not ready yet");
    assert_int_equal(fixture_run(&f, exec_class(), "exit 2", DRIVER_READY),
                     DRIVER_FAILED);
    assert_string_equal(f.error, "exit ready: exit status 2");
    assert_int_equal(fixture_run(&f, exec_class(), "exit 1", DRIVER_START),
                     DRIVER_FAILED);
    assert_string_equal(f.error, "exit start: exit status 1");
    assert_int_equal(fixture_run(&f, exec_class(), "exit 1", DRIVER_STOP),
                     DRIVER_FAILED);

    write_file("die", 0755, "#!/bin/sh\nkill -9 $$\n");
    assert_int_equal(fixture_run(&f, exec_class(), "die", DRIVER_READY),
                     DRIVER_FAILED);
    assert_contains(f.error, "killed by signal 9");
    fixture_uninit(&f);
}

static void
last_line_of_stderr_is_the_error(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init_exec(&f);
    write_file("moan", 0755,
               "#!/bin/sh\necho first >&2\necho no image \\\"web\\\" >&2\n"
               "echo '  ' >&2\necho on stdout\nexit 1\n");
    assert_int_equal(fixture_run(&f, exec_class(), "moan", DRIVER_START),
                     DRIVER_FAILED);
    assert_string_equal(f.error, "moan: no image \"web\"");
    assert_int_equal(fixture_run(&f, exec_class(), "moan", DRIVER_READY),
                     DRIVER_NOT_YET);
    assert_string_equal(f.error, "moan: no image \"web\"");
    fixture_uninit(&f);
}

static void
what_cannot_run_says_why(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init_exec(&f);
    assert_int_equal(fixture_run(&f, exec_class(), "nowhere", DRIVER_START),
                     DRIVER_FAILED);
    assert_contains(f.error, "no program \"nowhere\" in /tmp/");

    write_file("plain", 0644, "#!/bin/sh\n");
    assert_int_equal(fixture_run(&f, exec_class(), "plain", DRIVER_START),
                     DRIVER_FAILED);
    assert_contains(f.error, "chmod +x");

    write_file("bare", 0755, "echo no shell is to run this\n");
    assert_int_equal(fixture_run(&f, exec_class(), "bare", DRIVER_START),
                     DRIVER_FAILED);
    assert_contains(f.error, "#!/bin/sh");

    write_file("lost", 0755, "#!/no/such/interpreter\n");
    assert_int_equal(fixture_run(&f, exec_class(), "lost", DRIVER_START),
                     DRIVER_FAILED);
    assert_contains(f.error, "interpreter");

    write_file("open", 0757, "#!/bin/sh\n");
    assert_int_equal(fixture_run(&f, exec_class(), "open", DRIVER_START),
                     DRIVER_FAILED);
    assert_contains(f.error, "anybody may change");

    char *huge = xasprintf("plain %0200000d", 1);
    assert_int_equal(fixture_run(&f, exec_class(), huge, DRIVER_START),
                     DRIVER_FAILED);
    free(huge);
    fixture_uninit(&f);
}

static void
only_plain_names_are_taken(void **state OVS_UNUSED)
{
    static const char *const bad[] = { "../sh", "/bin/sh", ".hidden", "a/b",
                                       "..", ".", "/" };
    struct fixture f;

    fixture_init_exec(&f);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_check_fails(&f, exec_class(), bad[i], "plain name");
        assert_int_equal(fixture_run(&f, exec_class(), bad[i], DRIVER_START),
                         DRIVER_FAILED);
        assert_contains(f.error, "plain name");
    }
    assert_check_fails(&f, exec_class(), "", "empty");
    assert_check_fails(&f, exec_class(), " \t ", "empty");
    assert_check_passes(&f, exec_class(), "vm a /b ../c");
    fixture_uninit(&f);
}

static void
a_hanging_program_can_be_cancelled(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init_exec(&f);
    write_file("hang", 0755, "#!/bin/sh\necho $$ > ${0%/*}/pid\n"
               "exec sleep 1000\n");
    f.svc.target = "hang";
    struct driver_job *job = driver_job_start(exec_class(), &f.config, &f.svc,
                                              DRIVER_START);
    char *pid_s = xstrdup("");
    for (int i = 0; i < UNIT_PATIENCE_MS / 10 && !strchr(pid_s, '\n'); i++) {
        assert_int_equal(fixture_poll(job, 10), DRIVER_PENDING);
        free(pid_s);
        pid_s = read_file("pid");
    }
    pid_t pid = atoi(pid_s);
    assert_true(pid > 1);
    assert_int_equal(kill(pid, 0), 0);
    driver_job_free(job); /* Or this would hang, too. */
    for (int i = 0; i < UNIT_PATIENCE_MS / 10 && !kill(pid, 0); i++) {
        poll_timer_wait(10);
        poll_block();
    }
    assert_int_equal(kill(pid, 0), -1);
    free(pid_s);
    fixture_uninit(&f);
}

static int
make_dir(void **state OVS_UNUSED)
{
    return mkdtemp(dir) ? 0 : -1;
}

static int
remove_dir(void **state OVS_UNUSED)
{
    char *command = xasprintf("rm -rf %s", dir);
    int retval = system(command);

    free(command);
    return retval;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_gets_operation_arguments_and_environment),
        cmocka_unit_test(exit_status_is_the_answer),
        cmocka_unit_test(last_line_of_stderr_is_the_error),
        cmocka_unit_test(what_cannot_run_says_why),
        cmocka_unit_test(only_plain_names_are_taken),
        cmocka_unit_test(a_hanging_program_can_be_cancelled),
    };

    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
