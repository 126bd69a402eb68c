/* What unit tests of lflow/ share: a small world of names, random packets and
 * random matches, all from a seed. */

#ifndef TESTS_LFLOW_WORLD_H
#define TESTS_LFLOW_WORLD_H 1

#include "lflow.h"

/* Ports p1...p9 with keys 1...9 (of any datapath), group "_MC_flood" 32768;
 * port group "pg" of p1, p2, p3; sets "as" (addresses of all kinds), "many"
 * (40 IPv4 hosts); p1 is resident. */
struct lflow_world {
    struct symtab *symtab;
    struct lenv env;
    struct constant_set as;
    struct constant_set many, none, only6;
    struct sset pg;
};

void lflow_world_init(struct lflow_world *);
void lflow_world_uninit(struct lflow_world *);

/* A deterministic source of numbers. */
struct dice {
    uint32_t state;
};

uint32_t dice_roll(struct dice *, uint32_t n_sides);

/* A flow that flow_extract() could have made, with logical metadata.  Values
 * are few, so that matches are often true. */
void lflow_world_random_flow(struct dice *, struct flow *);

/* A match that parses; the caller's. */
char *lflow_world_random_match(struct dice *);

/* Is 'flow' matched by the rules? */
bool expr_rules_match(const struct expr_rules *, const struct flow *);

/* Calls 'cb' for each line of tests/data/lflow/NAME; returns how many. */
size_t lflow_world_for_each_line(const char *name,
                                 void (*cb)(const char *line, void *aux),
                                 void *aux);

#endif /* lflow_world.h */
