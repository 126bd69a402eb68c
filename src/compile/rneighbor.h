/* What routers tell neighbours and know of them.  Texts are the caller's. */

#ifndef COMPILE_RNEIGHBOR_H
#define COMPILE_RNEIGHBOR_H 1

#include "views.h"

/* "10.0.0.0/24", with the prefix length even if it is full. */
char *rneighbor_network(const struct caddr *);

/* Actions that turn a request into its reply.  'mac' is the one to tell; NULL,
 * the port's (which lr_in_admission has put into xreg0). */
char *rneighbor_arp_reply(const char *mac);
char *rneighbor_nd_reply(const char *action, const char *mac);

/* The router of 'port' has a route to 'ip', an IPv4 address that a neighbour
 * with that MAC answers for. */
void rneighbor_emit_route(struct cctx *, const struct vrport *port,
                          const char *ip, const char *mac);

#endif /* compile/rneighbor.h */
