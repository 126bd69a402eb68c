#include "refuse.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>

#define TTL 64

/* An ICMPv6 error's header: the common one and a word of zeros. */
#define ICMP6_ERROR_LEN (ICMP6_HEADER_LEN + 4)

/* What an ICMP error quotes of the packet that caused it: for IPv4 the header
 * and 8 bytes at least (RFC 1812 allows more, within 576 bytes), for IPv6 as
 * much as fits into the minimum MTU. */
#define ICMP4_MAX_QUOTE (576 - IP_HEADER_LEN - ICMP_HEADER_LEN)
#define ICMP6_MAX_QUOTE (1280 - IPV6_HEADER_LEN - ICMP6_ERROR_LEN)

enum {
    SCTP_CHUNK_INIT = 1,
    SCTP_CHUNK_ABORT = 6,
};

struct sctp_init {
    uint8_t type;
    uint8_t flags;
    ovs_be16 length;
    ovs_16aligned_be32 initiate_tag;
};
BUILD_ASSERT_DECL(sizeof(struct sctp_init) == 8);

/* Starts an answer to 'packet' with its Ethernet header (and VLAN tags, if
 * any) turned round, and says that layer 3 comes next. */
static struct dp_packet *
start_answer(const struct dp_packet *packet)
{
    size_t l2_len = packet->l3_ofs;
    struct dp_packet *answer
        = dp_packet_clone_data(dp_packet_data(packet), l2_len);
    struct eth_header *eth = dp_packet_data(answer);
    struct eth_addr src = eth->eth_src;

    eth->eth_src = eth->eth_dst;
    eth->eth_dst = src;
    dp_packet_reset_offsets(answer);
    answer->l3_ofs = l2_len;
    return answer;
}

/* Appends an IPv4 or IPv6 header that leads back to the sender of a packet
 * with 'flow', for 'payload_len' bytes that are still to come. */
static void
put_ip(struct dp_packet *answer, const struct flow *flow, uint8_t proto,
       size_t payload_len)
{
    if (flow->dl_type == htons(ETH_TYPE_IP)) {
        struct ip_header *ip = dp_packet_put_zeros(answer, IP_HEADER_LEN);
        ip->ip_ihl_ver = IP_IHL_VER(5, 4);
        ip->ip_tot_len = htons(IP_HEADER_LEN + payload_len);
        ip->ip_frag_off = htons(IP_DF);
        ip->ip_ttl = TTL;
        ip->ip_proto = proto;
        put_16aligned_be32(&ip->ip_src, flow->nw_dst);
        put_16aligned_be32(&ip->ip_dst, flow->nw_src);
        ip->ip_csum = csum(ip, IP_HEADER_LEN);
    } else {
        struct ovs_16aligned_ip6_hdr *ip6
            = dp_packet_put_zeros(answer, IPV6_HEADER_LEN);
        put_16aligned_be32(&ip6->ip6_flow, htonl(6u << 28));
        ip6->ip6_plen = htons(payload_len);
        ip6->ip6_nxt = proto;
        ip6->ip6_hlim = TTL;
        memcpy(&ip6->ip6_src, &flow->ipv6_dst, sizeof ip6->ip6_src);
        memcpy(&ip6->ip6_dst, &flow->ipv6_src, sizeof ip6->ip6_dst);
    }
    answer->l4_ofs = dp_packet_size(answer);
}

/* Checksum over the pseudo header and all of layer 4 of 'answer'. */
static ovs_be16
l4_csum(const struct dp_packet *answer, const struct flow *flow)
{
    const void *l4 = dp_packet_l4(answer);
    size_t len = dp_packet_l4_size(answer);
    uint32_t pseudo = flow->dl_type == htons(ETH_TYPE_IP)
                          ? packet_csum_pseudoheader(dp_packet_l3(answer))
                          : packet_csum_pseudoheader6(dp_packet_l3(answer));

    return csum_finish(csum_continue(pseudo, l4, len));
}

static struct dp_packet *
compose_rst(const struct dp_packet *packet, const struct flow *flow)
{
    const struct tcp_header *in = dp_packet_l4(packet);

    if (!in || dp_packet_l4_size(packet) < TCP_HEADER_LEN) {
        return NULL;
    }
    uint16_t flags = TCP_FLAGS(in->tcp_ctl);
    size_t header = TCP_OFFSET(in->tcp_ctl) * 4;
    if (flags & TCP_RST || header < TCP_HEADER_LEN
        || header > dp_packet_l4_size(packet)) {
        return NULL;
    }

    struct dp_packet *answer = start_answer(packet);
    put_ip(answer, flow, IPPROTO_TCP, TCP_HEADER_LEN);
    struct tcp_header *tcp = dp_packet_put_zeros(answer, TCP_HEADER_LEN);
    tcp->tcp_src = in->tcp_dst;
    tcp->tcp_dst = in->tcp_src;
    if (flags & TCP_ACK) {
        put_16aligned_be32(&tcp->tcp_seq,
                           get_16aligned_be32(&in->tcp_ack));
        tcp->tcp_ctl = TCP_CTL(TCP_RST, 5);
    } else {
        uint32_t next = ntohl(get_16aligned_be32(&in->tcp_seq))
                        + (dp_packet_l4_size(packet) - header)
                        + !!(flags & TCP_SYN) + !!(flags & TCP_FIN);
        put_16aligned_be32(&tcp->tcp_ack, htonl(next));
        tcp->tcp_ctl = TCP_CTL(TCP_RST | TCP_ACK, 5);
    }
    tcp->tcp_csum = l4_csum(answer, flow);
    return answer;
}

static struct dp_packet *
compose_abort(const struct dp_packet *packet, const struct flow *flow)
{
    const struct sctp_header *in = dp_packet_l4(packet);

    if (!in
        || dp_packet_l4_size(packet)
               < SCTP_HEADER_LEN + sizeof(struct sctp_init)) {
        return NULL;
    }
    const struct sctp_init *init = (const void *) (in + 1);
    if (init->type != SCTP_CHUNK_INIT
        || !get_16aligned_be32(&init->initiate_tag)) {
        return NULL;
    }

    struct dp_packet *answer = start_answer(packet);
    put_ip(answer, flow, IPPROTO_SCTP, SCTP_HEADER_LEN + 4);
    struct sctp_header *sctp
        = dp_packet_put_zeros(answer, SCTP_HEADER_LEN + 4);
    uint8_t *chunk = (uint8_t *) (sctp + 1);
    sctp->sctp_src = in->sctp_dst;
    sctp->sctp_dst = in->sctp_src;
    put_16aligned_be32(&sctp->sctp_vtag,
                       get_16aligned_be32(&init->initiate_tag));
    chunk[0] = SCTP_CHUNK_ABORT;
    chunk[3] = 4;
    put_16aligned_be32(&sctp->sctp_csum,
                       crc32c((const uint8_t *) sctp, SCTP_HEADER_LEN + 4));
    return answer;
}

static struct dp_packet *
compose_icmp4(const struct dp_packet *packet, const struct flow *flow)
{
    size_t quote = MIN(dp_packet_l3_size(packet), ICMP4_MAX_QUOTE);

    struct dp_packet *answer = start_answer(packet);
    put_ip(answer, flow, IPPROTO_ICMP, ICMP_HEADER_LEN + quote);
    struct icmp_header *icmp = dp_packet_put_zeros(answer, ICMP_HEADER_LEN);
    icmp->icmp_type = ICMP4_DST_UNREACH;
    icmp->icmp_code = 3; /* Port unreachable. */
    dp_packet_put(answer, dp_packet_l3(packet), quote);
    icmp = dp_packet_l4(answer);
    icmp->icmp_csum = csum(icmp, ICMP_HEADER_LEN + quote);
    return answer;
}

static struct dp_packet *
compose_icmp6(const struct dp_packet *packet, const struct flow *flow)
{
    size_t quote = MIN(dp_packet_l3_size(packet), ICMP6_MAX_QUOTE);

    struct dp_packet *answer = start_answer(packet);
    put_ip(answer, flow, IPPROTO_ICMPV6, ICMP6_ERROR_LEN + quote);
    struct icmp6_header *icmp
        = dp_packet_put_zeros(answer, ICMP6_ERROR_LEN);
    icmp->icmp6_type = ICMP6_DST_UNREACH;
    icmp->icmp6_code = ICMP6_DST_UNREACH_NOPORT;
    dp_packet_put(answer, dp_packet_l3(packet), quote);
    icmp = dp_packet_l4(answer);
    icmp->icmp6_cksum = l4_csum(answer, flow);
    return answer;
}

/* True for an ICMP message that must not cause one: an error or a redirect, or
 * one too short to tell. */
static bool
is_icmp_error(const struct dp_packet *packet, const struct flow *flow)
{
    const uint8_t *type = dp_packet_l4(packet);

    if (flow->dl_type == htons(ETH_TYPE_IP)
        && flow->nw_proto == IPPROTO_ICMP) {
        return !dp_packet_l4_size(packet) || *type == ICMP4_DST_UNREACH
               || *type == ICMP4_SOURCEQUENCH || *type == ICMP4_REDIRECT
               || *type == ICMP4_TIME_EXCEEDED || *type == ICMP4_PARAM_PROB;
    } else if (flow->dl_type == htons(ETH_TYPE_IPV6)
               && flow->nw_proto == IPPROTO_ICMPV6) {
        return !dp_packet_l4_size(packet) || !(*type & ICMP6_INFOMSG_MASK)
               || *type == ND_REDIRECT;
    }
    return false;
}

/* True if both ends of 'flow' are one host each. */
static bool
is_between_hosts(const struct flow *flow)
{
    if (eth_addr_is_multicast(flow->dl_dst)) {
        return false;
    } else if (flow->dl_type == htons(ETH_TYPE_IP)) {
        return flow->nw_src && flow->nw_src != OVS_BE32_MAX
               && flow->nw_dst != OVS_BE32_MAX
               && !ip_is_multicast(flow->nw_src)
               && !ip_is_multicast(flow->nw_dst);
    }
    return ipv6_addr_is_set(&flow->ipv6_src)
           && !ipv6_addr_is_multicast(&flow->ipv6_src)
           && !ipv6_addr_is_multicast(&flow->ipv6_dst);
}

struct dp_packet *
refuse_compose(struct dp_packet *packet)
{
    struct flow flow;

    flow_extract(packet, &flow);
    bool ip4 = flow.dl_type == htons(ETH_TYPE_IP);
    if ((!ip4 && flow.dl_type != htons(ETH_TYPE_IPV6))
        || !dp_packet_l4(packet) || flow.nw_frag & FLOW_NW_FRAG_LATER
        || !is_between_hosts(&flow) || is_icmp_error(packet, &flow)) {
        return NULL;
    }
    switch (flow.nw_proto) {
    case IPPROTO_TCP:
        return compose_rst(packet, &flow);
    case IPPROTO_SCTP:
        return compose_abort(packet, &flow);
    default:
        return ip4 ? compose_icmp4(packet, &flow)
                   : compose_icmp6(packet, &flow);
    }
}
