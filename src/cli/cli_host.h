/* Questions to this machine's `rouse host`, at its control socket.
 *
 * in:    --socket of the command, or $ROUSE_RUNDIR (or /var/run/rouse) with
 *        one rouse-host*.ctl per daemon
 * out:   what it answers, as JSON, or why it does not, which has been told
 *        then */

#ifndef CLI_CLI_HOST_H
#define CLI_CLI_HOST_H 1

#include "cli_command.h"

/* For the table of options of a command that asks. */
#define CLI_HOST_OPTION \
    { "socket", 0, "FILE", "control socket of the \"rouse host\" to ask" }

/* The answer, of 'type', to 'method' with 'words' (NULL at their end); the
 * caller's, NULL if there is none.  '*socket' (owned) is the one to ask, or
 * NULL, and then the one that has answered. */
struct json *cli_host_ask(const struct cli *, char **socket,
                          const char *method, const char *const words[],
                          enum json_type);

/* What its compiler has made, as tables of Southbound rows; the caller's. */
struct json *cli_host_tables(const struct cli *);

#endif /* cli/cli_host.h */
