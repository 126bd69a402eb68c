/* The normal form that matches are compiled through: OR of ANDs of ORs.
 *
 *     form   = alternative || alternative || ...
 *     alternative = clause && clause && ...
 *     clause = cube || cube || ...              (struct cubes)
 *
 * An alternative with one clause is a list of rules; with several, a
 * conjunctive match.  There is at most one of the first kind, and clauses are
 * multiplied out where that makes them few.  Only for lflow/. */

#ifndef LFLOW_FORM_H
#define LFLOW_FORM_H 1

#include "cube.h"

struct alternative {
    struct cubes *clauses; /* One or more, none of them empty. */
    size_t n;
};

struct form {
    struct alternative *list;
    size_t n; /* 0: never true. */
    size_t allocated;
    size_t n_cubes; /* In all. */
    bool too_big;   /* It has been given up: what is in it is not right. */
};

#define FORM_INITIALIZER { NULL, 0, 0, 0, false }

/* A form with more cubes or alternatives than this is refused. */
#define FORM_MAX_CUBES 200000
#define FORM_MAX_ALTERNATIVES 1024

/* More clauses than this the classifier does not take. */
#define FORM_MAX_CLAUSES 64

void form_uninit(struct form *);
bool form_is_true(const struct form *);

struct form form_from_boolean(bool);
/* Takes 'cubes'. */
struct form form_from_cubes(struct cubes *cubes);

/* Both take their operands' contents, and put the result into 'a'.  They give
 * up when it gets too big; the caller asks form_is_too_big(). */
void form_or(struct form *a, struct form *b);
void form_and(struct form *a, struct form *b);
bool form_is_too_big(const struct form *);

#endif /* lflow/form.h */
