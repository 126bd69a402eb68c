/* A NAT in a router: what flows of NAT have in common. */

#ifndef COMPILE_RNAT_H
#define COMPILE_RNAT_H 1

#include "rflow.h"

struct rnat {
    const struct vrouter *router;
    const struct vnat *nat;
    const struct vrport *gateway; /* NULL on a gateway router. */
    bool is_distributed;          /* Done where the logical port is. */
    const char *json_resident;    /* With 'gateway': where it is done. */
    const char *mac;              /* With 'gateway': the address' own. */
    const char *ip;               /* "ip4" or "ip6". */
    const char *external;
    char *logical;                /* Owned. */
};

static inline bool
rnat_is_snat(const struct rnat *n)
{
    return n->nat->type != VNAT_DNAT;
}

static inline bool
rnat_is_dnat(const struct rnat *n)
{
    return n->nat->type != VNAT_SNAT;
}

/* Both texts are the callee's. */
void rnat_emit(struct cctx *, const struct rnat *, enum cstage,
               uint16_t priority, char *match, char *actions);

/* feat_lr_nat_gateway.c: on a gateway router. */
void rnat_emit_gateway(struct cctx *, const struct rnat *);
/* feat_lr_nat_distributed.c: on one with distributed gateway ports. */
void rnat_emit_distributed(struct cctx *, const struct rnat *);
/* feat_lr_nat_route.c: routes to it on routers at the gateway's switch. */
void rnat_emit_routes(struct cctx *, const struct rnat *);

#endif /* compile/rnat.h */
