/* What was learned from packets: MAC_Binding and FDB; and MACs that somebody
 * has written down: Static_MAC_Binding. */

#include "network_private.h"

struct mac_entry {
    struct hmap_node node; /* In network's 'macs'. */
    uint32_t datapath, port;
    struct in6_addr ip;

    /* Of a packet, and written down: at least one is there. */
    bool is_learned, is_static;
    bool static_wins;
    struct eth_addr learned_mac, static_mac;
};

struct fdb_entry {
    struct hmap_node node; /* In network's 'fdb'. */
    uint32_t datapath, port;
    struct eth_addr mac;
};

static void
drop_unused(struct network *n, struct mac_entry *entry)
{
    if (!entry->is_learned && !entry->is_static) {
        hmap_remove(&n->macs, &entry->node);
        free(entry);
    }
}

void
network_forget_learned(struct network *n)
{
    struct mac_entry *mac;
    HMAP_FOR_EACH_SAFE (mac, node, &n->macs) {
        mac->is_learned = false;
        drop_unused(n, mac);
    }
    struct fdb_entry *fdb;
    HMAP_FOR_EACH_POP (fdb, node, &n->fdb) {
        free(fdb);
    }
}

void
network_learned_uninit(struct network *n)
{
    struct mac_entry *mac;

    HMAP_FOR_EACH (mac, node, &n->macs) {
        mac->is_static = false;
    }
    network_forget_learned(n);
    hmap_destroy(&n->macs);
    hmap_destroy(&n->fdb);
}

static uint32_t
mac_hash(const struct net_port *port, const struct in6_addr *ip)
{
    return hash_2words(hash_bytes(ip, sizeof *ip, port->key),
                       port->datapath->key);
}

static struct mac_entry *
find_mac(const struct network *n, const struct net_port *port,
         const struct in6_addr *ip)
{
    struct mac_entry *entry;

    HMAP_FOR_EACH_WITH_HASH (entry, node, mac_hash(port, ip), &n->macs) {
        if (entry->datapath == port->datapath->key
            && entry->port == port->key
            && ipv6_addr_equals(&entry->ip, ip)) {
            return entry;
        }
    }
    return NULL;
}

static struct eth_addr
mac_of(const struct mac_entry *entry)
{
    bool use_static = entry->is_static
                      && (entry->static_wins || !entry->is_learned);

    return use_static ? entry->static_mac : entry->learned_mac;
}

static struct mac_entry *
get_mac(struct network *n, const struct net_port *port,
        const struct in6_addr *ip)
{
    struct mac_entry *entry = find_mac(n, port, ip);

    if (!entry) {
        entry = xzalloc(sizeof *entry);
        entry->datapath = port->datapath->key;
        entry->port = port->key;
        entry->ip = *ip;
        hmap_insert(&n->macs, &entry->node, mac_hash(port, ip));
    }
    return entry;
}

bool
network_set_mac(struct network *n, const struct net_port *port,
                const struct net_mac *mac)
{
    struct mac_entry *entry = get_mac(n, port, &mac->ip);
    bool is_known = entry->is_learned || entry->is_static;
    struct eth_addr old = mac_of(entry);

    entry->is_learned = true;
    entry->learned_mac = mac->mac;
    return !is_known || !eth_addr_equals(old, mac_of(entry));
}

void
network_remove_mac(struct network *n, const struct net_port *port,
                   const struct in6_addr *ip)
{
    struct mac_entry *entry = find_mac(n, port, ip);

    if (entry) {
        entry->is_learned = false;
        drop_unused(n, entry);
    }
}

void
network_set_static_mac(struct network *n, const struct net_port *port,
                       const struct net_mac *mac, bool override)
{
    struct mac_entry *entry = get_mac(n, port, &mac->ip);

    entry->is_static = true;
    entry->static_wins = override;
    entry->static_mac = mac->mac;
}

void
network_remove_static_mac(struct network *n, const struct net_port *port,
                          const struct in6_addr *ip)
{
    struct mac_entry *entry = find_mac(n, port, ip);

    if (entry) {
        entry->is_static = false;
        drop_unused(n, entry);
    }
}

bool
network_find_mac(const struct network *n, const struct net_port *port,
                 const struct in6_addr *ip, struct eth_addr *mac)
{
    const struct mac_entry *entry = find_mac(n, port, ip);

    if (entry) {
        *mac = mac_of(entry);
    }
    return entry != NULL;
}

static uint32_t
fdb_hash(const struct net_datapath *dp, struct eth_addr mac)
{
    return hash_mac(mac, 0, dp->key);
}

static struct fdb_entry *
find_fdb(const struct network *n, const struct net_datapath *dp,
         struct eth_addr mac)
{
    struct fdb_entry *entry;

    HMAP_FOR_EACH_WITH_HASH (entry, node, fdb_hash(dp, mac), &n->fdb) {
        if (entry->datapath == dp->key && eth_addr_equals(entry->mac, mac)) {
            return entry;
        }
    }
    return NULL;
}

void
network_set_fdb(struct network *n, const struct net_datapath *dp,
                struct eth_addr mac, uint32_t port_key)
{
    struct fdb_entry *entry = find_fdb(n, dp, mac);

    if (!entry) {
        entry = xzalloc(sizeof *entry);
        entry->datapath = dp->key;
        entry->mac = mac;
        hmap_insert(&n->fdb, &entry->node, fdb_hash(dp, mac));
    }
    entry->port = port_key;
}

void
network_remove_fdb(struct network *n, const struct net_datapath *dp,
                   struct eth_addr mac)
{
    struct fdb_entry *entry = find_fdb(n, dp, mac);

    if (entry) {
        hmap_remove(&n->fdb, &entry->node);
        free(entry);
    }
}

bool
network_find_fdb(const struct network *n, const struct net_datapath *dp,
                 struct eth_addr mac, uint32_t *port_key)
{
    const struct fdb_entry *entry = find_fdb(n, dp, mac);

    if (entry) {
        *port_key = entry->port;
    }
    return entry != NULL;
}
