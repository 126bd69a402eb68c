#include "dp_cache_private.h"

#include <errno.h>

#include "dp_rule.h"

struct cache *
cache_new(struct fastpath *fastpath, const struct network *network,
          size_t max_flows, long long idle_ms)
{
    struct cache *c = xzalloc(sizeof *c);

    c->fastpath = fastpath;
    c->network = network;
    c->max_flows = max_flows;
    c->idle_ms = idle_ms;
    c->epoch = c->epoch_of_network = 1;
    hmap_init(&c->by_key);
    hmap_init(&c->by_answer);
    ovs_list_init(&c->by_check);
    ovs_list_init(&c->by_use);
    return c;
}

void
cache_on_end(struct cache *c,
             void (*cb)(void *aux, const struct cache_flow *, bool over),
             void *aux)
{
    c->on_end = cb;
    c->aux = aux;
}

void
cache_on_stranger(struct cache *c,
                  void (*cb)(void *aux, const struct flow_key *,
                             const struct fp_entry *), void *aux)
{
    c->on_stranger = cb;
    c->stranger_aux = aux;
}

void
cache_note_end(struct cache *c, const struct fp_entry *a,
               const struct fp_entry *b)
{
    c->counters.ended += 2;
    c->counters.packets += a->packets + b->packets;
    c->counters.bytes += a->bytes + b->bytes;
}

uint64_t
cache_n_changes(const struct cache *c)
{
    return c->n_changes;
}

/* Out of the cache; the kernel's entry stays. */
static void
flow_free(struct cache *c, struct cache_flow *flow)
{
    c->counters.packets += flow->packets + flow->entry.packets;
    c->counters.bytes += flow->bytes + flow->entry.bytes;
    hmap_remove(&c->by_key, &flow->by_key);
    hmap_remove(&c->by_answer, &flow->by_answer);
    ovs_list_remove(&flow->by_check);
    ovs_list_remove(&flow->by_use);
    free(flow);
}

void
cache_free(struct cache *c)
{
    struct cache_flow *flow;

    if (!c) {
        return;
    }
    HMAP_FOR_EACH_SAFE (flow, by_key, &c->by_key) {
        flow_free(c, flow);
    }
    hmap_destroy(&c->by_key);
    hmap_destroy(&c->by_answer);
    free(c);
}

struct cache_flow *
cache_find(const struct cache *c, const struct flow_key *key)
{
    struct cache_flow *flow;

    HMAP_FOR_EACH_WITH_HASH (flow, by_key, flow_key_hash(key), &c->by_key) {
        if (flow_key_equals(&flow->key, key)) {
            return flow;
        }
    }
    return NULL;
}

struct cache_flow *
cache_find_by_answer(const struct cache *c, const struct flow_key *key)
{
    struct cache_flow *flow;

    HMAP_FOR_EACH_WITH_HASH (flow, by_answer, flow_key_hash_ends(key),
                             &c->by_answer) {
        if (flow_key_has_ends_of(&flow->answer, key)) {
            return flow;
        }
    }
    return NULL;
}

size_t
cache_count(const struct cache *c)
{
    return hmap_count(&c->by_key);
}

const struct cache_counters *
cache_get_counters(const struct cache *c)
{
    return &c->counters;
}

void
cache_take_counters(struct cache_flow *flow, const struct fp_entry *entry)
{
    flow->entry.packets = entry->packets;
    flow->entry.bytes = entry->bytes;
    flow->entry.used_ns = entry->used_ns;
    flow->entry.seen = entry->seen;
}

bool
cache_flow_has_fin(const struct cache_flow *flow)
{
    return flow->entry.seen & FP_SEEN_FIN;
}

/* 'flow' goes, and with it what the kernel saw of its connection's end. */
static void
tell_end(struct cache *c, const struct cache_flow *flow)
{
    bool unused = (flow->foreseen && !flow->packets
                   && !flow->entry.packets);
    struct cache_flow *other;
    struct fp_entry last;

    if (!c->on_end || flow->told || !(flow->entry.flags & FP_CONNECTION)
        || !(cache_flow_has_fin(flow) || unused)) {
        return;
    }
    other = cache_find_by_answer(c, &flow->key);
    if (other && !cache_flow_has_fin(other)
        && !fastpath_get(c->fastpath, &other->key, &last)) {
        cache_take_counters(other, &last);
    }

    bool over = (unused || flow->answer_closed
                 || (other && cache_flow_has_fin(other)));
    if (other && over) {
        other->told = true;
    } else if (other) {
        other->answer_closed = true;
    }
    c->on_end(c->aux, flow, over);
}

void
cache_refuse(struct cache *c, struct cache_flow **flow)
{
    if ((*flow)->adopted) {
        c->counters.refused++;
    } else {
        c->counters.changed++;
    }
    cache_drop(c, flow);
}

void
cache_end(struct cache *c, struct cache_flow **flow)
{
    c->counters.ended++;
    cache_drop(c, flow);
}

/* The kernel's entry goes first: a packet that comes meanwhile takes the slow
 * path, where conntrack sees it. */
void
cache_drop(struct cache *c, struct cache_flow **flowp)
{
    struct cache_flow *flow = *flowp;
    struct fp_entry last;

    *flowp = NULL;
    if (!fastpath_steal(c->fastpath, &flow->key, &last)) {
        cache_take_counters(flow, &last);
    }
    tell_end(c, flow);
    flow_free(c, flow);
}

static void
evict_oldest(struct cache *c)
{
    struct cache_flow *flow = CONTAINER_OF(ovs_list_front(&c->by_use),
                                           struct cache_flow, by_use);

    c->counters.evicted++;
    cache_drop(c, &flow);
}

/* The generations of the path's datapaths are those of now. */
static void
stamp_path(const struct cache *c, struct cache_path *path)
{
    for (size_t i = 0; i < path->n; i++) {
        const struct net_datapath *dp
            = network_find_datapath(c->network, path->hops[i].datapath);

        path->hops[i].generation = dp ? ldatapath_generation(dp->flows) : 0;
    }
}

struct cache_flow *
cache_flow_new(struct cache *c, const struct flow_key *key,
         const struct fp_entry *entry, long long now_ms)
{
    struct cache_flow *flow = xzalloc(sizeof *flow);

    flow->key = *key;
    flow->entry = *entry;
    flow->created_ms = now_ms;
    rule_reverse(key, entry, &flow->answer);
    hmap_insert(&c->by_key, &flow->by_key, flow_key_hash(key));
    hmap_insert(&c->by_answer, &flow->by_answer,
                flow_key_hash_ends(&flow->answer));
    ovs_list_push_back(&c->by_check, &flow->by_check);
    ovs_list_push_back(&c->by_use, &flow->by_use);
    return flow;
}

void
cache_confirm(struct cache *c, struct cache_flow *flow,
              const struct cache_path *path, unsigned int dependencies,
              long long now_ms)
{
    if (flow->adopted) {
        flow->adopted = false;
        c->counters.adopted++;
    }
    flow->path = *path;
    stamp_path(c, &flow->path);
    flow->dependencies = dependencies;
    flow->asked_ms = now_ms;
    flow->asked_packets = flow->entry.packets;
    flow->epoch = c->epoch;
    ovs_list_remove(&flow->by_check);
    ovs_list_push_back(&c->by_check, &flow->by_check);
}

/* True if the kernel has the flow's entry, and it says what 'desc' does. */
static bool
is_there(struct cache *c, struct cache_flow *flow,
         const struct cache_desc *desc)
{
    struct fp_entry last;

    if (flow->entry.flags != desc->entry->flags
        || flow->entry.generation != desc->entry->generation
        || !rule_equals(&flow->entry, desc->entry)
        || fastpath_get(c->fastpath, &flow->key, &last)) {
        return false;
    }
    cache_take_counters(flow, &last);
    return true;
}

/* Packets were on their way here when the entry was made.  Not to be written
 * again: another one may be going by it just now, and be the last. */
static void
keep(struct cache *c, struct cache_flow *flow, const struct cache_desc *desc,
     long long now_ms)
{
    flow->foreseen = desc->foreseen;
    ovs_list_remove(&flow->by_use);
    ovs_list_push_back(&c->by_use, &flow->by_use);
    cache_confirm(c, flow, desc->path, desc->dependencies, now_ms);
}

int
cache_put(struct cache *c, const struct cache_desc *desc, long long now_ms)
{
    struct cache_flow *old = cache_find(c, desc->key);
    struct fp_entry entry = *desc->entry, last;
    uint64_t packets = 0, bytes = 0;
    bool told = old && old->told;
    bool answer_closed = old && old->answer_closed;

    if (old && is_there(c, old, desc)) {
        keep(c, old, desc, now_ms);
        return 0;
    }
    entry.used_ns = fastpath_now_ns();
    if (old) {
        bool known = !fastpath_steal(c->fastpath, desc->key, &last);
        packets = old->packets + (known ? last.packets : 0);
        bytes = old->bytes + (known ? last.bytes : 0);
        entry.seen = known ? last.seen : 0;
    } else if (cache_count(c) >= c->max_flows) {
        evict_oldest(c);
    }

    int error = fastpath_put(c->fastpath, desc->key, &entry);
    if (error == E2BIG && !old && cache_count(c)) {
        /* Entries that the kernel made take up room, too. */
        evict_oldest(c);
        error = fastpath_put(c->fastpath, desc->key, &entry);
    }
    if (error) {
        if (old) {
            cache_drop(c, &old);
        }
        return error;
    }
    if (old) {
        /* What it counted goes on in the new one. */
        old->packets = old->bytes = old->entry.packets = old->entry.bytes = 0;
        flow_free(c, old);
    } else {
        c->counters.added++;
    }

    struct cache_flow *flow = cache_flow_new(c, desc->key, &entry, now_ms);
    flow->packets = packets;
    flow->bytes = bytes;
    flow->foreseen = desc->foreseen;
    flow->told = told;
    flow->answer_closed = answer_closed;
    cache_confirm(c, flow, desc->path, desc->dependencies, now_ms);
    return 0;
}

void
cache_take(struct cache *c, const struct cache_desc *desc, long long now_ms)
{
    if (cache_count(c) >= c->max_flows) {
        evict_oldest(c);
    }

    struct cache_flow *flow = cache_flow_new(c, desc->key, desc->entry,
                                             now_ms);
    c->counters.added++;
    cache_confirm(c, flow, desc->path, desc->dependencies, now_ms);
}

static uint32_t
key_ifindex(const struct flow_key *key)
{
    return key->is_ipv6 ? key->v6.ifindex : key->v4.ifindex;
}

void
cache_drop_interface(struct cache *c, int ifindex)
{
    struct cache_flow *flow;

    c->n_changes++;
    HMAP_FOR_EACH_SAFE (flow, by_key, &c->by_key) {
        if (key_ifindex(&flow->key) == ifindex
            || flow->entry.out_ifindex == ifindex) {
            cache_drop(c, &flow);
        }
    }
}

void
cache_flush(struct cache *c)
{
    struct cache_flow *flow;

    c->n_changes++;
    HMAP_FOR_EACH_SAFE (flow, by_key, &c->by_key) {
        cache_drop(c, &flow);
    }
}

void
cache_flows_changed(struct cache *c)
{
    c->n_changes++;
    c->epoch++;
}

void
cache_network_changed(struct cache *c)
{
    c->n_changes++;
    c->epoch_of_network = ++c->epoch;
}

/* True if a datapath on the way has other flows by now, or is gone. */
static bool
is_path_touched(const struct cache *c, const struct cache_path *path)
{
    for (size_t i = 0; i < path->n; i++) {
        const struct cache_hop *hop = &path->hops[i];
        const struct net_datapath *dp
            = network_find_datapath(c->network, hop->datapath);

        if (!dp || ldatapath_generation(dp->flows) != hop->generation) {
            return true;
        }
    }
    return false;
}

struct cache_flow *
cache_next_doubtful(struct cache *c, size_t *budget)
{
    for (; *budget && !ovs_list_is_empty(&c->by_check); (*budget)--) {
        struct cache_flow *flow = CONTAINER_OF(ovs_list_front(&c->by_check),
                                               struct cache_flow, by_check);

        if (flow->epoch >= c->epoch) {
            return NULL;
        }
        if (flow->epoch < c->epoch_of_network
            || is_path_touched(c, &flow->path)) {
            (*budget)--;
            return flow;
        }
        flow->epoch = c->epoch;
        ovs_list_remove(&flow->by_check);
        ovs_list_push_back(&c->by_check, &flow->by_check);
    }
    return NULL;
}

bool
cache_has_doubtful(const struct cache *c)
{
    return (!ovs_list_is_empty(&c->by_check)
            && CONTAINER_OF(ovs_list_front(&c->by_check), struct cache_flow,
                            by_check)->epoch < c->epoch);
}

size_t
cache_list(const struct cache *c, const struct cache_flow **flows,
           size_t max)
{
    const struct cache_flow *flow;
    size_t n = 0;

    LIST_FOR_EACH_REVERSE (flow, by_use, &c->by_use) {
        if (n >= max) {
            break;
        }
        flows[n++] = flow;
    }
    return n;
}
