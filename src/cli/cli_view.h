/* A service in words and as JSON. */

#ifndef CLI_CLI_VIEW_H
#define CLI_CLI_VIEW_H 1

#include "admission.h"
#include "nb.h"
#include "sb.h"

/* The state that the row records; where it records none, what the VIPs say. */
enum service_state cli_view_state(const struct nb_service *);

/* All strings are the caller's. */

/* "3 min", or "-" if the row does not say. */
char *cli_view_age(long long since_wall_ms, long long now_wall_ms);
/* VIPs, sorted, separated by commas. */
char *cli_view_vips(const struct nb_service *);
/* Backends of the VIPs in the same order; those of a sleeping VIP in
 * parentheses: "(10.0.0.2:80)", "()" if nobody knows them. */
char *cli_view_backends(const struct nb_service *);
/* Packets that were refused: "12", or "-" for none. */
char *cli_view_refused(const struct nb_service *);
/* What is wrong: the last wake's error, or the row's; NULL if nothing is. */
char *cli_view_error(const struct nb_service *);

/* {"closing": N}: zeros left out. */
struct json *cli_view_refused_json(const uint64_t n[N_REFUSALS]);
/* Everything; see rouse(8). */
struct json *cli_view_service_json(const struct nb_service *);
struct json *
cli_view_event_json(const struct sb_event *, const struct nb_service *);

#endif /* cli/cli_view.h */
