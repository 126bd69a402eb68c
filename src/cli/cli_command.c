#include "cli_command.h"

#include <getopt.h>

#include "cleanup.h"
#include "cli_output.h"

#define MAX_OPTIONS 48
/* Values of getopt_long(): an option's index in the merged table from here. */
#define FIRST_VALUE 256

const struct cli_option cli_common_options[] = {
    { "json", 0, NULL, "print JSON instead of a table" },
    { "timeout", 't', "SECONDS", "give up after this long" },
    { "ovnnb-db", 0, "REMOTE",
      "Northbound database ($OVN_NB_DB, local socket)" },
    { "ovnsb-db", 0, "REMOTE",
      "Southbound database ($OVN_SB_DB, local socket)" },
    { "private-key", 'p', "FILE", "own key, for ssl: remotes" },
    { "certificate", 'c', "FILE", "own certificate, for ssl: remotes" },
    { "ca-cert", 'C', "FILE",
      "certificate of the authority, for ssl: remotes" },
    { "bootstrap-ca-cert", 0, "FILE",
      "the same, fetched if FILE does not exist" },
    { "verbose", 'v', "[SPEC]", "log to stderr, as in ovn-nbctl(8)" },
    { "version", 'V', NULL, "print the version" },
    { "help", 'h', NULL, "print this" },
    { NULL, 0, NULL, NULL },
};

enum common_option {
    COMMON_JSON,
    COMMON_TIMEOUT,
    COMMON_NB,
    COMMON_SB,
    COMMON_KEY,
    COMMON_CERTIFICATE,
    COMMON_CA,
    COMMON_BOOTSTRAP_CA,
    COMMON_VERBOSE,
    COMMON_VERSION,
    COMMON_HELP,
};

/* The command's own options, then the common ones. */
struct option_table {
    struct option longopts[MAX_OPTIONS + 1];
    char shortopts[3 * MAX_OPTIONS + 3];
    const struct cli_option *options[MAX_OPTIONS];
    size_t n;
    size_t n_own;
};

/* Files of the TLS options, until all are known. */
struct tls_files {
    const char *key, *certificate, *ca, *bootstrap_ca;
};

bool
cli_parse_seconds(const char *s, long long *ms)
{
    const double max_s = 365 * 24 * 3600.0;
    char *tail;
    double value;

    errno = 0;
    value = strtod(s, &tail);
    /* Written this way, a NaN fails. */
    if (errno || tail == s || *tail || !(value > 0 && value <= max_s)) {
        return false;
    }
    *ms = MAX(1, (long long) (value * 1000));
    return true;
}

static void
table_add(struct option_table *table, const struct cli_option *options)
{
    size_t length = strlen(table->shortopts);

    for (; options && options->name; options++) {
        bool optional = options->arg && options->arg[0] == '[';

        ovs_assert(table->n < MAX_OPTIONS);
        table->options[table->n] = options;
        table->longopts[table->n] = (struct option) {
            .name = options->name,
            .has_arg = (optional       ? optional_argument
                        : options->arg ? required_argument
                                       : no_argument),
            .val = FIRST_VALUE + table->n,
        };
        table->n++;
        if (options->letter) {
            table->shortopts[length++] = options->letter;
            for (int i = 0; i < (optional ? 2 : options->arg ? 1 : 0); i++) {
                table->shortopts[length++] = ':';
            }
        }
    }
}

static void
table_init(struct option_table *table, const struct cli_command *command)
{
    /* ':' reports a missing argument as such. */
    *table = (struct option_table) {.shortopts = ":"};
    table_add(table, command->options);
    table->n_own = table->n;
    table_add(table, cli_common_options);
}

/* Index into the merged table of what getopt_long() has returned. */
static size_t
table_find(const struct option_table *table, int value)
{
    if (value >= FIRST_VALUE) {
        return value - FIRST_VALUE;
    }
    for (size_t i = 0; i < table->n; i++) {
        if (table->options[i]->letter == value) {
            return i;
        }
    }
    OVS_NOT_REACHED();
}

static void
help_options(const struct cli_option *options, struct ds *out)
{
    for (; options && options->name; options++) {
        struct ds left OWNED_DS = DS_EMPTY_INITIALIZER;

        if (options->letter) {
            ds_put_format(&left, "  -%c, ", options->letter);
        } else {
            ds_put_cstr(&left, "      ");
        }
        ds_put_format(&left, "--%s", options->name);
        if (options->arg && options->arg[0] == '[') {
            ds_put_format(&left, "[=%s", options->arg + 1);
        } else if (options->arg) {
            ds_put_format(&left, "=%s", options->arg);
        }
        ds_put_format(out, "%-31s %s\n", ds_cstr(&left), options->help);
    }
}

void
cli_command_help(const struct cli_command *command, struct ds *out)
{
    ds_put_format(out, "usage: rouse %s [OPTION]...%s%s\n\n%s\n",
                  command->name, command->operands[0] ? " " : "",
                  command->operands, command->summary);
    if (command->details) {
        ds_put_format(out, "\n%s", command->details);
    }
    if (command->help) {
        command->help(out);
    }
    if (command->options) {
        ds_put_cstr(out, "\nOptions:\n");
        help_options(command->options, out);
    }
    ds_put_cstr(out, "\nOptions of all commands:\n");
    help_options(cli_common_options, out);
    ds_put_cstr(out, "\nExit status: 0 success, 1 failure, 2 usage, 3 not "
                     "found, 4 timeout,\n5 no connection.  See rouse(8).\n");
}

static int
usage_error(const struct cli *cli, const char *problem)
{
    cli_error("%s; see \"rouse %s --help\"", problem, cli->command->name);
    return CLI_USAGE;
}

/* Says what getopt_long() has stumbled over. */
static int
report_bad_option(const struct cli *cli, const struct option_table *table,
                  int c, const char *word)
{
    char *problem OWNED_STRING = NULL;
    char name[3] = {'-', optopt, '\0'};

    if (c == ':' && optopt) {
        const struct cli_option *option =
            table->options[table_find(table, optopt)];

        problem = xasprintf("option --%s needs %s", option->name, option->arg);
    } else if (optopt >= FIRST_VALUE) {
        problem = xasprintf("option --%s takes no argument",
                            table->options[optopt - FIRST_VALUE]->name);
    } else {
        problem = xasprintf("unknown option \"%s\"", optopt ? name : word);
    }
    return usage_error(cli, problem);
}

static void
replace(char **s, const char *value)
{
    free(*s);
    *s = xstrdup(value);
}

/* Takes a common option.  Returns -1, or an exit status. */
static int
take_common(struct cli *cli, size_t index, const char *arg,
            struct tls_files *tls)
{
    switch ((enum common_option) index) {
    case COMMON_JSON:
        cli->json = true;
        break;
    case COMMON_TIMEOUT:
        if (!cli_parse_seconds(arg, &cli->timeout_ms)) {
            return usage_error(cli, "--timeout takes seconds, more than 0");
        }
        break;
    case COMMON_NB:
        replace(&cli->nb_remote, arg);
        cli->nb_given = true;
        break;
    case COMMON_SB:
        replace(&cli->sb_remote, arg);
        cli->sb_given = true;
        break;
    case COMMON_KEY:
        tls->key = arg;
        break;
    case COMMON_CERTIFICATE:
        tls->certificate = arg;
        break;
    case COMMON_CA:
        tls->ca = arg;
        break;
    case COMMON_BOOTSTRAP_CA:
        tls->bootstrap_ca = arg;
        break;
    case COMMON_VERBOSE:
        if (arg) {
            char *why OWNED_STRING = vlog_set_levels_from_string(arg);

            if (why) {
                return usage_error(cli, why);
            }
        } else {
            vlog_set_levels(NULL, VLF_CONSOLE, VLL_DBG);
        }
        break;
    case COMMON_VERSION:
        printf("rouse %s\n", ROUSE_VERSION);
        return CLI_OK;
    case COMMON_HELP: {
        struct ds help OWNED_DS = DS_EMPTY_INITIALIZER;

        cli_command_help(cli->command, &help);
        fputs(ds_cstr(&help), stdout);
        return CLI_OK;
    }
    }
    return -1;
}

static int
set_up_tls(const struct cli *cli, const struct tls_files *tls)
{
    const char *files[] = {tls->key, tls->certificate, tls->ca};

    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        /* The library would say so as well, but only in the log. */
        if (files[i] && access(files[i], R_OK)) {
            cli_error("cannot read \"%s\": %s", files[i], ovs_strerror(errno));
            return CLI_USAGE;
        }
    }
    if (!tls->key != !tls->certificate) {
        return usage_error(cli, "-p and -c belong together");
    }
    if (tls->key) {
        stream_ssl_set_key_and_cert(tls->key, tls->certificate);
    }
    if (tls->bootstrap_ca || tls->ca) {
        stream_ssl_set_ca_cert_file(tls->bootstrap_ca ? tls->bootstrap_ca
                                                      : tls->ca,
                                    tls->bootstrap_ca != NULL);
    }
    return -1;
}

/* What the user writes may go into a database, and into JSON. */
static bool
is_text(int argc, char *argv[])
{
    for (int i = 1; i < argc; i++) {
        size_t length;
        char *why OWNED_STRING = utf8_validate(argv[i], &length);

        if (why) {
            cli_error("argument %d is not valid UTF-8: %s", i, why);
            return false;
        }
    }
    return true;
}

/* Returns -1, or an exit status. */
static int
parse(struct cli *cli, int argc, char *argv[])
{
    struct tls_files tls = {.key = NULL};
    struct option_table table;
    int c, status;

    if (!is_text(argc, argv)) {
        return CLI_USAGE;
    }
    table_init(&table, cli->command);
    cli->values = xcalloc(argc + 1, sizeof *cli->values);
    optind = 0;
    opterr = 0;
    optopt = 0;
    while ((c = getopt_long(argc, argv, table.shortopts, table.longopts, NULL))
           != -1) {
        size_t i;

        if (c == '?' || c == ':') {
            return report_bad_option(cli, &table, c, argv[optind - 1]);
        }
        i = table_find(&table, c);
        if (i < table.n_own) {
            cli->values[cli->n_values++] = (struct cli_value) {
                .option = table.options[i],
                .arg = optarg,
            };
        } else {
            status = take_common(cli, i - table.n_own, optarg, &tls);
            if (status >= 0) {
                return status;
            }
        }
    }
    cli->operands = argv + optind;
    cli->n_operands = argc - optind;
    if (cli->n_operands < cli->command->min_operands) {
        return usage_error(cli, "too few arguments");
    } else if (cli->n_operands > cli->command->max_operands) {
        char *problem OWNED_STRING =
            xasprintf("unexpected argument \"%s\"",
                      cli->operands[cli->command->max_operands]);

        return usage_error(cli, problem);
    }
    return set_up_tls(cli, &tls);
}

/* OVN's own defaults, so that what works with ovn-nbctl works here. */
static char *
default_remote(const char *variable, const char *socket, bool *given)
{
    const char *remote = getenv(variable);
    const char *rundir = getenv("OVN_RUNDIR");

    *given = remote && remote[0];
    return *given ? xstrdup(remote)
                  : xasprintf("unix:%s/%s",
                              rundir && rundir[0] ? rundir : "/var/run/ovn",
                              socket);
}

int
cli_command_run(const struct cli_command *command, int argc, char *argv[])
{
    struct cli cli = {.command = command};
    int status;

    cli.nb_remote =
        default_remote("OVN_NB_DB", "ovnnb_db.sock", &cli.nb_given);
    cli.sb_remote =
        default_remote("OVN_SB_DB", "ovnsb_db.sock", &cli.sb_given);
    status = parse(&cli, argc, argv);
    if (status < 0) {
        status = command->run(&cli);
    }
    free(cli.nb_remote);
    free(cli.sb_remote);
    free(cli.values);
    return cli_finish_output(status);
}

const char *
cli_value_get(const struct cli *cli, const char *name)
{
    const char *arg = NULL;

    for (size_t i = 0; i < cli->n_values; i++) {
        if (!strcmp(cli->values[i].option->name, name)) {
            arg = cli->values[i].arg;
        }
    }
    return arg;
}

bool
cli_value_is_set(const struct cli *cli, const char *name)
{
    for (size_t i = 0; i < cli->n_values; i++) {
        if (!strcmp(cli->values[i].option->name, name)) {
            return true;
        }
    }
    return false;
}
