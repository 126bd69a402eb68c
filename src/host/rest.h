/* When nothing has changed for a while: the time to give back memory that
 * changes took.  Thread: one. */

#ifndef HOST_REST_H
#define HOST_REST_H 1

#include "ovs.h"

#define REST_AFTER_MS 1000

struct rest {
    long long due_ms; /* 0: it has come. */
    size_t used;      /* Bytes in use when they were last given back. */
};

void rest_note_change(struct rest *, long long now_ms);
/* True, once, when it has come; memory of this process has been given back, if
 * it may be much. */
bool rest_run(struct rest *, long long now_ms);
void rest_wait(const struct rest *);

#endif /* host/rest.h */
