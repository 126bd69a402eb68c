/* Shared by the files of the sink only. */

#ifndef HOST_NETSINK_PRIVATE_H
#define HOST_NETSINK_PRIVATE_H 1

#include "netsink.h"

/* Something that was told and is not applied yet: the latest word on a row or
 * a flow. */
struct sink_change {
    struct hmap_node node;  /* In 'changes' of its table, by UUID. */
    struct uuid uuid;
    struct json *row;       /* NULL: it is gone. */
};

/* The datapaths of flows that are to be added, and of load balancers: kept
 * once for all that are in the same. */
struct sink_where {
    struct hmap_node node;  /* In 'wheres', by 'uuids'. */
    size_t n_users;
    struct ldatapath **datapaths; /* Those that there are; NULL: not looked
                                   * up yet. */
    size_t n_datapaths;
    struct net_backends *backends; /* Attached to them; NULL: there is no
                                    * load balancer. */
    size_t n;
    struct uuid uuids[];    /* Of Datapath_Binding. */
};

/* What a flow is to be; only until it is. */
struct sink_addition {
    struct sink_where *where;
    struct lflow_desc desc; /* Strings owned. */
};

/* What is to become of a flow.  The tables know those that there are. */
struct sink_flow {
    struct hmap_node node;     /* In 'flow_changes', by ID. */
    struct uuid id;
    struct sink_addition *add; /* NULL: it is gone. */
};

/* What a row has become; 'node' is in 'rows' of its table. */
struct sink_row {
    struct hmap_node node;
    struct uuid uuid;
    union {
        struct net_datapath *datapath;
        struct net_port *port;
        struct net_group *group;
    };
    char *name;      /* Address_Set, Port_Group: of the set.  Port_Binding:
                      * of the peer, the distributed port, or the physical
                      * network.  Service_Monitor: in 'monitors'. */
    uint16_t vlan;   /* Port_Binding: tag of a localnet port, or 0. */
    struct uuid *uuids;  /* Multicast_Group: ports.  DNS, Logical_DP_Group:
                          * datapaths. */
    size_t n_uuids;
    union {
        struct svec strings; /* Port_Group: members.  DNS: names. */
        struct net_mac mac;  /* Static_MAC_Binding, of port 'name'. */
        struct {             /* Load_Balancer. */
            struct sink_where *where; /* Its datapaths. */
            struct smap vips;         /* VIP -> backends. */
        };
    };
};

enum sink_table {
#define SINK_TABLE(ID, NAME) SINK_##ID,
#include "netsink_tables.def"
#undef SINK_TABLE
    N_SINK_TABLES
};

struct netsink {
    struct network *network;
    struct hmap changes[N_SINK_TABLES]; /* Contains "struct sink_change"s. */
    struct hmap rows[N_SINK_TABLES];    /* Contains "struct sink_row"s. */
    struct hmap flow_changes;           /* Contains "struct sink_flow"s. */
    struct hmap wheres;                 /* Contains "struct sink_where"s. */
    bool lacks;                         /* See netsink_lacks(). */
    struct simap monitors;              /* "tcp 10.0.0.1:80" -> rows of
                                         * Service_Monitor. */
    size_t n_bad;                       /* Rows and flows left out. */
};

struct sink_row *sink_find(const struct netsink *, enum sink_table,
                           const struct uuid *);

/* Says what is wrong with a row, and counts it. */
void sink_complain(struct netsink *, const char *format, ...)
    OVS_PRINTF_FORMAT(2, 3);

/* The UUIDs of a set; the array is the caller's. */
size_t sink_uuids(const struct json *row, const char *column,
                  struct uuid **uuids);

/* netsink_graph.c, netsink_rows.c: how a table's row is put into the network
 * and taken out of it.  'row' has been added to 'rows' by the caller. */
struct sink_handler {
    void (*put)(struct netsink *, struct sink_row *, const struct json *);
    void (*take)(struct netsink *, struct sink_row *);
    /* Instead of taking and putting, for a row that is there and changes.
     * False if that cannot be done.  May be NULL. */
    bool (*change)(struct netsink *, struct sink_row *, const struct json *);
};
extern const struct sink_handler sink_datapath, sink_port, sink_group;
extern const struct sink_handler sink_address_set, sink_port_group;
extern const struct sink_handler sink_dp_group, sink_dns, sink_lb;
extern const struct sink_handler sink_static_mac, sink_monitor;

/* netsink_graph.c: after ports have come and gone, which ones belong
 * together. */
void sink_link_ports(struct netsink *);

/* netsink_where.c */
struct sink_where *sink_where_get(struct netsink *, const struct uuid *,
                                  size_t n);
void sink_where_unuse(struct netsink *, struct sink_where *);
void sink_where_look_up(const struct netsink *, struct sink_where *);
/* Its backends, with those of other load balancers. */
struct net_backends *sink_where_backends(const struct netsink *,
                                         struct sink_where *);
/* A datapath has been put or is to be taken. */
void sink_wheres_put_datapath(struct netsink *, const struct sink_row *);
void sink_wheres_take_datapath(struct netsink *);

#endif /* host/netsink_private.h */
