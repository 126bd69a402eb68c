/* The kernel's maps, in memory: what dp_cache.c and dp_neighbor.c write, for
 * tests to look at and to count packets in. */

#ifndef FAKE_FASTPATH_H
#define FAKE_FASTPATH_H 1

#include "dp_fastpath.h"

struct fastpath {
    struct fake_entry {
        struct flow_key key;
        struct fp_entry entry;
    } entries[64];
    size_t n;
    struct fake_neighbor {
        struct fp_neighbor_key key;
        struct fp_neighbor value;
    } neighbors[16];
    size_t n_neighbors;
    int put_error; /* What fastpath_put() returns, 0: works. */
    uint32_t seen_after_reading; /* Of a packet that passes after each. */
    int64_t allowance;
};

/* NULL if there is none. */
struct fp_entry *fake_fastpath_find(struct fastpath *,
                                    const struct flow_key *);
struct fp_neighbor *fake_fastpath_find_neighbor(
    struct fastpath *, const struct fp_neighbor_key *);

#endif /* tests/unit/datapath/fake_fastpath.h */
