#include "dp_transport.h"

#include <sys/uio.h>

/* Room for a tag that is pushed, and for an ordinary frame. */
#define HEADROOM 32
#define SMALL_FRAME 2048

struct dp_packet *
transport_buffer_prepare(struct transport_buffer *buffer, size_t skip,
                         struct iovec iov[2])
{
    size_t room = buffer->expect_large ? TRANSPORT_MAX_FRAME : SMALL_FRAME;
    struct dp_packet *packet = dp_packet_new_with_headroom(room, HEADROOM);

    iov[0].iov_base = (char *) dp_packet_data(packet) + skip;
    iov[0].iov_len = room - skip;
    iov[1].iov_base = buffer->rest;
    iov[1].iov_len = sizeof buffer->rest;
    return packet;
}

void
transport_buffer_finish(struct transport_buffer *buffer,
                        struct dp_packet *packet, size_t size)
{
    size_t room = buffer->expect_large ? TRANSPORT_MAX_FRAME : SMALL_FRAME;

    buffer->expect_large = size > SMALL_FRAME;
    dp_packet_set_size(packet, MIN(size, room));
    if (size > room) {
        dp_packet_put(packet, buffer->rest, size - room);
    }
}
