/* A sink of compiled rows that notes load balancers, for unit tests. */

#ifndef HEARING_H
#define HEARING_H 1

#include "compile.h"

/* Puts Load_Balancer rows into 'heard': name -> vips, as text.  Hears nothing
 * of what goes.  'heard' is borrowed for as long as the sink is in use. */
struct csink hearing_sink(struct smap *heard);

#endif /* hearing.h */
