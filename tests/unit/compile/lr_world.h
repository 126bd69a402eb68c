/* A router between two switches, for tests of what routers do.
 *
 *     s1 - (s1-r1) r1-s1 - r1 - r1-pub (pub-r1) - pub, with a localnet port
 *
 * On s1 is the port p1. */

#ifndef TESTS_LR_WORLD_H
#define TESTS_LR_WORLD_H 1

#include "nb_world.h"

struct lr_world {
    struct nb_world w;
    struct nbrec_logical_switch *s1, *pub;
    struct nbrec_logical_switch_port *p1, *s1_r1, *pub_r1;
    struct nbrec_logical_router *r1;
    struct nbrec_logical_router_port *r1_s1, *r1_pub;
};

void lr_world_init(struct lr_world *);
void lr_world_uninit(struct lr_world *);

/* r1 is on the chassis "ch1"... */
void lr_world_set_gateway_router(struct lr_world *);
/* ...or r1-pub is a distributed gateway port. */
void lr_world_set_gateway_port(struct lr_world *);

/* Columns that are maps: 'key' alone changes. */
void lr_world_set_option(struct nbrec_logical_router *, const char *key,
                         const char *value);
void lr_world_set_port_option(struct nbrec_logical_router_port *,
                              const char *key, const char *value);

/* Adds to what r1 has. */
struct nbrec_nat *lr_world_add_nat(struct lr_world *, const char *type,
                                   const char *external,
                                   const char *logical);
struct nbrec_logical_router_static_route *lr_world_add_route(
    struct lr_world *, const char *prefix, const char *nexthop);

/* A port of the switch 'ls' to a router's port. */
struct nbrec_logical_switch_port *lr_world_attach(
    struct lr_world *, struct nbrec_logical_switch *ls, const char *name,
    const char *router_port);

/* A session of r1-pub. */
struct nbrec_bfd *lr_world_add_bfd(struct lr_world *, const char *peer);

/* Another router at pub, "r2", with the port "r2-pub" (pub-r2), whose MAC is
 * 0a:00:00:00:03:01. */
struct nbrec_logical_router *lr_world_add_r2(struct lr_world *,
                                             const char *networks);

/* Fails unless a report has 'part' in it. */
#define assert_report(L, PART)                                                \
    do {                                                                      \
        char *report_ = nb_world_report(&(L)->w, PART);                       \
        assert_non_null(report_);                                             \
        free(report_);                                                        \
    } while (0)

#endif /* lr_world.h */
