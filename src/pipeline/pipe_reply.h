/* Replies that an action makes of a UDP or ICMPv6 request in place: DHCP,
 * DHCPv6, DNS, router advertisements. */

#ifndef PIPELINE_PIPE_REPLY_H
#define PIPELINE_PIPE_REPLY_H 1

#include "pipe_private.h"

/* A UDP request's payload; NULL if the packet is none. */
const uint8_t *reply_udp_payload(const struct pipe_state *, size_t *size);

/* The packet's payload behind 'headers' bytes of layer 4 becomes 'payload';
 * lengths and checksums follow.  The packet is then another. */
void reply_replace_payload(struct pipe_state *, size_t l4_header,
                           const struct ofpbuf *payload);

/* Reading 'size' bytes at '*p', which moves on; NULL, and '*p' stays, if there
 * are not so many before 'end'. */
const uint8_t *reply_take(const uint8_t **p, const uint8_t *end,
                          size_t size);

void reply_put_u8(struct ofpbuf *, uint8_t);
void reply_put_be16(struct ofpbuf *, uint16_t);
void reply_put_be32(struct ofpbuf *, uint32_t);
void reply_put_ipv6(struct ofpbuf *, ovs_u128);
void reply_put_mac(struct ofpbuf *, uint64_t);
/* "a.b" as DNS labels, with the root's empty one. */
void reply_put_domain(struct ofpbuf *, const char *name);

#endif /* pipeline/pipe_reply.h */
