/* What chassis announce with gratuitous ARP. */

#ifndef COMPILE_FEAT_ROWS_GARP_H
#define COMPILE_FEAT_ROWS_GARP_H 1

#include "views.h"

/* Adds to 'out' what Port_Binding.nat_addresses says of the switch's 'port' to
 * the router's 'peer', which may be NULL. */
void feat_rows_garp(struct cctx *, const struct nbrec_logical_switch_port *,
                    const struct vport *port, const struct vrport *peer,
                    struct svec *out);

#endif /* compile/feat_rows_garp.h */
