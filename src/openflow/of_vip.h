/* What the flows of a switch do with one VIP on one logical datapath.
 *
 * A watch asks the switch for the flows that match the VIP's address, and
 * asks again whenever a flow monitor on the same match reports a change.  The
 * answer counts once a barrier behind it has passed.
 *
 * ovn-controller fills a switch that has lost its flows, or whose flows it
 * does not know since it has been started again, in several steps, and the
 * flows of a VIP come before those that take packets out of ports.  So a
 * datapath that had no flows at all is taken for whole only a while after it
 * has got some.  Private to src/openflow/. */

#ifndef OPENFLOW_OF_VIP_H
#define OPENFLOW_OF_VIP_H 1

#include "of_flow.h"
#include "openflow.h"

/* Queues 'msg' (taken) on the connection. */
typedef void of_send_func(void *aux, struct ofpbuf *msg);

struct of_vips;

struct of_vips *of_vips_new(of_send_func *, void *aux);
void of_vips_free(struct of_vips *);

void of_vips_run(struct of_vips *);
void of_vips_wait(const struct of_vips *);

/* A new connection: all is unknown, all is asked again.  Or none. */
void of_vips_connected(struct of_vips *, enum ofputil_protocol);
void of_vips_disconnected(struct of_vips *);

enum of_vip_state of_vips_state(struct of_vips *, uint64_t datapath,
                                const struct endpoint *vip,
                                uint8_t nw_proto);
void of_vips_forget(struct of_vips *, const struct endpoint *vip,
                    uint8_t nw_proto);
uint64_t of_vips_seqno(const struct of_vips *);

/* Messages from the switch; each may be anybody's. */
void of_vips_flow_stats(struct of_vips *, struct ofpbuf *msg);
void of_vips_aggregate_stats(struct of_vips *, const struct ofp_header *);
void of_vips_flow_update(struct of_vips *, struct ofpbuf *msg);
void of_vips_monitor_resumed(struct of_vips *);
void of_vips_barrier_reply(struct of_vips *, ovs_be32 xid);
/* True if 'xid' was a request of ours, which the switch refused. */
bool of_vips_error(struct of_vips *, ovs_be32 xid);

#endif /* openflow/of_vip.h */
