/* Backends of load balancers, counted: in a set as often as it was added, so
 * that load balancers may have some in common.
 *
 * Load balancers that are on the same datapaths have one, which these
 * datapaths share.  A backend without a port stands for all of them. */

#ifndef PIPELINE_NET_BACKENDS_H
#define PIPELINE_NET_BACKENDS_H 1

#include "ovs.h"

struct endpoint;

struct net_backends {
    struct hmap backends; /* Contains "struct net_backend"s. */
};

void net_backends_init(struct net_backends *);
void net_backends_uninit(struct net_backends *);

/* Those of a VIP, as in Load_Balancer.vips, come or go.  False if 'backends'
 * is no list of endpoints, and nothing has changed. */
bool net_backends_add(struct net_backends *, const char *backends);
bool net_backends_remove(struct net_backends *, const char *backends);

bool net_backends_has(const struct net_backends *, const struct endpoint *);

#endif /* pipeline/net_backends.h */
