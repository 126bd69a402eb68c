/* The transport by eBPF: frames of all ports come by one TAP, with the number
 * of the port in an 802.1ad tag, and leave by it. */

#ifndef DATAPATH_DP_TAP_H
#define DATAPATH_DP_TAP_H 1

#include "dp_fastpath.h"
#include "dp_transport.h"

/* 'fastpath' is borrowed.  NULL on failure, with '*error' the caller's. */
struct transport *tap_open(const char *name, struct fastpath *fastpath,
                           char **error);
int tap_ifindex(const struct transport *);

#endif /* datapath/dp_tap.h */
