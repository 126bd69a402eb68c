/* Ends of connections as answers: TCP resets, SCTP aborts. */

#include "pipe_answer.h"

struct dp_packet *
answer_tcp_reset(struct pipe_state *s, bool swap)
{
    const struct flow *f = &s->flow;
    const struct tcp_header *in = dp_packet_l4(s->packet);
    const void *data;
    size_t length = answer_datagram(s, &data);
    size_t headers = (char *) in - (char *) data + TCP_OFFSET(in->tcp_ctl) * 4;
    uint32_t payload = length > headers ? length - headers : 0;
    struct dp_packet *packet = answer_new(f, swap, 80);
    bool is_ipv6 = f->dl_type == htons(ETH_TYPE_IPV6);
    uint16_t flags = TCP_FLAGS(in->tcp_ctl);

    if (is_ipv6) {
        answer_put_ipv6(packet, f, swap, IPPROTO_TCP, TCP_HEADER_LEN);
    } else {
        answer_put_ipv4(packet, f, swap, IPPROTO_TCP, TCP_HEADER_LEN);
    }

    struct tcp_header *tcp = dp_packet_put_zeros(packet, TCP_HEADER_LEN);
    dp_packet_set_l4(packet, tcp);
    bool keep_ports = !swap || pipe_run_is_like_ovn_trace(s->run);
    tcp->tcp_src = keep_ports ? in->tcp_src : in->tcp_dst;
    tcp->tcp_dst = keep_ports ? in->tcp_dst : in->tcp_src;
    if (flags & TCP_ACK) {
        tcp->tcp_seq = in->tcp_ack;
        tcp->tcp_ctl = TCP_CTL(TCP_RST, 5);
    } else {
        uint32_t seq = ntohl(get_16aligned_be32(&in->tcp_seq));

        /* SYN and FIN each take a number. */
        payload += !!(flags & TCP_SYN) + !!(flags & TCP_FIN);
        put_16aligned_be32(&tcp->tcp_ack, htonl(seq + payload));
        tcp->tcp_ctl = TCP_CTL(TCP_RST | TCP_ACK, 5);
    }

    uint32_t sum = is_ipv6
        ? packet_csum_pseudoheader6(dp_packet_l3(packet))
        : packet_csum_pseudoheader(dp_packet_l3(packet));
    tcp->tcp_csum = csum_finish(csum_continue(sum, tcp, TCP_HEADER_LEN));
    return answer_finish(packet, f);
}

bool
answer_has_tcp(const struct pipe_state *s)
{
    return (is_ip_any(&s->flow) && s->flow.nw_proto == IPPROTO_TCP
            && !(s->flow.nw_frag & FLOW_NW_FRAG_LATER)
            && dp_packet_l4(s->packet)
            && dp_packet_l4_size(s->packet) >= TCP_HEADER_LEN);
}

#define SCTP_CHUNK_INIT 1
#define SCTP_CHUNK_ABORT 6

/* Set in an abort whose verification tag is the peer's own. */
#define SCTP_ABORT_T 1

/* A chunk's header, alone the whole of an abort. */
struct sctp_chunk {
    uint8_t type;
    uint8_t flags;
    ovs_be16 length;
};
BUILD_ASSERT_DECL(sizeof(struct sctp_chunk) == 4);

/* The common header: sctp_header of packets.h has no tag. */
struct sctp_common {
    ovs_be16 src;
    ovs_be16 dst;
    ovs_16aligned_be32 tag;
    ovs_16aligned_be32 crc;
};
BUILD_ASSERT_DECL(sizeof(struct sctp_common) == SCTP_HEADER_LEN);

bool
answer_has_sctp(const struct pipe_state *s)
{
    return (is_ip_any(&s->flow) && s->flow.nw_proto == IPPROTO_SCTP
            && !(s->flow.nw_frag & FLOW_NW_FRAG_LATER)
            && dp_packet_l4(s->packet)
            && dp_packet_l4_size(s->packet) >= SCTP_HEADER_LEN);
}

/* The tag for an abort: an INIT says which one its sender wants; all else has
 * only the receiver's, which is told by the T bit (RFC 9260, 8.4). */
static ovs_be32
abort_tag(const struct sctp_common *in, size_t size, uint8_t *flags)
{
    const struct sctp_chunk *chunk = (const struct sctp_chunk *) (in + 1);
    ovs_be32 tag;

    if (size >= sizeof *in + sizeof *chunk + sizeof tag
        && chunk->type == SCTP_CHUNK_INIT) {
        *flags = 0;
        memcpy(&tag, chunk + 1, sizeof tag);
        return tag;
    }
    *flags = SCTP_ABORT_T;
    return get_16aligned_be32(&in->tag);
}

struct dp_packet *
answer_sctp_abort(struct pipe_state *s, bool swap)
{
    const struct flow *f = &s->flow;
    const struct sctp_common *in = dp_packet_l4(s->packet);
    size_t in_size = dp_packet_l4_size(s->packet);
    size_t size = SCTP_HEADER_LEN + sizeof(struct sctp_chunk);

    if (in_size >= size && ((const struct sctp_chunk *) (in + 1))->type
                           == SCTP_CHUNK_ABORT) {
        return NULL;
    }

    struct dp_packet *packet = answer_new(f, swap, 80);
    if (f->dl_type == htons(ETH_TYPE_IPV6)) {
        answer_put_ipv6(packet, f, swap, IPPROTO_SCTP, size);
    } else {
        answer_put_ipv4(packet, f, swap, IPPROTO_SCTP, size);
    }

    struct sctp_common *sctp = dp_packet_put_zeros(packet, size);
    struct sctp_chunk *chunk = (struct sctp_chunk *) (sctp + 1);
    bool keep_ports = !swap || pipe_run_is_like_ovn_trace(s->run);
    dp_packet_set_l4(packet, sctp);
    sctp->src = keep_ports ? in->src : in->dst;
    sctp->dst = keep_ports ? in->dst : in->src;
    chunk->type = SCTP_CHUNK_ABORT;
    chunk->length = htons(sizeof *chunk);
    put_16aligned_be32(&sctp->tag, abort_tag(in, in_size, &chunk->flags));
    put_16aligned_be32(&sctp->crc, crc32c((uint8_t *) sctp, size));
    return answer_finish(packet, f);
}
