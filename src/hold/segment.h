/* Which packets are copies of each other: the identity of a segment.
 *
 * TCP: addresses, ports, sequence number, SYN, FIN and RST, and whether there
 * is payload (a bare ACK must not replace data at the same sequence number).
 * A fragment: addresses and a hash of all of it.  Everything else: addresses,
 * ports, protocol and a hash of the payload. */

#ifndef HOLD_SEGMENT_H
#define HOLD_SEGMENT_H 1

#include "ovs.h"

/* Compared and hashed as bytes: no padding. */
struct segment {
    struct in6_addr src;
    struct in6_addr dst;
    ovs_be16 tp_src;
    ovs_be16 tp_dst;
    uint32_t protocol; /* IP protocol, and above it bits of segment.c. */
    uint64_t id;       /* TCP sequence number, or hash of the payload. */
};
BUILD_ASSERT_DECL(sizeof(struct segment) == 48);

/* Parses 'packet' and sets its layer offsets.  False if it is no IP packet or
 * is cut off before the end of its headers. */
bool segment_from_packet(struct dp_packet *packet, struct segment *);

bool segment_equals(const struct segment *, const struct segment *);
uint32_t segment_hash(const struct segment *);

#endif /* hold/segment.h */
