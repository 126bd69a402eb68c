/* Held packets: what reached a sleeping VIP and waits for it to wake.
 *
 * in:     packets with their place in the logical network, by queue (one
 *         queue per VIP)
 * out:    the same packets, oldest first, when the caller takes them out to
 *         replay or to refuse them
 * owner:  struct hold owns queues and packets; a stolen packet is the
 *         caller's.  Custody (base/custody.h) is the caller's, and kept up to
 *         date here for what is held and what is dropped here.
 * thread: one
 *
 * Bounds: packets and bytes, per queue, per source address and in all.  At a
 * bound whoever has most within it loses its *oldest* packet, with a reason
 * and a counter: the source with the most packets in a full queue, the queue
 * with the most bytes in a full store.  So what others send drives nobody out
 * who has less than they have.  Oldest, because the client that sent it
 * retransmits, and the newcomer's client has had no chance yet.  Among equals,
 * whose oldest packet is older.
 *
 * Retransmissions: of the copies of one segment the newest bytes are kept, in
 * the place and with the deadline of the first.  Distinct segments of a flow
 * (a UDP burst, data after a SYN) are all kept.  Which mistake is safe: to
 * take a retransmission for something new costs memory and a duplicate, which
 * networks make all the time; to take something new for a retransmission
 * loses it.
 *
 * Time is an argument: milliseconds of time_msec().  Does not know why a
 * packet waits, nor when it may go. */

#ifndef HOLD_HOLD_H
#define HOLD_HOLD_H 1

#include "ovs.h"
#include "custody.h"

struct hold;
struct hold_queue;
struct hold_packet;

/* Where in the logical network a packet was: enough to run it through its
 * pipeline again from the start. */
struct hold_origin {
    uint64_t datapath;     /* Tunnel key of the logical datapath. */
    uint32_t inport;       /* Tunnel key of the logical input port. */
    uint32_t ct_zones[3];  /* Conntrack zones: logical port, DNAT, SNAT. */
};

struct hold_limits {
    size_t n_packets;        /* In all. */
    size_t n_bytes;          /* In all. */
    size_t n_source_packets; /* Per source address, as the next. */
    size_t n_source_bytes;
    size_t n_queue_bytes;    /* Per queue; n_packets is the queue's own. */
};
extern const struct hold_limits hold_limits_default;

struct hold *hold_new(const struct hold_limits *, struct custody *);
/* Drops what is still held, with DROP_SHUTDOWN. */
void hold_free(struct hold *);
/* New bounds; they apply to what is held already. */
void hold_set_limits(struct hold *, const struct hold_limits *);
const struct hold_limits *hold_limits(const struct hold *);
size_t hold_n_bytes(const struct hold *);

/* --- Queues --- */

/* Policy of a queue; changes apply to what it already holds. */
struct hold_policy {
    size_t n_packets;     /* At most. */
    long long timeout_ms; /* From a packet's arrival to its deadline. */
};

/* A new queue.  'key' names it for people, 'owner' is whoever it is for. */
struct hold_queue *hold_queue_new(struct hold *, const char *key, void *owner,
                                  const struct hold_policy *);
void hold_queue_set_policy(struct hold *, struct hold_queue *,
                           const struct hold_policy *);

/* Frees '*queue', whose packets are dropped with 'reason', and sets it NULL.
 * An empty queue stays until somebody frees it. */
void hold_queue_take(struct hold *, struct hold_queue **queue,
                     enum drop_reason reason);

const char *hold_queue_key(const struct hold_queue *);
void *hold_queue_owner(const struct hold_queue *);
size_t hold_queue_n_packets(const struct hold_queue *);
size_t hold_queue_n_bytes(const struct hold_queue *);
size_t hold_n_queues(const struct hold *);

/* --- Packets --- */

/* Parks '*packet', which must hold an Ethernet frame, and sets it NULL.
 * Returns 0, or the reason for which it was dropped instead. */
int hold_park(struct hold *, struct hold_queue *, struct dp_packet **packet,
              const struct hold_origin *, long long now_ms);

/* Oldest packet of a queue, and the next after 'p'; NULL at the end. */
struct hold_packet *hold_packet_first(const struct hold_queue *);
struct hold_packet *hold_packet_next(const struct hold_queue *,
                                     const struct hold_packet *p);

/* A packet that is past its deadline, or NULL. */
struct hold_packet *hold_packet_expired(const struct hold *,
                                        long long now_ms);
/* When the next packet expires, LLONG_MAX if none. */
long long hold_next_deadline(const struct hold *);

struct hold_queue *hold_packet_queue(const struct hold_packet *);
const struct hold_origin *hold_packet_origin(const struct hold_packet *);
long long hold_packet_arrived_ms(const struct hold_packet *);
const struct dp_packet *hold_packet_bytes(const struct hold_packet *);

/* Takes '*p' out and sets it NULL; its bytes are the caller's, and so is
 * counting them as sent, consumed or dropped. */
struct dp_packet *hold_packet_steal(struct hold *, struct hold_packet **p);

#endif /* hold/hold.h */
