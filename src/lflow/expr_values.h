/* A comparison as the values that a field may have.  Only for lflow/. */

#ifndef LFLOW_EXPR_VALUES_H
#define LFLOW_EXPR_VALUES_H 1

#include "cube.h"
#include "expr.h"
#include "interval.h"

/* What an expression is compiled for. */
struct expr_target {
    const struct lenv *env;
    uint32_t datapath;
};

/* Is a comparison true or false for all packets, since its address sets have
 * nothing for the field?  Then it implies no prerequisites either.  "== $set"
 * is false and "!= $set" true for an empty set; with one that there is not, or
 * that has only addresses of another family, both are false: a flow whose
 * filter cannot be what was meant must not let everything pass. */
bool expr_compare_is_fixed(const struct expr *, bool negated,
                           const struct lenv *, bool *value);

/* The values for which the comparison is true (with 'negated', false), as
 * intervals.  False if masks in it are no prefixes: there are no intervals.
 * Prerequisites are not looked at. */
bool expr_compare_intervals(const struct expr *, bool negated,
                            const struct expr_target *, struct intervals *);

/* Cubes for a field's values in intervals. */
struct cubes lfield_cubes(const struct lfield *, const struct intervals *);

/* Cubes for "field == set" whatever the masks: no intervals, and no change of
 * masks. */
struct cubes expr_compare_cubes(const struct expr *,
                                const struct expr_target *);

/* Cubes for "field != value/mask", one for each bit of the mask. */
struct cubes lfield_differs(const struct lfield *, ovs_u128 value,
                            ovs_u128 mask);

/* The integers that the set of a comparison stands for, ports' keys among
 * them, right-aligned, masks within the field's width. */
struct expr_values {
    struct expr_value {
        ovs_u128 value, mask;
    } *list;
    size_t n;
    size_t allocated;
};

struct expr_values expr_compare_values(const struct expr *,
                                       const struct expr_target *);

#endif /* lflow/expr_values.h */
