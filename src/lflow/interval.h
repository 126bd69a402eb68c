/* Sets of integers as intervals: what "<", "!=" and ranges of a field mean.
 * Only for lflow/. */

#ifndef LFLOW_INTERVAL_H
#define LFLOW_INTERVAL_H 1

#include "ovs.h"

struct interval {
    ovs_u128 first, last; /* Both belong to it; first <= last. */
};

/* In rising order, without overlap. */
struct intervals {
    struct interval *list;
    size_t n;
    size_t allocated;
};

#define INTERVALS_INITIALIZER { NULL, 0, 0 }

void intervals_uninit(struct intervals *);

/* Appends; the order may be wrong until intervals_sort(). */
void intervals_add(struct intervals *, ovs_u128 first, ovs_u128 last);
/* Sorts, and merges what overlaps (not what only touches: 1,000 hosts stay
 * 1,000 hosts of one mask). */
void intervals_sort(struct intervals *);

struct intervals intervals_and(const struct intervals *,
                               const struct intervals *);
/* All integers of 'width' bits that are not in it. */
struct intervals intervals_not(const struct intervals *, int width);

/* Calls 'cb' for the fewest prefixes, value/mask of 'width' bits, that are
 * together the same set. */
typedef void interval_prefix_cb(void *aux, ovs_u128 value, ovs_u128 mask);
void intervals_to_prefixes(const struct intervals *, int width,
                           interval_prefix_cb *, void *aux);

#endif /* lflow/interval.h */
