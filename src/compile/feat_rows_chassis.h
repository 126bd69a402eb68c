/* On which chassis something may be: HA_Chassis_Group rows. */

#ifndef COMPILE_FEAT_ROWS_CHASSIS_H
#define COMPILE_FEAT_ROWS_CHASSIS_H 1

#include "feature.h"

/* The rows of a Northbound HA_Chassis_Group, and the UUID of the Southbound
 * one; zero if there is none. */
struct uuid feat_rows_chassis_group(struct cctx *, const struct uuid *);

/* Likewise, of the chassis that a router's port specifies. */
struct uuid feat_rows_chassis_of_port(
    struct cctx *, const struct nbrec_logical_router_port *);

#endif /* compile/feat_rows_chassis.h */
