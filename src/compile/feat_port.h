/* What features do for a port of a switch, all in one unit: a port's change
 * concerns most of them, and there are very many ports.
 *
 * Each function emits its flows and reports what it cannot use. */

#ifndef COMPILE_FEAT_PORT_H
#define COMPILE_FEAT_PORT_H 1

#include "views.h"

struct cport {
    struct cctx *ctx;
    const struct nbrec_logical_switch_port *row;
    const struct vport *port;
    const struct vswitch_mode *mode; /* Of its switch. */
};

void feat_l2_port(const struct cport *);
void feat_l2_router_port(const struct cport *);
void feat_arp_port(const struct cport *);
void feat_acl_port(const struct cport *);
void feat_dhcp_port(const struct cport *);
void feat_virtual_port(const struct cport *);
void feat_external_port(const struct cport *);

#endif /* compile/feat_port.h */
