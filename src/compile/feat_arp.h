/* Answers to ARP requests and neighbor solicitations, as actions. */

#ifndef COMPILE_FEAT_ARP_H
#define COMPILE_FEAT_ARP_H 1

#include "caddr.h"

/* "arp.tpa == IP && arp.op == 1", or what asks for the IPv6 address; the
 * caller's. */
char *arp_request_match(const struct caddr *);
/* Answers that 'ip' is at 'mac'; the caller's.  'router': as one. */
char *arp_reply_actions(const struct caddr *ip, const char *mac, bool router);

#endif /* compile/feat_arp.h */
