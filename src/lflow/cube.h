/* Cubes: conjunctions of bits of 'struct flow', and lists of them.
 *
 * A cube says of some bits of a flow what they must be: values and masks of
 * the 64-bit words of 'struct flow' that it cares about, in rising order.  It
 * knows nothing of fields, so fields that share bits (reg0 and xxreg0) need
 * no care: two cubes contradict each other if a bit would have to be both.
 * Only for lflow/. */

#ifndef LFLOW_CUBE_H
#define LFLOW_CUBE_H 1

#include "ovs.h"

struct cube_word {
    uint64_t value; /* No 1-bits where 'mask' has 0-bits. */
    uint64_t mask;  /* Not 0. */
    size_t index;   /* Which word of 'struct flow'. */
};

struct cube {
    size_t n;
    struct cube_word words[];
};

/* A list of cubes: their OR.  Owns them.  Empty: never. */
struct cubes {
    struct cube **list;
    size_t n;
    size_t allocated;
};

#define CUBES_INITIALIZER { NULL, 0, 0 }

/* The bits of 'match', and back: cube_to_match() adds to 'match'. */
struct cube *cube_from_match(const struct match *);
void cube_to_match(const struct cube *, struct match *);

/* What is in both.  NULL if nothing is. */
struct cube *cube_and(const struct cube *, const struct cube *);
struct cube *cube_clone(const struct cube *);
bool cube_equals(const struct cube *, const struct cube *);
uint32_t cube_hash(const struct cube *);
bool cube_contains(const struct cube *, const struct flow *);

void cubes_add(struct cubes *, struct cube **);
void cubes_append(struct cubes *, struct cubes *from); /* Empties 'from'. */
struct cubes cubes_clone(const struct cubes *);
void cubes_uninit(struct cubes *);

/* All ANDs of one of 'a' and one of 'b', without duplicates. */
struct cubes cubes_product(const struct cubes *a, const struct cubes *b);

/* Drops duplicates; if one cube is empty, that is all that stays. */
void cubes_simplify(struct cubes *);

#endif /* lflow/cube.h */
