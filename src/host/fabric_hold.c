/* Packets for sleeping VIPs: from the pipeline to the holder and back. */

#include <netinet/in.h>

#include "cleanup.h"
#include "diag.h"
#include "fabric_private.h"

VLOG_DEFINE_THIS_MODULE(fabric_hold);

/* Answers that are taken in without another turn of the loop. */
#define MAX_ECHOES 3

static const struct net_port *
find_inport(const struct fabric *f, const struct hold_origin *origin)
{
    const struct net_datapath *dp = network_find_datapath(f->network,
                                                          origin->datapath);

    return dp ? net_datapath_find_port(dp, origin->inport) : NULL;
}

static uint64_t
generation(const struct fabric *f)
{
    return ltables_generation(network_tables(f->network));
}

/* --- Arrivals --- */

/* True if a TCP packet that begins no connection is of one that goes on, and
 * not what is left of one that the network knows no more. */
static bool
is_established(const struct fabric *f, const struct pipe_effect *effect)
{
    struct flow flow;

    flow_extract(effect->packet, &flow);
    return flow.nw_proto == IPPROTO_TCP
           && (flow.dl_type == htons(ETH_TYPE_IP)
               || flow.dl_type == htons(ETH_TYPE_IPV6))
           && !(ntohs(flow.tcp_flags) & (TCP_SYN | TCP_RST)) && effect->port
           && pipeline_is_established(f->pipeline, effect->packet,
                                      effect->port, f->now_ms);
}

/* A packet of the fabric's own, or one that is held, may be of no connection
 * when it comes here again: a RST that ends a probe. */
static bool
is_stray(struct pipe_effect *effect, bool established)
{
    struct opening opening;

    opening_classify(effect->packet, &opening);
    return !established
           && opening.kind & (PACKET_ONGOING | PACKET_CLOSING);
}

enum datapath_fate
fabric_take_event(struct fabric *f, struct pipe_effect *effect,
                  const struct net_port *inport)
{
    struct diag diag OWNED_DIAG = DIAG_INITIALIZER;
    struct event event;

    if (!f->holder) {
        return DATAPATH_CONSUMED;
    }
    bool established = is_established(f, effect);
    bool again = f->replaying || f->probing;
    if ((again && is_stray(effect, established))
        || !event_from_info(effect->event->name, &effect->event->args,
                            "trigger_event", &event, &diag)) {
        return DATAPATH_CONSUMED;
    }
    struct hold_origin origin = {
        .datapath = inport->datapath->key, .inport = inport->key,
    };
    if (again) {
        probes_raised(f->probes, &event, effect->packet, &origin,
                      generation(f));
        /* The holder has the original, or there is none. */
        event_uninit(&event);
        f->raised_again = true;
        dp_packet_delete(pipe_effect_steal_packet(effect));
        return f->replaying ? DATAPATH_HELD : DATAPATH_CONSUMED;
    }

    struct fabric_arrival *arrival = xzalloc(sizeof *arrival);
    arrival->in = (struct holder_arrival) {
        .packet = pipe_effect_steal_packet(effect),
        .origin = origin,
        .event = event,
        .is_established = established,
    };
    f->hold_custody.received++;
    ovs_list_push_back(&f->arrivals, &arrival->node);
    return DATAPATH_HELD;
}

static bool
next_arrival(void *f_, struct holder_arrival *in)
{
    struct fabric *f = f_;

    if (ovs_list_is_empty(&f->arrivals)) {
        return false;
    }
    struct fabric_arrival *arrival
        = CONTAINER_OF(ovs_list_pop_front(&f->arrivals),
                       struct fabric_arrival, node);
    *in = arrival->in;
    free(arrival);
    return true;
}

static void
admitted(void *f_, struct holder_arrival *in)
{
    struct fabric *f = f_;

    probes_raised(f->probes, &in->event, in->packet, &in->origin,
                  generation(f));
}

bool
fabric_next_refused(struct fabric *f, struct holder_refused *refused)
{
    return f->holder && holder_next_refused(f->holder, refused);
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

/* What this process itself knows the VIP's backends to be; or NULL. */
static const char *
own_backends(const struct fabric *f, const struct event *event)
{
    const char *own = netsink_vip_backends(f->sink, &event->lb, event->vip);

    return own || !f->vip_backends
           ? own : f->vip_backends(f->vip_backends_aux, &event->lb,
                                   event->vip);
}

/* What the VIP's backends are.  The compiler's own word comes a round trip
 * before that of the database. */
static const char *
find_backends(const struct fabric *f, const struct event *event)
{
    const char *own = own_backends(f, event);

    return own ? own : sb_vip_backends(f->sb, event);
}

static enum sb_vip_state
backends_state(void *f_, const struct event *event)
{
    const struct fabric *f = f_;
    const char *own = own_backends(f, event);

    if (!own) {
        return sb_vip_state(f->sb, event);
    }
    const struct sb_health health = sb_backends_health(f->sb, own,
                                                       event->protocol);
    if (health.n_backends && !health.n_monitored
        && netsink_is_monitored(f->sink, event->protocol, own)) {
        return SB_VIP_UNHEALTHY; /* Their rows are on their way. */
    }
    return sb_health_state(&health);
}

static enum holder_vip
vip_state(void *f_, uint64_t datapath OVS_UNUSED, const struct event *event,
          const struct endpoint *vip OVS_UNUSED)
{
    struct fabric *f = f_;
    const char *backends = find_backends(f, event);
    size_t n = count_backends(backends);

    if (backends && !n) {
        probes_reset(f->probes, event);
        return HOLDER_VIP_ASLEEP;
    }
    switch (probes_ask(f->probes, event, n, generation(f), f->now_ms)) {
    case PROBE_ASLEEP:
        return HOLDER_VIP_ASLEEP;
    case PROBE_ANSWERED:
        return HOLDER_VIP_AWAKE;
    case PROBE_WAITING:
    default:
        f->spoken = true;
        return HOLDER_VIP_UNKNOWN;
    }
}

static void
vip_forget(void *f_, const struct endpoint *vip, const char *protocol)
{
    struct fabric *f = f_;

    probes_forget(f->probes, vip, protocol);
}

static uint64_t
seqno(void *f_)
{
    struct fabric *f = f_;

    /* Either grows, never shrinks. */
    return probes_seqno(f->probes)
           + generation(f);
}

/* --- Back into the network --- */

static enum holder_replayed
replay(void *f_, const struct dp_packet *packet,
       const struct hold_origin *origin)
{
    struct fabric *f = f_;
    const struct net_port *inport = find_inport(f, origin);

    if (!inport) {
        return HOLDER_NO_SWITCH;
    }
    struct dp_packet *copy = dp_packet_clone(packet);
    f->raised_again = false;
    f->replaying = true;
    datapath_replay(f->datapath, &copy, inport, f->now_ms);
    f->replaying = false;
    f->spoken = true;
    return f->raised_again ? HOLDER_STILL_ASLEEP : HOLDER_REPLAYED;
}

static bool
answer(void *f_, const struct dp_packet *packet,
       const struct hold_origin *origin)
{
    struct fabric *f = f_;
    const struct net_port *port = find_inport(f, origin);

    if (!port) {
        return false;
    }
    struct dp_packet *copy = dp_packet_clone(packet);
    datapath_send(f->datapath, &copy, port);
    return true;
}

const struct holder_switch fabric_holder_switch = {
    .next = next_arrival,
    .admitted = admitted,
    .vip_state = vip_state,
    .vip_forget = vip_forget,
    .seqno = seqno,
    .replay = replay,
    .answer = answer,
    .backends = backends_state,
    .backends_tell = true,
};

/* --- Probes --- */

static void
inject(void *f_, struct dp_packet **packet, const struct hold_origin *origin)
{
    struct fabric *f = f_;
    const struct net_port *inport = find_inport(f, origin);

    if (!inport) {
        dp_packet_delete(*packet);
        *packet = NULL;
        return;
    }
    f->probing = true;
    datapath_inject(f->datapath, packet, inport, f->now_ms);
    f->probing = false;
}

static const struct probes_ops probes_ops = { .inject = inject };

bool
fabric_intercept(void *f_, const struct dp_packet *packet,
                 const struct net_port *inport OVS_UNUSED)
{
    struct fabric *f = f_;

    return probes_intercept(f->probes, packet, f->now_ms);
}

/* --- Life --- */

void
fabric_hold_init(struct fabric *f)
{
    ovs_list_init(&f->arrivals);
    f->probes = probes_new(&probes_ops, f);
}

/* Tells the datapath what became of packets that it had given to be held. */
static void
tell_fates(struct fabric *f)
{
    const struct custody *now = &f->hold_custody;
    struct custody *told = &f->told_custody;

    for (; told->consumed < now->consumed; told->consumed++) {
        datapath_forget(f->datapath, 0);
    }
    for (size_t i = 0; i < N_DROP_REASONS; i++) {
        for (; told->dropped[i] < now->dropped[i]; told->dropped[i]++) {
            datapath_forget(f->datapath, i);
        }
    }
}

void
fabric_hold_uninit(struct fabric *f)
{
    struct holder_arrival in;

    holder_free(f->holder);
    f->holder = NULL;
    while (next_arrival(f, &in)) {
        f->hold_custody.dropped[DROP_SHUTDOWN]++;
        dp_packet_delete(in.packet);
        event_uninit(&in.event);
    }
    if (f->datapath) {
        tell_fates(f);
    }
    probes_free(f->probes);
    f->probes = NULL;
}

void
fabric_hold_run(struct fabric *f)
{
    if (!f->holder) {
        return;
    }
    probes_run(f->probes, f->now_ms);
    holder_run(f->holder, f->now_ms);
    /* A pod on this machine has answered before it is asked whether it has:
     * that the VIP is awake, a probe, its answer, the packets that waited and
     * the answer to them need not be a turn of the loop each. */
    for (int i = 0; i < MAX_ECHOES && f->spoken; i++) {
        f->spoken = false;
        probes_run(f->probes, f->now_ms);
        datapath_run_frames(f->datapath, f->now_ms);
        holder_run(f->holder, f->now_ms);
    }
    f->spoken = false;
    tell_fates(f);
}

void
fabric_hold_wait(struct fabric *f)
{
    if (f->holder) {
        probes_wait(f->probes);
        holder_wait(f->holder);
        if (!ovs_list_is_empty(&f->arrivals)) {
            poll_immediate_wake();
        }
    }
}
