#ifndef COMPILE_FEAT_LR_RA_H
#define COMPILE_FEAT_LR_RA_H 1

#include "ovs.h"

/* Is it an address_mode of ipv6_ra_configs? */
bool feat_lr_ra_is_mode(const char *);

#endif /* compile/feat_lr_ra.h */
