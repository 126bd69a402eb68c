/* Sweeps over the kernel's entries: what they have counted, which are idle or
 * over, which the cache does not know. */

#include "dp_cache_private.h"

struct sweep {
    struct cache *c;
    long long keep_ms;
    long long now_ms;
    uint64_t now_ns;
};

/* To be asked for as soon as there is time. */
static void
make_doubtful(struct cache *c, struct cache_flow *flow)
{
    flow->epoch = 0;
    ovs_list_remove(&flow->by_check);
    ovs_list_push_front(&c->by_check, &flow->by_check);
}

/* True if both directions of the flow's connection saw their FIN; then what is
 * left of them is gone. */
static bool
end_connection(struct cache *c, struct cache_flow *flow)
{
    struct cache_flow *other = (cache_flow_has_fin(flow)
                                ? cache_find_by_answer(c, &flow->key) : NULL);

    if (other && other != flow && cache_flow_has_fin(other)) {
        c->counters.ended += 2;
        cache_drop_known(c, flow);
        cache_drop_known(c, other);
        return true;
    }
    if (cache_flow_has_fin(flow) && (flow->told || flow->answer_closed)) {
        c->counters.ended++;
        cache_drop_known(c, flow);
        return true;
    }
    return false;
}

static void
sweep_one(void *aux, const struct flow_key *key, const struct fp_entry *entry)
{
    const struct sweep *s = aux;
    struct cache *c = s->c;
    struct cache_flow *flow = cache_find(c, key);

    if (!flow && c->on_stranger && entry->flags & FP_OPENED) {
        c->on_stranger(c->stranger_aux, key, entry);
        return;
    } else if (!flow) {
        fastpath_delete(c->fastpath, key);
        return;
    }
    if (entry->packets != flow->entry.packets) {
        ovs_list_remove(&flow->by_use);
        ovs_list_push_back(&c->by_use, &flow->by_use);
    }
    cache_take_counters(flow, entry);
    if (flow->adopted || end_connection(c, flow)) {
        return;
    }
    if (s->now_ns > entry->used_ns
        && (s->now_ns - entry->used_ns) / 1000000 > c->idle_ms) {
        c->counters.idle++;
        cache_drop_known(c, flow);
    } else if (entry->flags & FP_CONNECTION
               && entry->packets != flow->asked_packets
               && s->now_ms - flow->asked_ms >= s->keep_ms) {
        make_doubtful(c, flow);
    }
}

void
cache_sweep(struct cache *c, size_t n, long long keep_ms, long long now_ms)
{
    struct sweep s = {
        .c = c, .keep_ms = keep_ms, .now_ms = now_ms,
        .now_ns = fastpath_now_ns(),
    };

    if (!c->sweeping) {
        c->swept_added = c->counters.added;
    }
    c->sweeping = !fastpath_sweep(c->fastpath, n, sweep_one, &s);
}

bool
cache_is_filling(const struct cache *c)
{
    return c->counters.added - c->swept_added > c->max_flows / 4;
}

bool
cache_is_sweeping(const struct cache *c)
{
    return c->sweeping;
}

static void
take_up_one(void *aux, const struct flow_key *key,
            const struct fp_entry *entry)
{
    const struct sweep *s = aux;

    if (!cache_find(s->c, key)) {
        struct cache_flow *flow = cache_flow_new(s->c, key, entry, s->now_ms);

        flow->adopted = true;
        /* What the server may never say. */
        flow->foreseen = (entry->flags & FP_OPENED
                          && entry->flags & FP_ANSWERS && !entry->packets);
        ovs_list_remove(&flow->by_check);
        ovs_list_init(&flow->by_check);
    }
}

void
cache_take_up(struct cache *c, long long now_ms)
{
    struct sweep s = { .c = c, .now_ms = now_ms };

    while (!fastpath_sweep(c->fastpath, 1024, take_up_one, &s)) {
        continue;
    }
}

void
cache_adopt(struct cache *c)
{
    struct cache_flow *flow;

    HMAP_FOR_EACH (flow, by_key, &c->by_key) {
        if (flow->adopted) {
            make_doubtful(c, flow);
        }
    }
}
