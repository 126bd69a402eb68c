/* IPv6 router advertisements: what is not flows. */

#ifndef COMPILE_FEAT_LR_RA_H
#define COMPILE_FEAT_LR_RA_H 1

#include "views.h"

/* Port_Binding.options that make chassis advertise the router periodically
 * (ipv6_ra_configs:send_periodic). */
void feat_lr_ra_put_options(const struct nbrec_logical_router_port *,
                            const struct vrport *, struct smap *options);

#endif /* compile/feat_lr_ra.h */
