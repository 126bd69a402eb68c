#include "unit.h"

#include <getopt.h>
#include <sys/wait.h>

#include "cleanup.h"
/* By its path: src/ as an include directory would hide Open vSwitch's own
 * "openflow/openflow.h". */
#include "../../src/options.h"

#define MAX_ARGS 32

struct parsed {
    struct daemon_options options;
    char *dir, *file; /* The role's own options. */
    int n_args;       /* Positional arguments. */
};

/* Parses "rouse hold TEXT", TEXT being split at spaces. */
static void
parse(struct parsed *p, bool northbound, const char *text)
{
    const struct role_usage usage = {
        .synopsis = "hold [OPTION]... [TARGET]",
        .summary = "Holds packets.",
        .positional = "TARGET is a bridge.",
        .northbound = northbound,
    };
    const struct role_option own[] = {
        { "dir", "DIR", "a folder", &p->dir, NULL },
        { "file", "FILE", "a file", &p->file, NULL },
    };
    char *copy = xstrdup(text);
    char *save = NULL;
    char *argv[MAX_ARGS] = { "hold" };
    int argc = 1;

    for (char *s = strtok_r(copy, " ", &save); s && argc < MAX_ARGS - 1;
         s = strtok_r(NULL, " ", &save)) {
        argv[argc++] = s;
    }
    *p = (struct parsed){ .options = { .role = "hold" } };
    optind = 0; /* glibc's getopt_long() starts over. */
    int first = daemon_options_parse(argc, argv, &usage, own, ARRAY_SIZE(own),
                                     &p->options);
    p->n_args = argc - first;
    free(copy);
}

static void
parsed_uninit(struct parsed *p)
{
    daemon_options_uninit(&p->options);
    free(p->dir);
    free(p->file);
}

static void
unset_environment(void)
{
    unsetenv("OVN_NB_DB");
    unsetenv("OVN_SB_DB");
    unsetenv("OVN_RUNDIR");
    unsetenv("ROUSE_RUNDIR");
}

static void
all_options_are_understood(void **state OVS_UNUSED)
{
    struct parsed p;

    unset_environment();
    parse(&p, true,
          "--ovnnb-db=tcp:1.2.3.4:6641 --ovnsb-db unix:/sb "
          "--unixctl=/ctl --pidfile=/run/x.pid -p /key -c /cert "
          "-C /ca --dir=/d --file /f one two");
    assert_string_equal(p.options.nb_remote, "tcp:1.2.3.4:6641");
    assert_string_equal(p.options.sb_remote, "unix:/sb");
    assert_string_equal(p.options.unixctl_path, "/ctl");
    assert_string_equal(p.options.pidfile, "/run/x.pid");
    assert_string_equal(p.options.ssl.private_key, "/key");
    assert_string_equal(p.options.ssl.certificate, "/cert");
    assert_string_equal(p.options.ssl.ca_cert, "/ca");
    assert_false(p.options.ssl.bootstrap_ca_cert);
    assert_string_equal(p.dir, "/d");
    assert_string_equal(p.file, "/f");
    assert_int_equal(p.n_args, 2);
    parsed_uninit(&p);
}

static void
the_last_of_an_option_counts(void **state OVS_UNUSED)
{
    struct parsed p;

    unset_environment();
    parse(&p, true,
          "--ovnsb-db=unix:/a --bootstrap-ca-cert=/boot "
          "--ca-cert=/ca --ovnsb-db=unix:/b --dir=/1 --dir=/2 "
          "--pidfile=/1 --pidfile");
    assert_string_equal(p.options.sb_remote, "unix:/b");
    assert_string_equal(p.options.ssl.ca_cert, "/ca");
    assert_false(p.options.ssl.bootstrap_ca_cert);
    assert_string_equal(p.dir, "/2");
    assert_string_equal(p.options.pidfile, "/var/run/rouse/rouse-hold.pid");
    parsed_uninit(&p);

    parse(&p, true, "--ca-cert=/ca --bootstrap-ca-cert=/boot");
    assert_string_equal(p.options.ssl.ca_cert, "/boot");
    assert_true(p.options.ssl.bootstrap_ca_cert);
    parsed_uninit(&p);
}

static void
defaults_are_those_of_ovn(void **state OVS_UNUSED)
{
    struct parsed p;

    unset_environment();
    parse(&p, true, "");
    assert_string_equal(p.options.nb_remote,
                        "unix:/var/run/ovn/ovnnb_db.sock");
    assert_string_equal(p.options.sb_remote,
                        "unix:/var/run/ovn/ovnsb_db.sock");
    assert_null(p.options.unixctl_path);
    assert_null(p.options.pidfile);
    assert_null(p.options.ssl.private_key);
    assert_null(p.dir);
    assert_int_equal(p.n_args, 0);
    parsed_uninit(&p);

    setenv("OVN_RUNDIR", "/tmp/ovn", 1);
    setenv("OVN_NB_DB", "ssl:10.0.0.1:6641,ssl:10.0.0.2:6641", 1);
    setenv("OVN_SB_DB", "", 1);
    setenv("ROUSE_RUNDIR", "/tmp/rouse", 1);
    parse(&p, true, "--pidfile");
    assert_string_equal(p.options.nb_remote,
                        "ssl:10.0.0.1:6641,ssl:10.0.0.2:6641");
    assert_string_equal(p.options.sb_remote, "unix:/tmp/ovn/ovnsb_db.sock");
    assert_string_equal(p.options.pidfile, "/tmp/rouse/rouse-hold.pid");
    parsed_uninit(&p);

    /* A daemon on a chassis learns its remote from Open_vSwitch. */
    parse(&p, false, "");
    assert_null(p.options.nb_remote);
    assert_null(p.options.sb_remote);
    parsed_uninit(&p);
    unset_environment();
}

static void
the_run_directory_may_be_set(void **state OVS_UNUSED)
{
    unset_environment();
    assert_string_equal(rouse_rundir(), "/var/run/rouse");
    setenv("ROUSE_RUNDIR", "", 1);
    assert_string_equal(rouse_rundir(), "/var/run/rouse");
    setenv("ROUSE_RUNDIR", "/tmp/x", 1);
    assert_string_equal(rouse_rundir(), "/tmp/x");
    unset_environment();
}

/* Parses in a process of its own, which must end; its exit status.  What it
 * writes is in 'output'. */
static int
parse_in_child(const char *text, char *output, size_t size)
{
    int fds[2];
    int status;

    assert_int_equal(pipe(fds), 0);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        struct parsed p;

        dup2(fds[1], STDOUT_FILENO);
        dup2(fds[1], STDERR_FILENO);
        close(fds[0]);
        close(fds[1]);
        parse(&p, true, text);
        _exit(99);
    }
    close(fds[1]);
    size_t n = 0;
    ssize_t got;
    while ((got = read(fds[0], output + n, size - 1 - n)) > 0) {
        n += got;
    }
    output[n] = '\0';
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void
bad_usage_ends_the_process(void **state OVS_UNUSED)
{
    static const char *const bad[] = {
        "--no-such-option", "-x",    "--ovnsb-db", "--dir",
        "--detach=yes",     "--ovn",
    };
    char output[16384];

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        int status = parse_in_child(bad[i], output, sizeof output);

        assert_case(status == EXIT_FAILURE, "%s: %d, %s", bad[i], status,
                    output);
        assert_true(output[0]);
    }
}

static void
help_and_version_end_the_process(void **state OVS_UNUSED)
{
    static const char *const named[] = {
        "usage: rouse hold [OPTION]... [TARGET]",
        "Holds packets.",
        "TARGET is a bridge.",
        "--dir=DIR",
        "--file=FILE",
        "--ovnnb-db",
        "--ovnsb-db",
        "--unixctl",
        "--detach",
        "--pidfile",
        "--verbose",
    };
    char output[16384];

    assert_int_equal(parse_in_child("--version", output, sizeof output),
                     EXIT_SUCCESS);
    assert_string_equal(output, "rouse hold " ROUSE_VERSION "\n");
    assert_int_equal(parse_in_child("-V", output, sizeof output),
                     EXIT_SUCCESS);
    assert_int_equal(parse_in_child("--dir=/x -h", output, sizeof output),
                     EXIT_SUCCESS);
    assert_int_equal(parse_in_child("--help", output, sizeof output),
                     EXIT_SUCCESS);
    for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
        assert_case(strstr(output, named[i]) != NULL, "%s is not in: %s",
                    named[i], output);
    }
}

int
main(int argc OVS_UNUSED, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_options_are_understood),
        cmocka_unit_test(the_last_of_an_option_counts),
        cmocka_unit_test(defaults_are_those_of_ovn),
        cmocka_unit_test(the_run_directory_may_be_set),
        cmocka_unit_test(bad_usage_ends_the_process),
        cmocka_unit_test(help_and_version_end_the_process),
    };

    set_program_name(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
