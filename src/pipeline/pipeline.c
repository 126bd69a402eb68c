#include "pipeline.h"

#include "fragments.h"
#include "learned.h"
#include "pipe_ct.h"
#include "pipe_private.h"

/* What a flood of connections that nobody answers can take: so many in all,
 * some hundred bytes each... */
#define MAX_CONNECTIONS 1000000

/* ...each for so long.  A client that is not answered asks again after 1, 2, 4
 * and 8 s. */
#define OPENING_S 10

static void
limit_connections(struct conntrack *ct)
{
    struct timeout_policy tp = {
        .policy = {
            .id = DEFAULT_TP_ID,
            .present = 1u << CT_DPIF_TP_ATTR_TCP_SYN_SENT,
            .attrs[CT_DPIF_TP_ATTR_TCP_SYN_SENT] = OPENING_S,
        },
    };

    timeout_policy_update(ct, &tp);
    conntrack_set_maxconns(ct, MAX_CONNECTIONS);
}

struct pipeline *
pipeline_new(const struct network *network)
{
    struct pipeline *pipeline = xzalloc(sizeof *pipeline);

    pipeline->network = network;
    pipeline->ct = conntrack_init();
    limit_connections(pipeline->ct);
    pipeline->fragments = fragments_new();
    /* It gets whole packets only. */
    ipf_set_enabled(conntrack_ipf_ctx(pipeline->ct), false, false);
    ipf_set_enabled(conntrack_ipf_ctx(pipeline->ct), true, false);
    pipeline->learned = learned_new();
    return pipeline;
}

void
pipeline_free(struct pipeline *pipeline)
{
    if (pipeline) {
        conntrack_destroy(pipeline->ct);
        fragments_free(pipeline->fragments);
        learned_free(pipeline->learned);
        free(pipeline);
    }
}

void
pipeline_trust_sequences(struct pipeline *pipeline)
{
    conntrack_set_tcp_seq_chk(pipeline->ct, false);
}

void
pipeline_suppose(struct pipeline *pipeline,
                 const struct pipe_supposition *supposition)
{
    pipeline->supposition = supposition;
}

void
pipeline_expire(struct pipeline *pipeline, long long now_ms)
{
    learned_expire(pipeline->learned, now_ms);
    fragments_expire(pipeline->fragments, now_ms);
}

const struct fragment_counts *
pipeline_fragments(const struct pipeline *pipeline)
{
    return fragments_counts(pipeline->fragments);
}

void
pipe_state_uninit(struct pipe_state *s)
{
    pipe_settle(s);
    dp_packet_delete(s->packet);
    s->packet = NULL;
}

void
pipe_state_fork(struct pipe_state *s, const struct pipe_state *parent,
                struct dp_packet **packet)
{
    *s = *parent;
    s->packet = *packet;
    *packet = NULL;
    s->depth++;
    s->go_on = s->halted = s->handled = false;
}

void
pipe_observe_fork(const struct pipe_state *s, bool begin)
{
    const struct pipe_observer *observer = s->run->observer;

    if (observer && observer->fork) {
        observer->fork(observer->aux, begin);
    }
}

void
pipe_do_forked(struct pipe_state *s, const struct lacts *actions)
{
    pipe_observe_fork(s, true);
    if (s->depth > pipe_run_max_depth(s->run)) {
        pipe_drop(s, DROP_LOOP);
    } else {
        pipe_do(s, actions);
        if (s->go_on) {
            pipe_go(s);
        }
    }
    pipe_observe_fork(s, false);
    pipe_state_uninit(s);
}

void
pipe_next(struct pipe_state *s, enum lpipeline pipeline, uint8_t stage,
          bool last)
{
    s->handled = true;
    if (last) {
        s->pipeline = pipeline;
        s->stage = stage;
        s->go_on = true;
        return;
    }

    struct dp_packet *copy = dp_packet_clone(s->packet);
    struct pipe_state fork;
    pipe_state_fork(&fork, s, &copy);
    fork.pipeline = pipeline;
    fork.stage = stage;
    pipe_observe_fork(s, true);
    if (fork.depth > pipe_run_max_depth(fork.run)) {
        pipe_drop(&fork, DROP_LOOP);
    } else {
        pipe_go(&fork);
    }
    pipe_observe_fork(s, false);
    pipe_state_uninit(&fork);
}

/* The actions from 'first' on. */
static void
do_from(struct pipe_state *s, const struct lacts *actions, size_t first)
{
    s->go_on = false;
    s->handled = false;
    for (size_t i = first; i < actions->n; i++) {
        const struct lact *lact = actions->list[i];

        lact->class->execute(s, lact, i + 1 == actions->n);
        if (s->halted || s->go_on || !s->packet) {
            return;
        }
    }
    if (!s->handled) {
        pipe_drop(s, DROP_BY_FLOW);
    }
}

void
pipe_do(struct pipe_state *s, const struct lacts *actions)
{
    do_from(s, actions, 0);
}

/* What the flow says.  Nobody watches: what its actions begin with need not be
 * done one by one.  True if the packet goes on in the pipeline. */
static bool
do_flow(struct pipe_state *s, const struct lflow *flow)
{
    for (size_t i = 0; i < flow->n_words; i++) {
        pipe_write_word(s, &flow->words[i]);
    }
    if (flow->only_assigns) {
        s->stage++;
        return true;
    }
    do_from(s, &flow->actions, flow->n_words);
    return s->go_on && !s->halted && s->packet;
}

/* One stage.  False if the packet ends there. */
static bool
run_stage(struct pipe_state *s)
{
    const struct pipe_observer *observer = s->run->observer;

    s->stage = ldatapath_skip(s->datapath->flows, s->pipeline, s->stage);
    if (s->stage >= N_LSTAGES) {
        pipe_drop(s, DROP_NO_FLOW);
        return false;
    }
    if (++s->run->n_stages > PIPE_MAX_STAGES) {
        pipe_drop(s, DROP_LOOP);
        return false;
    }

    s->lflow = pipe_look_up(s);
    s->run->verdict->ct_states |= s->flow.ct_state;
    if (observer && observer->match) {
        observer->match(observer->aux, s->stage, s->lflow);
    }
    if (!s->lflow) {
        pipe_drop(s, DROP_NO_FLOW);
        return false;
    }
    if (!observer || !observer->act) {
        return do_flow(s, s->lflow);
    }
    pipe_do(s, &s->lflow->actions);
    return s->go_on && !s->halted && s->packet;
}

void
pipe_go(struct pipe_state *s)
{
    while (run_stage(s)) {
        continue;
    }
}

/* 'packet' is taken. */
static void
run_packet(struct pipe_run *run, struct dp_packet **packet,
           const struct net_port *inport)
{
    const struct network *network = run->pipeline->network;
    const struct pipe_observer *observer = run->observer;
    struct pipe_state s;

    memset(&s, 0, sizeof s);
    s.run = run;
    s.packet = *packet;
    *packet = NULL;
    run->verdict->generation = ltables_generation(
        network_tables(CONST_CAST(struct network *, network)));

    pkt_metadata_init(&s.packet->md, u32_to_odp(UINT32_MAX));
    flow_extract(s.packet, &s.bytes);
    s.flow = s.bytes;
    pipe_disown_metadata(&s);
    pipe_enter(&s, inport);
    pipe_go(&s);
    if (observer && observer->leave) {
        observer->leave(observer->aux);
    }
    pipe_state_uninit(&s);
}

void
pipeline_run(struct pipeline *pipeline, struct dp_packet **packet,
             const struct net_port *inport, long long now_ms,
             const struct pipe_observer *observer,
             struct pipe_verdict *verdict)
{
    struct pipe_run run = {
        .pipeline = pipeline,
        .observer = observer,
        .verdict = verdict,
        /* Conntrack's own thread would take connections from before for
         * expired. */
        .now_ms = MAX(now_ms, time_msec()),
    };

    run_packet(&run, packet, inport);
}

void
pipeline_end_connection(struct pipeline *pipeline, struct dp_packet **packet,
                        const struct net_port *inport, long long now_ms)
{
    struct ct_ended ended = { .n = 0 };
    struct pipe_verdict verdict;
    struct pipe_run run = {
        .pipeline = pipeline,
        .verdict = &verdict,
        /* What a RST ends is kept for 30 s from then on: even what was
         * over is there again until it is flushed. */
        .now_ms = MAX(now_ms, time_msec()) - PIPE_LIMBO_MS,
        .ended = &ended,
    };

    pipe_verdict_init(&verdict);
    run_packet(&run, packet, inport);
    pipe_verdict_uninit(&verdict);
    ct_flush_ended(pipeline, &ended);
}
