/* Random rows in a Northbound database without a server (nb_world.h): any
 * value that the schema admits, and many that make sense by accident.
 *
 * Deterministic for a seed.  Keeps what the schema keeps: names that must be
 * unique are, and no row refers to one that is not there. */

#ifndef TESTS_GARBAGE_H
#define TESTS_GARBAGE_H 1

#include "nb_world.h"

struct garbage {
    struct nb_world *world;
    uint32_t state;
    unsigned int n_names;
    size_t max_rows; /* Of a table. */
};

/* Adds, changes or deletes one row. */
void garbage_step(struct garbage *);
/* Deletes all rows. */
void garbage_clear(struct garbage *);

#endif /* garbage.h */
