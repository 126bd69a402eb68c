/* Packet-in and packet-out as stock OVN's pipelines use them: which register
 * is what, and where a pipeline begins.  Pure functions.  Facts in
 * doc/architecture.md and ovn-architecture(7). */

#ifndef OPENFLOW_OF_PACKET_H
#define OPENFLOW_OF_PACKET_H 1

#include "openflow.h"

/* Opcode of trigger_event in the userdata of a controller action. */
#define OF_OPCODE_EVENT 15

/* OpenFlow tables: start of the logical ingress pipeline, and output to the
 * physical port of the logical port in reg15. */
#define OF_TABLE_INGRESS 8
#define OF_TABLE_LOG_TO_PHY 65

enum of_packet_verdict {
    OF_PACKET_EVENT, /* '*in' is filled. */
    OF_PACKET_OTHER, /* A packet-in of another action: not ours. */
    OF_PACKET_BAD,   /* A trigger that cannot be used: '*reason'. */
};

/* Decodes a packet-in message.  'in' is touched only with OF_PACKET_EVENT,
 * 'reason' only with OF_PACKET_BAD. */
enum of_packet_verdict of_packet_decode(const struct ofp_header *,
                                        struct of_packet_in *in,
                                        enum drop_reason *reason);

/* True if 'userdata' is that of a trigger_event action. */
bool of_userdata_is_event(const void *userdata, size_t len);

/* Packet-out messages; the caller's. */
struct ofpbuf *of_packet_encode_replay(const struct dp_packet *,
                                       const struct hold_origin *,
                                       enum ofputil_protocol);
struct ofpbuf *of_packet_encode_answer(const struct dp_packet *,
                                       const struct hold_origin *,
                                       enum ofputil_protocol);

#endif /* openflow/of_packet.h */
