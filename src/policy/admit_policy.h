/* Who may wake a service, and how often: what its external_ids say.
 *
 *     rouse-wake-from    prefixes: nobody else may (prefixes.h)
 *     rouse-ignore-from  prefixes: they may not
 *     rouse-wake-on      of "tcp", "udp", "sctp", "icmp" (tcp,udp,sctp)
 *     rouse-wake-budget  N/TIME for the service; source:N/TIME for each source
 *     rouse-wake-after   N/TIME: a source must send N packets within TIME
 *
 * Words are separated by blanks or commas.  TIME is a number and s, m, h or d
 * (seconds without).
 *
 * What cannot be read has its default, and the diag says so; but a list of
 * addresses that cannot be read lets nobody in. */

#ifndef POLICY_ADMIT_POLICY_H
#define POLICY_ADMIT_POLICY_H 1

#include "diag.h"
#include "opening.h"
#include "ovs.h"
#include "prefixes.h"

/* So many in a time; n = 0: no bound. */
struct admit_rate {
    unsigned int n;
    long long within_ms;
};

struct admit_policy {
    bool has_from;                 /* 'from' lists who may. */
    bool is_bad;                   /* A list cannot be read: nobody may. */
    struct prefixes from;
    struct prefixes ignore;
    unsigned int kinds;            /* Set of enum packet_kind that may. */
    struct admit_rate service;     /* Wakes of the service... */
    struct admit_rate source;      /* ...and of each of its sources. */
    struct admit_rate after;       /* Packets of one source. */
};

/* Of a service that has no such key. */
#define ADMIT_POLICY_INITIALIZER                                              \
    { .kinds = PACKET_TCP | PACKET_UDP | PACKET_SCTP }

/* Sets all of '*policy'.  'label' names the load balancer in 'diag', which may
 * be NULL. */
void admit_policy_parse(const struct smap *external_ids, const char *label,
                        struct admit_policy *policy, struct diag *diag);
void admit_policy_uninit(struct admit_policy *);
/* True if it says more than a service without any such key has. */
bool admit_policy_is_strict(const struct admit_policy *);

/* For whoever checks a value before it is written: NULL if 'value' can be
 * read, else what is wrong with it and what to write, the caller's. */
char *admit_policy_check(const char *key, const char *value);

#endif /* policy/admit_policy.h */
