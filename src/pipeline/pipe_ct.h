/* Connection tracking for actions. */

#ifndef PIPELINE_PIPE_CT_H
#define PIPELINE_PIPE_CT_H 1

#include "pipe_private.h"

/* What to do to a packet's connection. */
struct ct_request {
    uint16_t zone;
    bool commit;
    const struct nat_action_info_t *nat; /* NULL: no NAT at all. */
    uint32_t mark, mark_mask;
    ovs_u128 label, label_mask;
};

/* NAT to an address, and to a port or a range of them (0: any). */
void ct_nat_to(struct nat_action_info_t *, bool is_source,
               const struct in6_addr *, uint16_t port_min,
               uint16_t port_max);

/* The zone of plain tracking: a switch's port, or a router's DNAT zone. */
uint16_t ct_default_zone(const struct pipe_state *);

/* Fragments that conntrack gives back with the last of their packet. */
struct ct_others {
    struct dp_packet **packets; /* Owned, unless taken (NULL). */
    size_t n, allocated;
};

/* Puts the packet through conntrack; headers and ct_state of 's' follow.
 * False if conntrack keeps it (a fragment).  Packets that it gives back
 * besides go to '*others', which is to be uninitialized then. */
bool ct_execute(struct pipe_state *, const struct ct_request *,
                struct ct_others *others);
void ct_others_uninit(struct ct_others *);

/* The same for 'lact', behind which the packet goes on; those that conntrack
 * gives back besides go on there by themselves, before it. */
void ct_execute_here(struct pipe_state *, const struct ct_request *,
                     const struct lact *lact);

/* The same, and on to the next table, with all packets. */
void ct_execute_next(struct pipe_state *, const struct ct_request *,
                     bool last);

/* In a what-if: the flags that --ct gives. */
uint8_t ct_suppose_next(struct pipe_state *);

/* In a what-if: NAT by hand. */
void ct_suppose_nat(struct pipe_state *, bool is_source,
                    const struct in6_addr *, uint16_t port);

#endif /* pipeline/pipe_ct.h */
