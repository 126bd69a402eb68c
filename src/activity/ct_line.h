/* A line of "ovs-appctl dpctl/dump-conntrack -m -s" (ovs-vswitchd(8)), as
 * userspace and kernel datapaths print it:
 *
 *     tcp,orig=(src=10.0.0.2,dst=10.0.0.9,sport=1,dport=80),reply=(...),
 *     zone=1,timeout=29,mark=2,
 *     protoinfo=(state_orig=FIN_WAIT_2,state_reply=FIN_WAIT_2,...)
 *
 * Pure; any input may be malformed. */

#ifndef ACTIVITY_CT_LINE_H
#define ACTIVITY_CT_LINE_H 1

#include "ovs.h"
#include "watch.h"

/* Parses 'line', up to its end or a new line.  False, with '*conn' undefined,
 * if it is no connection whose two ends are known. */
bool ct_line_parse(const char *line, struct watch_conn *conn)
    OVS_WARN_UNUSED_RESULT;

#endif /* activity/ct_line.h */
