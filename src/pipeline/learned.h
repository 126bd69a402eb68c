/* What the pipeline learns by itself, as stock OVN does in flows that expire:
 * affinity of load balancers, and where replies of ECMP routes go. */

#ifndef PIPELINE_LEARNED_H
#define PIPELINE_LEARNED_H 1

#include "ovs.h"

enum learned_kind {
    LEARNED_AFFINITY, /* client, VIP -> backend. */
    LEARNED_ECMP,     /* connection. */
};

struct learned_key {
    uint32_t kind;     /* enum learned_kind. */
    uint32_t datapath;
    struct in6_addr src, dst; /* IPv4 mapped. */
    uint32_t proto;
    uint16_t sport, dport;    /* Host order; 0 if they do not count. */
    struct eth_addr mac;      /* ECMP: of the next hop; else zeros. */
    uint8_t pad[2];
};

struct learned_value {
    struct in6_addr ip; /* AFFINITY: the backend. */
    uint16_t port;
    long long timeout_ms; /* Since it was used last. */
};

struct learned;

struct learned *learned_new(void);
void learned_free(struct learned *);
void learned_put(struct learned *, const struct learned_key *,
                 const struct learned_value *, long long now_ms);
/* Uses an entry, which lives on for its timeout; NULL if there is none. */
const struct learned_value *learned_get(struct learned *,
                                        const struct learned_key *,
                                        long long now_ms);
void learned_expire(struct learned *, long long now_ms);

#endif /* pipeline/learned.h */
