/* The switch of a chassis that stock ovn-controller runs: what rouse hold sees
 * of it and does to it.
 *
 * in:     packet-ins of trigger_event flows; changes of the flows of a VIP
 * out:    struct of_packet_in; "what does the switch do with this VIP now?";
 *         packets replayed through a pipeline or sent back to their sender
 * owner:  struct openflow owns the connection and its VIP watches; packets
 *         are owned as each function says
 * thread: one
 *
 * Talks to BRIDGE.mgmt beside ovn-controller, with the controller id 0 that
 * ovn-controller has, and so gets a copy of every packet that it gets.  Never
 * changes a flow.  Reconnects by itself; watches survive that, and are
 * unknown until the switch has answered again.
 *
 * Which mistake is safe: to say "asleep" or "unknown" of an awake VIP delays
 * its packets until the next change; to say "awake" too soon loses them. */

#ifndef ROUSE_OPENFLOW_H
#define ROUSE_OPENFLOW_H 1

#include "ovs.h"
#include "custody.h"
#include "event.h"
#include "hold.h"
#include "vip.h"

struct openflow;

/* 'target' is an active OpenFlow target ("unix:/run/.../br-int.mgmt").
 * Packets that cannot be used are counted in 'custody' (borrowed). */
struct openflow *openflow_new(const char *target, struct custody *custody);
void openflow_free(struct openflow *);
void openflow_run(struct openflow *);
void openflow_wait(struct openflow *);
bool openflow_is_connected(const struct openflow *);

/* A packet that a trigger_event flow handed up. */
struct of_packet_in {
    struct dp_packet *packet; /* Owned. */
    struct hold_origin origin;
    struct event event;       /* Owned. */
};
void of_packet_in_uninit(struct of_packet_in *);

/* Steals the next one that has arrived; false if there is none. */
bool openflow_next(struct openflow *, struct of_packet_in *);

/* Runs 'packet' through the ingress pipeline of 'origin' from its start, as
 * if it had just come in.  False if the switch is not there; the packet stays
 * the caller's. */
bool openflow_replay(struct openflow *, const struct dp_packet *packet,
                     const struct hold_origin *origin);

/* Sends 'packet' out of the logical port that 'origin' came in by. */
bool openflow_answer(struct openflow *, const struct dp_packet *packet,
                     const struct hold_origin *origin);

/* --- What the switch does with a VIP --- */

enum of_vip_state {
    OF_VIP_UNKNOWN, /* Not connected, or the switch has not answered yet, or
                     * is being filled with flows. */
    OF_VIP_ASLEEP,  /* Its trigger flow is there. */
    OF_VIP_ABSENT,  /* No flow that would get it anywhere. */
    OF_VIP_OPEN,    /* Flows about its address, none of which stops it. */
    OF_VIP_AWAKE,   /* A flow balances it to its backends. */
};

/* State of 'vip' of 'protocol' on logical datapath 'datapath'.  The first
 * call begins to watch it; from then on openflow_seqno() grows whenever the
 * answer may have changed. */
enum of_vip_state openflow_vip_state(struct openflow *, uint64_t datapath,
                                     const struct endpoint *vip,
                                     const char *protocol);
/* Ends the watches on 'vip', on all datapaths. */
void openflow_vip_forget(struct openflow *, const struct endpoint *vip,
                         const char *protocol);
uint64_t openflow_seqno(const struct openflow *);

#endif /* openflow/openflow.h */
