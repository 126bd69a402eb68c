/* Which packets may open a connection, and of whom.
 *
 * in:     a packet
 * out:    what it is to a service that sleeps, and its source
 * thread: any
 *
 * Which mistake is safe: a packet that opens nothing and is taken for one that
 * does wakes a service for nothing; the other way round, a client waits for
 * ever.  So whatever may open is said to. */

#ifndef POLICY_OPENING_H
#define POLICY_OPENING_H 1

#include "ovs.h"

/* Bits, for sets of them.  The first four may open a connection. */
enum packet_kind {
    PACKET_TCP = 1 << 0,     /* SYN without ACK, RST and FIN. */
    PACKET_UDP = 1 << 1,     /* A datagram, or a fragment of one. */
    PACKET_SCTP = 1 << 2,    /* Its first chunk is INIT. */
    PACKET_ICMP = 1 << 3,    /* Echo request. */
    PACKET_ONGOING = 1 << 4, /* Of a connection, if of anything: TCP, SCTP. */
    PACKET_CLOSING = 1 << 5, /* TCP with RST or FIN, SCTP ABORT, SHUTDOWN. */
    PACKET_OTHER = 1 << 6,   /* Any other protocol, ICMP errors, no IP. */
};
#define PACKET_OPENING (PACKET_TCP | PACKET_UDP | PACKET_SCTP | PACKET_ICMP)

struct opening {
    enum packet_kind kind;
    struct in6_addr source; /* IPv4 mapped; all zeros if it is no IP. */
};

/* Parses 'packet' (sets its layer offsets).  Any bytes will do. */
void opening_classify(struct dp_packet *packet, struct opening *);

/* "tcp", "udp", "sctp", "icmp", "ongoing", "closing", "other". */
const char *packet_kind_name(enum packet_kind);

#endif /* policy/opening.h */
