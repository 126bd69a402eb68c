/* TCP connections that begin and end, and UDP that is never answered: what
 * the fast path may do before, after and without the pipeline.
 *
 * in:     packets that begin or answer something, and their verdicts; entries
 *         that go
 * out:    entries for packets that are about to come; packets made up for
 *         conntrack, which sees neither the third packet of a connection nor
 *         its last ones
 *
 * Which mistake is safe: an entry that no packet comes for is taken back, and
 * conntrack told that there is no such connection.  What is not foreseen takes
 * the slow path. */

#ifndef DATAPATH_DP_CONNECTION_H
#define DATAPATH_DP_CONNECTION_H 1

#include "dp_private.h"

/* From now on conntrack hears of connections that end on the fast path. */
void connection_init(struct datapath *);

/* A packet with 'key' begins or ends a connection: the entries of the one
 * before must not meet the packets of the next. */
void connection_forget(struct datapath *, const struct flow_key *key);

/* A FIN with 'key' came the slow way: if the other side's came before, and
 * conntrack may not have heard of it, it does now. */
void connection_closes(struct datapath *, const struct flow_key *key);

/* A server says yes (SYN and ACK), which the client has not heard yet, and
 * 'back' is for such packets: entries for all that follows, in both
 * directions.  'any_port': the same would have become of it if the client had
 * another port.  False if there can be none. */
bool connection_foresee(struct datapath *, const struct cache_desc *back,
                        bool any_port, long long now_ms);

/* True if packets of a flow that is not answered have come before, so that
 * what the first of them did is done. */
bool connection_goes_on(struct datapath *, const struct flow_key *key);

/* A packet with 'key' came the slow way, and may have been the first answer to
 * what was one-way until now. */
void connection_answered(struct datapath *, const struct flow_key *key,
                         long long now_ms);

#endif /* datapath/dp_connection.h */
