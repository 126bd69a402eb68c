/* The slow path: a frame through the pipeline, its effects, and an entry if
 * there can be one. */

#include "dp_private.h"

#include <errno.h>

#include "dp_connection.h"
#include "dp_opening.h"
#include "offload.h"

static void
drop(struct datapath *d, struct dp_port *from, enum drop_reason reason)
{
    d->custody.dropped[reason]++;
    if (from) {
        from->stats.dropped[reason]++;
    }
}

/* The frame, as it is on the wire, is too large for the interface. */
static bool
is_over_mtu(const struct dp_packet *packet, const struct dp_iface *iface)
{
    return offload_frame_size(packet) > iface->link.mtu + ETH_HEADER_LEN;
}

void
slow_send(struct datapath *d, struct dp_packet **packetp,
          const struct net_port *outport, struct dp_port *from)
{
    struct dp_port *to = dp_ports_find_logical(&d->ports, outport->name);
    struct dp_packet *packet = *packetp;
    uint64_t size = dp_packet_size(packet);

    *packetp = NULL;
    if (!to || !to->iface->attached) {
        drop(d, from, DROP_NO_INTERFACE);
    } else if (is_over_mtu(packet, to->iface)) {
        drop(d, from, DROP_OVER_MTU);
    } else {
        if (to->vlan) {
            eth_push_vlan(packet, htons(ETH_TYPE_VLAN), htons(to->vlan));
        }
        if (d->transport->class->send(d->transport, to->iface->number,
                                      packet)) {
            drop(d, from, DROP_NOT_SENT);
        } else {
            d->custody.sent++;
            to->stats.tx_packets++;
            to->stats.tx_bytes += size;
        }
    }
    dp_packet_delete(packet);
}

/* Counts what became of a packet of the verdict's. */
static void
do_effect(struct datapath *d, struct pipe_effect *effect,
          const struct net_port *inport, struct dp_port *from,
          long long now_ms)
{
    struct dp_packet *packet;
    bool had_packet = effect->packet != NULL;

    switch (effect->type) {
    case EFFECT_OUTPUT:
        packet = pipe_effect_steal_packet(effect);
        slow_send(d, &packet, effect->port, from);
        return;
    case EFFECT_DROP:
        drop(d, from, effect->reason);
        return;
    case EFFECT_MAC:
    case EFFECT_FDB:
    case EFFECT_EVENT:
    case EFFECT_BIND:
    case EFFECT_PUNT:
    case EFFECT_LOG:
        break;
    }

    enum datapath_fate fate = d->ops->effect(d->aux, effect, inport, now_ms);
    if (had_packet) {
        if (fate == DATAPATH_HELD) {
            d->custody.held++;
        } else {
            d->custody.consumed++;
        }
    }
}

/* Whether the effect is an end of a packet. */
static bool
is_end(const struct pipe_effect *effect)
{
    return effect->type == EFFECT_DROP || effect->packet;
}

static void
do_effects(struct datapath *d, struct pipe_verdict *verdict,
           const struct net_port *inport, struct dp_port *from,
           long long now_ms)
{
    size_t n_ends = 0;

    for (size_t i = 0; i < verdict->n; i++) {
        n_ends += is_end(&verdict->effects[i]);
    }
    /* One packet was counted in; every further end is of a copy, or of a
     * packet that was made from it. */
    if (n_ends) {
        d->custody.injected += n_ends - 1;
    } else {
        d->custody.consumed++;
    }
    for (size_t i = 0; i < verdict->n; i++) {
        do_effect(d, &verdict->effects[i], inport, from, now_ms);
    }
}

/* A packet that is on its way, and what may be remembered of it. */
struct passage {
    enum arrival_type type;
    struct arrival arrival;
    struct cache_path path;
    struct fp_entry rule;
    const char *why_not;       /* NULL: 'rule' is an entry... */
    unsigned int dependencies; /* ...that depends on this. */
};

/* What a TCP packet is to its connection. */
static bool
is_first(const struct passage *p)
{
    return (p->type == ARRIVAL_CHANGE
            && (p->arrival.tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN);
}

static bool
is_second(const struct passage *p)
{
    return (p->type == ARRIVAL_CHANGE
            && (p->arrival.tcp_flags & (TCP_SYN | TCP_ACK | TCP_FIN
                                        | TCP_RST)) == (TCP_SYN | TCP_ACK));
}

/* What conntrack does not know of packets that came before decides. */
static void
catch_up(struct datapath *d, const struct passage *p)
{
    if (is_first(p)) {
        connection_forget(d, &p->arrival.key);
        openings_forget(d->openings, &p->arrival.key);
    } else if (p->type != ARRIVAL_OTHER && p->arrival.tcp_flags) {
        openings_introduce(d->openings, &p->arrival.key);
    }
}

/* An entry for the packets to come, if there can be one. */
static const char *
make_rule(struct datapath *d, const struct pipe_verdict *verdict,
          struct passage *p)
{
    struct rule_output output;

    if (verdict->n != 1 || verdict->effects[0].type != EFFECT_OUTPUT) {
        return "more or less than one output";
    }
    if (p->path.n > CACHE_MAX_HOPS) {
        return "goes through too many datapaths";
    }
    if (!ask_output(d, verdict->effects[0].port, &output)) {
        return "leaves by a tagged port, or by none";
    }
    if (is_first(p)) {
        return rule_from_first(&p->arrival, verdict, &output, &p->rule);
    }

    const char *why_not = rule_from_verdict(&p->arrival, verdict, &output,
                                            &p->rule);
    if (!why_not && p->rule.flags & FP_ONE_WAY
        && !connection_goes_on(d, &p->arrival.key)) {
        return "the first of its connection";
    }
    return why_not;
}

/* Before the packet leaves: what follows comes the moment it is there. */
static void
look_ahead(struct datapath *d, const struct pipe_verdict *verdict,
           struct passage *p, long long now_ms)
{
    if (p->type == ARRIVAL_PLAIN || is_first(p) || is_second(p)) {
        p->why_not = make_rule(d, verdict, p);
        p->rule.generation = d->config.generation;
    }
    if (is_first(p) && !p->why_not) {
        openings_begin(d->openings, &p->arrival, &p->rule,
                       !verdict->matched_src);
    } else if (is_second(p) && !p->why_not
               && connection_foresee(d, &(struct cache_desc) {
                   .key = &p->arrival.key, .entry = &p->rule,
                   .path = &p->path, .dependencies = verdict->dependencies,
               }, !verdict->matched_dst, now_ms)) {
        p->type = ARRIVAL_OTHER;
    }
}

static void
remember(struct datapath *d, const struct passage *p, long long now_ms)
{
    const struct flow_key *key = &p->arrival.key;

    if (p->type == ARRIVAL_CHANGE) {
        if (p->arrival.tcp_flags & TCP_FIN) {
            connection_closes(d, key);
        }
        connection_forget(d, key);
    } else if (p->why_not) {
        /* A packet that is treated in a special way may have changed what
         * becomes of the answers (ct_commit). */
        struct cache_flow *flow = cache_find(d->cache, key);

        if (flow) {
            cache_drop(d->cache, &flow);
        }
        flow = cache_find_by_answer(d->cache, key);
        if (flow) {
            ask_flow(d, flow, now_ms);
        }
    } else {
        cache_put(d->cache, &(struct cache_desc) {
            .key = key,
            .entry = &p->rule,
            .path = &p->path,
            .dependencies = p->dependencies,
        }, now_ms);
        connection_answered(d, key, now_ms);
    }
}

void
slow_run(struct datapath *d, struct dp_packet **packet,
         const struct net_port *inport, struct dp_port *port,
         long long now_ms)
{
    struct passage p = { .type = ARRIVAL_OTHER };
    struct pipe_observer observer;
    struct pipe_verdict verdict;
    struct fp_neighbor_key question;
    struct fp_neighbor answer;
    bool is_question = false;

    if (d->cache && port && !port->vlan) {
        int ifindex = port->iface->link.ifindex;

        p.type = arrival_init(&p.arrival, *packet, ifindex);
        is_question = (p.type == ARRIVAL_OTHER
                       && neighbor_key_init(&question, *packet, ifindex));
        catch_up(d, &p);
    }
    ask_observe(&observer, &p.path);
    pipe_verdict_init(&verdict);
    pipeline_run(d->pipeline, packet, inport, now_ms,
                 p.type == ARRIVAL_OTHER ? NULL : &observer, &verdict);
    look_ahead(d, &verdict, &p, now_ms);
    bool is_answered
        = (is_question && neighbor_from_first_verdict(&question, &verdict,
                                                      inport, &answer));

    p.dependencies = verdict.dependencies;
    do_effects(d, &verdict, inport, port, now_ms);
    pipe_verdict_uninit(&verdict);

    if (is_answered) {
        answer.generation = d->config.generation;
        neighbors_expect(d->neighbors, &question, &answer);
    }

    /* Not before the packet has left: those behind it must not pass it. */
    if (p.type != ARRIVAL_OTHER) {
        remember(d, &p, now_ms);
    }
}

/* The port that a frame is for, with its tag taken off. */
static struct dp_port *
find_port(const struct dp_iface *iface, struct dp_packet *packet)
{
    const struct vlan_eth_header *vlan = dp_packet_data(packet);
    uint16_t tag = 0;

    if (dp_packet_size(packet) >= VLAN_ETH_HEADER_LEN
        && vlan->veth_type == htons(ETH_TYPE_VLAN)) {
        tag = vlan_tci_to_vid(vlan->veth_tci);
    }

    struct dp_port *port = tag ? dp_iface_find_port(iface, tag) : NULL;
    if (port) {
        dp_packet_reset_offsets(packet);
        packet->packet_type = htonl(PT_ETH);
        eth_pop_vlan(packet);
        return port;
    }
    return dp_iface_find_port(iface, 0);
}

/* A connection that nobody answers stays in conntrack for half a minute, and
 * there is room for so many of all ports together: one alone must not take it
 * all.  More than the pipeline does for ordinary clients. */
#define SYNS_PER_MS 20
#define MAX_SYNS (1000 * SYNS_PER_MS)

/* A TCP segment with SYN and without ACK, in a plain header. */
static bool
is_syn(const struct dp_packet *packet)
{
    const uint8_t *frame = dp_packet_data(packet);
    size_t size = dp_packet_size(packet), l4;

    if (size < ETH_HEADER_LEN + IPV6_HEADER_LEN) {
        return false;
    }

    const uint8_t *ip = frame + ETH_HEADER_LEN;
    if (frame[12] == 0x08 && frame[13] == 0x00 && ip[9] == IPPROTO_TCP) {
        l4 = ETH_HEADER_LEN + (ip[0] & 15) * 4;
    } else if (frame[12] == 0x86 && frame[13] == 0xdd
               && ip[6] == IPPROTO_TCP) {
        l4 = ETH_HEADER_LEN + IPV6_HEADER_LEN;
    } else {
        return false;
    }
    return (size >= l4 + TCP_HEADER_LEN
            && (frame[l4 + 13] & (TCP_SYN | TCP_ACK)) == TCP_SYN);
}

static bool
may_enter(struct dp_port *port, const struct dp_packet *packet,
          long long now_ms)
{
    if (!is_syn(packet)) {
        return true;
    }

    long long more = MIN(now_ms - port->syns_ms, 1000) * SYNS_PER_MS;
    port->syns = MIN(port->syns + MAX(more, 0), MAX_SYNS);
    port->syns_ms = now_ms;
    if (!port->syns) {
        return false;
    }
    port->syns--;
    return true;
}

void
slow_receive(struct datapath *d, struct dp_packet **packet, uint16_t number,
             long long now_ms)
{
    struct dp_iface *iface = dp_ports_find_number(&d->ports, number);
    uint64_t size = dp_packet_size(*packet);
    struct dp_port *port = iface ? find_port(iface, *packet) : NULL;
    const struct net_port *inport
        = port ? network_find_port(d->network, port->logical) : NULL;

    d->custody.received++;
    if (port) {
        port->stats.rx_packets++;
        port->stats.rx_bytes += size;
        port->stats.slow_packets++;
    }
    if (!inport) {
        drop(d, port, DROP_UNBOUND);
        dp_packet_delete(*packet);
        *packet = NULL;
        return;
    }
    if (!may_enter(port, *packet, now_ms)) {
        drop(d, port, DROP_TOO_MANY_SYNS);
        dp_packet_delete(*packet);
        *packet = NULL;
        return;
    }
    if (d->ops->intercept && d->ops->intercept(d->aux, *packet, inport)) {
        d->custody.consumed++;
        dp_packet_delete(*packet);
        *packet = NULL;
        return;
    }
    slow_run(d, packet, inport, port, now_ms);
}
