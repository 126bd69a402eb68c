/* Fields of the packet's flow, and what of the arriving packet they are.
 *
 * The verdict depends on a bit of the arriving packet if the bit was looked
 * at before anything else was written there. */

#include "pipe_private.h"

void
pipe_depend(struct pipe_state *s, const struct flow_wildcards *wc)
{
    const uint64_t *looked = (const uint64_t *) &wc->masks;
    const uint64_t *own = (const uint64_t *) &s->own.masks;
    uint64_t *out = (uint64_t *) &s->run->verdict->wc.masks;

    for (size_t i = 0; i < FLOW_U64S; i++) {
        out[i] |= looked[i] & ~own[i];
    }
}

void
pipe_disown(struct pipe_state *s, const struct flow_wildcards *wc)
{
    flow_wildcards_or(&s->own, &s->own, wc);
}

void
pipe_depend_on_tuple(struct pipe_state *s)
{
    struct flow_wildcards wc;

    flow_wildcards_init_catchall(&wc);
    WC_MASK_FIELD(&wc, dl_type);
    WC_MASK_FIELD(&wc, nw_proto);
    WC_MASK_FIELD(&wc, nw_frag);
    if (s->flow.dl_type == htons(ETH_TYPE_IPV6)) {
        WC_MASK_FIELD(&wc, ipv6_src);
        WC_MASK_FIELD(&wc, ipv6_dst);
    } else {
        WC_MASK_FIELD(&wc, nw_src);
        WC_MASK_FIELD(&wc, nw_dst);
    }
    WC_MASK_FIELD(&wc, tp_src);
    WC_MASK_FIELD(&wc, tp_dst);
    pipe_depend(s, &wc);
}

ovs_u128
pipe_read(struct pipe_state *s, const struct lfield *field)
{
    struct flow_wildcards wc;

    flow_wildcards_init_catchall(&wc);
    lfield_unwildcard(field, &wc);
    pipe_depend(s, &wc);
    return lfield_read(field, &s->flow);
}

void
pipe_write(struct pipe_state *s, const struct lfield *field, ovs_u128 value)
{
    struct flow_wildcards wc;

    lfield_write(field, value, &s->flow);
    flow_wildcards_init_catchall(&wc);
    lfield_unwildcard(field, &wc);
    pipe_disown(s, &wc);
    s->reassigned = true;
}

void
pipe_write_bit(struct pipe_state *s, const struct lfield *field, bool bit)
{
    pipe_write(s, field, (ovs_u128) { .u64 = { .lo = bit } });
}

struct in6_addr
pipe_u128_to_ip(ovs_u128 value, int width)
{
    struct in6_addr ip;

    if (width == 32) {
        in6_addr_set_mapped_ipv4(&ip, htonl(value.u64.lo));
    } else {
        ovs_be128 be = hton128(value);

        memcpy(&ip, &be, sizeof ip);
    }
    return ip;
}
