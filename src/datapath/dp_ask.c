/* Asking the pipeline again for what the fast path remembers.
 *
 * A packet that has the entry's key is made up and run through the pipeline;
 * what it says is compared with the entry, and then forgotten.  Of what
 * running a packet changes -- conntrack -- an established connection only gets
 * its timeout back, which is wanted: its packets are not seen here. */

#include "dp_private.h"

static void
note_hop(void *aux, const struct net_datapath *dp, enum lpipeline pipeline,
         const struct flow *flow)
{
    struct cache_path *path = aux;

    if (path->n < CACHE_MAX_HOPS) {
        bool egress = pipeline == PIPELINE_EGRESS;

        path->hops[path->n] = (struct cache_hop) {
            .datapath = dp->key,
            .egress = egress,
            .port = flow->regs[egress ? LREG_OUTPORT : LREG_INPORT],
        };
        path->n++;
    } else {
        path->n = CACHE_MAX_HOPS + 1;
    }
}

void
ask_observe(struct pipe_observer *observer, struct cache_path *path)
{
    path->n = 0;
    *observer = (struct pipe_observer) { .aux = path, .enter = note_hop };
}

bool
ask_output(const struct datapath *d, const struct net_port *port,
           struct rule_output *output)
{
    const struct dp_port *p = dp_ports_find_logical(&d->ports, port->name);

    if (!p || p->vlan || !p->iface->attached) {
        return false;
    }
    output->ifindex = p->iface->link.ifindex;
    output->mtu = p->iface->link.mtu;
    output->peer = p->iface->peer;
    return true;
}

/* Where packets with that key come in; NULL if nowhere. */
static const struct net_port *
find_inport(const struct datapath *d, const struct flow_key *key)
{
    const struct dp_iface *iface = dp_ports_find_ifindex(
        &d->ports, key->is_ipv6 ? key->v6.ifindex : key->v4.ifindex);
    const struct dp_port *port = iface ? dp_iface_find_port(iface, 0) : NULL;

    return port ? network_find_port(d->network, port->logical) : NULL;
}

bool
ask_pipeline(struct datapath *d, const struct ask_question *q,
             struct ask_answer *answer)
{
    const struct flow_key *key = q->key;
    const struct net_port *inport = find_inport(d, key);
    struct pipe_observer observer;
    struct pipe_verdict verdict;
    struct rule_output output;
    struct arrival arrival;
    bool ok = false;

    if (!inport) {
        return false;
    }

    struct dp_packet *packet = rule_compose(key, q->like, q->tcp_flags);
    enum arrival_type type = arrival_init(
        &arrival, packet, key->is_ipv6 ? key->v6.ifindex : key->v4.ifindex);
    ask_observe(&observer, &answer->path);
    pipe_verdict_init(&verdict);
    pipeline_run(d->pipeline, &packet, inport, q->now_ms, &observer,
                 &verdict);
    if (type != ARRIVAL_OTHER && verdict.n == 1 && verdict.effects[0].port
        && answer->path.n <= CACHE_MAX_HOPS
        && ask_output(d, verdict.effects[0].port, &output)) {
        ok = !rule_from_verdict(&arrival, &verdict, &output, &answer->rule);
    }
    answer->dependencies = verdict.dependencies;
    answer->matched_src = verdict.matched_src;
    pipe_verdict_uninit(&verdict);
    return ok;
}

void
ask_to_end(struct datapath *d, const struct ask_question *q)
{
    const struct net_port *inport = find_inport(d, q->key);

    if (inport) {
        struct dp_packet *packet = rule_compose(q->key, q->like,
                                                q->tcp_flags);

        pipeline_end_connection(d->pipeline, &packet, inport, q->now_ms);
    }
}

bool
ask_was_known(struct datapath *d, const struct ask_question *q)
{
    const struct net_port *inport = find_inport(d, q->key);
    bool known = false;

    if (inport) {
        struct dp_packet *packet = rule_compose(q->key, q->like,
                                                q->tcp_flags);

        known = pipeline_was_established(d->pipeline, packet, inport,
                                         q->now_ms);
        dp_packet_delete(packet);
    }
    return known;
}

/* Runs a packet with that key, for what it does to conntrack. */
static void
tell(struct datapath *d, const struct flow_key *key, long long now_ms)
{
    const struct fp_entry like = { .ttl = 64 };
    struct ask_answer unused;

    ask_pipeline(d, &(struct ask_question) {
        .key = key, .like = &like, .tcp_flags = TCP_ACK, .now_ms = now_ms,
    }, &unused);
}

/* The connection of 'flow' is not in this conntrack, which is younger than it:
 * a packet of the direction that began it brings it back, where it is new, and
 * is established once there is an answer. */
static void
restore_connection(struct datapath *d, const struct cache_flow *flow,
                   long long now_ms)
{
    const struct cache_flow *other = cache_find_by_answer(d->cache,
                                                          &flow->key);
    const struct flow_key *answer = other ? &other->key : &flow->answer;
    bool is_reply = flow->entry.flags & FP_REPLY;

    tell(d, is_reply ? answer : &flow->key, now_ms);
    if (!is_reply && !(flow->entry.flags & FP_ONE_WAY)) {
        tell(d, answer, now_ms);
    }
}

void
ask_flow(struct datapath *d, struct cache_flow *flow, long long now_ms)
{
    struct ask_answer answer;

    if (flow->adopted && flow->entry.flags & FP_CONNECTION) {
        restore_connection(d, flow, now_ms);
    }
    if (ask_pipeline(d, &(struct ask_question) {
            .key = &flow->key, .like = &flow->entry, .tcp_flags = TCP_ACK,
            .now_ms = now_ms,
        }, &answer)
        && rule_equals(&answer.rule, &flow->entry)) {
        cache_confirm(d->cache, flow, &answer.path, answer.dependencies,
                      now_ms);
    } else {
        cache_refuse(d->cache, &flow);
    }
}

void
ask_doubtful(struct datapath *d, size_t max, long long now_ms)
{
    size_t budget = max * 8;
    struct cache_flow *flow;

    for (size_t i = 0; i < max; i++) {
        flow = cache_next_doubtful(d->cache, &budget);
        if (!flow) {
            break;
        }
        ask_flow(d, flow, now_ms);
    }
    d->more = d->more || cache_has_doubtful(d->cache);
}

static void
ask_neighbor(struct datapath *d, const struct fp_neighbor_key *key_,
             long long now_ms)
{
    struct fp_neighbor_key key = *key_;
    const struct dp_iface *iface = dp_ports_find_ifindex(&d->ports,
                                                         key.ifindex);
    const struct dp_port *port = iface ? dp_iface_find_port(iface, 0) : NULL;
    const struct net_port *inport
        = port ? network_find_port(d->network, port->logical) : NULL;
    struct pipe_verdict verdict;
    struct fp_neighbor value;

    if (!inport) {
        neighbors_delete(d->neighbors, &key);
        return;
    }

    struct dp_packet *packet = neighbor_compose(&key);
    pipe_verdict_init(&verdict);
    pipeline_run(d->pipeline, &packet, inport, now_ms, NULL, &verdict);
    if (neighbor_from_verdict(&key, &verdict, inport, &value)) {
        value.generation = d->config.generation;
        neighbors_confirm(d->neighbors, &key, &value);
    } else {
        neighbors_refuse(d->neighbors, &key);
    }
    pipe_verdict_uninit(&verdict);
}

void
ask_neighbors(struct datapath *d, size_t max, long long now_ms)
{
    const struct fp_neighbor_key *key;

    for (size_t i = 0; i < max; i++) {
        key = neighbors_next_doubtful(d->neighbors);
        if (!key) {
            return;
        }
        ask_neighbor(d, key, now_ms);
    }
    d->more = d->more || neighbors_next_doubtful(d->neighbors);
}
