/* Assignments, exchange, "ip.ttl--", push and pop, next, clone. */

#include "pipe_private.h"

static void
note_value(struct pipe_state *s, const struct lact *lact,
           const struct lfield *field)
{
    if (s->run->observer) {
        ovs_u128 v = lfield_read(field, &s->flow);

        if (v.u64.hi) {
            pipe_note(s, lact, "0x%"PRIx64"%016"PRIx64, v.u64.hi, v.u64.lo);
        } else {
            pipe_note(s, lact, "0x%"PRIx64, v.u64.lo);
        }
    }
}

/* icmp4.frag_mtu: not in the flow, but in the packet. */
static void
set_frag_mtu(struct pipe_state *s, uint32_t mtu)
{
    pipe_flush(s);

    if (is_icmpv4(&s->flow, NULL)
        && dp_packet_l4_size(s->packet) >= ICMP_HEADER_LEN) {
        struct icmp_header *icmp = dp_packet_l4(s->packet);

        icmp->icmp_fields.frag.mtu = htons(mtu);
        icmp->icmp_csum = 0;
        icmp->icmp_csum = csum(icmp, dp_packet_l4_size(s->packet));
    } else if (is_icmpv6(&s->flow, NULL)
               && dp_packet_l4_size(s->packet)
                  >= sizeof(struct icmp6_data_header)) {
        struct icmp6_data_header *icmp = dp_packet_l4(s->packet);
        struct ovs_16aligned_ip6_hdr *ip6 = dp_packet_l3(s->packet);

        put_16aligned_be32(icmp->icmp6_data.be32, htonl(mtu));
        icmp->icmp6_base.icmp6_cksum = 0;
        icmp->icmp6_base.icmp6_cksum = packet_csum_upperlayer6(
            ip6, icmp, IPPROTO_ICMPV6, dp_packet_l4_size(s->packet));
    }
}

void
exec_set(struct pipe_state *s, const struct lact *lact, bool last OVS_UNUSED)
{
    const struct lact_assign *a = (const struct lact_assign *) lact;
    ovs_u128 value = a->constant.value;

    if (a->word.mask) {
        pipe_write_word(s, &a->word);
        note_value(s, lact, &a->dst);
        return;
    }
    if (a->dst.symbol->type == SYMBOL_OVN_FIELD) {
        set_frag_mtu(s, value.u64.lo);
        pipe_note(s, lact, NULL);
        return;
    }
    if (a->string) {
        uint32_t key;

        if (!net_datapath_key(s->run->pipeline->network, s->datapath,
                              a->string, &key)) {
            key = 0;
        }
        value = (ovs_u128) { .u64 = { .lo = key } };
    } else if (a->constant.masked) {
        ovs_u128 old = pipe_read(s, &a->dst);

        value.u64.lo |= old.u64.lo & ~a->constant.mask.u64.lo;
        value.u64.hi |= old.u64.hi & ~a->constant.mask.u64.hi;
    }
    pipe_write(s, &a->dst, value);
    note_value(s, lact, &a->dst);
}

void
exec_move(struct pipe_state *s, const struct lact *lact,
          bool last OVS_UNUSED)
{
    const struct lact_assign *a = (const struct lact_assign *) lact;

    pipe_write(s, &a->dst, pipe_read(s, &a->src));
    note_value(s, lact, &a->dst);
}

void
exec_exchange(struct pipe_state *s, const struct lact *lact,
              bool last OVS_UNUSED)
{
    const struct lact_assign *a = (const struct lact_assign *) lact;
    ovs_u128 dst = pipe_read(s, &a->dst);
    ovs_u128 src = pipe_read(s, &a->src);

    pipe_write(s, &a->dst, src);
    pipe_write(s, &a->src, dst);
    pipe_note(s, lact, NULL);
}

void
exec_dec_ttl(struct pipe_state *s, const struct lact *lact,
             bool last OVS_UNUSED)
{
    const struct lact_assign *a = (const struct lact_assign *) lact;
    ovs_u128 ttl = pipe_read(s, &a->dst);
    uint64_t least = pipe_run_is_like_ovn_trace(s->run) ? 1 : 2;

    if (ttl.u64.lo < least) {
        pipe_note(s, lact, "TTL");
        pipe_drop(s, DROP_TTL);
        return;
    }
    ttl.u64.lo--;
    pipe_write(s, &a->dst, ttl);
    pipe_note(s, lact, NULL);
}

void
exec_push(struct pipe_state *s, const struct lact *lact,
          bool last OVS_UNUSED)
{
    const struct lact_assign *a = (const struct lact_assign *) lact;
    ovs_u128 value = pipe_read(s, &a->dst);

    if (s->n_stack < PIPE_STACK_SIZE) {
        s->stack[s->n_stack++] = value;
    }
    pipe_note(s, lact, NULL);
}

void
exec_pop(struct pipe_state *s, const struct lact *lact, bool last OVS_UNUSED)
{
    const struct lact_assign *a = (const struct lact_assign *) lact;

    if (s->n_stack) {
        pipe_write(s, &a->dst, s->stack[--s->n_stack]);
    }
    pipe_note(s, lact, NULL);
}

void
exec_next(struct pipe_state *s, const struct lact *lact, bool last)
{
    const struct lact_next *next = (const struct lact_next *) lact;

    pipe_note(s, lact, NULL);
    pipe_next(s, next->pipeline, next->stage, last);
}

void
exec_clone(struct pipe_state *s, const struct lact *lact,
           bool last OVS_UNUSED)
{
    const struct lact_nested *nested = (const struct lact_nested *) lact;
    struct dp_packet *copy = dp_packet_clone(s->packet);
    struct pipe_state fork;

    pipe_note(s, lact, NULL);
    pipe_state_fork(&fork, s, &copy);
    pipe_do_forked(&fork, &nested->actions);
    s->handled = true;
}
