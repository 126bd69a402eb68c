/* ICMP errors as answers. */

#include "pipe_answer.h"

/* What of the offending packet goes into the error. */
#define ICMP4_QUOTE 576
#define ICMP6_QUOTE (IPV6_MIN_MTU - IPV6_HEADER_LEN - 8)
#define IPV6_MIN_MTU 1280

struct dp_packet *
answer_icmp4_error(struct pipe_state *s, bool swap)
{
    const void *data;
    size_t quote = MIN(answer_datagram(s, &data),
                       ICMP4_QUOTE - IP_HEADER_LEN - ICMP_HEADER_LEN);
    const struct flow *f = &s->flow;
    struct dp_packet *packet = answer_new(f, swap, ICMP4_QUOTE);

    answer_put_ipv4(packet, f, swap, IPPROTO_ICMP, ICMP_HEADER_LEN + quote);

    struct icmp_header *icmp = dp_packet_put_zeros(packet, ICMP_HEADER_LEN);
    dp_packet_put(packet, data, quote);
    icmp = (struct icmp_header *) ((char *) dp_packet_l3(packet)
                                   + IP_HEADER_LEN);
    dp_packet_set_l4(packet, icmp);
    icmp->icmp_type = ICMP4_DST_UNREACH;
    icmp->icmp_code = 1;
    icmp->icmp_csum = csum(icmp, ICMP_HEADER_LEN + quote);
    return answer_finish(packet, f);
}

struct dp_packet *
answer_icmp6_error(struct pipe_state *s, bool swap)
{
    const void *data;
    size_t quote = MIN(answer_datagram(s, &data), ICMP6_QUOTE);
    const struct flow *f = &s->flow;
    size_t size = sizeof(struct icmp6_data_header) + quote;
    struct dp_packet *packet = answer_new(f, swap, IPV6_MIN_MTU);

    answer_put_ipv6(packet, f, swap, IPPROTO_ICMPV6, size);
    dp_packet_put_zeros(packet, sizeof(struct icmp6_data_header));
    dp_packet_put(packet, data, quote);

    struct ovs_16aligned_ip6_hdr *ip6 = dp_packet_l3(packet);
    struct icmp6_data_header *icmp = (void *) (ip6 + 1);
    dp_packet_set_l4(packet, icmp);
    icmp->icmp6_base.icmp6_type = 1;
    icmp->icmp6_base.icmp6_code = 1;
    icmp->icmp6_base.icmp6_cksum = packet_csum_upperlayer6(
        ip6, icmp, IPPROTO_ICMPV6, size);
    return answer_finish(packet, f);
}
