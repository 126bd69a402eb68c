/* The other end of a veth pair, where that is in another network namespace: a
 * frame for its MAC can be handed straight to it (bpf_redirect_peer()), past
 * the queue between the two ends.
 *
 * in:     what rtnetlink says now
 * out:    the MAC, or zeros
 *
 * Which mistake is safe: zeros cost a frame one more way through the kernel's
 * queue of received frames; a MAC that is not the other end's would have a
 * stack take frames for its own that are for others. */

#ifndef DATAPATH_DP_PEER_H
#define DATAPATH_DP_PEER_H 1

#include "ovs.h"

/* Zeros unless 'ifindex' is one end of a pair, with nothing queued or shaped
 * on the way out of it, and the other is in another namespace. */
struct eth_addr peer_find(int ifindex);

#endif /* datapath/dp_peer.h */
