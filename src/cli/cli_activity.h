/* What chassis report of a service, and when it will go to sleep by itself.
 *
 * Says what the waker would decide now: the same policy and the same facts,
 * as far as the databases have them.  Chassis' clocks are taken to agree with
 * this machine's. */

#ifndef CLI_CLI_ACTIVITY_H
#define CLI_CLI_ACTIVITY_H 1

#include "nb.h"
#include "sb.h"

struct cli_activity {
    bool known;               /* All chassis report; the next four are: */
    int64_t n_connections;
    long long int last_wall_ms; /* Last packet; 0: none since watching began
                                 * or it woke. */
    uint64_t n_packets;
    uint64_t n_bytes;
    bool enabled;             /* The service has an idle policy: */
    enum idle_reason reason;
    long long int sleep_wall_ms; /* LLONG_MAX: not known. */
};

/* 'sb' may be NULL: then nothing is known. */
struct cli_activity cli_activity_get(const struct sb *,
                                     const struct nb_service *);

/* All strings are the caller's. */

/* "12 s" since the last packet, or "-". */
char *cli_activity_quiet(const struct cli_activity *);
/* "in 3 min", "soon", or why it does not; and what a dry run has saved. */
char *cli_activity_sleeps(const struct nb_service *,
                          const struct cli_activity *);
/* "2/350/45/9/412 ms": event, start, ready, replay, and all from the packet to
 * its delivery; "-" for what is not known. */
char *cli_activity_last_wake(const struct nb_service *);
/* What its dry run would have saved. */
char *cli_activity_dry_saved(const struct nb_service *);
/* "30 s; at least 60 s awake; schedule ..." */
char *cli_activity_policy(const struct nb_service *);

/* Adds "idle", "activity" and "last_wake" to a service's object. */
void cli_activity_put_json(struct json *, const struct sb *,
                           const struct nb_service *);

#endif /* cli/cli_activity.h */
