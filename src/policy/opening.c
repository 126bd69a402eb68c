#include "opening.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>

/* Types of SCTP chunks (RFC 9260, 3.2). */
enum {
    CHUNK_INIT = 1,
    CHUNK_ABORT = 6,
    CHUNK_SHUTDOWN = 7,
    CHUNK_SHUTDOWN_ACK = 8,
    CHUNK_SHUTDOWN_COMPLETE = 14,
};

static enum packet_kind
classify_tcp(const struct flow *flow)
{
    uint16_t flags = ntohs(flow->tcp_flags);

    if (flags & (TCP_RST | TCP_FIN)) {
        return PACKET_CLOSING;
    }
    return (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN ? PACKET_TCP
                                                    : PACKET_ONGOING;
}

static enum packet_kind
classify_sctp(const struct dp_packet *packet)
{
    const uint8_t *l4 = dp_packet_l4(packet);

    if (!l4 || dp_packet_l4_size(packet) <= SCTP_HEADER_LEN) {
        return PACKET_OTHER;
    }
    switch (l4[SCTP_HEADER_LEN]) {
    case CHUNK_INIT:
        return PACKET_SCTP;
    case CHUNK_ABORT:
    case CHUNK_SHUTDOWN:
    case CHUNK_SHUTDOWN_ACK:
    case CHUNK_SHUTDOWN_COMPLETE:
        return PACKET_CLOSING;
    default:
        return PACKET_ONGOING;
    }
}

/* A later fragment has no ports nor flags; where the first one of a connection
 * is never cut into pieces, it is of one that goes on. */
static enum packet_kind
classify_later(const struct flow *flow)
{
    switch (flow->nw_proto) {
    case IPPROTO_UDP:
        return PACKET_UDP;
    case IPPROTO_TCP:
    case IPPROTO_SCTP:
        return PACKET_ONGOING;
    default:
        return PACKET_OTHER;
    }
}

static enum packet_kind
classify_ip(const struct dp_packet *packet, const struct flow *flow)
{
    bool is_v6 = flow->dl_type == htons(ETH_TYPE_IPV6);

    if (flow->nw_frag & FLOW_NW_FRAG_LATER) {
        return classify_later(flow);
    } else if (!dp_packet_l4(packet)) {
        return PACKET_OTHER;
    } else if (flow->nw_proto == IPPROTO_TCP) {
        return classify_tcp(flow);
    } else if (flow->nw_proto == IPPROTO_UDP) {
        return PACKET_UDP;
    } else if (flow->nw_proto == IPPROTO_SCTP) {
        return classify_sctp(packet);
    } else if (flow->nw_proto == (is_v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)) {
        /* flow_extract() puts the type where ports have their place. */
        return flow->tp_src == htons(is_v6 ? ICMP6_ECHO_REQUEST
                                           : ICMP4_ECHO_REQUEST)
                   ? PACKET_ICMP
                   : PACKET_OTHER;
    }
    return PACKET_OTHER;
}

void
opening_classify(struct dp_packet *packet, struct opening *opening)
{
    struct flow flow;

    flow_extract(packet, &flow);
    *opening = (struct opening) { .kind = PACKET_OTHER };
    if (flow.dl_type == htons(ETH_TYPE_IP)) {
        in6_addr_set_mapped_ipv4(&opening->source, flow.nw_src);
    } else if (flow.dl_type == htons(ETH_TYPE_IPV6)) {
        opening->source = flow.ipv6_src;
    } else {
        return;
    }
    opening->kind = classify_ip(packet, &flow);
}

const char *
packet_kind_name(enum packet_kind kind)
{
    switch (kind) {
    case PACKET_TCP:
        return "tcp";
    case PACKET_UDP:
        return "udp";
    case PACKET_SCTP:
        return "sctp";
    case PACKET_ICMP:
        return "icmp";
    case PACKET_ONGOING:
        return "ongoing";
    case PACKET_CLOSING:
        return "closing";
    case PACKET_OTHER:
    default:
        return "other";
    }
}
