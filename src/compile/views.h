/* Views: rows as features need them, parsed and with their surroundings.
 *
 * Read with view_x(ctx, &uuid); NULL if there is no such row.  All is borrowed
 * until the end of the computation.  A view's 'equal' compares everything in
 * it, so that those who read it are computed again only if it changed. */

#ifndef COMPILE_VIEWS_H
#define COMPILE_VIEWS_H 1

#include "caddr.h"
#include "feature.h"

/* A growing array. */
struct uuids {
    struct uuid *list;
    size_t n, allocated;
};

void uuids_add(struct uuids *, const struct uuid *, size_t n);

/* A Logical_Router_Port. */
struct vrport {
    struct uuid uuid;
    struct uuid router;   /* Zero: in none, nothing is to be emitted. */
    char *name;
    char *json_name;      /* "NAME", quoted as matches want it. */
    bool enabled;
    struct caddrs addrs;  /* MAC and networks; link-local IPv6 included. */
    struct uuid peer_lsp; /* The switch port attached; or zero. */
    struct uuid peer_lrp; /* The router port attached directly; or zero. */
    bool is_distributed_gateway; /* Has gateway chassis or an HA group, in a
                                  * router that is not on one chassis. */
    char *redirect;              /* "cr-NAME" if so, else NULL... */
    char *json_redirect;         /* ...and quoted. */
    unsigned int mtu;            /* gateway_mtu; 0 for none. */
    char *mtu_bypass;            /* gateway_mtu_bypass or NULL. */
    bool is_bridged;             /* redirect-type=bridged */
    bool resides_on_redirect;    /* reside-on-redirect-chassis */
    bool floods_multicast;       /* mcast_flood */
};

/* The ports of a Logical_Router and their addresses: where a next hop is. */
struct vrouter_port {
    struct uuid uuid;
    char *name;
    char *json_name;
    struct caddrs addrs;
};

struct vrouter_ports {
    struct vrouter_port *ports; /* Those with a MAC. */
    size_t n;
};

enum vport_type {
    VPORT_VIF,
    VPORT_ROUTER,
    VPORT_LOCALNET,
    VPORT_LOCALPORT,
    VPORT_VIRTUAL,
    VPORT_EXTERNAL,
    VPORT_REMOTE,
    VPORT_L2GATEWAY,
    VPORT_VTEP,
    VPORT_OTHER, /* A type that ovn-nb(5) does not know. */
};

/* A Logical_Switch_Port. */
struct vport {
    struct uuid uuid;
    struct uuid ls;      /* Zero: in none, nothing is to be emitted. */
    char *name;
    char *json_name;
    enum vport_type type;
    bool enabled;
    bool up; /* Or as good as: ARP for it is answered. */
    bool has_unknown;
    bool is_container;     /* Has a parent and a tag. */
    struct caddrs *addrs;  /* Of 'addresses'; "router" and "dynamic" are
                            * resolved. */
    size_t n_addrs;
    struct uuid lrp;       /* VPORT_ROUTER: the router port, or zero. */
};

/* The switches that ports of a Port_Group are in. */
struct vpg_use {
    const struct cdps *switches; /* NULL: none. */
};

/* An ACL. */
struct vacl {
    bool is_stateful; /* Connections that it allows are tracked. */
};

/* Where an ACL applies: its switches, directly and by port groups. */
struct vacl_use {
    const struct cdps *switches; /* NULL: none. */
};

/* Where a load balancer applies: directly and by groups. */
struct vlb_use {
    const struct cdps *switches; /* NULL: none. */
    const struct cdps *routers;
    bool has_vips;
};

/* Where a load balancer group is. */
struct vlbg_use {
    const struct cdps *switches; /* NULL: none. */
    const struct cdps *routers;
    bool has_vips; /* One of its load balancers has. */
};

/* Some of a set of datapaths: those with the same properties. */
struct vlb_part {
    const struct cdps *dps;
    bool acls;          /* Switches: they have ACLs. */
    bool forced;        /* Routers: lb_force_snat_ip... */
    char *gateway;      /* ...the distributed gateway port, as
                         * "cr-NAME"; NULL, none... */
    char *gateway_port; /* ...and as "NAME". */
    char *meter;        /* Copp's, of what the parts are made for; or NULL. */
};

struct vlb_parts {
    struct vlb_part *list;
    size_t n;
};

/* A set of switches as load balancers need it; key: cdps.id. */
struct vlb_switches {
    const struct cdps *all;
    struct vlb_parts events;  /* By ACLs and the meter of events. */
    struct vlb_parts rejects; /* By the meter of rejections. */
};

/* A network of a port of one of the routers. */
struct vlb_net {
    struct in6_addr net;
    unsigned int plen;   /* Of the mapped address: 0 to 128. */
    struct uuid router;
    struct uuid ls;      /* The switch at the port; or zero. */
    char *lsp;           /* Its port to the router, quoted; or NULL. */
    bool only_routers;   /* The switch has no other ports. */
};

/* A port of a router that has distributed gateway ports. */
struct vlb_gwport {
    struct uuid router;
    char *port;    /* Quoted. */
    char *gateway; /* "cr-NAME", quoted, if it is one; or NULL. */
};

/* A set of routers as load balancers need it; key: cdps.id.  Only enabled
 * routers are in it. */
struct vlb_routers {
    const struct cdps *set;   /* What the key says. */
    const struct cdps *all;   /* Those enabled; NULL, none. */
    const struct cdps *plain; /* Those without distributed gateways. */
    struct vlb_parts events;  /* By the meter of events. */
    struct vlb_parts rejects; /* By 'forced' and the meter of rejections. */
    struct vlb_parts dnats;   /* By 'forced' and the gateway. */
    struct vlb_net *nets;     /* By 'plen' and 'net'. */
    size_t n_nets;
    struct vlb_gwport *gwports;
    size_t n_gwports;
};

/* A Logical_Switch. */
struct vswitch {
    struct uuid uuid;
    char *name;
    bool has_acls;          /* Any, directly or by port groups... */
    bool has_stateful_acls; /* ...one with action allow-related. */
    bool has_lb_vips;
    bool has_unknown;       /* A port with "unknown" addresses. */
    bool has_dns;
    bool has_localnet;
    bool has_vtep;
    bool has_arp_proxy;
    bool vlan_passthru;
    bool only_router_ports; /* All ports have a router behind them. */
    struct uuid *router_ports; /* LSPs of type router. */
    size_t n_router_ports;
    struct uuid *localnet_ports;
    size_t n_localnet_ports;
    struct uuid copp; /* Or zero. */
};

/* What rows that apply to many switches (ACLs, ports) must know of each. */
struct vswitch_mode {
    bool has_acls;
    bool has_stateful_acls;
    bool stateful; /* Packets go through connection tracking. */
    bool vlan_passthru;
    bool only_router_ports;
    uint32_t requested_key; /* Of its datapath; 0 for none. */
    struct uuid copp;       /* Or zero. */
};

/* A Logical_Router. */
struct vrouter {
    struct uuid uuid;
    char *name;
    bool enabled;
    char *chassis;            /* Of a gateway router, or NULL. */
    struct uuid *gateways;    /* Distributed gateway ports. */
    size_t n_gateways;
    bool has_lb_vips;
    bool has_nat;
    bool learns_always;       /* always_learn_from_arp_request */
    bool dynamic_neighbors;   /* dynamic_neigh_routers */
    bool relays_multicast;    /* mcast_relay */
    bool floods_multicast;    /* A port does. */
    bool lb_force_router_ip;  /* lb_force_snat_ip=router_ip */
    struct caddrs lb_force_snat;   /* lb_force_snat_ip, no MAC. */
    struct caddrs dnat_force_snat; /* dnat_force_snat_ip, no MAC. */
    struct uuid copp;         /* Or zero. */
};

/* A port of an enabled router that is attached to a switch. */
struct vrouter_link {
    struct uuid ls, lsp;
    char *json_name;     /* Of the LSP. */
    bool enabled;        /* The LSP. */
    bool floods;         /* The switch has ports that are no routers'. */
    bool takes_nat_macs; /* MACs of distributed NATs are found there. */
};

/* The attachments of a Logical_Router, if it is enabled. */
struct vrouter_links {
    struct vrouter_link *links;
    size_t n_links;
    struct svec nat_macs; /* external_mac of all its NATs. */
};

/* Multicast in a Logical_Switch.  Ports are Port_Bindings, in order. */
struct vmulticast {
    bool snoops;
    bool floods_unregistered;
    bool relays;              /* A router attached relays multicast. */
    struct uuids flood, flood_l2, is_static, mrouter, unknown;
};

/* A NAT, as far as it does not depend on its router. */
enum vnat_type { VNAT_SNAT, VNAT_DNAT, VNAT_DNAT_AND_SNAT };

struct vnat {
    enum vnat_type type;
    struct caddr external;
    struct caddr logical; /* A network only with VNAT_SNAT. */
    bool stateless;
    bool adds_route;      /* Neighbour routers have a route to 'external'. */
    bool is_distributed;  /* On the chassis of 'port', if the router is. */
    char *mac;            /* external_mac; NULL unless 'port' is set, too. */
    char *port;           /* logical_port... */
    char *json_port;      /* ...quoted. */
    char *ports;          /* external_port_range or NULL. */
    char *allowed;        /* Names of address sets, or NULL. */
    char *exempted;
    struct uuid gateway_port; /* Or zero. */
    const char *problem;  /* Why it cannot be used ("is no MAC"), or NULL... */
    const char *column;   /* ...and where. */
};

/* A Logical_Router_Static_Route, as far as it does not depend on its
 * router. */
struct vroute {
    char *key;             /* rroute_key(): of its ECMP group. */
    struct caddr prefix;
    struct caddr nexthop;  /* Unless 'is_discard'. */
    bool is_discard;
    bool is_src;           /* Policy "src-ip". */
    bool is_symmetric;     /* ecmp_symmetric_reply */
    bool has_bfd;
    bool is_down;          /* BFD says that the next hop is not there. */
    char *table;           /* route_table; "": the main one. */
    char *output_port;     /* Or NULL. */
    const char *problem;   /* Why it cannot be used ("is no..."), or NULL... */
    const char *column;    /* ...and where. */
};

/* All static routes of a Logical_Router. */
struct vrouter_routes {
    struct uuid *routes;
    size_t n;
};

/* Router ports that a Logical_Switch is attached to. */
struct vswitch_routers {
    struct uuid *ports;
    size_t n;
};

/* All NATs of a Logical_Router. */
struct vrouter_nat {
    bool has_distributed;
};

#define CVIEW(ID, TYPE, NAME)                                                 \
    static inline const TYPE *view_##NAME(struct cctx *ctx,                   \
                                          const struct uuid *key)             \
    {                                                                         \
        return cctx_view(ctx, CV_##ID, key);                                  \
    }
#include "views.def"

/* The meter that the Copp 'copp' (or zero) has for 'protocol', if there is
 * one of that name; borrowed. */
const char *copp_meter(struct cctx *, const struct uuid *copp,
                       const char *protocol);

/* Names in quotes, as matches and actions want them; the caller's. */
char *json_quote(const char *);
bool uuids_equal(const struct uuid *, size_t, const struct uuid *, size_t);

#endif /* compile/views.h */
