/* What one OpenFlow flow does with a VIP.  Private to src/openflow/. */

#ifndef OPENFLOW_OF_FLOW_H
#define OPENFLOW_OF_FLOW_H 1

#include "ovs.h"
#include "vip.h"

enum of_flow_role {
    OF_FLOW_OTHER,   /* None of those below. */
    OF_FLOW_TRIGGER, /* Raises an event for it. */
    OF_FLOW_BALANCE, /* Sends it to a backend. */
    OF_FLOW_BLOCK,   /* Drops or rejects it: none of the backends is usable,
                      * by their health checks. */
};
enum of_flow_role of_flow_classify(const struct match *,
                                   const struct ofpact *ofpacts,
                                   size_t ofpacts_len,
                                   const struct endpoint *vip,
                                   uint8_t nw_proto);

/* IP protocol number of "tcp", "udp", "sctp"; 0 for anything else. */
uint8_t of_nw_proto(const char *protocol);

#endif /* openflow/of_flow.h */
