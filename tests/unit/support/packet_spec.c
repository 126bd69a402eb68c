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

/* Fills in lengths and checksums of a packet whose layers are known. */
static void
finish(struct dp_packet *p, const struct flow *flow)
{
    size_t l4_size = (char *) dp_packet_tail(p) - (char *) dp_packet_l4(p);
    struct udp_header *udp = dp_packet_l4(p);
    struct tcp_header *tcp = dp_packet_l4(p);
    uint32_t pseudo;

    if (flow->dl_type == htons(ETH_TYPE_IP)) {
        struct ip_header *ip = dp_packet_l3(p);

        ip->ip_tot_len = htons(IP_HEADER_LEN + l4_size);
        ip->ip_csum = 0;
        ip->ip_csum = csum(ip, IP_HEADER_LEN);
        pseudo = packet_csum_pseudoheader(ip);
    } else {
        struct ovs_16aligned_ip6_hdr *ip6 = dp_packet_l3(p);

        ip6->ip6_plen = htons(l4_size);
        pseudo = packet_csum_pseudoheader6(ip6);
    }
    if (flow->nw_proto == IPPROTO_UDP && l4_size >= UDP_HEADER_LEN) {
        udp->udp_len = htons(l4_size);
        udp->udp_csum = 0;
        udp->udp_csum = csum_finish(csum_continue(pseudo, udp, l4_size));
    } else if (flow->nw_proto == IPPROTO_TCP && l4_size >= TCP_HEADER_LEN) {
        tcp->tcp_csum = 0;
        tcp->tcp_csum = csum_finish(csum_continue(pseudo, tcp, l4_size));
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
    finish(p, &flow);
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
check_l4(const void *l4, size_t size, uint8_t proto, uint32_t pseudo)
{
    struct sctp_header sctp;

    switch (proto) {
    case IPPROTO_TCP:
    case IPPROTO_UDP:
    case IPPROTO_ICMPV6:
        return csum_finish(csum_continue(pseudo, l4, size))
                   ? "wrong layer 4 checksum"
                   : NULL;
    case IPPROTO_ICMP:
        return csum(l4, size) ? "wrong ICMP checksum" : NULL;
    case IPPROTO_SCTP:
        if (size < sizeof sctp) {
            return "short SCTP header";
        }
        uint8_t *copy = xmemdup(l4, size);
        memset(copy + offsetof(struct sctp_header, sctp_csum), 0, 4);
        memcpy(&sctp, l4, sizeof sctp);
        ovs_be32 expected = crc32c(copy, size);
        free(copy);
        return get_16aligned_be32(&sctp.sctp_csum) != expected
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
    const void *l4 = dp_packet_l4(copy);
    size_t size = dp_packet_l4_size(copy);
    if (!l4) {
        error = "no layer 4";
    } else if (dp_packet_l2_pad_size(copy)) {
        error = "bytes behind the end that the IP header says";
    } else if (flow.dl_type == htons(ETH_TYPE_IP)) {
        const struct ip_header *ip = dp_packet_l3(copy);
        error = csum(ip, IP_IHL(ip->ip_ihl_ver) * 4)
                    ? "wrong IP header checksum"
                    : check_l4(l4, size, flow.nw_proto,
                               packet_csum_pseudoheader(ip));
    } else {
        error = check_l4(l4, size, flow.nw_proto,
                         packet_csum_pseudoheader6(dp_packet_l3(copy)));
    }
    dp_packet_delete(copy);
    return error;
}
