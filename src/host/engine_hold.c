/* Packets for sleeping VIPs: from the pipeline to the holder and back. */

#include <netinet/in.h>

#include "cleanup.h"
#include "diag.h"
#include "engine_private.h"

VLOG_DEFINE_THIS_MODULE(engine_hold);

static const struct net_port *
find_inport(const struct engine *e, const struct hold_origin *origin)
{
    const struct net_datapath *dp = network_find_datapath(e->network,
                                                          origin->datapath);

    return dp ? net_datapath_find_port(dp, origin->inport) : NULL;
}

static uint64_t
generation(const struct engine *e)
{
    return ltables_generation(network_tables(e->network));
}

/* --- Arrivals --- */

/* A TCP packet that does not begin a connection: what is left of one that the
 * network knows no more.  Wakes nobody. */
static bool
is_stray(struct dp_packet *packet)
{
    struct flow flow;

    flow_extract(packet, &flow);
    uint16_t flags = ntohs(flow.tcp_flags);
    return flow.nw_proto == IPPROTO_TCP
           && (flow.dl_type == htons(ETH_TYPE_IP)
               || flow.dl_type == htons(ETH_TYPE_IPV6))
           && !(flow.nw_frag & FLOW_NW_FRAG_LATER)
           && (flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) != TCP_SYN;
}

enum datapath_fate
engine_take_event(struct engine *e, struct pipe_effect *effect,
                  const struct net_port *inport)
{
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;
    struct event event;

    if (!e->holder || is_stray(effect->packet)
        || !event_from_info(effect->event->name, &effect->event->args,
                            "trigger_event", &event, &diag)) {
        return DATAPATH_CONSUMED;
    }
    struct hold_origin origin = {
        .datapath = inport->datapath->key, .inport = inport->key,
    };
    probes_raised(e->probes, &event, effect->packet, &origin,
                  generation(e));
    if (e->replaying || e->probing) {
        /* The holder has the original, or there is none. */
        event_uninit(&event);
        e->raised_again = true;
        dp_packet_delete(pipe_effect_steal_packet(effect));
        return e->replaying ? DATAPATH_HELD : DATAPATH_CONSUMED;
    }

    struct engine_arrival *arrival = xzalloc(sizeof *arrival);
    arrival->in = (struct holder_arrival) {
        .packet = pipe_effect_steal_packet(effect),
        .origin = origin,
        .event = event,
    };
    e->hold_custody.received++;
    ovs_list_push_back(&e->arrivals, &arrival->node);
    return DATAPATH_HELD;
}

static bool
next_arrival(void *e_, struct holder_arrival *in)
{
    struct engine *e = e_;

    if (ovs_list_is_empty(&e->arrivals)) {
        return false;
    }
    struct engine_arrival *arrival
        = CONTAINER_OF(ovs_list_pop_front(&e->arrivals),
                       struct engine_arrival, node);
    *in = arrival->in;
    free(arrival);
    return true;
}

/* --- The state of a VIP --- */

static size_t
count_backends(const char *value)
{
    struct endpoints list = { .n = 0 };
    size_t n = value && endpoints_parse(value, &list, NULL) ? list.n : 0;

    endpoints_uninit(&list);
    return n;
}

static enum holder_vip
vip_state(void *e_, uint64_t datapath OVS_UNUSED, const struct event *event,
          const struct endpoint *vip OVS_UNUSED)
{
    struct engine *e = e_;
    const char *backends = sb_vip_backends(e->sb, event);
    size_t n = count_backends(backends);

    if (backends && !n) {
        probes_reset(e->probes, event);
        return HOLDER_VIP_ASLEEP;
    }
    switch (probes_ask(e->probes, event, n, generation(e), e->now_ms)) {
    case PROBE_ASLEEP:
        return HOLDER_VIP_ASLEEP;
    case PROBE_ANSWERED:
        return HOLDER_VIP_AWAKE;
    case PROBE_WAITING:
    default:
        return HOLDER_VIP_UNKNOWN;
    }
}

static void
vip_forget(void *e_, const struct endpoint *vip, const char *protocol)
{
    struct engine *e = e_;

    probes_forget(e->probes, vip, protocol);
}

static uint64_t
seqno(void *e_)
{
    struct engine *e = e_;

    /* Either grows, never shrinks. */
    return probes_seqno(e->probes)
           + generation(e);
}

/* --- Back into the network --- */

static enum holder_replayed
replay(void *e_, const struct dp_packet *packet,
       const struct hold_origin *origin)
{
    struct engine *e = e_;
    const struct net_port *inport = find_inport(e, origin);

    if (!inport) {
        return HOLDER_NO_SWITCH;
    }
    struct dp_packet *copy = dp_packet_clone(packet);
    e->raised_again = false;
    e->replaying = true;
    datapath_replay(e->datapath, &copy, inport, e->now_ms);
    e->replaying = false;
    return e->raised_again ? HOLDER_STILL_ASLEEP : HOLDER_REPLAYED;
}

static bool
answer(void *e_, const struct dp_packet *packet,
       const struct hold_origin *origin)
{
    struct engine *e = e_;
    const struct net_port *port = find_inport(e, origin);

    if (!port) {
        return false;
    }
    struct dp_packet *copy = dp_packet_clone(packet);
    datapath_send(e->datapath, &copy, port);
    return true;
}

const struct holder_switch engine_holder_switch = {
    .next = next_arrival,
    .vip_state = vip_state,
    .vip_forget = vip_forget,
    .seqno = seqno,
    .replay = replay,
    .answer = answer,
};

/* --- Probes --- */

static void
inject(void *e_, struct dp_packet **packet, const struct hold_origin *origin)
{
    struct engine *e = e_;
    const struct net_port *inport = find_inport(e, origin);

    if (!inport) {
        dp_packet_delete(*packet);
        *packet = NULL;
        return;
    }
    e->probing = true;
    datapath_inject(e->datapath, packet, inport, e->now_ms);
    e->probing = false;
}

static const struct probes_ops probes_ops = { .inject = inject };

bool
engine_intercept(void *e_, const struct dp_packet *packet,
                 const struct net_port *inport OVS_UNUSED)
{
    struct engine *e = e_;

    return probes_intercept(e->probes, packet, e->now_ms);
}

/* --- Life --- */

void
engine_hold_init(struct engine *e)
{
    ovs_list_init(&e->arrivals);
    e->probes = probes_new(&probes_ops, e);
}

/* Tells the datapath what became of packets that it had given to be held. */
static void
tell_fates(struct engine *e)
{
    const struct custody *now = &e->hold_custody;
    struct custody *told = &e->told_custody;

    for (; told->consumed < now->consumed; told->consumed++) {
        datapath_forget(e->datapath, 0);
    }
    for (size_t i = 0; i < N_DROP_REASONS; i++) {
        for (; told->dropped[i] < now->dropped[i]; told->dropped[i]++) {
            datapath_forget(e->datapath, i);
        }
    }
}

void
engine_hold_uninit(struct engine *e)
{
    struct holder_arrival in;

    holder_free(e->holder);
    e->holder = NULL;
    while (next_arrival(e, &in)) {
        e->hold_custody.dropped[DROP_SHUTDOWN]++;
        dp_packet_delete(in.packet);
        event_uninit(&in.event);
    }
    if (e->datapath) {
        tell_fates(e);
    }
    probes_free(e->probes);
    e->probes = NULL;
}

void
engine_hold_run(struct engine *e)
{
    if (e->holder) {
        probes_run(e->probes, e->now_ms);
        holder_run(e->holder, e->now_ms);
        tell_fates(e);
    }
}

void
engine_hold_wait(struct engine *e)
{
    if (e->holder) {
        probes_wait(e->probes);
        holder_wait(e->holder);
        if (!ovs_list_is_empty(&e->arrivals)) {
            poll_immediate_wake();
        }
    }
}
