/* Logical flows and the rows they need, as an ovn-northd(8) has written them
 * Southbound.
 *
 * in:     OVN_Southbound: the tables that packets depend on, but what is
 *         learned from packets (sb_chassis.h)
 * out:    to 'ops': rows as JSON (RFC 7047) and flows, as they come, change
 *         and go
 * owner:  struct sb_flows owns a connection of its own
 * thread: one; nothing blocks */

#ifndef SB_SB_FLOWS_H
#define SB_SB_FLOWS_H 1

#include "ovs.h"

struct sb_flows;

/* A row of Logical_Flow, all borrowed. */
struct sb_flow {
    const struct uuid *datapaths; /* Of Datapath_Binding. */
    size_t n_datapaths;
    bool egress;
    int64_t table;
    int64_t priority;
    const char *match;
    const char *actions;
    const char *stage_name; /* May be NULL. */
    const char *meter;      /* May be NULL. */
};

struct sb_flows_ops {
    void (*set_row)(void *aux, const char *table, const struct uuid *,
                    const struct json *row);
    void (*remove_row)(void *aux, const char *table, const struct uuid *);
    void (*add_flow)(void *aux, const struct uuid *, const struct sb_flow *);
    void (*remove_flow)(void *aux, const struct uuid *);
};

struct sb_flows *sb_flows_new(const char *remote, const struct sb_flows_ops *,
                              void *aux);
void sb_flows_free(struct sb_flows *);
/* Tells what has changed; true if anything has. */
bool sb_flows_run(struct sb_flows *);
void sb_flows_wait(struct sb_flows *);

/* The next run tells everything that is there, told or not. */
void sb_flows_tell_again(struct sb_flows *);

bool sb_flows_is_connected(const struct sb_flows *);
/* SB_Global.nb_cfg of what has been told. */
int64_t sb_flows_nb_cfg(const struct sb_flows *);

#endif /* sb/sb_flows.h */
