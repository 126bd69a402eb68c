/* Sweeps over the kernel's entries: what they have counted, which are idle or
 * over, which the cache does not know. */

#include "dp_cache_private.h"

#include <netinet/in.h>

/* Entries of a connection that both sides have closed stay until they have
 * been quiet for so long: the last ACK takes a round trip, and where it finds
 * no entry, it takes the slow path and makes one. */
#define QUIET_NS 300000000ULL

/* What may be left over goes sooner than what is idle. */
#define LEFT_OVER_NS 1000000000ULL

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

static bool
is_quiet(const struct sweep *s, const struct cache_flow *flow, uint64_t ns)
{
    return s->now_ns > flow->entry.used_ns + ns;
}

/* True if both directions of the flow's connection saw their FIN, and what
 * was left of them is gone. */
static bool
end_connection(const struct sweep *s, struct cache_flow *flow)
{
    struct cache *c = s->c;
    struct cache_flow *other;

    if (!cache_flow_has_fin(flow) || !is_quiet(s, flow, QUIET_NS)) {
        return false;
    }
    other = cache_find_by_answer(c, &flow->key);
    if (other && other != flow && cache_flow_has_fin(other)) {
        if (!is_quiet(s, other, QUIET_NS)) {
            return false;
        }
        cache_end(c, &flow);
        cache_end(c, &other);
        return true;
    }
    if (flow->told || flow->answer_closed) {
        cache_end(c, &flow);
        return true;
    }
    return false;
}

/* True if 'flow' may be of a connection that is over, and no more packets
 * come.  Not all FINs are seen by entries: one that took the slow path was
 * noted nowhere but in conntrack, and the ACK behind it has made an entry that
 * nothing goes by any more.  If it is not over, its next packet takes the slow
 * path, and that is all. */
static bool
is_left_over(const struct sweep *s, const struct cache_flow *flow)
{
    const struct flow_key *key = &flow->key;
    bool unused = !flow->packets && !flow->entry.packets;
    const struct cache_flow *other;

    if ((key->is_ipv6 ? key->v6.proto : key->v4.proto) != IPPROTO_TCP
        || !is_quiet(s, flow, LEFT_OVER_NS) || (flow->foreseen && unused)) {
        return false;
    }
    other = cache_find_by_answer(s->c, key);
    return (cache_flow_has_fin(flow) || flow->answer_closed || flow->told
            || (other ? cache_flow_has_fin(other) : unused));
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
    if (flow->adopted || end_connection(s, flow)) {
        return;
    }
    if (is_left_over(s, flow)) {
        cache_end(c, &flow);
    } else if (s->now_ns > entry->used_ns
               && (s->now_ns - entry->used_ns) / 1000000 > c->idle_ms) {
        c->counters.idle++;
        cache_drop(c, &flow);
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
