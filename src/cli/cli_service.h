/* The verbs of "rouse service", one file each. */

#ifndef CLI_CLI_SERVICE_H
#define CLI_CLI_SERVICE_H 1

#include "cli_command.h"
#include "cli_conn.h"

extern const struct cli_command cli_service_add;
extern const struct cli_command cli_service_list;
extern const struct cli_command cli_service_show;
extern const struct cli_command cli_service_idle;
extern const struct cli_command cli_service_wake;
extern const struct cli_command cli_service_stay_awake;
extern const struct cli_command cli_service_remove;

/* Finds the load balancer that the user calls 'name'.  CLI_OK, or prints why
 * not and returns another exit status. */
int cli_service_find(const struct nb_admin *, const char *name,
                     struct nb_admin_lb *);

/* Likewise, as a service, the caller's. */
int cli_service_find_service(const struct nb_admin *, const char *name,
                             struct nb_service **);

/* Makes the changes that were asked for and waits for the database to confirm
 * them. */
int cli_service_commit(struct cli_conn *, const struct cli *);

#endif /* cli/cli_service.h */
