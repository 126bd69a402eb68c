/* Ways for frames to come from interfaces to the daemon and back.
 *
 * in:     interfaces, by a number of the caller's
 * out:    frames, with the note of what is left for the device to do
 *         (base/offload.h)
 * owner:  a transport owns its sockets
 *
 * Two: the TAP behind the eBPF programs (dp_tap.c), and packet sockets where
 * eBPF cannot be had (dp_sock.c). */

#ifndef DATAPATH_DP_TRANSPORT_H
#define DATAPATH_DP_TRANSPORT_H 1

#include "ovs.h"

struct transport {
    const struct transport_class *class;
};

struct transport_class {
    void (*close)(struct transport *, bool remove);

    /* Frames of interface 'number' come and go from now on, those for 'peer'
     * (dp_peer.h) directly.  May be called again with another peer.  0 or a
     * positive errno. */
    int (*attach)(struct transport *, uint16_t number, int ifindex,
                  struct eth_addr peer);
    void (*detach)(struct transport *, uint16_t number, int ifindex);

    /* The next frame, the caller's.  0, EAGAIN if there is none, or what is
     * wrong with the frame or the socket; then go on with the next. */
    int (*receive)(struct transport *, struct dp_packet **,
                   uint16_t *number);

    /* 0 or a positive errno. */
    int (*send)(struct transport *, uint16_t number, struct dp_packet *);
    void (*wait)(struct transport *);
};

/* Frames are at most this large, but for what is in front of them. */
#define TRANSPORT_MAX_FRAME 65600

/* Where a frame is read to: a packet that is large enough for most, and the
 * rest.  After one large frame the next is likely to be large. */
struct transport_buffer {
    uint8_t rest[TRANSPORT_MAX_FRAME];
    bool expect_large;
};

/* A packet to read to, and the iovecs for what comes 'skip' bytes behind its
 * start. */
struct dp_packet *transport_buffer_prepare(struct transport_buffer *,
                                           size_t skip,
                                           struct iovec iov[2]);
/* It holds 'size' bytes, 'skip' among them. */
void transport_buffer_finish(struct transport_buffer *, struct dp_packet *,
                             size_t size);

#endif /* datapath/dp_transport.h */
