/* The gate before the holder: which packets for sleeping services may wake
 * them, and what is remembered of those that may not.
 *
 * in:     events with their packets; policies of services, by callback
 * out:    yes, or a refusal (policy/admission.h); tallies of refusals
 * owner:  the gate owns its tallies; those that are taken are the caller's
 * thread: one
 *
 * Tallies are bounded: of those that nobody takes, the oldest go first.  The
 * counters go on. */

#ifndef HOLDER_GATE_H
#define HOLDER_GATE_H 1

#include "admission.h"
#include "event.h"
#include "ovs.h"

struct gate_ops {
    /* The keys of the service's policy; NULL if it has none. */
    const struct smap *(*policy)(void *aux, const struct uuid *lb);
    /* Grows whenever a policy comes, changes or goes. */
    uint64_t (*seqno)(void *aux);
};

struct gate;

struct gate *gate_new(const struct gate_ops *, void *aux);
void gate_free(struct gate *);

struct gate_question {
    const struct event *event;
    struct dp_packet *packet; /* Its layer offsets are set. */
    bool is_established;      /* See struct admission_question. */
    bool is_pending;
};

/* Answers, and counts.  Sets '*source' to the packet's. */
enum refusal gate_ask(struct gate *, const struct gate_question *,
                      struct in6_addr *source, long long now_ms);

/* Packets refused for one event since somebody has taken the tally. */
struct gate_tally {
    struct hmap_node by_event;
    struct ovs_list recent;       /* The latest at the end. */
    struct event event;
    uint64_t n[N_REFUSALS];       /* By enum refusal. */
    struct in6_addr source;       /* Of the latest... */
    enum refusal last;            /* ...why it was refused... */
    long long since_ms;           /* When the tally was begun. */
};

/* Begins an empty tally for 'event', now; one that counts something stays.
 * Returns it. */
struct gate_tally *gate_tally_begin(struct gate *, const struct event *,
                                    long long now_ms);
/* NULL if there is none for 'event' that was not taken. */
struct gate_tally *gate_tally_find(const struct gate *, const struct event *);
/* The one that was begun first, and the one after that; or NULL. */
struct gate_tally *gate_tally_first(const struct gate *);
struct gate_tally *gate_tally_next(const struct gate *,
                                   const struct gate_tally *);
/* Ends it. */
void gate_tally_take(struct gate *, struct gate_tally **);

/* {"closing": N}: all that were ever refused, zeros left out; the caller's. */
struct json *gate_status(const struct gate *);

#endif /* holder/gate.h */
