/* The transport without eBPF: a packet socket per interface.
 *
 * The host's own network stack sees the frames, too; give the interfaces no
 * addresses. */

#ifndef DATAPATH_DP_SOCK_H
#define DATAPATH_DP_SOCK_H 1

#include "dp_transport.h"

struct transport *sock_open(void);

#endif /* datapath/dp_sock.h */
