/* Northbound rows -> logical flows and Southbound rows, incrementally.
 *
 * in:     a replica of the Northbound database (an IDL that the caller runs),
 *         and a few facts from elsewhere (states of backends)
 * out:    to sinks: logical flows and Southbound rows, added and removed
 * owner:  the caller owns the IDL and the sinks
 * thread: one; nothing blocks
 *
 * How: everything that is computed is a *node*: a row, a relation ("switches
 * that port X is in"), a view (a switch as features need it), a unit (one
 * feature for one row: the only nodes that emit).  A computation reads others
 * through feature.h, which notes who read what; when a row changes, what has
 * read it is computed again, and what has read that if its value changed.
 * What a unit emitted before and does not emit again is withdrawn.  So the
 * result is always that of a fresh start, and the cost is that of the change.
 *
 * Which mistake is safe: reading too much costs time; a row that is looked at
 * without being read through feature.h goes stale.  Hence the rule of
 * features: of a pointer in a row only the UUID may be used. */

#ifndef COMPILE_COMPILE_H
#define COMPILE_COMPILE_H 1

#include "diag.h"
#include "idlconn.h"
#include "ovs.h"

enum cpipeline { CPIPELINE_INGRESS, CPIPELINE_EGRESS };

enum cstage {
#define CSTAGE(ID, PIPELINE, TABLE, NAME) ID,
#include "stages.def"
    N_CSTAGES
};

struct cstage_info {
    enum cpipeline pipeline;
    uint8_t table;
    const char *name; /* "ls_in_acl". */
    bool router;
};

const struct cstage_info *cstage_info(enum cstage);

/* A set of datapaths, by the UUIDs of their Logical_Switch or Logical_Router
 * rows, which are also those of their Datapath_Binding rows.  Interned: equal
 * sets are the same pointer, valid while a flow or a view has it. */
struct cdps {
    struct hmap_node node;
    struct hmap *table;   /* Where it is interned. */
    unsigned int n_refs;
    unsigned int n_flows; /* Of all flows, how many use it. */
    bool replayed;        /* Told since the last replay began. */
    struct uuid id;       /* A digest: the Logical_DP_Group's row. */
    size_t n;             /* 1 or more. */
    struct uuid uuids[];  /* In order. */
};

/* A logical flow, all borrowed. */
struct cflow {
    const struct cdps *dps; /* Where: a set... */
    const struct uuid *dp;  /* ...or one LS or LR.  Sinks see 'dps' only. */
    enum cstage stage;
    uint16_t priority;
    const char *match;
    const char *actions;
    const char *meter; /* controller_meter; NULL for none. */
    const char *port;  /* tags:in_out_port: the only port whose packets it
                        * can match; NULL for none. */
    struct uuid hint;  /* Row that it comes from; zero for the unit's. */
};

/* Receives what has changed.  'id' is the flow's digest (two flows with the
 * same id are the same flow), and the UUID of its row.  All is borrowed for
 * the call.  A flow that changes is an addition and a removal, in this
 * order.  A Logical_DP_Group is told of right before the first flow or row
 * that refers to it. */
struct csink {
    void *aux;

    /* What it returns is given back when the flow is removed, if... */
    void *(*add_flow)(void *aux, const struct uuid *id, const struct cflow *);
    void (*remove_flow)(void *aux, const struct uuid *id, void *handle);
    bool has_handles; /* ...so; else 'handle' is NULL. */

    /* A row of 'table' is 'row' (columns as RFC 7047 writes them in an
     * "insert", all those that the compiler writes), or is gone. */
    void (*set_row)(void *aux, const char *table, const struct uuid *,
                    const struct json *row);
    void (*remove_row)(void *aux, const char *table, const struct uuid *);

    /* All changes of this compile_run() have been told. */
    void (*commit)(void *aux);
};

struct compile;

#define COMPILE_MAX_SINKS 3

/* Makes 'nb' replicate what is compiled; before its first run. */
void compile_add_columns(struct ovsdb_idl *nb);
/* idlconn_open() and compile_add_columns(). */
void compile_open(struct idlconn *nb, const char *remote, bool leader_only);

/* 'nb' has been given to compile_add_columns().  The sinks' structs are
 * copied, at most COMPILE_MAX_SINKS. */
struct compile *compile_new(struct ovsdb_idl *nb, const struct csink *,
                            size_t n_sinks);
/* Without telling the sinks. */
void compile_free(struct compile *);

/* Computes what has changed since the last call.  The caller has run the IDL
 * and clears its tracked changes (ovsdb_idl_track_clear()) afterwards.  True
 * if the sinks were told anything. */
bool compile_run(struct compile *);

/* The next run looks at all rows: the replica is a new one (a snapshot after a
 * lost connection does not track what went meanwhile). */
void compile_rescan(struct compile *);

/* The next run tells the sink with that index everything anew: what it has
 * been told before it is told again, as additions.  For a sink that has lost
 * what it knew.  (A sink's handles are those of the last telling.) */
void compile_replay(struct compile *, size_t sink);

/* Tells 'sink' what there is, without changing any of it: units are computed
 * once more, from '*cursor' on (0: from the beginning), until it has been told
 * of 'n' flows and rows; what one unit emits is told together.  Each flow and
 * row is told at least once until '*cursor' is 0 again, and again if several
 * units want it; one that comes or goes between two calls may be left out.
 * Commit is not called.  Only while the replica is the one that the last
 * compile_run() saw. */
void compile_tell(struct compile *, const struct csink *sink, size_t n,
                  size_t *cursor);

/* Facts from elsewhere, by kind and name.  NULL forgets. */
enum cfact {
    CFACT_BACKEND, /* State of a Service_Monitor: "LPORT IP PORT PROTOCOL" ->
                    * "online", "offline", "error". */
    CFACT_PORT_UP, /* A logical switch port: "true" when it is bound. */
    CFACT_TUNNEL_KEY, /* "dp UUID" or "port NAME" -> the key to keep. */
    CFACT_CHASSIS, /* A chassis: the UUID of its Southbound row. */
    CFACT_FORECAST, /* A VIP, "UUID VIP" of a Load_Balancer: the backends that
                     * it is about to get.  Counts only while it has none. */
    CFACT_BFD, /* A session: "UUID" of the BFD row -> its status. */
    CFACT_PREFIX, /* A router's port: "AID:PREFIX", the IPv6 prefix that a
                   * chassis was delegated for it. */
    CFACT_GROUPS, /* A switch, by UUID: lines "ADDRESS PORT PORT...", what
                   * hosts have joined; ports are UUIDs of Port_Bindings. */
    CFACT_SELF, /* "chassis": the name of the chassis whose packets all flows
                 * are for; none: there may be many. */
    N_CFACTS
};
void compile_set_fact(struct compile *, enum cfact, const char *name,
                      const char *value);

/* What the database asks for and does not get, or what cannot be used.  May
 * have changed when compile_reports_seqno() has.  'cb' is called for those
 * that units have made since that was 'since' (0: for all), perhaps of what
 * they had reported before. */
unsigned int compile_reports_seqno(const struct compile *);
typedef void compile_report_cb(void *aux, const struct diag *);
void compile_for_each_report(const struct compile *, unsigned int since,
                             compile_report_cb *, void *aux);

/* For people and benchmarks. */
struct compile_stats {
    size_t n_nodes, n_edges, n_flows, n_rows;
    size_t n_computed; /* By the last compile_run(). */
};
void compile_get_stats(const struct compile *, struct compile_stats *);

#endif /* compile/compile.h */
