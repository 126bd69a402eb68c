/* The entries that are in the kernel, as the daemon knows them: which there
 * are, where their packets go through the network, when they were used, and
 * which have to be asked for again.
 *
 * in:     entries to remember; sweeps over the kernel's counters; changes
 * out:    entries whose verdict must be asked for again (cache_next_doubtful)
 * owner:  struct cache owns its flows; the kernel's maps are borrowed
 *
 * Which mistake is safe: to ask for an entry once more costs microseconds, to
 * delete one too many costs a packet's way through the pipeline.  So any doubt
 * -- a datapath on its way changed, or is no more -- asks, and any difference
 * deletes.
 *
 * A full cache lets go of the entry that was unused for longest, as of the
 * latest sweep. */

#ifndef DATAPATH_DP_CACHE_H
#define DATAPATH_DP_CACHE_H 1

#include "dp_fastpath.h"
#include "network.h"
#include "ovs.h"

/* Packets of a connection go through so many datapaths' pipelines. */
#define CACHE_MAX_HOPS 12

/* Through the network: each datapath's ingress and egress. */
struct cache_path {
    size_t n; /* CACHE_MAX_HOPS + 1: too long, no entry. */
    struct cache_hop {
        uint32_t datapath;
        uint32_t port;   /* 0: none yet. */
        bool egress;
        uint64_t generation; /* ldatapath_generation() when asked. */
    } hops[CACHE_MAX_HOPS];
};

struct cache_flow {
    /* struct cache's. */
    struct hmap_node by_key;
    struct hmap_node by_answer; /* By the ends in the key of the answers. */
    struct ovs_list by_check;   /* Those asked for longest ago first. */
    struct ovs_list by_use;     /* Those unused for longest first. */
    uint64_t epoch;             /* cache's, when asked for. */

    /* For reading. */
    struct flow_key key;
    struct flow_key answer; /* If answers take the same way. */
    struct fp_entry entry;     /* Counters as of the latest sweep. */
    uint64_t packets, bytes;   /* Of entries that this one replaced. */
    long long created_ms;
    long long asked_ms;        /* When its verdict was last asked for... */
    uint64_t asked_packets;    /* ...and its packets then. */
    unsigned int dependencies; /* Of enum pipe_dependency. */
    struct cache_path path;
    bool adopted; /* Of an earlier start, and not asked for yet. */
    bool foreseen; /* Put before the first packet, which may never come. */
    bool told;     /* Conntrack knows that its connection is over. */
    bool answer_closed; /* Its answers had their FIN; their entry is gone. */
};

struct cache_counters {
    uint64_t added, idle, changed, evicted, adopted, refused, ended;
    uint64_t packets, bytes; /* Of flows that are gone. */
};

struct cache;

/* 'network' and 'fastpath' are borrowed. */
struct cache *cache_new(struct fastpath *fastpath,
                        const struct network *network, size_t max_flows,
                        long long idle_ms);
/* The kernel's entries stay. */
void cache_free(struct cache *);

struct cache_flow *cache_find(const struct cache *, const struct flow_key *);
/* One whose answers have the ends that 'key' has, and enter where it does;
 * NULL if there is none. */
struct cache_flow *cache_find_by_answer(const struct cache *,
                                        const struct flow_key *key);
size_t cache_count(const struct cache *);

/* 'cb' is called for a flow that is about to go and whose connection is
 * closing unseen: a FIN was among its packets; 'over' if there was one in each
 * direction, or if it was foreseen and no packet ever came.  Once for each
 * connection that is over, whichever flow goes first.  'cb' must not change
 * the cache. */
void cache_on_end(struct cache *,
                  void (*cb)(void *aux, const struct cache_flow *, bool over),
                  void *aux);

/* 'cb' is called in sweeps for entries that the cache does not know and that
 * the kernel made (FP_OPENED), and should see to it that they do not stay so.
 * Without it they are deleted, like all others that it does not know. */
void cache_on_stranger(struct cache *,
                       void (*cb)(void *aux, const struct flow_key *,
                                  const struct fp_entry *), void *aux);
/* Two entries that it had been called for are gone, with their connection. */
void cache_note_end(struct cache *, const struct fp_entry *,
                    const struct fp_entry *);
/* Grows with whatever may have made verdicts of before wrong. */
uint64_t cache_n_changes(const struct cache *);
const struct cache_counters *cache_get_counters(const struct cache *);

/* What an entry is remembered by. */
struct cache_desc {
    const struct flow_key *key;
    const struct fp_entry *entry;
    const struct cache_path *path;
    unsigned int dependencies;
    bool foreseen;
};

/* Writes the entry to the kernel, in place of one with that key.  0 or a
 * positive errno. */
int cache_put(struct cache *, const struct cache_desc *, long long now_ms);
/* Likewise of one that the kernel has already. */
void cache_take(struct cache *, const struct cache_desc *, long long now_ms);
/* 'flow' was asked for, and is right. */
void cache_confirm(struct cache *, struct cache_flow *,
                   const struct cache_path *, unsigned int dependencies,
                   long long now_ms);
/* 'flow' (taken) was asked for, and is wrong. */
void cache_refuse(struct cache *, struct cache_flow **flow);
/* 'flow' (taken) goes with its connection. */
void cache_end(struct cache *, struct cache_flow **flow);
/* 'flow' (taken) goes, for another reason. */
void cache_drop(struct cache *, struct cache_flow **flow);
/* All that enter or leave by an interface. */
void cache_drop_interface(struct cache *, int ifindex);
void cache_flush(struct cache *);

/* Flows of the network have changed; or anything else has. */
void cache_flows_changed(struct cache *);
void cache_network_changed(struct cache *);

/* The next flow to be asked for, or NULL: confirm it, put another in its
 * place, or drop it.  Looks at no more than '*budget' flows and takes what it
 * looked at off it. */
struct cache_flow *cache_next_doubtful(struct cache *, size_t *budget);

/* True if there may be more of them. */
bool cache_has_doubtful(const struct cache *);

/* Reads the kernel's counters, bit by bit: about 'n' entries.  Idle ones go,
 * those of connections that saw a FIN in each direction, and those that may be
 * left over of others.
 * Those that have been in use for 'keep_ms' since they were asked for become
 * doubtful, so that conntrack hears of their connections. */
void cache_sweep(struct cache *, size_t n, long long keep_ms,
                 long long now_ms);
/* True if so many have been put since the last sweep that the next should not
 * wait. */
bool cache_is_filling(const struct cache *);
/* True if a sweep is going on. */
bool cache_is_sweeping(const struct cache *);

/* Takes up what the kernel has and the cache does not know: from an earlier
 * start.  They stay unasked until cache_adopt(). */
void cache_take_up(struct cache *, long long now_ms);
void cache_adopt(struct cache *);

/* Flows, those used last first; until the first change. */
size_t cache_list(const struct cache *, const struct cache_flow **,
                  size_t max);

#endif /* datapath/dp_cache.h */
