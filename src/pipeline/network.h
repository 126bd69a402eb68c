/* The virtual network that packets go through: what Southbound rows say that
 * is not a flow.
 *
 * in:     datapaths, ports, groups, sets, bindings (from compile/, from a
 *         Southbound database, from a test)
 * out:    look-ups by name and by key; a 'struct lenv' for the flow tables
 * owner:  the creator; pointers are borrowed until the thing is removed
 * thread: one changes; packets are run by the same thread (for now) */

#ifndef PIPELINE_NETWORK_H
#define PIPELINE_NETWORK_H 1

#include "lflow.h"
#include "net_backends.h"
#include "ovs.h"

struct network;

enum net_port_type {
    PORT_VIF,      /* "": a workload; an output to it leaves the pipeline. */
    PORT_PATCH,    /* To the peer, another datapath. */
    PORT_L3GATEWAY, /* Likewise, of a gateway router. */
    PORT_LOCALNET, /* To the physical network. */
    PORT_LOCALPORT,
    PORT_CHASSIS_REDIRECT, /* Stands for 'distributed', on one chassis. */
    PORT_VIRTUAL,
    PORT_EXTERNAL,
    PORT_OTHER, /* VTEP and more: an output to it leaves the pipeline. */
};

/* One Datapath_Binding. */
struct net_datapath {
    struct hmap_node by_key;
    struct uuid uuid;
    uint32_t key; /* tunnel_key; flow->metadata. */
    char *name;
    bool is_router;
    struct ldatapath *flows; /* Owned. */
    struct hmap ports;       /* Contains "struct net_port"s, by key. */
    struct hmap groups;      /* Contains "struct net_group"s, by key. */
    bool is_gateway;         /* Has an L3GATEWAY port. */
    uint16_t dnat_zone;      /* ct zones, unique in the network. */
    uint16_t snat_zone;
    struct smap dns; /* Name in lower case -> addresses. */
    struct net_backends backends; /* Of load balancers in it alone... */
    struct hmapx shared_backends; /* ...and borrowed "struct net_backends"es
                                   * of those in others, too. */
    struct smap hairpin;  /* VIP, likewise -> options:hairpin_snat_ip. */
};

/* An entry of Port_Binding.port_security: a MAC and, if there are any, the
 * addresses that go with it. */
struct net_security {
    struct eth_addr mac;
    struct net_prefix {
        struct in6_addr ip;   /* IPv4 mapped. */
        struct in6_addr mask; /* Likewise. */
    } *prefixes;
    size_t n_prefixes;
};

/* One Port_Binding. */
struct net_port {
    struct hmap_node by_key;  /* In the datapath. */
    struct hmap_node by_name; /* In the network: names are unique. */
    struct net_datapath *datapath;
    uint32_t key; /* tunnel_key; reg14 and reg15. */
    char *name;
    enum net_port_type type;
    struct net_port *peer;        /* PATCH, L3GATEWAY; else NULL. */
    struct net_port *distributed; /* CHASSIS_REDIRECT; else NULL. */
    bool resident;                /* is_chassis_resident(). */
    uint16_t zone;                /* Conntrack zone of a switch's port. */
    struct net_security *security; /* Empty: everything may pass. */
    size_t n_security;
};

/* One Multicast_Group. */
struct net_group {
    struct hmap_node by_key;  /* In the datapath. */
    struct hmap_node by_name; /* In the network; several have the name. */
    struct net_datapath *datapath;
    uint32_t key; /* 32768 and more. */
    char *name;
    struct net_port **ports;
    size_t n_ports;
};

/* Learned facts: MAC_Binding, FDB. */
struct net_mac {
    struct in6_addr ip; /* IPv4 mapped. */
    struct eth_addr mac;
};

struct network *network_new(void);
void network_free(struct network *);

/* The tables that all datapaths' flows are in, and the names in them. */
struct ltables *network_tables(struct network *);
const struct symtab *network_symtab(const struct network *);
const struct lenv *network_env(const struct network *);

struct net_datapath *network_add_datapath(struct network *,
                                          const struct uuid *, uint32_t key,
                                          const char *name, bool is_router);
struct net_datapath *network_find_datapath(const struct network *,
                                           uint32_t key);
void network_remove_datapath(struct network *, struct net_datapath *);

/* Adds, with nothing but key, name and type; the caller fills in the rest. */
struct net_port *network_add_port(struct network *, struct net_datapath *,
                                  uint32_t key, const char *name,
                                  enum net_port_type);
struct net_port *network_find_port(const struct network *, const char *name);
/* The port that packets to a patch port go on at; 'a' and 'b' are peers. */
void net_port_set_peers(struct net_port *a, struct net_port *b);
/* What Port_Binding.type says (ovn-sb(5)). */
enum net_port_type net_port_type_from_string(const char *type);
/* Marks the datapath as a gateway router if the port makes it one. */
void net_port_set_type(struct net_port *, enum net_port_type);
/* Replaces; words that are no addresses are left out, and the first of them
 * returned (borrowed), else NULL. */
const char *net_port_set_security(struct net_port *, char *const *, size_t n);
void net_port_set_resident(struct network *, struct net_port *, bool);
struct net_port *net_datapath_find_port(const struct net_datapath *,
                                        uint32_t key);
void network_remove_port(struct network *, struct net_port *);

struct net_group *network_add_group(struct network *, struct net_datapath *,
                                    uint32_t key, const char *name,
                                    struct net_port *const *, size_t n);
struct net_group *net_datapath_find_group(const struct net_datapath *,
                                          uint32_t key);
void network_remove_group(struct network *, struct net_group *);

/* Key of the port or group with that name in the datapath, as "outport" has
 * it.  0, and true, for "none" and "": no port. */
bool net_datapath_key(const struct network *, const struct net_datapath *,
                      const char *name, uint32_t *key);

/* Replaces ('n' of 0 with NULL removes); flows that use it follow. */
void network_set_address_set(struct network *, const char *name,
                             char *const *addresses, size_t n);
void network_set_port_group(struct network *, const char *name,
                            char *const *ports, size_t n);

/* MAC_Binding, Static_MAC_Binding and FDB.  What was learned comes before
 * what is static, unless that overrides it. */
/* True if network_find_mac() says something else now. */
bool network_set_mac(struct network *, const struct net_port *,
                     const struct net_mac *);
void network_remove_mac(struct network *, const struct net_port *,
                        const struct in6_addr *);
void network_set_static_mac(struct network *, const struct net_port *,
                            const struct net_mac *, bool override);
void network_remove_static_mac(struct network *, const struct net_port *,
                               const struct in6_addr *);
bool network_find_mac(const struct network *, const struct net_port *,
                      const struct in6_addr *, struct eth_addr *);
void network_set_fdb(struct network *, const struct net_datapath *,
                     struct eth_addr, uint32_t port_key);
void network_remove_fdb(struct network *, const struct net_datapath *,
                        struct eth_addr);
/* All that was learned; what is static stays. */
void network_forget_learned(struct network *);
bool network_find_fdb(const struct network *, const struct net_datapath *,
                      struct eth_addr, uint32_t *port_key);

/* DNS: what 'name' is in the datapath; NULL for 'addresses' removes. */
void net_datapath_set_dns(struct net_datapath *, const char *name,
                          const char *addresses);

/* Load balancers, as far as an action must know them (chk_lb_hairpin): adds
 * the backends of a VIP, as in Load_Balancer.vips.  False if 'backends' is no
 * list of endpoints. */
bool net_datapath_add_backends(struct net_datapath *, const char *backends);
/* The same, for load balancers that are in other datapaths, too: 'backends' is
 * borrowed for as long as it is attached. */
void net_datapath_attach_backends(struct net_datapath *,
                                  const struct net_backends *);
void net_datapath_detach_backends(struct net_datapath *,
                                  const struct net_backends *);
bool net_datapath_has_backend(const struct net_datapath *,
                              const struct in6_addr *, uint16_t port);

/* What a hairpin of 'vip' (a key of Load_Balancer.vips) has for a source, if
 * not the VIP: 'ips' are an address of IPv4 or IPv6 or of both, as in
 * options:hairpin_snat_ip.  False if there is none of the VIP's family. */
bool net_datapath_set_hairpin(struct net_datapath *, const char *vip,
                              const char *ips);
bool net_datapath_find_hairpin(const struct net_datapath *,
                               const struct in6_addr *vip, uint16_t port,
                               struct in6_addr *ip);

#endif /* pipeline/network.h */
