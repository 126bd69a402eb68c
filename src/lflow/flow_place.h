/* Where in 'struct flow' a field of meta-flow is.
 *
 * Meta-flow reads and writes fields through a switch over all of them and a
 * 16-byte value in network order.  Most fields are just one integer in the
 * flow; for those this says where, and reading them costs a load and a shift.
 * Only for lflow/. */

#ifndef LFLOW_FLOW_PLACE_H
#define LFLOW_FLOW_PLACE_H 1

#include "ovs.h"

enum flow_order {
    FLOW_ORDER_OTHER,   /* No integer: ask meta-flow. */
    FLOW_ORDER_NETWORK, /* Up to 16 bytes in network order. */
    FLOW_ORDER_HOST,    /* 32-bit words in host order, the first one the most
                         * significant: registers. */
};

struct flow_place {
    enum flow_order order;
    uint16_t ofs; /* In bytes. */
    uint8_t size; /* In bytes. */
};

/* Found out by trying what meta-flow does. */
struct flow_place flow_place_find(const struct mf_field *);

/* Neither is for FLOW_ORDER_OTHER.  flow_place_write() changes the bits of
 * 'mask' only. */
ovs_u128 flow_place_read(const struct flow_place *, const void *flow);
void flow_place_write(const struct flow_place *, ovs_u128 x, ovs_u128 mask,
                      void *flow);

#endif /* lflow/flow_place.h */
