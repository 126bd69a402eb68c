/* From ingress to egress, to the next datapath, and out. */

#include "frag_packet.h"
#include "pipe_private.h"

void
pipe_clear_ct(struct flow *flow)
{
    flow->ct_state = 0;
    flow->ct_mark = 0;
    flow->ct_label = OVS_U128_ZERO;
    flow->ct_zone = 0;
    flow->ct_nw_proto = 0;
    flow->ct_tp_src = flow->ct_tp_dst = 0;
    flow->ct_nw_src = flow->ct_nw_dst = 0;
    flow->ct_ipv6_src = flow->ct_ipv6_dst = in6addr_any;
}

static void
clear_registers(struct flow *flow)
{
    memset(flow->regs, 0, LREG_FLAGS * sizeof *flow->regs);
}

static void
begin(struct pipe_state *s, enum lpipeline pipeline)
{
    const struct pipe_observer *observer = s->run->observer;

    s->pipeline = pipeline;
    s->stage = 0;
    s->lflow = NULL;
    s->go_on = true;
    if (observer && observer->enter) {
        observer->enter(observer->aux, s->datapath, pipeline, &s->flow);
    }
}

void
pipe_enter(struct pipe_state *s, const struct net_port *inport)
{
    s->datapath = inport->datapath;
    s->flow.metadata = htonll(inport->datapath->key);
    clear_registers(&s->flow);
    s->flow.regs[LREG_FLAGS] = 0;
    s->flow.regs[LREG_INPORT] = inport->key;
    s->flow.regs[LREG_OUTPORT] = 0;
    if (!pipe_run_is_like_ovn_trace(s->run)) {
        pipe_clear_ct(&s->flow);
    }
    s->packet->md.ct_state = 0;
    s->packet->md.conn = NULL;
    s->n_stack = 0;
    s->queue = 0;
    begin(s, PIPELINE_INGRESS);
}

/* Drops a copy of the packet. */
static void
drop_copy(struct pipe_state *s, enum drop_reason reason)
{
    pipe_observe_fork(s, true);
    pipe_drop(s, reason);
    pipe_observe_fork(s, false);
}

/* The packet, or a copy if that is not all that is done with it, goes
 * nowhere.  Actions behind this one still work on the packet. */
static void
go_nowhere(struct pipe_state *s, enum drop_reason reason, bool last)
{
    if (last) {
        pipe_drop(s, reason);
    } else {
        drop_copy(s, reason);
    }
    s->halted = last;
}

struct leaving {
    struct pipe_state *state;
    const struct net_port *port;
};

static void
add_output(void *leaving_, struct dp_packet **packet)
{
    const struct leaving *leaving = leaving_;
    struct pipe_effect *effect = pipe_add_effect(leaving->state,
                                                 EFFECT_OUTPUT);

    effect->port = leaving->port;
    effect->queue = leaving->state->queue;
    effect->packet = *packet;
    *packet = NULL;
}

/* Out of the egress pipeline: to the peer, or away. */
static void
leave(struct pipe_state *s, bool last)
{
    const struct pipe_observer *observer = s->run->observer;
    const struct net_port *port
        = net_datapath_find_port(s->datapath, s->flow.regs[LREG_OUTPORT]);

    if (!port) {
        pipe_drop(s, DROP_NO_PORT);
        return;
    }

    pipe_flush(s);
    if (!port->peer) {
        if (observer && observer->output) {
            observer->output(observer->aux, port, &s->flow);
        }

        struct leaving leaving = { .state = s, .port = port };
        if (!s->mru || !frag_split(s->packet, s->flow.dl_type, s->mru,
                                   add_output, &leaving)) {
            struct dp_packet *packet = last ? s->packet
                                       : dp_packet_clone(s->packet);

            s->packet = last ? NULL : s->packet;
            add_output(&leaving, &packet);
        }
        return;
    }

    if (last && ++s->depth <= pipe_run_max_depth(s->run)) {
        pipe_enter(s, port->peer);
        return;
    }

    struct dp_packet *copy = dp_packet_clone(s->packet);
    struct pipe_state hop;

    s->handled = true;
    pipe_state_fork(&hop, s, &copy);
    if (hop.depth > pipe_run_max_depth(hop.run)) {
        drop_copy(&hop, DROP_LOOP);
    } else {
        pipe_enter(&hop, port->peer);
        pipe_go(&hop);
    }
    pipe_state_uninit(&hop);
}

static void
to_egress(struct pipe_state *s, uint32_t outport)
{
    clear_registers(&s->flow);
    if (pipe_run_is_like_ovn_trace(s->run)) {
        s->flow.regs[LREG_FLAGS] = 0;
    }
    s->flow.regs[LREG_OUTPORT] = outport;
    begin(s, PIPELINE_EGRESS);
}

static bool
is_hairpin(const struct pipe_state *s, uint32_t outport)
{
    return (outport == s->flow.regs[LREG_INPORT]
            && !(s->flow.regs[LREG_FLAGS] & LFLAG_loopback));
}

/* A copy to 'outport'. */
static void
fork_to_egress(struct pipe_state *s, uint32_t outport)
{
    struct dp_packet *copy = dp_packet_clone(s->packet);
    struct pipe_state fork;

    pipe_state_fork(&fork, s, &copy);
    if (fork.depth > pipe_run_max_depth(fork.run)) {
        drop_copy(&fork, DROP_LOOP);
    } else {
        to_egress(&fork, outport);
        pipe_go(&fork);
    }
    pipe_state_uninit(&fork);
}

static void
flood(struct pipe_state *s, const struct net_group *group, bool last)
{
    bool any = false;

    s->handled = true;
    for (size_t i = 0; i < group->n_ports; i++) {
        if (!is_hairpin(s, group->ports[i]->key)) {
            fork_to_egress(s, group->ports[i]->key);
            any = true;
        }
    }
    if (!any) {
        go_nowhere(s, group->n_ports ? DROP_HAIRPIN : DROP_NO_PORT, last);
        s->halted = false;
    }
}

void
pipe_output(struct pipe_state *s, bool last)
{
    if (s->pipeline == PIPELINE_EGRESS) {
        leave(s, last);
        return;
    }

    uint32_t key = s->flow.regs[LREG_OUTPORT];
    const struct net_port *port = net_datapath_find_port(s->datapath, key);
    const struct net_group *group
        = port ? NULL : net_datapath_find_group(s->datapath, key);

    if (group) {
        flood(s, group, last);
        return;
    }
    if (port && port->type == PORT_CHASSIS_REDIRECT) {
        port = port->distributed;
    }
    if (!port) {
        go_nowhere(s, DROP_NO_PORT, last);
    } else if (is_hairpin(s, port->key)) {
        go_nowhere(s, DROP_HAIRPIN, last);
    } else if (last) {
        s->handled = true;
        to_egress(s, port->key);
    } else {
        s->handled = true;
        fork_to_egress(s, port->key);
    }
}
