/* Load balancers in a Northbound database without a server (nb_world.h). */

#ifndef TESTS_LB_WORLD_H
#define TESTS_LB_WORLD_H 1

#include "nb_world.h"

/* A load balancer with one VIP; 'protocol' may be NULL. */
struct nbrec_load_balancer *lb_add(struct nb_world *, const char *name,
                                   const char *vip, const char *backends,
                                   const char *protocol);
/* Its only VIP from now on. */
void lb_set_vip(struct nbrec_load_balancer *, const char *vip,
                const char *backends);
/* NULL takes the option away. */
void lb_set_option(struct nbrec_load_balancer *, const char *key,
                   const char *value);

/* The load balancers, at most one each, of a switch or router; NULL: none. */
void lb_on_switch(struct nbrec_logical_switch *,
                  struct nbrec_load_balancer *);
void lb_on_router(struct nbrec_logical_router *,
                  struct nbrec_load_balancer *);

/* A router's option. */
void lb_set_router_option(struct nbrec_logical_router *, const char *key,
                          const char *value);
/* A router port, and a port of the switch to it. */
struct nbrec_logical_router_port *lb_connect(
    struct nb_world *, struct nbrec_logical_router *,
    struct nbrec_logical_switch *, const char *name, const char *mac,
    const char *networks);

#endif /* lb_world.h */
