/* The packets of a probe, or of a check. */

#ifndef HOST_PROBE_PACKET_H
#define HOST_PROBE_PACKET_H 1

#include "ovs.h"

/* The way of a client's packets to a VIP. */
struct probe_path {
    struct eth_addr eth_src, eth_dst;
    struct in6_addr src, dst; /* IPv4 mapped. */
    uint16_t dport;
};

/* From a SYN; false if 'packet' is none.  Sets the packet's layer offsets. */
bool probe_path_from_packet(struct dp_packet *packet, struct probe_path *);

/* A TCP packet on that path from port 'sport', without options or data, with
 * full checksums; the caller's. */
struct dp_packet *probe_compose(const struct probe_path *, uint16_t sport,
                                uint32_t seq, uint16_t tcp_flags);

/* What 'packet' says to one of ours. */
struct probe_reply {
    uint16_t dport;
    uint32_t ack;
    bool refused;        /* A RST; else SYN and ACK. */
    struct in6_addr src; /* Who answers. */
    uint16_t sport;
};
/* False if 'packet' answers no SYN. */
bool probe_reply_from_packet(const struct dp_packet *packet,
                             struct probe_reply *);

/* A UDP packet without data on that path; the caller's. */
struct dp_packet *probe_compose_udp(const struct probe_path *,
                                    uint16_t sport);

/* The UDP packet over IPv4 that an ICMP error is about. */
struct probe_unreachable {
    uint16_t sport, dport;
    struct in6_addr dst;
};
/* False if 'packet' is not "destination unreachable". */
bool probe_unreachable_from_packet(const struct dp_packet *packet,
                                   struct probe_unreachable *);

#endif /* host/probe_packet.h */
