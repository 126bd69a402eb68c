/* The answer to a packet whose service did not wake in time.
 *
 * TCP gets a RST (RFC 9293, 3.10.7.1), an SCTP INIT an ABORT (RFC 9260, 8.4),
 * everything else ICMP "port unreachable" (RFC 1122, 3.2.2.1; RFC 4443, 3.1),
 * all of it from the VIP that the client asked.  No answer, as those RFCs
 * want it: to a RST, an ABORT, an ICMP error, a later fragment, a packet that
 * was not sent to one host. */

#ifndef HOLD_REFUSE_H
#define HOLD_REFUSE_H 1

#include "ovs.h"

/* A new packet, the caller's, or NULL if 'packet' must not be answered.
 * Parses 'packet' (sets its layer offsets). */
struct dp_packet *refuse_compose(struct dp_packet *packet);

#endif /* hold/refuse.h */
