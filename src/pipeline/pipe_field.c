/* Fields of the packet's flow, and what of the arriving packet they are.
 *
 * The verdict depends on a bit of the arriving packet if the bit was looked
 * at before anything else was written there.  Looking is frequent and only
 * sets bits in 'looked'; writing moves those of the same words that are still
 * the arriving packet's to the verdict. */

#include "pipe_private.h"

/* Tells the verdict what was looked at in the 'n' words from 'first' on. */
static void
settle_words(struct pipe_state *s, size_t first, size_t n)
{
    const uint64_t *looked = (const uint64_t *) &s->looked.masks;
    const uint64_t *own = (const uint64_t *) &s->own.masks;
    uint64_t *out = (uint64_t *) &s->run->verdict->wc.masks;

    for (size_t i = first; i < first + n; i++) {
        out[i] |= looked[i] & ~own[i];
    }
}

void
pipe_settle(struct pipe_state *s)
{
    settle_words(s, 0, FLOW_U64S);
}

/* Of what is in 'looked' from now on, ports' bits tell what they were for. */
static void
begin_look(struct pipe_state *s, ovs_be16 ports[2])
{
    ports[0] = s->looked.masks.tp_src;
    ports[1] = s->looked.masks.tp_dst;
    s->looked.masks.tp_src = s->looked.masks.tp_dst = 0;
}

static void
end_look(struct pipe_state *s, const ovs_be16 ports[2])
{
    s->run->verdict->matched_src |= s->looked.masks.tp_src;
    s->run->verdict->matched_dst |= s->looked.masks.tp_dst;
    s->looked.masks.tp_src |= ports[0];
    s->looked.masks.tp_dst |= ports[1];
}

const struct lflow *
pipe_look_up(struct pipe_state *s)
{
    const struct lflow *found;
    ovs_be16 ports[2];

    begin_look(s, ports);
    found = ldatapath_lookup(s->datapath->flows, s->pipeline, s->stage,
                             &s->flow, &s->looked);
    end_look(s, ports);
    return found;
}

void
pipe_depend(struct pipe_state *s, const struct flow_wildcards *wc)
{
    s->run->verdict->matched_src |= wc->masks.tp_src;
    s->run->verdict->matched_dst |= wc->masks.tp_dst;
    flow_wildcards_or(&s->looked, &s->looked, wc);
}

void
pipe_disown(struct pipe_state *s, const struct flow_wildcards *wc)
{
    pipe_settle(s);
    flow_wildcards_or(&s->own, &s->own, wc);
}

void
pipe_disown_words(struct pipe_state *s, size_t first, size_t n)
{
    settle_words(s, first, n);
    memset((uint64_t *) &s->own.masks + first, 0xff, n * sizeof(uint64_t));
}

void
pipe_disown_metadata(struct pipe_state *s)
{
    struct flow *own = &s->own.masks;

    pipe_settle(s);
    memset(own, 0xff, offsetof(struct flow, dl_dst));
    own->ct_nw_src = own->ct_nw_dst = OVS_BE32_MAX;
    own->ct_ipv6_src = own->ct_ipv6_dst = in6addr_exact;
    own->ct_tp_src = own->ct_tp_dst = OVS_BE16_MAX;
}

void
pipe_depend_on_headers(struct pipe_state *s)
{
    struct flow_wildcards wc;

    flow_wildcards_init_for_packet(&wc, &s->flow);
    pipe_depend(s, &wc);
}

void
pipe_depend_on_tuple(struct pipe_state *s)
{
    s->run->verdict->matched_src = OVS_BE16_MAX;
    s->run->verdict->matched_dst = OVS_BE16_MAX;
    pipe_depend_on_connection(s);
}

void
pipe_depend_on_connection(struct pipe_state *s)
{
    struct flow_wildcards *wc = &s->looked;

    WC_MASK_FIELD(wc, dl_type);
    WC_MASK_FIELD(wc, nw_proto);
    WC_MASK_FIELD(wc, nw_frag);
    if (s->flow.dl_type == htons(ETH_TYPE_IPV6)) {
        WC_MASK_FIELD(wc, ipv6_src);
        WC_MASK_FIELD(wc, ipv6_dst);
    } else {
        WC_MASK_FIELD(wc, nw_src);
        WC_MASK_FIELD(wc, nw_dst);
    }
    WC_MASK_FIELD(wc, tp_src);
    WC_MASK_FIELD(wc, tp_dst);
}

ovs_u128
pipe_read(struct pipe_state *s, const struct lfield *field)
{
    ovs_be16 ports[2];

    begin_look(s, ports);
    lfield_unwildcard(field, &s->looked);
    end_look(s, ports);
    return lfield_read(field, &s->flow);
}

void
pipe_write(struct pipe_state *s, const struct lfield *field, ovs_u128 value)
{
    size_t first, n;

    lfield_words(field, &first, &n);
    settle_words(s, first, n);
    lfield_unwildcard(field, &s->own);
    lfield_write(field, value, &s->flow);
    s->reassigned = true;
}

void
pipe_write_word(struct pipe_state *s, const struct flow_word *w)
{
    uint64_t *flow = (uint64_t *) &s->flow + w->index;

    settle_words(s, w->index, 1);
    ((uint64_t *) &s->own.masks)[w->index] |= w->mask;
    *flow = (*flow & ~w->mask) | w->value;
    s->reassigned = true;
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

const struct net_port *
pipe_read_port(struct pipe_state *s, const struct lfield *field)
{
    uint32_t key = pipe_read(s, field).u64.lo;
    const struct net_port *port = net_datapath_find_port(s->datapath, key);

    return (port && port->type == PORT_CHASSIS_REDIRECT
            ? port->distributed : port);
}

struct eth_addr
pipe_read_mac(struct pipe_state *s, const struct lfield *field)
{
    struct eth_addr mac;

    eth_addr_from_uint64(pipe_read(s, field).u64.lo, &mac);
    return mac;
}

struct in6_addr
pipe_read_ip(struct pipe_state *s, const struct lfield *field)
{
    return pipe_u128_to_ip(pipe_read(s, field), field->width);
}

struct in6_addr
pipe_flow_ip(const struct flow *f, bool source)
{
    struct in6_addr ip;

    if (f->dl_type == htons(ETH_TYPE_IPV6)) {
        return source ? f->ipv6_src : f->ipv6_dst;
    }
    in6_addr_set_mapped_ipv4(&ip, source ? f->nw_src : f->nw_dst);
    return ip;
}

uint32_t
pipe_hash_tuple(struct pipe_state *s)
{
    pipe_depend_on_tuple(s);
    return flow_hash_5tuple(&s->flow, 0);
}
