/* OpenFlow messages as a switch with stock OVN's flows sends them. */

#ifndef OF_MESSAGES_H
#define OF_MESSAGES_H 1

#include "ovs.h"
#include "hold.h"

#define TEST_LB "a7d65d1e-1c3b-4b8a-9d53-0d0b6a1f2c3d"

/* Userdata of a trigger_event action, from the opcode on; the caller's. */
struct ofpbuf *msg_event_userdata(const char *vip, const char *protocol);

/* A packet-in from table 13 of 'packet' with 'userdata', out of the pipeline
 * at 'origin'; the caller's. */
struct ofpbuf *msg_packet_in(const struct dp_packet *packet,
                             const struct ofpbuf *userdata,
                             const struct hold_origin *origin);

/* Appends a property to a packet-in: 'type' is one of NXPINT_*. */
void msg_put_property(struct ofpbuf *packet_in, uint16_t type,
                      const void *data, size_t len);

/* Parses a flow in the syntax of ovs-ofctl, as in the output of its
 * dump-flows.  Ends the program with a message if that fails. */
void msg_parse_flow(const char *text, struct ofputil_flow_mod *);
void msg_flow_uninit(struct ofputil_flow_mod *);

/* The reply to the flow stats request 'xid' that lists flows 'texts'.  With
 * 'more', another one is to follow. */
struct ofpbuf *msg_flow_stats(const char *const *texts, size_t n,
                              ovs_be32 xid, bool more);

/* A flow monitor's update: 'event' happened to the flow 'text'. */
struct ofpbuf *msg_flow_update(enum ofp_flow_update_event event,
                               const char *text);

/* 'msg' (taken) as it comes from a connection: without the notes that its
 * encoder made on it. */
struct ofpbuf *msg_received(struct ofpbuf *msg);

/* The only message in a list of them, taken out, as it is received. */
struct ofpbuf *msg_only(struct ovs_list *msgs);

#endif /* tests/unit/openflow/of_messages.h */
