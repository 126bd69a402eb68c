/* Changes of Southbound rows and logical flows -> the network that packets go
 * through.
 *
 * in:     rows as JSON (RFC 7047) and flows, added, changed and removed, in
 *         any order; a commit
 * out:    the network, changed all at once at the commit, and only where
 *         something has changed
 * owner:  the network is borrowed; what the rows say is copied
 * thread: one
 *
 * Rows that cannot be used are left out and told (the log); their fellows go
 * on.  References between rows may come before the row that they name, within
 * the same commit.  Knows the columns of ovn-sb(5); who computes the rows --
 * compile/, an ovn-northd(8) -- does not matter. */

#ifndef HOST_NETSINK_H
#define HOST_NETSINK_H 1

#include "network.h"
#include "ovs.h"

struct netsink;

struct netsink *netsink_new(struct network *);
/* The network keeps what it has, but backends. */
void netsink_free(struct netsink *);

/* A row of 'table' is 'row' (borrowed), or is gone. */
void netsink_set_row(struct netsink *, const char *table, const struct uuid *,
                     const struct json *row);
void netsink_remove_row(struct netsink *, const char *table,
                        const struct uuid *);

/* All borrowed for the call. */
struct netsink_flow {
    const struct uuid *datapaths; /* Of Datapath_Binding. */
    size_t n_datapaths;
    bool egress;
    long long table;
    long long priority;
    const char *match;
    const char *actions;
    const char *stage_name; /* May be NULL. */
    const char *meter;      /* May be NULL. */
};
void netsink_add_flow(struct netsink *, const struct uuid *id,
                      const struct netsink_flow *);
void netsink_remove_flow(struct netsink *, const struct uuid *id);

/* There is something to apply. */
bool netsink_has_changes(const struct netsink *);
/* Applies all that was told since the last one.  True if anything but flows
 * has changed: caches that look at ltables_generation() alone must be told. */
bool netsink_commit(struct netsink *);

/* True, once, when everything must be told again: a datapath has another key,
 * and with the old one its ports and flows have gone. */
bool netsink_lacks(struct netsink *);

/* Calls 'cb' for each port of type localnet: its name, the physical network
 * it is on, and its tag or 0. */
typedef void netsink_localnet_cb(void *aux, const char *logical_port,
                                 const char *network, uint16_t vlan);
void netsink_for_each_localnet(const struct netsink *, netsink_localnet_cb *,
                               void *aux);

/* The backends of a VIP of a load balancer, by the UUID of its Northbound row,
 * as they are in the network: "" for none.  Borrowed.  NULL if the rows do not
 * tell: a load balancer that is on routers alone has none, and an ovn-northd
 * gives its own UUIDs. */
const char *netsink_vip_backends(const struct netsink *,
                                 const struct uuid *lb, const char *vip);

/* True if one of the backends ("10.0.0.1:80,...") has a health check. */
bool netsink_is_monitored(const struct netsink *, const char *protocol,
                          const char *backends);

/* {"datapaths", "ports", "flows", "bad_rows"}; the caller's. */
struct json *netsink_status(const struct netsink *);

#endif /* host/netsink.h */
