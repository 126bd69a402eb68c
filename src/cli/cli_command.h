/* One command of the command line: its options, its --help, its context. */

#ifndef CLI_CLI_COMMAND_H
#define CLI_CLI_COMMAND_H 1

#include "cli.h"
#include "ovs.h"

/* An option.  Tables of them end with one without a name. */
struct cli_option {
    const char *name; /* Long name, without "--". */
    char letter;      /* Short one, or 0. */
    const char *arg;  /* What its argument is called; NULL if it has none. */
    const char *help;
};

struct cli;

struct cli_command {
    const char *name;     /* "service add". */
    const char *operands; /* "NAME...", for --help. */
    const char *summary;
    const char *details;              /* More for --help, or NULL. */
    void (*help)(struct ds *);        /* Appends more for --help, or NULL. */
    const struct cli_option *options; /* Its own; NULL if none. */
    size_t min_operands;
    size_t max_operands;
    int (*run)(struct cli *); /* Returns an exit status. */
};

/* An option of the command's own, as it was given. */
struct cli_value {
    const struct cli_option *option;
    const char *arg; /* NULL if it takes none. */
};

/* What a running command knows.  Strings belong to argv or the
 * environment unless they are marked as owned. */
struct cli {
    const struct cli_command *command;
    char *nb_remote; /* Owned. */
    char *sb_remote; /* Owned. */
    bool nb_given;   /* By an option or the environment. */
    bool sb_given;
    bool json;
    long long timeout_ms;     /* 0 if --timeout was not given. */
    struct cli_value *values; /* In their order; owned. */
    size_t n_values;
    char **operands;
    size_t n_operands;
};

/* Parses what follows the command's name (argv[0] is the last word of it) and
 * runs it. */
int cli_command_run(const struct cli_command *, int argc, char *argv[]);

/* The last value of the option "NAME", or NULL. */
const char *cli_value_get(const struct cli *, const char *name);
bool cli_value_is_set(const struct cli *, const char *name);

/* Options that all commands have. */
extern const struct cli_option cli_common_options[];

void cli_command_help(const struct cli_command *, struct ds *);

/* Parses 's' as seconds, at most a year; fractions are allowed. */
bool cli_parse_seconds(const char *s, long long *ms) OVS_WARN_UNUSED_RESULT;

#endif /* cli/cli_command.h */
