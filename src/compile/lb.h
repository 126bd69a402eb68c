/* A Load_Balancer, parsed once for all features that emit flows of it.
 *
 * feat_lb.c parses a row, has lb_health.c take out the backends that are
 * offline, and gives the result to the emitting functions below, one or two a
 * file.  All of it belongs to one computation, that of the unit "lb", so a
 * change of one row's vips costs that row.  Nothing here looks at a single
 * switch or router: where a load balancer applies is a set (vlb_switches,
 * vlb_routers), partitioned by what its flows depend on. */

#ifndef COMPILE_LB_H
#define COMPILE_LB_H 1

#include "views.h"
#include "vip.h"

/* options:neighbor_responder, who answers ARP and ND for a VIP. */
enum lb_responder {
    LB_RESPOND_REACHABLE, /* Routers with a network that it is in. */
    LB_RESPOND_ALL,
    LB_RESPOND_NONE,
};

/* An address with or without a port.  As texts it may be a template's: "^NAME"
 * in either place. */
struct lb_address {
    struct endpoint ep; /* Zero in a template. */
    char *ip;           /* "10.0.0.1", "fd00::1" */
    char *port;         /* "80", or NULL. */
    char *s;            /* "10.0.0.1:80", "[fd00::1]:80", "10.0.0.1" */
};

struct lb_backend {
    struct lb_address at;
    bool up; /* Not known to be unusable; lb_health.c. */
};

struct lb_vip {
    struct lb_address at;
    bool is_ipv4;
    struct lb_backend *backends;
    size_t n_backends;
    char *backends_s; /* Those that are up, as ct_lb_mark wants them; empty
                       * if there are none. */
};

struct lb {
    const struct nbrec_load_balancer *row;
    const char *protocol; /* "tcp", "udp", "sctp". */
    bool reject, event, skip_snat;
    bool is_template;
    enum lb_responder responder;
    unsigned int affinity; /* Seconds; 0 for none. */
    char *hash_fields;     /* "; hash_fields=\"ip_dst,ip_src\"" or "". */
    struct smap vip_map;   /* The column, with what is forecast. */
    struct lb_vip *vips;
    size_t n_vips;
};

/* '*lb' is what can be used of 'row'; what cannot is reported. */
void lb_parse(struct cctx *, const struct nbrec_load_balancer *row,
              struct lb *);
void lb_uninit(struct lb *);
void lb_vip_format_backends(struct lb_vip *);

/* lb_vip.c: '*vip' from "vips"; NULL, or why the VIP is of no use: the
 * caller's.  It is to be uninitialised only in the first case. */
char *lb_vip_parse(const struct nbrec_load_balancer *, const char *key,
                   const char *value, struct lb_vip *vip)
    OVS_WARN_UNUSED_RESULT;
void lb_vip_uninit(struct lb_vip *);

/* lb_health.c: marks backends that are not up. */
void lb_health_apply(struct cctx *, struct lb *);
/* "PORT:SOURCE" of ip_port_mappings, taken apart: the caller's; false if it
 * is not that. */
bool lb_mapping_parse(const char *, char **lport, ovs_be32 *source);

/* What the "match" of a VIP says: "ip4.dst == A && tcp && tcp.dst == P", or
 * without "tcp && " where that goes without saying. */
void lb_put_vip(const struct lb *, const struct lb_vip *, bool protocol,
                struct ds *);
/* "ct_lb_mark(backends=...);" */
void lb_put_ct_lb(const struct lb *, const struct lb_vip *, struct ds *);
/* Priority of the flow that balances, by how much it matches. */
uint16_t lb_priority(const struct lb_vip *);

/* Emitting, one VIP or all of them. */
void lb_switch_emit(struct cctx *, const struct lb *,
                    const struct vlb_switches *);
void lb_router_emit(struct cctx *, const struct lb *,
                    const struct vlb_routers *);
void lb_event_emit_switches(struct cctx *, const struct lb *,
                            const struct lb_vip *,
                            const struct vlb_switches *);
void lb_event_emit_routers(struct cctx *, const struct lb *,
                           const struct lb_vip *, const struct vlb_routers *);
void lb_affinity_emit_switches(struct cctx *, const struct lb *,
                               const struct lb_vip *, const struct cdps *);
void lb_affinity_emit_routers(struct cctx *, const struct lb *,
                              const struct lb_vip *,
                              const struct vlb_routers *);
void lb_arp_emit(struct cctx *, const struct lb *, const struct lb_vip *,
                 const struct vlb_routers *);
void lb_route_emit(struct cctx *, const struct lb *,
                   const struct vlb_routers *);
void lb_row_emit(struct cctx *, const struct lb *, const struct cdps *);

/* --- For others --- */

/* Is 'ip' (as text) a VIP of a load balancer on the router? */
bool lb_is_router_vip(struct cctx *, const struct uuid *router,
                      const char *ip);

/* The MAC that health checks are sent from.  */
struct eth_addr lb_monitor_mac(struct cctx *);

/* Logical_Router.options:lb_force_snat_ip. */
struct lb_force {
    bool router_ip;      /* The address of the port that the packet leaves
                          * by... */
    struct in6_addr ip4; /* ...or one of these; mapped; zero for none. */
    struct in6_addr ip6;
};
/* False if there is none; 'bad' says whether that is for a bad value. */
bool lb_force_parse(const struct nbrec_logical_router *, struct lb_force *,
                    bool *bad);

#endif /* compile/lb.h */
