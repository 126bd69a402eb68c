/* What libopenvswitch's connection tracking costs by itself: the calls that
 * the pipeline makes for a packet on the article's network, and nothing else.
 * The pipeline cannot be faster than that. */

#ifndef CONNTRACK_PEER_H
#define CONNTRACK_PEER_H 1

#include "ovs.h"

/* In ns for each packet, of the first packets of 'n' connections ('flows'),
 * and of packets of them when they are established. */
struct conntrack_peer {
    double new_ns, established_ns;
};

struct conntrack_peer conntrack_peer_measure(const struct flow *flows,
                                             size_t n, long long now_ms);

#endif /* bench/conntrack_peer.h */
