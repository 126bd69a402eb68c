/* What the two files of the cache share. */

#ifndef DATAPATH_DP_CACHE_PRIVATE_H
#define DATAPATH_DP_CACHE_PRIVATE_H 1

#include "dp_cache.h"

struct cache {
    struct fastpath *fastpath;
    const struct network *network;
    size_t max_flows;
    long long idle_ms;

    struct hmap by_key;    /* Contains "struct cache_flow"s. */
    struct hmap by_answer; /* Likewise. */
    struct ovs_list by_check;
    struct ovs_list by_use;
    uint64_t epoch; /* Grows with each change... */
    uint64_t epoch_of_network; /* ...and the last that was not of flows. */
    bool sweeping;
    uint64_t swept_added; /* counters.added when the last one began. */
    void (*on_end)(void *aux, const struct cache_flow *, bool over);
    void *aux;
    void (*on_stranger)(void *aux, const struct flow_key *,
                        const struct fp_entry *);
    void *stranger_aux;
    uint64_t n_changes;
    struct cache_counters counters;
};

struct cache_flow *cache_flow_new(struct cache *, const struct flow_key *,
                                  const struct fp_entry *, long long now_ms);
/* The kernel has counted this. */
void cache_take_counters(struct cache_flow *, const struct fp_entry *);
bool cache_flow_has_fin(const struct cache_flow *);

#endif /* datapath/dp_cache_private.h */
