/* The one place that includes Open vSwitch's private headers.
 *
 * libopenvswitch is linked statically, from Debian's openvswitch-source; its
 * headers are not a stable interface.  A new release of it is met here and
 * nowhere else: every other file includes "ovs.h".  The generated clients of
 * the OVN databases are included by nb/ and sb/ alone. */

#ifndef BASE_OVS_H
#define BASE_OVS_H 1

#include <config.h>

#include "byte-order.h"
#include "command-line.h"
#include "coverage.h"
#include "crc32c.h"
#include "csum.h"
#include "daemon.h"
#include "dirs.h"
#include "dp-packet.h"
#include "fatal-signal.h"
#include "flow.h"
#include "hash.h"
#include "heap.h"
#include "hmapx.h"
#include "jsonrpc.h"
#include "latch.h"
#include "openflow/nicira-ext.h"
#include "openflow/openflow.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/hmap.h"
#include "openvswitch/json.h"
#include "openvswitch/list.h"
#include "openvswitch/match.h"
#include "openvswitch/meta-flow.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-connection.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-monitor.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-packet.h"
#include "openvswitch/ofp-print.h"
#include "openvswitch/ofp-switch.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/rconn.h"
#include "openvswitch/shash.h"
#include "openvswitch/util.h"
#include "openvswitch/uuid.h"
#include "openvswitch/vconn.h"
#include "openvswitch/vlog.h"
#include "ovsdb-data.h"
#include "ovsdb-idl.h"
#include "packets.h"
#include "process.h"
#include "random.h"
#include "simap.h"
#include "smap.h"
#include "socket-util.h"
#include "sset.h"
#include "stream-ssl.h"
#include "stream.h"
#include "svec.h"
#include "timer.h"
#include "timeval.h"
#include "unicode.h"
#include "unixctl.h"
#include "util.h"
#include "uuid.h"
#include "vswitch-idl.h"

#endif /* base/ovs.h */
