/* Packets for tests, written in the OVS flow syntax. */

#ifndef PACKET_SPEC_H
#define PACKET_SPEC_H 1

#include "ovs.h"

/* A packet as data.  'flow' is in the syntax of ovs-ofctl, exact, e.g.
 * "tcp,nw_src=10.0.0.2,nw_dst=192.168.1.100,tcp_src=40000,tcp_dst=80"; what it
 * leaves out of Ethernet addresses and TTL is made up.  The rest is what that
 * syntax has no words for. */
struct packet_spec {
    const char *flow;
    uint16_t tcp_flags;
    uint32_t seq, ack;   /* TCP. */
    uint16_t ip_id;      /* IPv4. */
    uint16_t frag_off;   /* IPv4: flags and offset, as in the header. */
    const char *payload; /* Text behind the layer 4 header, or NULL. */
    const char *hex;     /* Or bytes: "01 00 0014". */
};

/* The packet, the caller's, with right lengths and checksums.  Aborts with a
 * message if 'spec' does not parse. */
struct dp_packet *packet_from_spec(const struct packet_spec *);

/* Appends the bytes that 'hex' says. */
void packet_put_hex(struct dp_packet *, const char *hex);

/* Puts lengths and checksums of an IP packet right, as far as its headers are
 * there: the frame's size says how long it is. */
void packet_finish(struct dp_packet *);

/* Only the first 'size' bytes, in memory that ends there, so that a sanitizer
 * sees who reads on. */
struct dp_packet *packet_truncated(const struct dp_packet *, size_t size);

/* Recomputes all checksums and lengths of an IP packet; NULL if they are
 * right, otherwise what is wrong.  Of fragments only those of IP. */
const char *packet_check(const struct dp_packet *);

#endif /* tests/unit/support/packet_spec.h */
