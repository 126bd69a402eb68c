/* Rouse's daemons on this machine, found by their control sockets.
 *
 * in:    $ROUSE_RUNDIR (or /var/run/rouse) with one NAME.ctl per daemon
 * out:   what each says of itself ("rouse/status"), or why it does not
 *
 * What a daemon says is shown as it comes: nothing here knows the fields of a
 * role, except that "connected": false is a fault wherever it stands. */

#ifndef CLI_CLI_DAEMONS_H
#define CLI_CLI_DAEMONS_H 1

#include "ovs.h"

struct cli_daemon {
    char *path;          /* Of the control socket. */
    struct json *status; /* NULL: see 'problem'. */
    char *problem;
    bool gone;           /* It has left its socket behind. */
    bool replaced;       /* The same, and another of its role is there. */
};

struct cli_daemons {
    struct cli_daemon *list;
    size_t n;
};

/* Asks them all, until 'deadline_ms'. */
void cli_daemons_ask(struct cli_daemons *, long long deadline_ms);
void cli_daemons_uninit(struct cli_daemons *);

bool cli_daemon_is_healthy(const struct cli_daemon *);
void cli_daemon_print(const struct cli_daemon *);
struct json *cli_daemons_to_json(const struct cli_daemons *);

/* Appends a JSON value as indented lines for people; arrays of objects become
 * tables. */
void cli_daemons_format(const struct json *, int indent, struct ds *);

#endif /* cli/cli_daemons.h */
