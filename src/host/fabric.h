/* The fabric of a host: interfaces, network and pipeline joined to the
 * databases.
 *
 * in:     what ovs-vsctl wants (vswitch), rows and flows (netsink), packets
 *         (datapath)
 * out:    packets; bindings and facts (sb_chassis); packets for sleeping VIPs
 *         to the holder, and what that replays or refuses; reports (vswitch)
 * owner:  the fabric owns network, pipeline, datapath, sink and holder;
 *         connections are borrowed
 * thread: one; nothing blocks
 *
 * A packet for a sleeping VIP is held until the VIP has backends Southbound
 * *and*, for TCP, one of them answers a probe (probe.h). */

#ifndef HOST_FABRIC_H
#define HOST_FABRIC_H 1

#include "datapath.h"
#include "holder.h"
#include "netsink.h"
#include "ovs.h"
#include "sb.h"
#include "sb_chassis.h"
#include "vswitch.h"

struct fabric;

struct fabric_config {
    const char *name;            /* Of the instance: see datapath.h. */
    enum datapath_mode mode;
    struct holder_config holder;
};

/* NULL on failure, with '*error' the caller's. */
struct fabric *fabric_new(const struct fabric_config *, struct vswitch *,
                          char **error);
/* What forwards stays in the kernel for the next start... */
void fabric_free(struct fabric *);
/* ...or goes. */
void fabric_free_and_remove(struct fabric *);

/* Where rows and flows go; fabric_run() commits them. */
struct netsink *fabric_sink(struct fabric *);

/* The Southbound connections, once the chassis' name is known; borrowed. */
void fabric_connect(struct fabric *, struct sb *, struct sb_chassis *);
extern const struct sb_chassis_learned_ops fabric_learned_ops;

/* The backends of a VIP for those load balancers that have no row Southbound,
 * being on routers alone: as netsink_vip_backends(), NULL for none such. */
typedef const char *fabric_vip_backends(void *aux, const struct uuid *lb,
                                        const char *vip);
void fabric_set_vip_backends(struct fabric *, fabric_vip_backends *,
                             void *aux);

/* After all connections have been run.  'complete': rows and flows are those
 * of a database, and not still on their way from it. */
void fabric_run(struct fabric *, bool complete, long long now_ms);
void fabric_wait(struct fabric *, long long now_ms);

/* What fabric_run() does with packets alone, as the network has been since. */
void fabric_run_packets(struct fabric *, long long now_ms);

/* Packets fare as the network has it since the last fabric_run(), all of them:
 * none is forwarded as before. */
bool fabric_is_settled(const struct fabric *);

/* See holder_next_refused(). */
bool fabric_next_refused(struct fabric *, struct holder_refused *);

/* {"network", "datapath", "held", "custody", ...}; the caller's. */
struct json *fabric_status(struct fabric *, long long now_ms);
/* The entries of the fast path; see datapath_flows_to_json(). */
struct json *fabric_flows(struct fabric *, const struct datapath_flow_filter *,
                          long long now_ms);

#endif /* host/fabric.h */
