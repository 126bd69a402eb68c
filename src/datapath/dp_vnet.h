/* Between the virtio header that a TAP or a packet socket puts in front of a
 * frame and the note that a packet carries (base/offload.h).  Untrusted input:
 * both the header and the frame come from a workload. */

#ifndef DATAPATH_DP_VNET_H
#define DATAPATH_DP_VNET_H 1

#include <linux/virtio_net.h>

#include "offload.h"
#include "ovs.h"

/* Notes on 'packet' what 'header' says.  A checksum that is not of TCP or UDP
 * right behind IP (a tunnel's inner one) is completed here.  0, or the reason
 * for which the packet must be dropped. */
int vnet_note(struct dp_packet *packet, const struct virtio_net_hdr *header);

/* Makes the header for 'packet' as it is now, and sets its checksum to what
 * the device goes on from.  0, or the reason to drop it. */
int vnet_header(struct dp_packet *packet, struct virtio_net_hdr *header);

#endif /* datapath/dp_vnet.h */
