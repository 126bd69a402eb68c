/* What compile_tell() tells, piece by piece, held against what there is. */

#ifndef TESTS_NB_TOLD_H
#define TESTS_NB_TOLD_H 1

#include "nb_world.h"

struct nb_told {
    struct nb_world *w;
    struct sset flows;  /* IDs. */
    struct sset rows;   /* "TABLE UUID". */
    size_t n;           /* Of them all, with those told twice. */
    size_t cursor;
};

void nb_told_init(struct nb_told *, struct nb_world *);
void nb_told_uninit(struct nb_told *);

/* The next piece; fails if it has anything that is not so.  False after the
 * last. */
bool nb_told_go_on(struct nb_told *, size_t n);

/* All in pieces of 'n': fails if anything is missing. */
void nb_told_check(struct nb_world *, size_t n);

#endif /* nb_told.h */
