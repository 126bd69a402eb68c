/* The Southbound database as the compiler writes it.
 *
 * in:     a csink's calls: flows and rows that are wanted
 * out:    transactions that make the database so; what others say there
 *         (ports that are up, states of backends, chassis that caught up)
 * owner:  the owner embeds the callbacks' aux
 * thread: one; nothing blocks
 *
 * A logical flow's row has its digest for a UUID, so that after a start only
 * what differs is written.  Rows of these tables that nobody wants are
 * deleted; columns that the compiler does not write are left alone.
 *
 * Texts of flows are not kept.  When a transaction may be lost, everything is
 * asked for again (south_needs_replay()), and what is there is not written. */

#ifndef NORTH_SOUTH_H
#define NORTH_SOUTH_H 1

#include "compile.h"
#include "ovs.h"

struct south;

/* What the database says; strings are borrowed for the call. */
struct south_ops {
    /* A key that a datapath ("dp UUID") or port ("port NAME") has. */
    void (*key)(void *aux, const char *name, const char *value);
    /* A Port_Binding is up or not; of a row that is gone, not. */
    void (*port_up)(void *aux, const char *logical_port, bool up);
    /* The row of a Chassis, as CFACT_CHASSIS has it; NULL: gone. */
    void (*chassis)(void *aux, const char *name, const char *uuid);
    /* What a chassis was delegated for a router's port, as CFACT_PREFIX has
     * it; NULL: nothing. */
    void (*prefix)(void *aux, const char *logical_port, const char *prefix);
    /* IGMP_Group, as CFACT_GROUPS has it; NULL: nothing is joined. */
    void (*groups)(void *aux, const char *datapath, const char *groups);
    /* BFD.status, as CFACT_BFD has it; NULL: gone. */
    void (*bfd)(void *aux, const char *uuid, const char *status);
    /* Service_Monitor.status, as CFACT_BACKEND has it; NULL: gone. */
    void (*backend)(void *aux, const char *name, const char *status);
};

struct south *south_new(const char *remote, const struct south_ops *,
                        void *aux);
void south_free(struct south *);
void south_run(struct south *);
void south_wait(struct south *);

/* The content is here and this process may write (it has OVN's lock
 * "ovn_northd").  Otherwise the sink only notes what is wanted. */
bool south_is_ready(const struct south *);
/* It is not, and nobody else is known to write meanwhile. */
bool south_is_cut_off(const struct south *);
bool south_is_connected(const struct south *);

struct csink south_sink(struct south *);

/* Before its first run: no flows are written, nor what is of use only with
 * them: groups of datapaths and load balancers. */
void south_leave_out_flows(struct south *);

/* Only while it is ready: true, once, when all flows and rows must be told
 * again. */
bool south_needs_replay(struct south *);

/* SB_Global.nb_cfg is to be 'nb_cfg' once all that has been told is
 * written. */
void south_set_nb_cfg(struct south *, int64_t nb_cfg);
/* The last that is written; and the least of all chassis (INT64_MAX: there
 * are none). */
int64_t south_sb_cfg(const struct south *);
int64_t south_hv_cfg(const struct south *);

/* Nothing is to be written, and nothing on its way. */
bool south_is_settled(const struct south *);

struct south_stats {
    size_t n_rows;         /* In the database, of our tables. */
    size_t n_transactions, n_operations, n_failures;
    char last_error[256];
};
void south_get_stats(const struct south *, struct south_stats *);

#endif /* north/south.h */
