/* Walking over a hash map of the kernel's, a batch at a time.  For
 * dp_fastpath.c alone. */

#ifndef DATAPATH_DP_FASTPATH_MAP_H
#define DATAPATH_DP_FASTPATH_MAP_H 1

#include "ovs.h"

struct map_layout {
    int fd;
    size_t key_size, value_size;
};

/* Where a walk is.  All zeros: at the start. */
struct map_cursor {
    bool started;
    uint8_t place[64]; /* The kernel's. */
    void *keys, *values;
    size_t allocated;
};

void map_cursor_uninit(struct map_cursor *);

/* Calls 'cb' for about 'n' elements more.  True at the end, where the cursor
 * is at the start again. */
bool map_cursor_next(struct map_cursor *, const struct map_layout *, size_t n,
                     void (*cb)(void *aux, const void *key,
                                const void *value), void *aux);

#endif /* datapath/dp_fastpath_map.h */
