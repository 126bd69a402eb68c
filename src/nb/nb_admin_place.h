/* What a load balancer is on: switches, routers, groups.  For nb_admin.c. */

#ifndef NB_NB_ADMIN_PLACE_H
#define NB_NB_ADMIN_PLACE_H 1

#include "nb_admin.h"

struct nbrec_load_balancer;

/* Appends the names of what the load balancer is on, sorted. */
void nb_admin_place_list(struct ovsdb_idl *, const struct uuid *lb,
                         struct svec *switches, struct svec *routers,
                         struct svec *groups);

/* Within the transaction of the IDL, attaches 'lb' to what 'add' names.
 * Returns what is wrong, the caller's, or NULL. */
char *nb_admin_place_attach(struct ovsdb_idl *, const struct nb_admin_add *,
                            const struct nbrec_load_balancer *lb);

#endif /* nb/nb_admin_place.h */
