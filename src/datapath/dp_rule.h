/* From a verdict to an entry of the fast path, if there can be one.
 *
 * in:     a packet as it arrived, the verdict on it
 * out:    the key and what to do with all packets that have it; or why not
 *
 * An entry stands for every later packet with the same key.  So there is none
 * unless the verdict
 *   - was exactly one output, of the same packet but for MACs, addresses,
 *     ports and TTL, with nothing else to be done on the way;
 *   - looked at no bits but the key's, TTL and TOS, and the entry demands
 *     those two where they were looked at;
 *   - depended on conntrack only in that the packet belongs to an established
 *     connection, which the key identifies: not on a new, related or invalid
 *     one.  UDP that is never answered stays new for ever, and its verdict the
 *     same: such an entry is FP_ONE_WAY, and the caller has to see to it that
 *     it is none of a first packet, nor meets an answer;
 *   - depended on nothing that changes by itself (time, meters, size,
 *     payload).
 *
 * The rewrite is found by comparing the packets before and after, not from the
 * actions: what cannot be said as a rewrite is seen, whatever made it. */

#ifndef DATAPATH_DP_RULE_H
#define DATAPATH_DP_RULE_H 1

#include "dp_fastpath.h"
#include "ovs.h"
#include "pipeline.h"

/* As much of a packet as matters here. */
#define RULE_MAX_HEADER 120

/* A packet as it arrived. */
struct arrival {
    struct flow_key key;
    uint8_t header[RULE_MAX_HEADER]; /* Its first bytes. */
    uint16_t header_size;
    uint16_t l4; /* Where the header of layer 4 begins... */
    uint16_t l4_end; /* ...and ends. */
    uint8_t tcp_flags; /* 0 unless it is TCP. */
    uint32_t size;   /* Of the frame. */
};

/* What the fast path makes of a packet. */
enum arrival_type {
    ARRIVAL_OTHER,  /* Not TCP nor UDP, fragments, options: always slow. */
    ARRIVAL_CHANGE, /* TCP with FIN, SYN or RST: slow, but has a key. */
    ARRIVAL_PLAIN,  /* May have an entry. */
};
enum arrival_type arrival_init(struct arrival *, const struct dp_packet *,
                               int ifindex);

/* Where packets leave. */
struct rule_output {
    int ifindex;
    int mtu;
    struct eth_addr peer; /* Or zeros: see dp_peer.h. */
};

/* NULL, and '*entry' filled in but for its generation and counters; or why
 * there is none, a constant. */
const char *rule_from_verdict(const struct arrival *,
                              const struct pipe_verdict *,
                              const struct rule_output *,
                              struct fp_entry *entry);

/* Likewise, for a SYN that begins a connection: the rule for it alone. */
const char *rule_from_first(const struct arrival *,
                            const struct pipe_verdict *,
                            const struct rule_output *,
                            struct fp_entry *rule);

/* True if the two do the same with packets. */
bool rule_equals(const struct fp_entry *, const struct fp_entry *);

/* A packet with that key, whose verdict tells whether its entry is still
 * right; the caller's. */
struct dp_packet *rule_compose(const struct flow_key *,
                               const struct fp_entry *, uint8_t tcp_flags);

/* The key of the answers to packets of 'key' that 'entry' was applied to, as
 * they arrive at 'entry''s way out. */
void rule_reverse(const struct flow_key *key, const struct fp_entry *entry,
                  struct flow_key *reverse);

/* Both directions of a connection. */
struct rule_pair {
    struct flow_key client, server; /* Whose packets these are. */
    struct fp_entry there, back;    /* Their entries. */
};

/* What opens other connections of the client.  False if they do not follow
 * from its port. */
bool rule_opening(const struct rule_pair *, struct fp_opening_key *,
                  struct fp_opening *);

/* The key of the other direction's entry, of one that the kernel made. */
void rule_find_other(const struct flow_key *key, const struct fp_entry *entry,
                     struct flow_key *other);

/* Of the ends and where packets enter alone, not the MACs: the answers may
 * come another way than the packets went. */
uint32_t flow_key_hash_ends(const struct flow_key *);
bool flow_key_has_ends_of(const struct flow_key *, const struct flow_key *);

uint32_t flow_key_hash(const struct flow_key *);
bool flow_key_equals(const struct flow_key *, const struct flow_key *);

/* "in(3),eth(A->B),tcp(10.0.0.1:1000->10.0.0.2:80)". */
void flow_key_format(const struct flow_key *, struct ds *);
/* "eth(A->B),src=10.0.0.1:5,dst=...,ttl-1,out(5)": what changes. */
void rule_format(const struct flow_key *, const struct fp_entry *,
                 struct ds *);

#endif /* datapath/dp_rule.h */
