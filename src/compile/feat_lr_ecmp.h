/* Static routes with several next hops, and replies that go back the way the
 * request came (ecmp_symmetric_reply). */

#ifndef COMPILE_FEAT_LR_ECMP_H
#define COMPILE_FEAT_LR_ECMP_H 1

#include "rroute.h"

struct feat_lr_ecmp_route {
    const struct vrouter *router;
    const struct vroute *route;
    const struct uuid *key;       /* Of its row. */
    const struct rroute_hop *hop; /* No port with nexthop "discard". */
    const char *match;            /* Of packets that are routed by it. */
    uint16_t priority;
};

/* The flows of the route if the router has others like it, else false. */
bool feat_lr_ecmp_emit(struct cctx *, const struct feat_lr_ecmp_route *);

#endif /* compile/feat_lr_ecmp.h */
