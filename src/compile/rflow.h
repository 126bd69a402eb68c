/* What the features of routers have in common. */

#ifndef COMPILE_RFLOW_H
#define COMPILE_RFLOW_H 1

#include "views.h"

/* A flow that is the same for each router. */
struct rflow {
    enum cstage stage;
    uint16_t priority;
    const char *match;
    const char *actions;
    const char *protocol; /* Copp.meters:PROTOCOL meters it; or NULL. */
};

void rflow_emit(struct cctx *, const struct vrouter *, const struct rflow *,
                size_t n);

/* 'flow' with a match and actions that are the callee's then. */
void rflow_emit_nocopy(struct cctx *, const struct cflow *, char *match,
                       char *actions);

/* The router that packets pass 'port' to and from: NULL if it is disabled or
 * the port is in none or has no MAC. */
const struct vrouter *rflow_router(struct cctx *, const struct vrport *);

/* Whether packets to routers are handled on one chassis only: a gateway
 * router, or one with distributed gateway ports. */
bool rflow_is_centralized(const struct vrouter *);

/* The meter that the router's Copp row has for 'protocol', or NULL. */
const char *rflow_meter(struct cctx *, const struct vrouter *,
                        const char *protocol);

/* The port's addresses of one family, as matches take them: "10.0.0.1" or
 * "{10.0.0.1, 10.0.0.2}"; NULL if there are none.  The caller's. */
char *rflow_ips(const struct caddrs *, bool ipv4);

/* " && is_chassis_resident("cr-PORT")", or "".  The caller's. */
char *rflow_resident(const struct vrport *);

/* The switch that the port is attached to, or NULL. */
const struct vswitch *rflow_switch(struct cctx *, const struct vrport *);

/* "ip4" or "ip6", and the registers that hold addresses of that family. */
const char *rflow_ip(bool ipv4);
const char *rflow_reg0(bool ipv4);
const char *rflow_reg1(bool ipv4);

/* A number for something of the router, the same as long as it is asked for:
 * an ECMP group, a route table.  0 if there is none left. */
uint32_t rflow_number(struct cctx *, const struct uuid *router,
                      const char *kind, const char *name);

#endif /* compile/rflow.h */
