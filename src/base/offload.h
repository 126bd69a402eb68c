/* What a sender has left for the device to do: segmentation and checksum.
 *
 * A workload with offloads on sends frames of up to 64 kB, without a transport
 * checksum.  They go through the pipeline as they are, and leave with the same
 * work still to be done.  That note travels with the packet (in its flow mark,
 * which nothing here uses otherwise): clones have it, packets made anew do
 * not.
 *
 * The transport checksum of a packet whose note says 'partial' means nothing:
 * it is set when the packet leaves. */

#ifndef BASE_OFFLOAD_H
#define BASE_OFFLOAD_H 1

#include "ovs.h"

struct offload {
    bool partial;      /* The transport checksum is to be completed. */
    uint8_t gso_type;  /* As in virtio, 0: one segment. */
    uint16_t gso_size; /* Payload of a segment. */
};

void offload_set(struct dp_packet *, const struct offload *);
struct offload offload_get(const struct dp_packet *);

/* Size of the largest frame that the packet becomes on the wire: headers of
 * layer 4 must have been found (flow_extract()) if it has many segments. */
size_t offload_frame_size(const struct dp_packet *);

#endif /* base/offload.h */
