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

/* What was done to the connection's packets before is done to this one. */
extern const struct nat_action_info_t ct_nat_restore;

/* NAT to an address, and to a port or a range of them (0: any). */
void ct_nat_to(struct nat_action_info_t *, bool is_source,
               const struct in6_addr *, uint16_t port_min,
               uint16_t port_max);

/* The zone of plain tracking: a switch's port, or a router's DNAT zone. */
uint16_t ct_default_zone(const struct pipe_state *);

/* Puts the packet through conntrack; headers and ct_state of 's' follow.  A
 * fragment waits for the others: then false, else the packet is whole. */
bool ct_execute(struct pipe_state *, const struct ct_request *);

/* The same, and on to the next table. */
void ct_execute_next(struct pipe_state *, const struct ct_request *,
                     bool last);

/* In a what-if: the flags that --ct gives. */
uint8_t ct_suppose_next(struct pipe_state *);

/* The same for NAT: what --ct gives, unless the packet is tracked already;
 * plus 'flag'. */
uint8_t ct_suppose_nat_state(struct pipe_state *, uint8_t flag);

/* In a what-if: on to the next table with 'state' for the copy that goes
 * there. */
void ct_suppose_go(struct pipe_state *, uint8_t state, bool last);

/* In a what-if: NAT by hand. */
void ct_suppose_nat(struct pipe_state *, bool is_source,
                    const struct in6_addr *, uint16_t port);

/* Connections that a packet met which is to end them. */
struct ct_ended {
    struct {
        struct ct_dpif_tuple tuple;
        uint16_t zone;
    } list[32];
    size_t n;
};
/* Takes them out of conntrack. */
void ct_flush_ended(struct pipeline *, const struct ct_ended *);

#endif /* pipeline/pipe_ct.h */
