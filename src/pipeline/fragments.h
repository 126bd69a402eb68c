/* Fragments that wait for the others of their packet, as Linux does it for
 * Open vSwitch: a packet that is tracked is a whole one, and is cut again
 * where it leaves.
 *
 * (Conntrack's own way of libopenvswitch gives fragments back with whatever
 * packet comes next, of whatever network, and takes none below 1200 bytes.)
 *
 * in:     fragments, and the time
 * out:    whole packets
 * owner:  of the fragments in it, at most FRAGMENTS_MAX and
 *         FRAGMENTS_MAX_BYTES; the oldest make room for new ones
 * thread: one; nothing blocks */

#ifndef PIPELINE_FRAGMENTS_H
#define PIPELINE_FRAGMENTS_H 1

#include "frag_packet.h"
#include "reasons.h"

#define FRAGMENTS_MAX 4096
#define FRAGMENTS_MAX_BYTES (8 * 1024 * 1024)
#define FRAGMENTS_MAX_PARTS 256    /* Of one packet. */
#define FRAGMENTS_TIMEOUT_MS 30000 /* From the first of a packet on. */

/* n_queued = n_held + n_joined + n_lost + n_overlapped + n_evicted. */
struct fragment_counts {
    uint64_t n_queued;     /* Waited, or wait. */
    uint64_t n_held;       /* Wait now... */
    uint64_t n_held_bytes;
    uint64_t n_joined;     /* Went on with the last one of their packet. */
    uint64_t n_lost;       /* Waited too long: DROP_FRAGMENT_LOST. */
    uint64_t n_overlapped; /* Another one overlapped them, or did not fit:
                            * DROP_FRAGMENT_OVERLAP. */
    uint64_t n_evicted;    /* Made room: DROP_STORE_FULL. */
};

struct fragments;

struct fragments *fragments_new(void);
void fragments_free(struct fragments *);

/* Takes '*packet', a fragment of 'dl_type' that flow_extract() has seen.
 * Gives the whole packet if this was the last one missing (the caller's, with
 * the metadata of this one), and in '*mru' the size, from the IP header on, of
 * the largest fragment.  Otherwise NULL and '*reason': DROP_FRAGMENT_QUEUED,
 * or why it was dropped. */
struct dp_packet *fragments_add(struct fragments *,
                                struct dp_packet **packet, ovs_be16 dl_type,
                                uint16_t zone, long long now_ms,
                                uint16_t *mru, enum drop_reason *reason);

/* Drops what has waited too long. */
void fragments_expire(struct fragments *, long long now_ms);

const struct fragment_counts *fragments_counts(const struct fragments *);

#endif /* pipeline/fragments.h */
