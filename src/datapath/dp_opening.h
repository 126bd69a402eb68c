/* Connections that the kernel opens by itself.
 *
 * A client's SYN and the server's answer to it went through the pipeline.  If
 * nothing there looked at the client's port but to find the connection, then
 * the next connection of that client to that address and port fares the same:
 * an opening holds what became of the first, and the program makes both
 * directions' entries of it as the next SYN comes.  The daemon meets them in
 * its next sweep.  Most connections are over by then: nobody needs to know.
 * Of the others conntrack is told what it has missed, and their entries are
 * from then on as all others.
 *
 * in:     first packets and their verdicts, what is foreseen of them
 * out:    openings; entries that the cache takes up
 * owner:  struct openings is the datapath's; the datapath is borrowed
 *
 * Which mistake is safe: without an opening a SYN takes the slow path.  So any
 * change of the network makes all openings void, at once; and entries that
 * are not known yet are met at once then, and refused where the pipeline now
 * says otherwise.  The kernel opens no more than OPENINGS_MAX between two
 * sweeps. */

#ifndef DATAPATH_DP_OPENING_H
#define DATAPATH_DP_OPENING_H 1

#include "dp_private.h"

#define OPENINGS_MAX 16384

/* Not 'enabled': the kernel opens none. */
struct openings *openings_new(struct datapath *, bool enabled);
void openings_free(struct openings *);

/* After everything else of a turn of the loop: changes make openings void. */
void openings_run(struct openings *, long long now_ms);
/* They are void from now on. */
void openings_void(struct openings *);
/* A sweep begins, or has ended.  'meet_all': even connections that are not
 * established yet. */
void openings_begin_sweep(struct openings *, bool meet_all);
void openings_end_sweep(struct openings *, long long now_ms);
/* There may be some that the last sweep has not met. */
bool openings_are_unmet(const struct openings *);
/* There may be entries to meet, now or later. */
bool openings_are_used(const struct openings *);
/* When the next should begin; LLONG_MAX if it need not. */
long long openings_next_sweep(const struct openings *);
/* No entry of an opening that is void by now is left unmet. */
bool openings_are_settled(const struct openings *);

/* What was carried by connections that were over when they were met: all of a
 * client's to an address and port; its own port is 0 in the key. */
void openings_each_spent(const struct openings *,
                         void (*cb)(void *aux, const struct flow_key *client,
                                    uint64_t packets, uint64_t bytes),
                         void *aux);

/* A client's SYN came the slow way: entries that the kernel made for a
 * connection before are gone afterwards. */
void openings_forget(struct openings *, const struct flow_key *key);
/* Another packet did: conntrack knows its connection afterwards. */
void openings_introduce(struct openings *, const struct flow_key *key);

/* The SYN 'first' was sent as 'rule' says.  'any_port': the same would have
 * become of it if it had come from another port. */
void openings_begin(struct openings *, const struct arrival *first,
                    const struct fp_entry *rule, bool any_port);
/* What is known of the connection that a server's answer with the key 'server'
 * and the entry 'back' is of: its 'there' is the SYN's.  False if that was
 * not seen, or too many since. */
bool openings_find(const struct openings *, const struct flow_key *server,
                   const struct fp_entry *back, struct rule_pair *);
/* The server agreed, and this would have become of any client's port. */
void openings_put(struct openings *, const struct rule_pair *);

#endif /* datapath/dp_opening.h */
