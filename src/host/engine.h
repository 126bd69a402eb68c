/* The host engine: interfaces, network and pipeline joined to the databases.
 *
 * in:     what ovs-vsctl wants (vswitch), rows and flows (netsink), packets
 *         (datapath)
 * out:    packets; bindings and facts (sb_chassis); packets for sleeping VIPs
 *         to the holder, and what that replays or refuses; reports (vswitch)
 * owner:  the engine owns network, pipeline, datapath, sink and holder;
 *         connections are borrowed
 * thread: one; nothing blocks
 *
 * A packet for a sleeping VIP is held until the VIP has backends Southbound
 * *and*, for TCP, one of them answers a probe (probe.h). */

#ifndef HOST_ENGINE_H
#define HOST_ENGINE_H 1

#include "datapath.h"
#include "holder.h"
#include "netsink.h"
#include "ovs.h"
#include "sb.h"
#include "sb_chassis.h"
#include "vswitch.h"

struct engine;

struct engine_config {
    const char *name;            /* Of the instance: see datapath.h. */
    enum datapath_mode mode;
    struct holder_config holder;
};

/* NULL on failure, with '*error' the caller's. */
struct engine *engine_new(const struct engine_config *, struct vswitch *,
                          char **error);
void engine_free(struct engine *);

/* Where rows and flows go; engine_run() commits them. */
struct netsink *engine_sink(struct engine *);

/* The Southbound connections, once the chassis' name is known; borrowed. */
void engine_connect(struct engine *, struct sb *, struct sb_chassis *);
extern const struct sb_chassis_learned_ops engine_learned_ops;

/* After all connections have been run.  'complete': rows and flows are those
 * of a database, and not still on their way from it. */
void engine_run(struct engine *, bool complete, long long now_ms);
void engine_wait(struct engine *, long long now_ms);

/* {"network", "datapath", "held", "custody", ...}; the caller's. */
struct json *engine_status(struct engine *, long long now_ms);
/* The entries of the fast path; see datapath_flows_to_json(). */
struct json *engine_flows(struct engine *, size_t max, long long now_ms);

#endif /* host/engine.h */
