/* Partitions of sets of datapaths, for the views of load balancers.
 *
 * All load balancers of a set share its view, so what differs between its
 * datapaths is looked at once, and not for each load balancer. */

#ifndef COMPILE_LB_PARTS_H
#define COMPILE_LB_PARTS_H 1

#include "views.h"

/* What a datapath of the set is like; zero what does not matter. */
struct lb_member {
    bool acls, forced;
    const char *gateway, *gateway_port; /* Or NULL. */
    const char *meter;                  /* Or NULL. */
};

/* While it is being made. */
struct lb_partition {
    struct lb_partition_part *parts;
    size_t n, allocated;
};

void lb_partition_add(struct lb_partition *, const struct uuid *dp,
                      const struct lb_member *);
/* What has been added, '*p' is empty afterwards. */
void lb_partition_finish(struct cctx *, struct lb_partition *p,
                         struct vlb_parts *);

void lb_parts_uninit(struct vlb_parts *);
bool lb_parts_equal(const struct vlb_parts *, const struct vlb_parts *);

/* The meter that the Copp row 'copp' (which may be zero) has for 'protocol',
 * or NULL. */
const char *lb_copp_meter(struct cctx *, const struct uuid *copp,
                          const char *protocol);

#endif /* compile/lb_parts.h */
