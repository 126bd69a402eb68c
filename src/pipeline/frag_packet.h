/* One IP fragment, and one IP packet cut into fragments. */

#ifndef PIPELINE_FRAG_PACKET_H
#define PIPELINE_FRAG_PACKET_H 1

#include "ovs.h"

/* What a fragment is of. */
struct frag_key {
    struct in6_addr src, dst; /* IPv4 mapped. */
    ovs_be32 id;
    ovs_be16 dl_type;
    uint16_t zone;  /* Of connection tracking: one's own addresses each. */
    uint32_t proto; /* IPv4; 0 for IPv6. */
};

/* And which part.  Pieces of data are counted from the packet's first byte
 * that may be cut off: 'start' to 'end' - 1. */
struct frag_part {
    uint32_t start, end;
    size_t head;     /* Bytes of the frame before them. */
    uint16_t ip_size; /* From the IP header on. */
    bool more;       /* Not the last one. */
};

/* False if 'packet', which flow_extract() has seen, is no good fragment.
 * 'key->zone' is 'zone'. */
bool frag_parse(const struct dp_packet *packet, ovs_be16 dl_type,
                uint16_t zone, struct frag_key *key, struct frag_part *part);

/* Of a packet with the headers of a first fragment, 'head' bytes from the IP
 * header on, and all data: headers that say so.  One of IPv6 keeps its
 * fragment header, as RFC 6946 allows. */
void frag_finish_whole(struct dp_packet *, ovs_be16 dl_type, size_t head);

/* Calls 'each' with the fragments of 'packet' (the callee takes them), none
 * longer, from the IP header on, than 'mru'.  False if it need not be cut. */
bool frag_split(const struct dp_packet *packet, ovs_be16 dl_type,
                uint16_t mru, void (*each)(void *aux, struct dp_packet **),
                void *aux);

#endif /* pipeline/frag_packet.h */
