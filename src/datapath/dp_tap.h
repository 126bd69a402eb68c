/* The transport by eBPF: frames of all ports come by one TAP, with the number
 * of the port in an 802.1ad tag, and leave by it. */

#ifndef DATAPATH_DP_TAP_H
#define DATAPATH_DP_TAP_H 1

#include "dp_fastpath.h"
#include "dp_transport.h"

/* 'fastpath' is borrowed.  0 and '*transport', or a positive errno and
 * '*error', the caller's: EBUSY if another process has it open. */
int tap_open(const char *name, struct fastpath *fastpath,
             struct transport **transport, char **error);
/* Frames that its queue had no room for. */
uint64_t tap_n_lost(const struct transport *);
int tap_ifindex(const struct transport *);

#endif /* datapath/dp_tap.h */
