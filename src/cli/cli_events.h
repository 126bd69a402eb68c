/* "rouse events --follow", for cli_events.c. */

#ifndef CLI_CLI_EVENTS_H
#define CLI_CLI_EVENTS_H 1

#include "cli_command.h"
#include "cli_conn.h"

/* The service that an event is for, or NULL. */
const struct nb_service *
cli_events_service(const struct cli_conn *, const struct sb_event *);

/* Prints what changes, until 'max_lines' (0: no limit) or --timeout. */
int cli_follow(struct cli_conn *, const struct cli *, unsigned max_lines);

#endif /* cli/cli_events.h */
