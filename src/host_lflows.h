/* "rouse/lflows" of `rouse host`: what its compiler tells the network, for
 * `rouse lflow-list` and `rouse trace`.
 *
 * Question: a cursor, "0" at first.  Answer, JSON: {"next": CURSOR (0: that
 * was all), "changes": how many times the whole has changed so far, "tables":
 * {TABLE: [ROW...]}}, rows as they would be Southbound.  In pieces, so that
 * packets do not wait for long and an answer takes no memory to speak of; a
 * row may come in several.  If "changes" differs between the first and the
 * last answer, they are not all of the same moment. */

#ifndef HOST_LFLOWS_H
#define HOST_LFLOWS_H 1

#include "north.h"

/* Registers it.  '*north' is looked at when it is asked: NULL, there is no
 * compiler, or not yet. */
void host_lflows_register(struct north **north);

#endif /* host_lflows.h */
