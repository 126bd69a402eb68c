#include "probe_packet.h"

#include <netinet/in.h>

#define TTL 64
#define WINDOW 1024

static bool
is_ip(const struct flow *flow)
{
    return flow->dl_type == htons(ETH_TYPE_IP)
           || flow->dl_type == htons(ETH_TYPE_IPV6);
}

static void
get_addresses(const struct flow *flow, struct in6_addr *src,
              struct in6_addr *dst)
{
    if (flow->dl_type == htons(ETH_TYPE_IP)) {
        in6_addr_set_mapped_ipv4(src, flow->nw_src);
        in6_addr_set_mapped_ipv4(dst, flow->nw_dst);
    } else {
        *src = flow->ipv6_src;
        *dst = flow->ipv6_dst;
    }
}

bool
probe_path_from_packet(struct dp_packet *packet, struct probe_path *path)
{
    struct flow flow;

    flow_extract(packet, &flow);
    uint16_t flags = ntohs(flow.tcp_flags);
    if (!is_ip(&flow) || flow.nw_proto != IPPROTO_TCP
        || flow.nw_frag & FLOW_NW_FRAG_LATER || !(flags & TCP_SYN)
        || flags & (TCP_ACK | TCP_RST | TCP_FIN)) {
        return false;
    }
    *path = (struct probe_path) {
        .eth_src = flow.dl_src,
        .eth_dst = flow.dl_dst,
        .dport = ntohs(flow.tp_dst),
    };
    get_addresses(&flow, &path->src, &path->dst);
    return true;
}

static void
put_ip4(struct dp_packet *packet, const struct probe_path *path,
        uint8_t proto, size_t l4_size)
{
    struct ip_header *ip = dp_packet_put_zeros(packet, IP_HEADER_LEN);

    ip->ip_ihl_ver = IP_IHL_VER(5, 4);
    ip->ip_tot_len = htons(IP_HEADER_LEN + l4_size);
    ip->ip_frag_off = htons(IP_DF);
    ip->ip_ttl = TTL;
    ip->ip_proto = proto;
    put_16aligned_be32(&ip->ip_src, in6_addr_get_mapped_ipv4(&path->src));
    put_16aligned_be32(&ip->ip_dst, in6_addr_get_mapped_ipv4(&path->dst));
    ip->ip_csum = csum(ip, IP_HEADER_LEN);
}

static void
put_ip6(struct dp_packet *packet, const struct probe_path *path,
        uint8_t proto, size_t l4_size)
{
    struct ovs_16aligned_ip6_hdr *ip6
        = dp_packet_put_zeros(packet, IPV6_HEADER_LEN);

    put_16aligned_be32(&ip6->ip6_flow, htonl(6u << 28));
    ip6->ip6_plen = htons(l4_size);
    ip6->ip6_nxt = proto;
    ip6->ip6_hlim = TTL;
    memcpy(&ip6->ip6_src, &path->src, sizeof ip6->ip6_src);
    memcpy(&ip6->ip6_dst, &path->dst, sizeof ip6->ip6_dst);
}

/* Ethernet and IP, with room for the rest. */
static struct dp_packet *
compose_ip(const struct probe_path *path, uint8_t proto, size_t l4_size)
{
    bool ip4 = IN6_IS_ADDR_V4MAPPED(&path->dst);
    struct dp_packet *packet = dp_packet_new_with_headroom(
        ETH_HEADER_LEN + IPV6_HEADER_LEN + l4_size, 128);
    struct eth_header *eth = dp_packet_put_zeros(packet, ETH_HEADER_LEN);

    eth->eth_src = path->eth_src;
    eth->eth_dst = path->eth_dst;
    eth->eth_type = htons(ip4 ? ETH_TYPE_IP : ETH_TYPE_IPV6);
    dp_packet_reset_offsets(packet);
    packet->l3_ofs = dp_packet_size(packet);
    if (ip4) {
        put_ip4(packet, path, proto, l4_size);
    } else {
        put_ip6(packet, path, proto, l4_size);
    }
    packet->l4_ofs = dp_packet_size(packet);
    return packet;
}

/* Of a packet whose 'l4' is its end. */
static ovs_be16
l4_csum(const struct dp_packet *packet, const void *l4, size_t size)
{
    const struct eth_header *eth = dp_packet_data(packet);
    uint32_t pseudo = eth->eth_type == htons(ETH_TYPE_IP)
                      ? packet_csum_pseudoheader(dp_packet_l3(packet))
                      : packet_csum_pseudoheader6(dp_packet_l3(packet));

    return csum_finish(csum_continue(pseudo, l4, size));
}

struct dp_packet *
probe_compose_udp(const struct probe_path *path, uint16_t sport)
{
    struct dp_packet *packet = compose_ip(path, IPPROTO_UDP, UDP_HEADER_LEN);
    struct udp_header *udp = dp_packet_put_zeros(packet, UDP_HEADER_LEN);

    udp->udp_src = htons(sport);
    udp->udp_dst = htons(path->dport);
    udp->udp_len = htons(UDP_HEADER_LEN);
    udp->udp_csum = l4_csum(packet, udp, UDP_HEADER_LEN);
    if (!udp->udp_csum) {
        udp->udp_csum = htons(0xffff);
    }
    return packet;
}

struct dp_packet *
probe_compose(const struct probe_path *path, uint16_t sport, uint32_t seq,
              uint16_t tcp_flags)
{
    struct dp_packet *packet = compose_ip(path, IPPROTO_TCP, TCP_HEADER_LEN);

    struct tcp_header *tcp = dp_packet_put_zeros(packet, TCP_HEADER_LEN);
    tcp->tcp_src = htons(sport);
    tcp->tcp_dst = htons(path->dport);
    put_16aligned_be32(&tcp->tcp_seq, htonl(seq));
    tcp->tcp_ctl = TCP_CTL(tcp_flags, 5);
    tcp->tcp_winsz = htons(WINDOW);
    tcp->tcp_csum = l4_csum(packet, tcp, TCP_HEADER_LEN);
    return packet;
}

bool
probe_reply_from_packet(const struct dp_packet *packet,
                        struct probe_reply *reply)
{
    struct dp_packet view;
    struct in6_addr dst;
    struct flow flow;

    /* Parsing writes offsets, and this packet is another's. */
    dp_packet_use_const(&view, dp_packet_data(packet),
                        dp_packet_size(packet));
    flow_extract(&view, &flow);
    const struct tcp_header *tcp = dp_packet_l4(&view);
    if (!is_ip(&flow) || flow.nw_proto != IPPROTO_TCP || flow.nw_frag || !tcp
        || dp_packet_l4_size(&view) < TCP_HEADER_LEN) {
        return false;
    }
    uint16_t flags = TCP_FLAGS(tcp->tcp_ctl);
    if (!(flags & TCP_ACK) || !(flags & (TCP_RST | TCP_SYN))) {
        return false;
    }
    *reply = (struct probe_reply) {
        .dport = ntohs(tcp->tcp_dst),
        .ack = ntohl(get_16aligned_be32(&tcp->tcp_ack)),
        .refused = flags & TCP_RST,
        .sport = ntohs(tcp->tcp_src),
    };
    get_addresses(&flow, &reply->src, &dst);
    return true;
}

bool
probe_unreachable_from_packet(const struct dp_packet *packet,
                              struct probe_unreachable *error)
{
    struct dp_packet view;
    struct flow flow;

    dp_packet_use_const(&view, dp_packet_data(packet),
                        dp_packet_size(packet));
    flow_extract(&view, &flow);
    const char *icmp = dp_packet_l4(&view);
    size_t size = dp_packet_l4_size(&view);
    const struct ip_header *ip = (const void *) (icmp + ICMP_HEADER_LEN);
    if (flow.dl_type != htons(ETH_TYPE_IP) || flow.nw_frag || !icmp
        || flow.nw_proto != IPPROTO_ICMP
        || flow.tp_src != htons(ICMP4_DST_UNREACH)
        || size < ICMP_HEADER_LEN + IP_HEADER_LEN
        || IP_VER(ip->ip_ihl_ver) != 4 || ip->ip_proto != IPPROTO_UDP) {
        return false;
    }

    size_t skip = ICMP_HEADER_LEN + IP_IHL(ip->ip_ihl_ver) * 4;
    const struct udp_header *udp = (const void *) (icmp + skip);
    if (IP_IHL(ip->ip_ihl_ver) < 5 || size < skip + 4) {
        return false;
    }
    *error = (struct probe_unreachable) {
        .sport = ntohs(udp->udp_src),
        .dport = ntohs(udp->udp_dst),
    };
    in6_addr_set_mapped_ipv4(&error->dst, get_16aligned_be32(&ip->ip_dst));
    return true;
}
