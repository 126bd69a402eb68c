/* Views: rows as features need them, parsed and with their surroundings.
 *
 * Read with view_x(ctx, &uuid); NULL if there is no such row.  All is borrowed
 * until the end of the computation.  A view's 'equal' compares everything in
 * it, so that those who read it are computed again only if it changed. */

#ifndef COMPILE_VIEWS_H
#define COMPILE_VIEWS_H 1

#include "caddr.h"
#include "feature.h"

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
    bool is_distributed_gateway; /* Has gateway chassis or an HA group. */
    char *redirect;              /* "cr-NAME" if so, else NULL... */
    char *json_redirect;         /* ...and quoted. */
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
    bool has_arp_proxy;
    bool vlan_passthru;
    struct uuid *router_ports; /* LSPs of type router. */
    size_t n_router_ports;
    struct uuid *localnet_ports;
    size_t n_localnet_ports;
    struct uuid copp; /* Or zero. */
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
    struct uuid copp;         /* Or zero. */
};

#define CVIEW(ID, TYPE, NAME)                                                 \
    static inline const TYPE *view_##NAME(struct cctx *ctx,                   \
                                          const struct uuid *key)             \
    {                                                                         \
        return cctx_view(ctx, CV_##ID, key);                                  \
    }
#include "views.def"

/* Names in quotes, as matches and actions want them; the caller's. */
char *json_quote(const char *);
bool uuids_equal(const struct uuid *, size_t, const struct uuid *, size_t);

#endif /* compile/views.h */
