/* Packets that answer a packet: ICMP errors, resets, aborts. */

#ifndef PIPELINE_PIPE_ANSWER_H
#define PIPELINE_PIPE_ANSWER_H 1

#include "pipe_private.h"

/* Is there an IP header to answer? */
bool answer_is_possible(const struct pipe_state *);

/* The offending datagram without link padding, in '*data' (borrowed); returns
 * its size, 0 if it is not there. */
size_t answer_datagram(struct pipe_state *, const void **data);

/* A packet with an Ethernet header like that of the flow, its addresses
 * exchanged if 'swap', and room for 'size' more bytes. */
struct dp_packet *answer_new(const struct flow *, bool swap, size_t size);

/* Appends an IP header for 'payload' bytes of 'proto'. */
void answer_put_ipv4(struct dp_packet *, const struct flow *, bool swap,
                     uint8_t proto, size_t payload);
void answer_put_ipv6(struct dp_packet *, const struct flow *, bool swap,
                     uint8_t proto, size_t payload);

/* The packet is complete; it gets the flow's VLAN tag. */
struct dp_packet *answer_finish(struct dp_packet *, const struct flow *);

/* Does the nested actions of 'lact' with 'packet', which is taken. */
void answer_with(struct pipe_state *, const struct lact *,
                 struct dp_packet *packet);

/* Whole answers, the caller's.  Addresses and ports are exchanged if 'swap',
 * else it is left to the nested actions. */
struct dp_packet *answer_icmp4_error(struct pipe_state *, bool swap);
struct dp_packet *answer_icmp6_error(struct pipe_state *, bool swap);
bool answer_has_tcp(const struct pipe_state *);
struct dp_packet *answer_tcp_reset(struct pipe_state *, bool swap);
bool answer_has_sctp(const struct pipe_state *);
/* NULL if the packet is an abort itself. */
struct dp_packet *answer_sctp_abort(struct pipe_state *, bool swap);

#endif /* pipeline/pipe_answer.h */
