/* Questions for neighbours (ARP, ND) whose answers the fast path gives by
 * itself, so that workloads do not lose their router while the daemon is down.
 *
 * in:     a question and the verdict on it; changes; time
 * out:    answers in the kernel's map
 * owner:  struct neighbors owns what it knows; the maps are borrowed
 *
 * As with entries of flows: there is an answer only if the pipeline gave
 * exactly that one to exactly that question (who asked, from where, for whom),
 * and after any change of the network it is asked again.
 *
 * A workload asks everybody once, and then only makes sure, by asking the one
 * who answered; if that one is silent, everybody again.  And the question that
 * comes first teaches the network who asks, so that its verdict is none for
 * later ones.  So what was answered is expected in all its forms: the pipeline
 * is asked for them before a workload is. */

#ifndef DATAPATH_DP_NEIGHBOR_H
#define DATAPATH_DP_NEIGHBOR_H 1

#include "dp_fastpath.h"
#include "ovs.h"
#include "pipeline.h"

struct neighbors;

struct neighbors *neighbors_new(struct fastpath *);
/* The kernel's answers stay. */
void neighbors_free(struct neighbors *);

/* True if 'packet', from 'ifindex', is a question that may be answered. */
bool neighbor_key_init(struct fp_neighbor_key *, const struct dp_packet *,
                       int ifindex);
/* The question again; the caller's. */
struct dp_packet *neighbor_compose(const struct fp_neighbor_key *);
/* What 'answer' says, if it is the answer to 'key' and nothing else. */
bool neighbor_from_answer(const struct fp_neighbor_key *key,
                          const struct dp_packet *answer,
                          struct fp_neighbor *);
/* True if the verdict is that answer, back out of 'inport', and will be for
 * the same question until something changes. */
bool neighbor_from_verdict(const struct fp_neighbor_key *,
                           const struct pipe_verdict *,
                           const struct net_port *inport,
                           struct fp_neighbor *);

/* Likewise, but the verdict may be to learn who asks, too: the same question
 * has another one from then on. */
bool neighbor_from_first_verdict(const struct fp_neighbor_key *,
                                 const struct pipe_verdict *,
                                 const struct net_port *inport,
                                 struct fp_neighbor *);

#define NEIGHBOR_N_FORMS 3

/* The forms of a question that 'mac' answered: as it was, to everybody, and to
 * 'mac'; some of them may be the same. */
void neighbor_key_forms(const struct fp_neighbor_key *, const uint8_t mac[6],
                        struct fp_neighbor_key forms[NEIGHBOR_N_FORMS]);

/* 'key' was answered so: all forms of it that are not known are to be asked
 * for. */
void neighbors_expect(struct neighbors *, const struct fp_neighbor_key *key,
                      const struct fp_neighbor *answer);
void neighbors_put(struct neighbors *, const struct fp_neighbor_key *,
                   const struct fp_neighbor *);
void neighbors_delete(struct neighbors *, const struct fp_neighbor_key *);
void neighbors_drop_interface(struct neighbors *, int ifindex);
void neighbors_flush(struct neighbors *);

/* The network has changed.  Those of an earlier start are asked for only after
 * neighbors_adopt(). */
void neighbors_changed(struct neighbors *);
void neighbors_adopt(struct neighbors *);

/* The next to be asked for; then confirm, refuse or delete it.  NULL if there
 * is none. */
const struct fp_neighbor_key *neighbors_next_doubtful(
    const struct neighbors *);
void neighbors_confirm(struct neighbors *, const struct fp_neighbor_key *,
                       const struct fp_neighbor *);
/* It has no such answer now.  One that had is asked for again after the next
 * change. */
void neighbors_refuse(struct neighbors *, const struct fp_neighbor_key *);

/* Those that nobody has asked for in a long time go. */
void neighbors_expire(struct neighbors *);

#endif /* datapath/dp_neighbor.h */
