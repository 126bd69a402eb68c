/* What was learned from packets: MAC_Binding and FDB. */

#include "network_private.h"

struct mac_entry {
    struct hmap_node node; /* In network's 'macs'. */
    uint32_t datapath, port;
    struct net_mac mac;
};

struct fdb_entry {
    struct hmap_node node; /* In network's 'fdb'. */
    uint32_t datapath, port;
    struct eth_addr mac;
};

void
network_forget_learned(struct network *n)
{
    struct mac_entry *mac;
    HMAP_FOR_EACH_POP (mac, node, &n->macs) {
        free(mac);
    }
    struct fdb_entry *fdb;
    HMAP_FOR_EACH_POP (fdb, node, &n->fdb) {
        free(fdb);
    }
}

void
network_learned_uninit(struct network *n)
{
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
            && ipv6_addr_equals(&entry->mac.ip, ip)) {
            return entry;
        }
    }
    return NULL;
}

void
network_set_mac(struct network *n, const struct net_port *port,
                const struct net_mac *mac)
{
    struct mac_entry *entry = find_mac(n, port, &mac->ip);

    if (!entry) {
        entry = xzalloc(sizeof *entry);
        entry->datapath = port->datapath->key;
        entry->port = port->key;
        hmap_insert(&n->macs, &entry->node, mac_hash(port, &mac->ip));
    }
    entry->mac = *mac;
}

void
network_remove_mac(struct network *n, const struct net_port *port,
                   const struct in6_addr *ip)
{
    struct mac_entry *entry = find_mac(n, port, ip);

    if (entry) {
        hmap_remove(&n->macs, &entry->node);
        free(entry);
    }
}

bool
network_find_mac(const struct network *n, const struct net_port *port,
                 const struct in6_addr *ip, struct eth_addr *mac)
{
    const struct mac_entry *entry = find_mac(n, port, ip);

    if (entry) {
        *mac = entry->mac.mac;
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
