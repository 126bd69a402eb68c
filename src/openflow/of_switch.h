/* The switch of a chassis, as the holder wants it. */

#ifndef OPENFLOW_OF_SWITCH_H
#define OPENFLOW_OF_SWITCH_H 1

#include "holder.h"

/* Its 'aux' is a struct openflow. */
extern const struct holder_switch of_holder_switch;

#endif /* openflow/of_switch.h */
