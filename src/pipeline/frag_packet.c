#include "frag_packet.h"

/* The frame's bytes from the IP header on, without padding. */
static size_t
l3_size(const struct dp_packet *packet)
{
    return dp_packet_l3(packet) ? dp_packet_l3_size(packet) : 0;
}

/* IPv4's header may be cut off nowhere; 0 if it is not there. */
static size_t
head_v4(const struct dp_packet *packet)
{
    const struct ip_header *ip = dp_packet_l3(packet);
    size_t size = l3_size(packet);

    if (size < IP_HEADER_LEN) {
        return 0;
    }

    size_t head = IP_IHL(ip->ip_ihl_ver) * 4;
    return head >= IP_HEADER_LEN && head <= size ? head : 0;
}

/* IPv6: all headers up to the fragment header, and that; 0 if there is none,
 * or too little behind what comes before it. */
static size_t
head_v6(const struct dp_packet *packet,
        struct ovs_16aligned_ip6_frag **frag_header)
{
    const struct ovs_16aligned_ip6_hdr *ip6 = dp_packet_l3(packet);
    const struct ovs_16aligned_ip6_frag *header = NULL;
    size_t size = l3_size(packet);

    if (size < IPV6_HEADER_LEN) {
        return 0;
    }

    const void *data = ip6 + 1;
    size_t rest = size - IPV6_HEADER_LEN;
    uint8_t proto = ip6->ip6_nxt, frag = 0;
    if (!parse_ipv6_ext_hdrs(&data, &rest, &proto, &frag, &header)
        || !header) {
        return 0;
    }
    *frag_header = CONST_CAST(struct ovs_16aligned_ip6_frag *, header);
    return (const char *) (header + 1) - (const char *) ip6;
}

static bool
parse_v4(const struct dp_packet *packet, struct frag_key *key,
         struct frag_part *part)
{
    const struct ip_header *ip = dp_packet_l3(packet);
    size_t head = head_v4(packet);

    if (!head || ntohs(ip->ip_tot_len) != l3_size(packet)
        || csum(ip, head)) {
        return false;
    }
    in6_addr_set_mapped_ipv4(&key->src, get_16aligned_be32(&ip->ip_src));
    in6_addr_set_mapped_ipv4(&key->dst, get_16aligned_be32(&ip->ip_dst));
    key->id = htonl(ntohs(ip->ip_id));
    key->proto = ip->ip_proto;
    part->head = head;
    part->start = (ntohs(ip->ip_frag_off) & IP_FRAG_OFF_MASK) * 8;
    part->more = (ip->ip_frag_off & htons(IP_MORE_FRAGMENTS)) != 0;
    return true;
}

static bool
parse_v6(const struct dp_packet *packet, struct frag_key *key,
         struct frag_part *part)
{
    const struct ovs_16aligned_ip6_hdr *ip6 = dp_packet_l3(packet);
    struct ovs_16aligned_ip6_frag *header;
    size_t head = head_v6(packet, &header);

    if (!head
        || ntohs(ip6->ip6_plen) + IPV6_HEADER_LEN != l3_size(packet)) {
        return false;
    }
    memcpy(&key->src, &ip6->ip6_src, sizeof key->src);
    memcpy(&key->dst, &ip6->ip6_dst, sizeof key->dst);
    key->id = get_16aligned_be32(&header->ip6f_ident);
    part->head = head;
    part->start = ntohs(header->ip6f_offlg & IP6F_OFF_MASK);
    part->more = (header->ip6f_offlg & IP6F_MORE_FRAG) != 0;
    return true;
}

bool
frag_parse(const struct dp_packet *packet, ovs_be16 dl_type, uint16_t zone,
           struct frag_key *key, struct frag_part *part)
{
    memset(key, 0, sizeof *key);
    key->dl_type = dl_type;
    key->zone = zone;
    if (!(dl_type == htons(ETH_TYPE_IP) ? parse_v4(packet, key, part)
          : dl_type == htons(ETH_TYPE_IPV6) && parse_v6(packet, key, part))) {
        return false;
    }

    size_t size = l3_size(packet) - part->head;
    size_t ip_size = l3_size(packet);
    part->head += (const char *) dp_packet_l3(packet)
                  - (const char *) dp_packet_data(packet);
    part->end = part->start + size;
    part->ip_size = ip_size;
    /* All but the last are cut at multiples of 8. */
    return (size && (!part->more || !(size % 8))
            && ip_size + part->start <= UINT16_MAX);
}

/* The header, of 'head' bytes, of the part of a packet from 'ofs' on.  Where
 * IPv6's fragment header is cannot be seen in a part: what it says is behind
 * it may be in another one. */
static void
set_header(struct dp_packet *packet, ovs_be16 dl_type, size_t head,
           size_t ofs, bool more)
{
    if (dl_type == htons(ETH_TYPE_IP)) {
        struct ip_header *ip = dp_packet_l3(packet);
        uint16_t flags = ntohs(ip->ip_frag_off) & IP_DONT_FRAGMENT;

        ip->ip_tot_len = htons(l3_size(packet));
        ip->ip_frag_off = htons(flags | ofs / 8
                                | (more ? IP_MORE_FRAGMENTS : 0));
        ip->ip_csum = 0;
        ip->ip_csum = csum(ip, head);
    } else {
        struct ovs_16aligned_ip6_hdr *ip6 = dp_packet_l3(packet);
        struct ovs_16aligned_ip6_frag *header
            = ALIGNED_CAST(struct ovs_16aligned_ip6_frag *,
                           (char *) ip6 + head - sizeof *header);

        header->ip6f_offlg = htons(ofs) | (more ? IP6F_MORE_FRAG : 0);
        ip6->ip6_plen = htons(l3_size(packet) - IPV6_HEADER_LEN);
    }
}

void
frag_finish_whole(struct dp_packet *packet, ovs_be16 dl_type, size_t head)
{
    set_header(packet, dl_type, head, 0, false);
}

/* Options of IPv4 are in all fragments: who must have them all looks at the
 * first. */
bool
frag_split(const struct dp_packet *packet, ovs_be16 dl_type, uint16_t mru,
           void (*each)(void *aux, struct dp_packet **), void *aux)
{
    struct ovs_16aligned_ip6_frag *header;
    size_t size = l3_size(packet);
    size_t head = (dl_type == htons(ETH_TYPE_IP) ? head_v4(packet)
                   : head_v6(packet, &header));

    if (!head || size <= mru || mru < head + 8) {
        return false;
    }

    size_t most = ROUND_DOWN(mru - head, 8);
    const char *l3 = dp_packet_l3(packet);
    size_t l2 = l3 - (const char *) dp_packet_data(packet);
    for (size_t ofs = head; ofs < size; ofs += most) {
        bool more = size - ofs > most;
        struct dp_packet *part = dp_packet_new(l2 + mru);
        struct flow flow;

        dp_packet_put(part, dp_packet_data(packet), l2 + head);
        dp_packet_put(part, l3 + ofs, more ? most : size - ofs);
        part->md = packet->md;
        dp_packet_reset_offsets(part);
        dp_packet_set_l3(part, (char *) dp_packet_data(part) + l2);
        set_header(part, dl_type, head, ofs - head, more);
        flow_extract(part, &flow); /* Where the headers are. */
        each(aux, &part);
    }
    return true;
}
