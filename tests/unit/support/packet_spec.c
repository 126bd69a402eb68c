#include "packet_spec.h"

#include <netinet/in.h>

void
packet_put_hex(struct dp_packet *p, const char *hex)
{
    size_t n;
    char *end = dp_packet_put_hex(p, hex, &n);

    if (*end) {
        ovs_fatal(0, "\"%s\" is not hexadecimal", end);
    }
}

static void
flow_from_text(const char *text, struct flow *flow)
{
    char *error = parse_ofp_exact_flow(flow, NULL, NULL, text, NULL);

    if (error) {
        ovs_fatal(0, "%s", error);
    }
    if (eth_addr_is_zero(flow->dl_src)) {
        eth_addr_from_string("0a:00:00:00:00:01", &flow->dl_src);
    }
    if (eth_addr_is_zero(flow->dl_dst)) {
        eth_addr_from_string("0a:00:00:00:00:02", &flow->dl_dst);
    }
    if (!flow->nw_ttl) {
        flow->nw_ttl = 64;
    }
}

/* The sum of the pseudo-header for what is behind the network header,
 * extension headers of IPv6 included. */
static uint32_t
pseudo_sum(const struct dp_packet *p, const struct flow *flow)
{
    if (flow->dl_type == htons(ETH_TYPE_IP)) {
        const struct ip_header *ip = dp_packet_l3(p);
        uint32_t sum = csum_continue(0, &ip->ip_src, 8);

        sum = csum_add16(sum, htons(ip->ip_proto));
        return csum_add16(sum, htons(dp_packet_l4_size(p)));
    }

    const struct ovs_16aligned_ip6_hdr *ip6 = dp_packet_l3(p);
    uint32_t sum = csum_continue(0, &ip6->ip6_src, 32);
    sum = csum_add16(sum, htons(flow->nw_proto));
    return csum_add32(sum, htonl(dp_packet_l4_size(p)));
}

static ovs_be16
sum_up(const struct dp_packet *p, const struct flow *flow)
{
    return csum_finish(csum_continue(pseudo_sum(p, flow), dp_packet_l4(p),
                                     dp_packet_l4_size(p)));
}

static ovs_be32
sctp_sum(const struct dp_packet *p)
{
    size_t size = dp_packet_l4_size(p);
    uint8_t *copy = xmemdup(dp_packet_l4(p), size);

    memset(copy + offsetof(struct sctp_header, sctp_csum), 0, 4);
    ovs_be32 sum = crc32c(copy, size);
    free(copy);
    return sum;
}

static void
finish_l4(struct dp_packet *p, const struct flow *flow)
{
    bool is_v4 = flow->dl_type == htons(ETH_TYPE_IP);
    size_t size = dp_packet_l4_size(p);
    void *l4 = dp_packet_l4(p);

    if (flow->nw_proto == IPPROTO_UDP && size >= UDP_HEADER_LEN) {
        struct udp_header *udp = l4;

        udp->udp_len = htons(size);
        udp->udp_csum = 0;
        udp->udp_csum = sum_up(p, flow);
        udp->udp_csum = udp->udp_csum ? udp->udp_csum : htons(0xffff);
    } else if (flow->nw_proto == IPPROTO_TCP && size >= TCP_HEADER_LEN) {
        struct tcp_header *tcp = l4;

        tcp->tcp_csum = 0;
        tcp->tcp_csum = sum_up(p, flow);
    } else if (flow->nw_proto == IPPROTO_SCTP && size >= SCTP_HEADER_LEN) {
        put_16aligned_be32(&((struct sctp_header *) l4)->sctp_csum,
                           sctp_sum(p));
    } else if (is_v4 && flow->nw_proto == IPPROTO_ICMP
               && size >= ICMP_HEADER_LEN) {
        struct icmp_header *icmp = l4;

        icmp->icmp_csum = 0;
        icmp->icmp_csum = csum(icmp, size);
    } else if (!is_v4 && flow->nw_proto == IPPROTO_ICMPV6
               && size >= ICMP6_HEADER_LEN) {
        struct icmp6_header *icmp = l4;

        icmp->icmp6_cksum = 0;
        icmp->icmp6_cksum = sum_up(p, flow);
    }
}

void
packet_finish(struct dp_packet *p)
{
    struct flow flow;

    flow_extract(p, &flow);
    if (!is_ip_any(&flow) || !dp_packet_l3(p)) {
        return;
    }

    size_t size = (char *) dp_packet_tail(p) - (char *) dp_packet_l3(p);
    if (flow.dl_type == htons(ETH_TYPE_IP)) {
        struct ip_header *ip = dp_packet_l3(p);
        size_t header = size ? IP_IHL(ip->ip_ihl_ver) * 4 : 0;

        if (size < IP_HEADER_LEN || header < IP_HEADER_LEN || size < header
            || size > UINT16_MAX) {
            return;
        }
        ip->ip_tot_len = htons(size);
        ip->ip_csum = 0;
        ip->ip_csum = csum(ip, header);
    } else {
        struct ovs_16aligned_ip6_hdr *ip6 = dp_packet_l3(p);

        if (size < IPV6_HEADER_LEN || size - IPV6_HEADER_LEN > UINT16_MAX) {
            return;
        }
        ip6->ip6_plen = htons(size - IPV6_HEADER_LEN);
    }
    flow_extract(p, &flow);
    if (dp_packet_l4(p) && !(flow.nw_frag & FLOW_NW_FRAG_LATER)) {
        finish_l4(p, &flow);
    }
}

struct dp_packet *
packet_from_spec(const struct packet_spec *spec)
{
    struct dp_packet *p = dp_packet_new(128);
    struct flow flow;

    flow_from_text(spec->flow, &flow);
    flow.tcp_flags = htons(spec->tcp_flags);
    flow_compose(p, &flow, NULL, 0);
    if (!dp_packet_l4(p)) {
        return p;
    }
    if (flow.nw_proto == IPPROTO_TCP) {
        struct tcp_header *tcp = dp_packet_l4(p);

        put_16aligned_be32(&tcp->tcp_seq, htonl(spec->seq));
        put_16aligned_be32(&tcp->tcp_ack, htonl(spec->ack));
    }
    if (flow.dl_type == htons(ETH_TYPE_IP)) {
        struct ip_header *ip = dp_packet_l3(p);

        ip->ip_id = htons(spec->ip_id);
        ip->ip_frag_off |= htons(spec->frag_off);
    }
    if (spec->payload) {
        dp_packet_put(p, spec->payload, strlen(spec->payload));
    }
    if (spec->hex) {
        packet_put_hex(p, spec->hex);
    }
    packet_finish(p);
    return p;
}

struct dp_packet *
packet_truncated(const struct dp_packet *p, size_t size)
{
    void *copy = xmalloc(MAX(size, 1));
    struct dp_packet *truncated = xmalloc(sizeof *truncated);

    memcpy(copy, dp_packet_data(p), size);
    dp_packet_use(truncated, copy, size);
    dp_packet_set_size(truncated, size);
    return truncated;
}

static const char *
check_l4(const struct dp_packet *p, const struct flow *flow)
{
    const struct sctp_header *sctp = dp_packet_l4(p);
    size_t size = dp_packet_l4_size(p);

    switch (flow->nw_proto) {
    case IPPROTO_UDP:
        if (flow->dl_type == htons(ETH_TYPE_IP) && size >= UDP_HEADER_LEN
            && !((const struct udp_header *) dp_packet_l4(p))->udp_csum) {
            return NULL; /* It has none. */
        }
        /* Fall through. */
    case IPPROTO_TCP:
        return sum_up(p, flow) ? "wrong layer 4 checksum" : NULL;
    case IPPROTO_ICMPV6:
        return (flow->dl_type == htons(ETH_TYPE_IPV6) && sum_up(p, flow)
                ? "wrong ICMPv6 checksum" : NULL);
    case IPPROTO_ICMP:
        return (flow->dl_type == htons(ETH_TYPE_IP)
                && csum(dp_packet_l4(p), size)
                ? "wrong ICMP checksum" : NULL);
    case IPPROTO_SCTP:
        if (size < SCTP_HEADER_LEN) {
            return "short SCTP header";
        }
        return get_16aligned_be32(&sctp->sctp_csum) != sctp_sum(p)
                   ? "wrong SCTP checksum"
                   : NULL;
    default:
        return NULL;
    }
}

const char *
packet_check(const struct dp_packet *p)
{
    struct dp_packet *copy = dp_packet_clone(p);
    const char *error = NULL;
    struct flow flow;

    flow_extract(copy, &flow);
    if (!dp_packet_l4(copy)) {
        error = "no layer 4";
    } else if (dp_packet_l2_pad_size(copy)) {
        error = "bytes behind the end that the IP header says";
    } else if (flow.dl_type == htons(ETH_TYPE_IP)) {
        const struct ip_header *ip = dp_packet_l3(copy);

        if (csum(ip, IP_IHL(ip->ip_ihl_ver) * 4)) {
            error = "wrong IP header checksum";
        }
    }
    /* The sum of a datagram in fragments is in none of them. */
    if (!error && !flow.nw_frag) {
        error = check_l4(copy, &flow);
    }
    dp_packet_delete(copy);
    return error;
}
