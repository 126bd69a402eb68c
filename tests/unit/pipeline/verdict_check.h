/* What must hold of each verdict, whatever the flows. */

#ifndef VERDICT_CHECK_H
#define VERDICT_CHECK_H 1

#include "pipeline.h"

/* Looks on while a packet goes through: give 'observer' to pipeline_run(). */
struct verdict_watch {
    struct pipe_observer observer;
    unsigned int n_copies;   /* At most; with those made for another port. */
    bool was_right;          /* Were the packet's checksums? */
    bool is_fragment;        /* Then others may come with it. */
};

void verdict_watch_init(struct verdict_watch *, const struct dp_packet *);

/* NULL, or what is wrong (the caller's):
 *
 * - The packet and its copies end: sent, dropped, handed to somebody or
 *   consumed by what was made of them.  Never more ends than packets.
 * - A packet with right checksums leaves with right ones.
 * - Each effect has what belongs to it. */
char *verdict_check(const struct verdict_watch *,
                    const struct pipe_verdict *);

#endif /* tests/unit/pipeline/verdict_check.h */
