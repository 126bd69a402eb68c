/* Small tables as a list that is gone through, in order of priority.
 *
 * A classifier costs a hash for each different mask in it; most stages have a
 * handful of flows, each with another mask, so that comparing with one after
 * the other is several times cheaper, and depends on fewer bits of the packet.
 * Immutable, one block of memory.  Only for lflow/. */

#ifndef LFLOW_LTABLE_SCAN_H
#define LFLOW_LTABLE_SCAN_H 1

#include "ltable.h"

struct scan;

/* A rule to be in it; all borrowed. */
struct scan_entry {
    const struct minimatch *match;
    int priority;
    const struct lflow *flow;
};

/* Sorts 'entries'.  The caller's, to free(). */
struct scan *scan_new(struct scan_entry *entries, size_t n);

/* Once nobody can be looking at it any more; NULL is fine. */
void scan_postpone_free(struct scan *);

/* The flow that matches, or NULL. */
const struct lflow *scan_lookup(const struct scan *, const struct flow *,
                                struct flow_wildcards *wc);

/* Is that the better way for 'n_rules' rules with 'n_masks' masks? */
bool scan_is_better(size_t n_rules, size_t n_masks);

#endif /* lflow/ltable_scan.h */
