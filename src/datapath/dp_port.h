/* Interfaces and the logical ports that they are.
 *
 * in:     names; what the kernel says of an interface (by ioctl, and told by
 *         rtnetlink when it changes)
 * out:    attached transports; entries of interfaces that went are dropped
 * owner:  struct dp_ports owns all of it; transport and cache are borrowed */

#ifndef DATAPATH_DP_PORT_H
#define DATAPATH_DP_PORT_H 1

#include "datapath.h"
#include "dp_cache.h"
#include "dp_neighbor.h"
#include "dp_transport.h"
#include "ovs.h"

struct dp_port;

struct dp_iface {
    struct hmap_node by_name;
    struct hmap_node by_ifindex; /* If attached. */
    char *name;
    uint16_t number; /* The transport's name for it, not 0. */
    struct datapath_link link;
    char *error;      /* What 'link.error' points to. */
    bool attached;
    struct eth_addr peer; /* Or zeros: see dp_peer.h. */
    struct ovs_list ports; /* Contains "struct dp_port"s. */
};

struct dp_port {
    struct hmap_node by_logical;
    struct ovs_list in_iface;
    struct dp_iface *iface;
    uint16_t vlan;
    char *logical; /* Name of the logical port. */
    struct datapath_port_stats stats; /* Of the slow path. */
    unsigned int syns;   /* That it may still send... */
    long long syns_ms;   /* ...as of then. */
};

struct dp_ports {
    struct hmap by_name;    /* Contains "struct dp_iface"s. */
    struct hmap by_ifindex; /* Likewise, those attached. */
    struct hmap by_logical; /* Contains "struct dp_port"s. */
    struct dp_iface **by_number;
    size_t n_numbers;  /* Allocated. */
    struct transport *transport;
    struct cache *cache; /* May be NULL, and so may be... */
    struct neighbors *neighbors;
    const struct datapath_ops *ops;
    void *aux;
    bool all_changed; /* Events were lost. */
};

void dp_ports_init(struct dp_ports *, struct transport *, struct cache *,
                   struct neighbors *, const struct datapath_ops *,
                   void *aux);
/* Interfaces stay attached in the kernel. */
void dp_ports_uninit(struct dp_ports *);

int dp_ports_add(struct dp_ports *, const char *interface, uint16_t vlan,
                 const char *logical);
void dp_ports_remove(struct dp_ports *, const char *interface, uint16_t vlan);

/* NULL if there is none. */
struct dp_iface *dp_ports_find_iface(const struct dp_ports *,
                                     const char *name);
struct dp_iface *dp_ports_find_number(const struct dp_ports *,
                                      uint16_t number);
struct dp_iface *dp_ports_find_ifindex(const struct dp_ports *, int ifindex);
struct dp_port *dp_ports_find_logical(const struct dp_ports *,
                                      const char *name);
struct dp_port *dp_iface_find_port(const struct dp_iface *, uint16_t vlan);

/* An interface, or NULL for all, may have changed (rtnetlink). */
void dp_ports_changed(struct dp_ports *, const char *name, int ifindex);
void dp_ports_run(struct dp_ports *);

#endif /* datapath/dp_port.h */
