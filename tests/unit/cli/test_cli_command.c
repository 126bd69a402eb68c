#include "unit.h"

#include "cleanup.h"
#include "cli_command.h"

static const struct cli_option options[] = {
    { "hold", 'H', "PACKETS", "help of hold" },
    { "force", 0, NULL, "help of force" },
    { NULL, 0, NULL, NULL },
};

/* What a command under test has been told; filled by record(). */
struct seen {
    char *hold;
    bool force;
    bool json;
    bool nb_given;
    long long timeout_ms;
    char *nb_remote;
    char *sb_remote;
    size_t n_operands;
    char *first_operand;
};

/* The command's run function has no other way to say what it has seen. */
static struct seen seen;

static void
seen_clear(void)
{
    free(seen.hold);
    free(seen.nb_remote);
    free(seen.sb_remote);
    free(seen.first_operand);
    seen = (struct seen) { .hold = NULL };
}

static int
record(struct cli *cli)
{
    seen_clear();
    seen.hold = nullable_xstrdup(cli_value_get(cli, "hold"));
    seen.force = cli_value_is_set(cli, "force");
    seen.json = cli->json;
    seen.nb_given = cli->nb_given;
    seen.timeout_ms = cli->timeout_ms;
    seen.nb_remote = xstrdup(cli->nb_remote);
    seen.sb_remote = xstrdup(cli->sb_remote);
    seen.n_operands = cli->n_operands;
    seen.first_operand
        = cli->n_operands ? xstrdup(cli->operands[0]) : NULL;
    return 42;
}

static const struct cli_command command = {
    .name = "do it",
    .operands = "NAME...",
    .summary = "does it",
    .details = "More about it.\n",
    .options = options,
    .max_operands = 2,
    .run = record,
};

static int
run(const char *a, const char *b, const char *c, const char *d)
{
    const char *const words[] = { "it", a, b, c, d, NULL };
    char *argv[ARRAY_SIZE(words)];
    int argc = 0, status;

    for (; words[argc]; argc++) {
        argv[argc] = xstrdup(words[argc]);
    }
    argv[argc] = NULL;
    /* getopt_long() moves the words around. */
    char *to_free[ARRAY_SIZE(words)];
    memcpy(to_free, argv, sizeof argv);
    status = cli_command_run(&command, argc, argv);
    for (int i = 0; i < argc; i++) {
        free(to_free[i]);
    }
    return status;
}

static int
teardown(void **state OVS_UNUSED)
{
    seen_clear();
    return 0;
}

static void
options_and_operands_mix(void **state OVS_UNUSED)
{
    assert_int_equal(run("web", "--hold=3", "--force", "--json"), 42);
    assert_string_equal(seen.hold, "3");
    assert_true(seen.force);
    assert_true(seen.json);
    assert_int_equal(seen.n_operands, 1);
    assert_string_equal(seen.first_operand, "web");
    assert_int_equal(seen.timeout_ms, 0);
}

static void
the_last_value_counts(void **state OVS_UNUSED)
{
    assert_int_equal(run("-H", "1", "-H2", NULL), 42);
    assert_string_equal(seen.hold, "2");
    assert_false(seen.force);
}

static void
everything_after_two_dashes_is_an_operand(void **state OVS_UNUSED)
{
    assert_int_equal(run("--", "--force", NULL, NULL), 42);
    assert_false(seen.force);
    assert_string_equal(seen.first_operand, "--force");
}

static void
bad_usage_does_not_run_the_command(void **state OVS_UNUSED)
{
    seen_clear();
    assert_int_equal(run("a", "b", "c", NULL), CLI_USAGE);
    assert_int_equal(run("--hold", NULL, NULL, NULL), CLI_USAGE);
    assert_int_equal(run("--nix", NULL, NULL, NULL), CLI_USAGE);
    assert_int_equal(run("--force=1", NULL, NULL, NULL), CLI_USAGE);
    assert_int_equal(run("-x", NULL, NULL, NULL), CLI_USAGE);
    assert_int_equal(run("\xc3(", NULL, NULL, NULL), CLI_USAGE);
    assert_null(seen.nb_remote);
}

static void
remotes_come_from_options_environment_and_defaults(void **state OVS_UNUSED)
{
    setenv("OVN_RUNDIR", "/run/x", 1);
    setenv("OVN_NB_DB", "tcp:1.2.3.4:6641", 1);
    unsetenv("OVN_SB_DB");
    assert_int_equal(run(NULL, NULL, NULL, NULL), 42);
    assert_string_equal(seen.nb_remote, "tcp:1.2.3.4:6641");
    assert_true(seen.nb_given);
    assert_string_equal(seen.sb_remote, "unix:/run/x/ovnsb_db.sock");

    assert_int_equal(run("--ovnnb-db", "unix:/a", NULL, NULL), 42);
    assert_string_equal(seen.nb_remote, "unix:/a");

    unsetenv("OVN_RUNDIR");
    setenv("OVN_NB_DB", "", 1);
    assert_int_equal(run(NULL, NULL, NULL, NULL), 42);
    assert_string_equal(seen.nb_remote, "unix:/var/run/ovn/ovnnb_db.sock");
    assert_false(seen.nb_given);
}

static void
seconds_may_have_a_fraction(void **state OVS_UNUSED)
{
    static const struct {
        const char *s;
        long long ms; /* 0: not accepted. */
    } cases[] = {
        { "1", 1000 },    { "0.25", 250 }, { "1e3", 1000000 },
        { "0.00001", 1 }, { "", 0 },       { "0", 0 },
        { "-1", 0 },      { "nan", 0 },    { "inf", 0 },
        { "1s", 0 },      { "1e99", 0 },   { "x", 0 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        long long ms = 0;
        bool ok = cli_parse_seconds(cases[i].s, &ms);

        assert_case(ok == (cases[i].ms != 0) && ms == cases[i].ms,
                    "\"%s\": %d %lld", cases[i].s, ok, ms);
    }
}

static void
help_has_all_options(void **state OVS_UNUSED)
{
    struct ds ds OWNED_DS = DS_EMPTY_INITIALIZER;

    cli_command_help(&command, &ds);
    const char *help = ds_cstr(&ds);
    assert_memory_equal(help, "usage: rouse do it [OPTION]... NAME...\n\n"
                              "does it\n\nMore about it.\n", 60);
    assert_non_null(strstr(help, "  -H, --hold=PACKETS "));
    assert_non_null(strstr(help, "      --force  "));
    for (const struct cli_option *o = cli_common_options; o->name; o++) {
        assert_case(strstr(help, o->name) && strstr(help, o->help),
                    "--%s is missing", o->name);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_operands_mix),
        cmocka_unit_test(the_last_value_counts),
        cmocka_unit_test(everything_after_two_dashes_is_an_operand),
        cmocka_unit_test(bad_usage_does_not_run_the_command),
        cmocka_unit_test(remotes_come_from_options_environment_and_defaults),
        cmocka_unit_test(seconds_may_have_a_fraction),
        cmocka_unit_test(help_has_all_options),
    };

    return cmocka_run_group_tests(tests, NULL, teardown);
}
