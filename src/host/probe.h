/* Does a backend answer?  Asked before held packets are let go, so that no
 * client meets a port that nobody listens at yet.
 *
 * in:     a held SYN, as the sample of what its client's packets are like
 * out:    SYNs of our own to the same VIP, from the client's address and
 *         another port, through the client's own logical port: what answers
 *         is what would answer the client, with the same load balancing, NAT,
 *         ACLs and neighbours on the way
 * owner:  a probe owns its sample; packets are handed on
 * thread: one; nothing blocks
 *
 * The answer is caught where it comes in (probes_intercept()): the client
 * never sees it.  A connection that was begun is ended with a RST.
 *
 * Which mistake is safe: not to believe an answer delays a packet by some
 * milliseconds; to believe one too many costs its client a refusal.  Where
 * neither answer nor refusal comes for PROBE_SILENCE_MS, or only refusals for
 * a VIP without a port, nothing can be told that way, and the driver's word
 * must do. */

#ifndef HOST_PROBE_H
#define HOST_PROBE_H 1

#include "event.h"
#include "hold.h"
#include "ovs.h"
#include "vip.h"

#define PROBE_SILENCE_MS 1000
#define PROBE_INTERVAL_MIN_MS 3
#define PROBE_INTERVAL_MAX_MS 50
/* Several backends are not waited for longer than this after the first. */
#define PROBE_GRACE_MS 50

struct probes;

struct probes_ops {
    /* Runs '*packet' (taken) through the pipeline as if it had come in where
     * 'origin' says.  If that raises the VIP's event, calls probes_raised().
     */
    void (*inject)(void *aux, struct dp_packet **packet,
                   const struct hold_origin *);
};

struct probes *probes_new(const struct probes_ops *, void *aux);
void probes_free(struct probes *);

/* 'packet' has raised the event while 'generation' was the flows': so there
 * were no backends.  The first SYN of each event is the sample; an event
 * without one is told to be answered as soon as it is not asleep. */
void probes_raised(struct probes *, const struct event *,
                   struct dp_packet *packet, const struct hold_origin *,
                   uint64_t generation);
void probes_forget(struct probes *, const struct endpoint *vip,
                   const char *protocol);

enum probe_answer {
    PROBE_ASLEEP,   /* There are no backends. */
    PROBE_WAITING,  /* No answer yet. */
    PROBE_ANSWERED, /* Yes; or nothing can be told. */
};

/* Asks, or goes on asking.  'n_backends' may be 0: not known.  'generation' is
 * the flows': that there are no backends stays true while it is the same. */
enum probe_answer probes_ask(struct probes *, const struct event *,
                             size_t n_backends, uint64_t generation,
                             long long now_ms);
/* The VIP is asleep: what was found out before does not count any more. */
void probes_reset(struct probes *, const struct event *);

/* True if 'packet' is an answer to a probe; it ends here. */
bool probes_intercept(struct probes *, const struct dp_packet *packet,
                      long long now_ms);

/* Sends what is due. */
void probes_run(struct probes *, long long now_ms);
void probes_wait(struct probes *);
/* Grows whenever an answer may be another. */
uint64_t probes_seqno(const struct probes *);

/* {"sent", "answered", "refused", "silent", "open"}; the caller's. */
struct json *probes_status(const struct probes *);

#endif /* host/probe.h */
