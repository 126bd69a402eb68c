/* Static routes: parsing, and where their next hops are. */

#ifndef COMPILE_RROUTE_H
#define COMPILE_RROUTE_H 1

#include "views.h"

/* What routes of one ECMP group have in common, "PREFIX POLICY TABLE"; NULL if
 * the prefix is none.  The caller's. */
char *rroute_key(const struct nbrec_logical_router_static_route *);

/* Where a packet goes. */
struct rroute_hop {
    const struct vrouter_port *port;
    const struct caddr *source; /* The port's address towards the hop. */
};

/* The port of 'router' that 'nexthop' is reached by: 'output_port' if that is
 * not NULL.  False if there is none. */
bool rroute_find_hop(struct cctx *, const struct uuid *router,
                     const struct caddr *nexthop, const char *output_port,
                     struct rroute_hop *);

/* "REG0 = NEXTHOP; REG1 = SOURCE; eth.src = MAC; outport = PORT; ".  The
 * caller's. */
char *rroute_actions(const struct rroute_hop *, const char *nexthop);

/* The longest prefix wins; of equal ones a port's network, then static routes
 * by destination, then by source. */
enum rroute_kind {
    RROUTE_BY_SOURCE,
    RROUTE_BY_DESTINATION,
    RROUTE_CONNECTED,
};

uint16_t rroute_priority(const struct caddr *prefix, enum rroute_kind);

/* The flow of a route that leads somewhere.  If BFD watches the port, packets
 * of BFD keep their TTL. */
void rroute_emit(struct cctx *, const struct uuid *router, uint16_t priority,
                 const char *match, const struct rroute_hop *,
                 const char *nexthop);

#endif /* compile/rroute.h */
