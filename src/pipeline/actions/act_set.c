/* "FIELD = constant;" */

#include "pipe_private.h"

static void
parse_constant(struct lact_parser *p, struct lact_assign *a)
{
    struct lex *lex = &p->lex;

    if (a->dst.symbol->is_string) {
        if (lex->token.type != LEX_STRING) {
            lex_expected(lex, "the name of a port in quotes");
            return;
        }
        lex_force_string(lex, &a->string);
    } else if (lex->token.type == LEX_INTEGER
               || lex->token.type == LEX_MASKED) {
        a->constant = lex->token.constant;
        if (constant_width(&a->constant) > a->dst.width) {
            lex_error(lex, "the constant needs %d bits, but %s has only %d",
                      constant_width(&a->constant), a->dst.symbol->name,
                      a->dst.width);
            return;
        }
        if (a->dst.symbol->type == SYMBOL_FIELD) {
            a->word = lfield_word(&a->dst, a->constant.value,
                                  a->constant.masked ? a->constant.mask
                                  : u128_ones(a->dst.width));
        }
        lex_next(lex);
    } else {
        lex_expected(lex, "a constant, a field or an action with a result");
    }
}

static void
set_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_assign *a = (struct lact_assign *) lact;

    if (lact_require_writable(p, &a->dst)) {
        parse_constant(p, a);
    }
}

static void
set_format(const struct lact *lact, struct ds *ds)
{
    const struct lact_assign *a = (const struct lact_assign *) lact;

    lfield_format(&a->dst, ds);
    ds_put_cstr(ds, " = ");
    if (a->string) {
        lex_quote(a->string, ds);
    } else {
        constant_format(&a->constant, ds);
    }
}

static void
set_uninit(struct lact *lact)
{
    free(((struct lact_assign *) lact)->string);
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

static void
set_execute(struct pipe_state *s, const struct lact *lact,
            bool last OVS_UNUSED)
{
    const struct lact_assign *a = (const struct lact_assign *) lact;
    ovs_u128 value = a->constant.value;

    if (a->word.mask) {
        pipe_write_word(s, &a->word);
        pipe_note_value(s, lact, &a->dst);
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
    pipe_note_value(s, lact, &a->dst);
}

const struct lact_class act_set = {
    .name = "field = constant",
    .kind = LACT_SET,
    .size = sizeof(struct lact_assign),
    .parse = set_parse,
    .format = set_format,
    .uninit = set_uninit,
    .execute = set_execute,
};
