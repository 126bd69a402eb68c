/* Shared by the files of hold/ only. */

#ifndef HOLD_HOLD_PRIVATE_H
#define HOLD_HOLD_PRIVATE_H 1

#include "hold.h"
#include "segment.h"

/* Packets of one source address, over all queues. */
struct source {
    struct hmap_node by_addr; /* In struct hold's 'sources'. */
    struct in6_addr addr;
    struct ovs_list packets;  /* Contains struct hold_packet's in_source. */
    size_t n;
    size_t n_bytes;
};

/* Packets of one source in one queue. */
struct share {
    struct hmap_node node;    /* In its queue's 'shares', by address. */
    struct heap_node by_size; /* In its queue's 'by_size'. */
    struct source *source;
    struct ovs_list packets;  /* Contains struct hold_packet's in_share. */
    size_t n;
};

struct hold_packet {
    struct hmap_node by_segment; /* In its queue's 'segments'. */
    struct ovs_list in_queue;    /* Oldest first, as the three below. */
    struct ovs_list in_source;
    struct ovs_list in_share;
    struct hold_queue *queue;
    struct share *share;
    uint64_t order;              /* Of the first copy, among all. */
    struct dp_packet *packet;    /* Owned. */
    struct segment segment;
    struct hold_origin origin;
    long long arrived_ms;        /* Of the first copy. */
};

struct hold_queue {
    struct ovs_list in_store;    /* In struct hold's 'queues'. */
    struct heap_node expiry;     /* In struct hold's 'expiries' while it
                                  * holds packets. */
    char *key;
    void *owner;                 /* Borrowed. */
    struct hold_policy policy;
    struct heap_node size;       /* In struct hold's 'sizes', likewise. */
    struct ovs_list packets;     /* Contains struct hold_packet's in_queue. */
    struct hmap segments;        /* Contains struct hold_packet. */
    struct hmap shares;          /* Contains struct share. */
    struct heap by_size;         /* The same, the largest on top. */
    size_t n_bytes;
};

struct hold {
    struct hold_limits limits;
    struct custody *custody;     /* Borrowed. */
    struct ovs_list queues;      /* Contains struct hold_queue. */
    size_t n_queues;
    struct hmap sources;         /* Contains struct source. */
    struct heap expiries;        /* Queues, the first to expire on top. */
    struct heap sizes;           /* Queues, that with most bytes on top. */
    size_t n_bytes;
    uint64_t last_order;
};

/* --- hold_share.c: who has how much, and who loses at a bound --- */

/* The share of 'p->segment's source in 'queue', made if there is none; it goes
 * with its last packet. */
struct share *share_ensure(struct hold *, struct hold_queue *queue,
                           const struct in6_addr *source);
void share_add(struct hold_packet *);
void share_remove(struct hold *, struct hold_packet *);
/* After a change of how much 'queue' has, or what its oldest packet is. */
void queue_update_size(struct hold *, struct hold_queue *queue,
                       bool was_empty);
/* Drops what is too much now that 'source' has more in 'queue'. */
void enforce_limits(struct hold *, struct hold_queue *,
                    const struct source *);
void enforce_queue_limits(struct hold *, struct hold_queue *);
void hold_drop(struct hold *, struct hold_packet *, enum drop_reason);

#endif /* hold/hold_private.h */
