/* What the user sees: messages on stderr, JSON on stdout. */

#ifndef CLI_CLI_OUTPUT_H
#define CLI_CLI_OUTPUT_H 1

#include "ovs.h"

/* "rouse: MESSAGE" on stderr, without what would upset a terminal. */
void cli_error(const char *, ...) OVS_PRINTF_FORMAT(1, 2);

/* Prints and frees '*json'. */
void cli_json_print_take(struct json **json);
/* On one line, for a stream of objects. */
void cli_json_print_line_take(struct json **json);

/* Appends 's' with control characters shown as '?': rows of a database are
 * anybody's to write. */
void cli_put_clean(struct ds *, const char *s);

/* A string, or null. */
struct json *cli_json_string(const char *s_or_null);
struct json *cli_json_strings(const struct svec *);
/* "B,B" as an array of strings. */
struct json *cli_json_list(const char *s);

/* Returns 'status', or a failure if stdout could not be written. */
int cli_finish_output(int status);

#endif /* cli/cli_output.h */
