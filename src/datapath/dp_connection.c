#include "dp_connection.h"

#include "dp_opening.h"

/* Conntrack gets what it did not see.  A RST ends both directions at once, in
 * all zones that it passes: if the network lets none pass any more in one
 * direction (a VIP without backends), it comes from the other. */
static void
tell_conntrack(void *d_, const struct cache_flow *flow, bool over)
{
    struct datapath *d = d_;
    const struct cache_flow *other;
    struct ask_answer answer;
    struct ask_question q = {
        .key = &flow->key,
        .like = &flow->entry,
        .tcp_flags = TCP_ACK | (over ? TCP_RST : TCP_FIN),
        .now_ms = time_msec(),
    };

    if ((ask_pipeline(d, &q, &answer)
         && rule_equals(&answer.rule, &flow->entry)) || !over) {
        return;
    }
    other = cache_find_by_answer(d->cache, &flow->key);
    q.key = other ? &other->key : &flow->answer;
    q.like = other ? &other->entry : &flow->entry;
    ask_pipeline(d, &q, &answer);
}

void
connection_init(struct datapath *d)
{
    cache_on_end(d->cache, tell_conntrack, d);
}

void
connection_forget(struct datapath *d, const struct flow_key *key)
{
    struct cache_flow *flow = cache_find(d->cache, key);

    if (flow) {
        cache_end(d->cache, &flow);
    }
    flow = cache_find_by_answer(d->cache, key);
    if (flow) {
        cache_end(d->cache, &flow);
    }
}

void
connection_closes(struct datapath *d, const struct flow_key *key)
{
    struct cache_flow *flow = cache_find(d->cache, key);

    if (flow && flow->answer_closed && !flow->told) {
        flow->told = true;
        tell_conntrack(d, flow, true);
    }
}

bool
connection_foresee(struct datapath *d, const struct cache_desc *back,
                   bool any_port, long long now_ms)
{
    struct ask_answer there;
    struct rule_pair pair;

    if (!openings_find(d->openings, back->key, back->entry, &pair)
        || !ask_pipeline(d, &(struct ask_question) {
            .key = &pair.client, .like = &pair.there, .tcp_flags = TCP_ACK,
            .now_ms = now_ms,
        }, &there)) {
        return false;
    }
    pair.there = there.rule;
    pair.there.generation = d->config.generation;
    if (cache_put(d->cache, &(struct cache_desc) {
            .key = &pair.client, .entry = &pair.there, .path = &there.path,
            .dependencies = there.dependencies, .foreseen = true,
        }, now_ms)
        || cache_put(d->cache, back, now_ms)) {
        return false;
    }
    if (any_port && !there.matched_src) {
        openings_put(d->openings, &pair);
    }
    return true;
}

bool
connection_goes_on(struct datapath *d, const struct flow_key *key)
{
    uint32_t hash = flow_key_hash(key);
    uint32_t *slot = &d->unanswered[hash % ARRAY_SIZE(d->unanswered)];
    bool known = *slot == hash;

    *slot = hash;
    return known;
}

void
connection_answered(struct datapath *d, const struct flow_key *key,
                    long long now_ms)
{
    struct cache_flow *flow = cache_find_by_answer(d->cache, key);

    if (flow && flow->entry.flags & FP_ONE_WAY) {
        ask_flow(d, flow, now_ms);
    }
}
