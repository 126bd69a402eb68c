/* A packet from a question in the syntax of ovn-trace(8): a match that leaves
 * nothing open, such as
 *
 *     inport == "p1" && eth.dst == 00:00:00:00:00:02 && ip4.src == 10.0.0.1 */

#ifndef PIPELINE_QUESTION_H
#define PIPELINE_QUESTION_H 1

#include "network.h"

/* The packet, the caller's, and the port by which it comes in.  'datapath' (a
 * name, or NULL) is where that must be.  NULL on failure, with '*error' the
 * caller's. */
struct dp_packet *question_packet(const struct network *,
                                  const char *datapath, const char *text,
                                  const struct net_port **inport,
                                  char **error) OVS_WARN_UNUSED_RESULT;

#endif /* pipeline/question.h */
