/* Rows of a Northbound database without a server (nb_world.h) that the tests
 * of several features need.  They are in nobody's columns yet. */

#ifndef TESTS_NB_ROWS_H
#define TESTS_NB_ROWS_H 1

#include "nb_world.h"

/* Of priority 100. */
struct nbrec_acl *nb_rows_add_acl(struct nb_world *, const char *direction,
                                  const char *match, const char *action);

/* A meter without bands... */
struct nbrec_meter *nb_rows_add_meter(struct nb_world *, const char *name);
/* ...that from now on drops what is above 'rate' packets a second. */
void nb_rows_limit_meter(struct nb_world *, struct nbrec_meter *,
                         int64_t rate);

/* Packets of 'protocol' (a key of the column "meters") go through 'meter',
 * which need not be there. */
struct nbrec_copp *nb_rows_add_copp(struct nb_world *, const char *protocol,
                                    const char *meter);

/* Values of variables on one chassis. */
struct nbrec_chassis_template_var *nb_rows_add_template_var(
    struct nb_world *, const char *chassis, const struct smap *variables);

#endif /* nb_rows.h */
