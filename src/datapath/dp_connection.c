#include "dp_connection.h"

/* Of a client that has said nothing yet but SYN: what most systems begin with.
 * With another TTL its first packet takes the slow path. */
#define USUAL_TTL 64

/* Conntrack gets what it did not see.  A RST ends both directions at once. */
static void
tell_conntrack(void *d_, const struct cache_flow *flow, bool over)
{
    struct ask_answer unused;

    ask_pipeline(d_, &(struct ask_question) {
        .key = &flow->key,
        .like = &flow->entry,
        .tcp_flags = TCP_ACK | (over ? TCP_RST : TCP_FIN),
        .now_ms = time_msec(),
    }, &unused);
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
        cache_drop(d->cache, &flow);
    }
    flow = cache_find_by_answer(d->cache, key);
    if (flow) {
        cache_drop(d->cache, &flow);
    }
}

/* An entry for the packets of 'key', if the pipeline lets them pass. */
static bool
put(struct datapath *d, const struct flow_key *key,
    const struct fp_entry *like, bool foreseen, long long now_ms)
{
    struct ask_answer answer;

    if (!ask_pipeline(d, &(struct ask_question) {
            .key = key, .like = like, .tcp_flags = TCP_ACK, .now_ms = now_ms,
        }, &answer)) {
        return false;
    }
    answer.rule.generation = d->config.generation;
    return !cache_put(d->cache, &(struct cache_desc) {
        .key = key,
        .entry = &answer.rule,
        .path = &answer.path,
        .dependencies = answer.dependencies,
        .foreseen = foreseen,
    }, now_ms);
}

bool
connection_foresee(struct datapath *d, const struct arrival *arrival,
                   const struct fp_entry *rule, long long now_ms)
{
    const struct fp_entry like = { .ttl = USUAL_TTL };
    struct flow_key client;

    rule_reverse(&arrival->key, rule, &client);
    return (put(d, &client, &like, true, now_ms)
            && put(d, &arrival->key, rule, false, now_ms));
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
