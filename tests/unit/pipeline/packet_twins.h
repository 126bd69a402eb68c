/* Is it true what a verdict says of its wildcards?
 *
 * A packet's twins differ from it in bits that its verdict claims not to
 * depend on; each is put to a pipeline that has seen the same packets before,
 * and must fare the same.  So must the packet itself with somebody watching:
 * an observer sees what happens and changes nothing. */

#ifndef PACKET_TWINS_H
#define PACKET_TWINS_H 1

#include "pipeline.h"

struct twins_packet {
    struct dp_packet *packet; /* Owned. */
    const struct net_port *inport;
    long long now_ms;
};

struct twins {
    const struct network *network;
    const struct pipe_supposition *supposition; /* For packets to come. */
    struct twins_packet *past; /* What connections came from. */
    size_t n, allocated;
    uint32_t random; /* State of the dice. */
    size_t n_checked; /* Twins so far. */
};

void twins_init(struct twins *, const struct network *);
void twins_uninit(struct twins *);

/* Checks; the packet, of which this takes a copy, is of the past from now on.
 * 'where' is for messages. */
void twins_check(struct twins *, const char *where, const struct dp_packet *,
                 const struct net_port *inport, long long now_ms);

uint32_t twins_random(struct twins *);

#endif /* tests/unit/pipeline/packet_twins.h */
