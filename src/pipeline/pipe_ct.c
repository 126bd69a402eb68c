#include "pipe_ct.h"

#include <netinet/in.h>

#include "fragments.h"

const struct nat_action_info_t ct_nat_restore;

void
ct_nat_to(struct nat_action_info_t *nat, bool is_source,
          const struct in6_addr *ip, uint16_t port_min, uint16_t port_max)
{
    memset(nat, 0, sizeof *nat);
    nat->nat_action = is_source ? NAT_ACTION_SRC : NAT_ACTION_DST;
    if (IN6_IS_ADDR_V4MAPPED(ip)) {
        nat->min_addr.ipv4 = nat->max_addr.ipv4 = in6_addr_get_mapped_ipv4(ip);
    } else {
        nat->min_addr.ipv6 = nat->max_addr.ipv6 = *ip;
    }
    if (port_min) {
        nat->nat_action |= is_source ? NAT_ACTION_SRC_PORT
                           : NAT_ACTION_DST_PORT;
        nat->min_port = port_min;
        nat->max_port = port_max;
    }
}

uint16_t
ct_default_zone(const struct pipe_state *s)
{
    if (!s->datapath->is_router) {
        int reg = s->pipeline == PIPELINE_INGRESS ? LREG_INPORT
                                                  : LREG_OUTPORT;
        const struct net_port *port
            = net_datapath_find_port(s->datapath, s->flow.regs[reg]);

        if (port) {
            return port->zone;
        }
    }
    return s->datapath->dnat_zone;
}

/* Whether conntrack has a connection that 'packet' is of, as of 'now_ms'. */
static bool
is_known(struct pipeline *pipeline, const struct dp_packet *packet,
         const struct net_port *port, long long now_ms)
{
    struct dp_packet *copy = dp_packet_clone(packet);
    struct dp_packet_batch batch;
    struct flow flow;
    uint32_t state;

    flow_extract(copy, &flow);
    if (flow.nw_frag & FLOW_NW_FRAG_ANY) {
        /* Conntrack knows whole packets alone. */
        dp_packet_delete(copy);
        return false;
    }
    dp_packet_batch_init_packet(&batch, copy);
    conntrack_execute(pipeline->ct, &batch, flow.dl_type, false, false,
                      port->datapath->is_router ? port->datapath->dnat_zone
                                                : port->zone,
                      NULL, NULL, flow.tp_src, flow.tp_dst, NULL, NULL,
                      now_ms, 0);
    state = copy->md.ct_state;
    dp_packet_delete_batch(&batch, true);
    return (state & (CS_TRACKED | CS_ESTABLISHED | CS_INVALID))
           == (CS_TRACKED | CS_ESTABLISHED);
}

bool
pipeline_is_established(struct pipeline *pipeline,
                        const struct dp_packet *packet,
                        const struct net_port *port, long long now_ms)
{
    return is_known(pipeline, packet, port, MAX(now_ms, time_msec()));
}

bool
pipeline_was_established(struct pipeline *pipeline,
                         const struct dp_packet *packet,
                         const struct net_port *port, long long now_ms)
{
    return is_known(pipeline, packet, port,
                    MAX(now_ms, time_msec()) - PIPE_LIMBO_MS);
}

/* The tuple that the connection began with. */
static void
take_original_tuple(struct flow *f, const struct pkt_metadata *md)
{
    if (f->dl_type == htons(ETH_TYPE_IP) && !md->ct_orig_tuple_ipv6) {
        f->ct_nw_proto = md->ct_orig_tuple.ipv4.ipv4_proto;
        if (f->ct_nw_proto) {
            f->ct_nw_src = md->ct_orig_tuple.ipv4.ipv4_src;
            f->ct_nw_dst = md->ct_orig_tuple.ipv4.ipv4_dst;
            f->ct_tp_src = md->ct_orig_tuple.ipv4.src_port;
            f->ct_tp_dst = md->ct_orig_tuple.ipv4.dst_port;
        }
    } else if (f->dl_type == htons(ETH_TYPE_IPV6)
               && md->ct_orig_tuple_ipv6) {
        f->ct_nw_proto = md->ct_orig_tuple.ipv6.ipv6_proto;
        if (f->ct_nw_proto) {
            f->ct_ipv6_src = md->ct_orig_tuple.ipv6.ipv6_src;
            f->ct_ipv6_dst = md->ct_orig_tuple.ipv6.ipv6_dst;
            f->ct_tp_src = md->ct_orig_tuple.ipv6.src_port;
            f->ct_tp_dst = md->ct_orig_tuple.ipv6.dst_port;
        }
    }
}

/* The packet's connection state becomes the flow's. */
static void
take_ct_fields(struct pipe_state *s)
{
    const struct pkt_metadata *md = &s->packet->md;

    pipe_take_tuple(s);
    pipe_clear_ct(&s->flow);
    if (md->ct_state) {
        s->flow.ct_state = md->ct_state;
        s->flow.ct_zone = md->ct_zone;
        s->flow.ct_mark = md->ct_mark;
        s->flow.ct_label = md->ct_label;
        take_original_tuple(&s->flow, md);
    }
}

/* A fragment waits, or is the last one: then the packet is the whole one from
 * here on.  False if the fragment ends here. */
static bool
join_fragments(struct pipe_state *s, uint16_t zone)
{
    enum drop_reason reason = DROP_MALFORMED;

    pipe_depend_on_headers(s);
    s->packet = fragments_add(s->run->pipeline->fragments, &s->packet,
                              s->flow.dl_type, zone, s->run->now_ms, &s->mru,
                              &reason);
    if (!s->packet) {
        pipe_drop(s, reason);
        return false;
    }
    pipe_extract(s);
    pipe_disown_words(s, 0, FLOW_U64S);
    return true;
}

/* Puts the whole packet through conntrack once. */
static void
track(struct pipe_state *s, const struct ct_request *r, bool commit,
      const struct nat_action_info_t *nat)
{
    struct {
        ovs_u128 value, mask;
    } label = { r->label, r->label_mask };
    uint32_t mark[2] = { r->mark, r->mark_mask };
    struct dp_packet_batch batch;
    struct ovs_key_ct_labels labels[2];

    memcpy(labels, &label, sizeof labels);
    dp_packet_batch_init_packet(&batch, s->packet);
    conntrack_execute(s->run->pipeline->ct, &batch, s->flow.dl_type, false,
                      commit, r->zone, r->mark_mask ? mark : NULL,
                      ovs_u128_is_zero(r->label_mask) ? NULL : labels,
                      s->flow.tp_src, s->flow.tp_dst, NULL, nat,
                      s->run->now_ms, 0);
}

/* --- Ends --- */

/* False if there is none. */
static bool
get_tuple(const struct pkt_metadata *md, struct ct_dpif_tuple *tuple)
{
    memset(tuple, 0, sizeof *tuple);
    if (md->ct_orig_tuple_ipv6) {
        const struct ovs_key_ct_tuple_ipv6 *orig = &md->ct_orig_tuple.ipv6;

        tuple->l3_type = AF_INET6;
        tuple->ip_proto = orig->ipv6_proto;
        tuple->src.in6 = orig->ipv6_src;
        tuple->dst.in6 = orig->ipv6_dst;
        tuple->src_port = orig->src_port;
        tuple->dst_port = orig->dst_port;
    } else {
        const struct ovs_key_ct_tuple_ipv4 *orig = &md->ct_orig_tuple.ipv4;

        tuple->l3_type = AF_INET;
        tuple->ip_proto = orig->ipv4_proto;
        tuple->src.ip = orig->ipv4_src;
        tuple->dst.ip = orig->ipv4_dst;
        tuple->src_port = orig->src_port;
        tuple->dst_port = orig->dst_port;
    }
    return tuple->ip_proto == IPPROTO_TCP;
}

/* Not yet: the packet may pass the same zone again, and NAT is done as the
 * connection says. */
static void
note_end(struct ct_ended *ended, const struct pkt_metadata *md, uint16_t zone)
{
    struct ct_dpif_tuple tuple;

    if (!(md->ct_state & CS_ESTABLISHED) || !get_tuple(md, &tuple)) {
        return;
    }
    for (size_t i = 0; i < ended->n; i++) {
        if (ended->list[i].zone == zone
            && !memcmp(&ended->list[i].tuple, &tuple, sizeof tuple)) {
            return;
        }
    }
    if (ended->n < ARRAY_SIZE(ended->list)) {
        ended->list[ended->n].tuple = tuple;
        ended->list[ended->n].zone = zone;
        ended->n++;
    }
}

void
ct_flush_ended(struct pipeline *pipeline, const struct ct_ended *ended)
{
    for (size_t i = 0; i < ended->n; i++) {
        conntrack_flush_tuple(pipeline->ct, &ended->list[i].tuple,
                              ended->list[i].zone);
    }
}

/* --- Actions --- */

/* Would NAT leave the packet as it is?  Then the connection is to have none,
 * as in the kernel: libopenvswitch would take its packets for their answers,
 * and fail an assertion. */
static bool
is_identity(const struct flow *f, const struct nat_action_info_t *nat)
{
    bool is_source = nat->nat_action & NAT_ACTION_SRC;
    /* To libopenvswitch, SCTP has none. */
    bool has_ports = f->nw_proto == IPPROTO_TCP || f->nw_proto == IPPROTO_UDP;
    uint16_t port = ntohs(is_source ? f->tp_src : f->tp_dst);

    if (has_ports
        && nat->nat_action & (NAT_ACTION_SRC_PORT | NAT_ACTION_DST_PORT)
        && (port < nat->min_port || port > nat->max_port)) {
        return false;
    }
    return (f->dl_type == htons(ETH_TYPE_IPV6)
            ? ipv6_addr_equals(&nat->min_addr.ipv6, is_source ? &f->ipv6_src
                               : &f->ipv6_dst)
            : nat->min_addr.ipv4 == (is_source ? f->nw_src : f->nw_dst));
}

bool
ct_execute(struct pipe_state *s, const struct ct_request *r)
{
    struct ct_ended *ended = s->run->ended;

    pipe_flush(s);
    pipe_depend_on_connection(s);
    s->run->verdict->dependencies |= DEPENDS_ON_CT;
    if (s->flow.nw_frag & FLOW_NW_FRAG_ANY && !join_fragments(s, r->zone)) {
        return false;
    }

    bool restores = r->nat && (!r->nat->nat_action
                               || is_identity(&s->flow, r->nat));
    track(s, r, r->commit && !restores && !ended,
          restores ? &ct_nat_restore : r->nat);
    if (ended) {
        note_end(ended, &s->packet->md, r->zone);
    } else if (r->commit && restores && s->packet->md.ct_state & CS_NEW) {
        /* Asked to restore what a new connection has not yet,
         * libopenvswitch would make up ports for its replies. */
        track(s, r, true, NULL);
    }
    take_ct_fields(s);
    return true;
}

void
ct_execute_next(struct pipe_state *s, const struct ct_request *r, bool last)
{
    struct dp_packet *copy = last ? NULL : dp_packet_clone(s->packet);
    struct pipe_state fork;
    struct pipe_state *target = s;

    s->handled = true;
    if (!last) {
        pipe_state_fork(&fork, s, &copy);
        target = &fork;
        pipe_observe_fork(s, true);
    }
    if (target->depth > pipe_run_max_depth(target->run)) {
        pipe_drop(target, DROP_LOOP);
    } else if (ct_execute(target, r)) {
        target->pipeline = s->lflow->pipeline;
        target->stage = s->lflow->stage + 1;
        target->go_on = true;
        if (!last) {
            pipe_go(target);
        }
    }
    if (!last) {
        pipe_observe_fork(s, false);
        pipe_state_uninit(&fork);
    }
}

uint8_t
ct_suppose_next(struct pipe_state *s)
{
    const struct pipe_supposition *supposition
        = s->run->pipeline->supposition;

    pipe_depend_on_tuple(s);
    s->run->verdict->dependencies |= DEPENDS_ON_CT;
    if (s->run->n_suppositions < supposition->n_ct_states) {
        return (supposition->ct_states[s->run->n_suppositions++]
                | CS_TRACKED);
    }
    return CS_ESTABLISHED | CS_TRACKED;
}

uint8_t
ct_suppose_nat_state(struct pipe_state *s, uint8_t flag)
{
    uint8_t state = s->flow.ct_state;

    if (!(state & CS_TRACKED)) {
        state |= ct_suppose_next(s);
    }
    return state | flag;
}

void
ct_suppose_go(struct pipe_state *s, uint8_t state, bool last)
{
    uint8_t old = s->flow.ct_state;

    s->flow.ct_state = state;
    pipe_next(s, s->lflow->pipeline, s->lflow->stage + 1, last);
    if (!last) {
        s->flow.ct_state = old;
    }
}

void
ct_suppose_nat(struct pipe_state *s, bool is_source,
               const struct in6_addr *ip, uint16_t port)
{
    struct flow_wildcards wc;

    flow_wildcards_init_catchall(&wc);
    if (s->flow.dl_type == htons(ETH_TYPE_IP)
        && IN6_IS_ADDR_V4MAPPED(ip)) {
        ovs_be32 ip4 = in6_addr_get_mapped_ipv4(ip);

        *(is_source ? &s->flow.nw_src : &s->flow.nw_dst) = ip4;
        *(is_source ? &wc.masks.nw_src : &wc.masks.nw_dst) = OVS_BE32_MAX;
    } else if (s->flow.dl_type == htons(ETH_TYPE_IPV6)) {
        *(is_source ? &s->flow.ipv6_src : &s->flow.ipv6_dst) = *ip;
        *(is_source ? &wc.masks.ipv6_src : &wc.masks.ipv6_dst)
            = in6addr_exact;
    }
    if (port && (s->flow.nw_proto == IPPROTO_TCP
                 || s->flow.nw_proto == IPPROTO_UDP
                 || s->flow.nw_proto == IPPROTO_SCTP)) {
        *(is_source ? &s->flow.tp_src : &s->flow.tp_dst) = htons(port);
        *(is_source ? &wc.masks.tp_src : &wc.masks.tp_dst) = OVS_BE16_MAX;
    }
    pipe_disown(s, &wc);
    s->reassigned = true;
}
