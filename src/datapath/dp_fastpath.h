/* The eBPF programs and their maps: loading, pinning, attaching, and access to
 * entries.
 *
 * owner:  struct fastpath owns descriptors; what is pinned outlives it
 *
 * Does not know what entries mean (dp_rule.h), nor which there should be
 * (dp_cache.h). */

#ifndef DATAPATH_DP_FASTPATH_H
#define DATAPATH_DP_FASTPATH_H 1

#include <time.h>

#include "fastpath_shared.h"
#include "ovs.h"

struct fastpath;

/* Which packets an entry is for.  As bytes: no padding that is not zero. */
struct flow_key {
    uint32_t is_ipv6;
    union {
        struct fp_key4 v4;
        struct fp_key6 v6;
    };
};

/* Now, on the clock of what the programs have used ('used_ns'). */
static inline uint64_t
fastpath_now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
    return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* 'name' as in struct datapath_config.  Takes over what is pinned already,
 * with programs of another build replaced.  0 and '*fastpath', or a positive
 * errno and '*error', the caller's: EBUSY if another process has that name. */
int fastpath_open(const char *name, struct fastpath **fastpath,
                  char **error);
/* 'remove' takes pins and programs away. */
void fastpath_close(struct fastpath *, bool remove);

/* 0 or a positive errno, here and below. */
int fastpath_set_config(struct fastpath *, const struct fp_config *);
int fastpath_get_config(struct fastpath *, struct fp_config *);
int fastpath_attach_tap(struct fastpath *, int ifindex);
/* 'peer' is where frames may be handed to directly (dp_peer.h).  Again, with
 * another peer: what is counted goes on. */
int fastpath_attach_port(struct fastpath *, uint16_t number, int ifindex,
                         struct eth_addr peer);
void fastpath_detach_port(struct fastpath *, uint16_t number, int ifindex);
/* Detaches every interface that an earlier start had attached and this one has
 * not. */
void fastpath_forget_strangers(struct fastpath *);

int fastpath_put(struct fastpath *, const struct flow_key *,
                 const struct fp_entry *);
int fastpath_get(struct fastpath *, const struct flow_key *,
                 struct fp_entry *);
int fastpath_delete(struct fastpath *, const struct flow_key *);
/* Deletes the entry; '*entry' is what it was last.  Between fastpath_get() and
 * fastpath_delete() packets go by it, and what they change is lost. */
int fastpath_steal(struct fastpath *, const struct flow_key *,
                   struct fp_entry *entry);

/* Calls 'cb' for entries, about 'n' of them, going on where the call before
 * left off.  True when all have been seen; then the next call starts over. */
bool fastpath_sweep(struct fastpath *, size_t n,
                    void (*cb)(void *aux, const struct flow_key *,
                               const struct fp_entry *), void *aux);

/* What the kernel may open by itself: openings, and how many connections. */
int fastpath_put_opening(struct fastpath *, const struct fp_opening_key *,
                         const struct fp_opening *);
int fastpath_set_allowance(struct fastpath *, int64_t left);
int64_t fastpath_get_allowance(struct fastpath *);
/* Waits, for microseconds, until the kernel has opened what it was about to
 * when this was called. */
void fastpath_await_openings(struct fastpath *);

/* Neighbours' map. */
int fastpath_put_neighbor(struct fastpath *, const struct fp_neighbor_key *,
                          const struct fp_neighbor *);
int fastpath_delete_neighbor(struct fastpath *,
                             const struct fp_neighbor_key *);
void fastpath_each_neighbor(struct fastpath *,
                            void (*cb)(void *aux,
                                       const struct fp_neighbor_key *,
                                       const struct fp_neighbor *),
                            void *aux);

uint64_t fastpath_counter(const struct fastpath *, enum fp_counter);
int fastpath_get_meter(struct fastpath *, uint16_t number,
                       struct fp_meter *);

/* Runs the program of ports on 'frame', as if it had come in by 'ifindex'
 * (0: loopback), for tests: what it returned, the frame as it is then. */
int fastpath_test(struct fastpath *, int ifindex, struct dp_packet *frame,
                  uint32_t *verdict);

#endif /* datapath/dp_fastpath.h */
