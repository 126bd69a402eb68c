/* Addresses of a router that something else uses, too: NAT, load balancers. */

#ifndef COMPILE_RSHARED_H
#define COMPILE_RSHARED_H 1

#include "views.h"

/* Does 'router' change sources to 'ip', or is it a VIP there? */
bool rshared_ip(struct cctx *, const struct vrouter *router,
                const struct caddr *ip);

#endif /* compile/rshared.h */
