/* Names in flows: ports, groups, sets (lenv.h), and port security. */

#include "network_private.h"

bool
net_datapath_key(const struct network *n, const struct net_datapath *dp,
                 const char *name, uint32_t *key)
{
    const struct net_port *port = network_find_port(n, name);
    const struct net_group *group;

    if (port && port->datapath == dp) {
        *key = port->key;
        return true;
    }
    HMAP_FOR_EACH_WITH_HASH (group, by_name, hash_string(name, 0),
                             &n->groups_by_name) {
        if (group->datapath == dp && !strcmp(group->name, name)) {
            *key = group->key;
            return true;
        }
    }
    /* "none" is how ovn-northd asks whether get_fdb() found no port. */
    if (!*name || !strcmp(name, "none")) {
        *key = 0;
        return true;
    }
    return false;
}

static bool
env_port_key(void *n_, uint32_t datapath, const char *name, uint32_t *key)
{
    const struct network *n = n_;
    const struct net_datapath *dp = network_find_datapath(n, datapath);

    return dp && net_datapath_key(n, dp, name, key);
}

static const struct constant_set *
env_address_set(void *n_, const char *name)
{
    const struct network *n = n_;

    return shash_find_data(&n->address_sets, name);
}

static const struct sset *
env_port_group(void *n_, const char *name)
{
    const struct network *n = n_;

    return shash_find_data(&n->port_groups, name);
}

static bool
env_is_resident(void *n_, const char *name)
{
    const struct net_port *port = network_find_port(n_, name);

    return port && port->resident;
}

void
network_names_init(struct network *n)
{
    shash_init(&n->address_sets);
    shash_init(&n->port_groups);
    n->env = (struct lenv) {
        .aux = n,
        .port_key = env_port_key,
        .address_set = env_address_set,
        .port_group = env_port_group,
        .is_resident = env_is_resident,
    };
}

static void
free_address_set(struct constant_set *set)
{
    if (set) {
        constant_set_uninit(set);
        free(set);
    }
}

static void
free_port_group(struct sset *group)
{
    if (group) {
        sset_destroy(group);
        free(group);
    }
}

void
network_names_uninit(struct network *n)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &n->address_sets) {
        free_address_set(node->data);
    }
    SHASH_FOR_EACH (node, &n->port_groups) {
        free_port_group(node->data);
    }
    shash_destroy(&n->address_sets);
    shash_destroy(&n->port_groups);
}

void
network_set_address_set(struct network *n, const char *name,
                        char *const *addresses, size_t n_addresses)
{
    struct constant_set *set = NULL;

    if (addresses) {
        set = xmalloc(sizeof *set);
        constant_set_from_strings(set, addresses, n_addresses);
        free_address_set(shash_replace(&n->address_sets, name, set));
    } else {
        free_address_set(shash_find_and_delete(&n->address_sets, name));
    }
    ltables_touch(n->tables, REF_ADDRESS_SET, name);
}

void
network_set_port_group(struct network *n, const char *name,
                       char *const *ports, size_t n_ports)
{
    if (ports) {
        struct sset *group = xmalloc(sizeof *group);

        sset_init(group);
        for (size_t i = 0; i < n_ports; i++) {
            sset_add(group, ports[i]);
        }
        free_port_group(shash_replace(&n->port_groups, name, group));
    } else {
        free_port_group(shash_find_and_delete(&n->port_groups, name));
    }
    ltables_touch(n->tables, REF_PORT_GROUP, name);
}

void
network_touch_port(struct network *n, const char *name)
{
    struct shash_node *node;

    ltables_touch(n->tables, REF_PORT, name);
    ltables_touch(n->tables, REF_RESIDENT, name);
    SHASH_FOR_EACH (node, &n->port_groups) {
        if (sset_contains(node->data, name)) {
            ltables_touch(n->tables, REF_PORT_GROUP, node->name);
        }
    }
}

/* Port security. */

static bool
parse_prefix(const char *word, struct net_prefix *prefix)
{
    ovs_be32 ip4, mask4;
    unsigned int plen;
    char *error = ip_parse_masked(word, &ip4, &mask4);

    if (!error) {
        in6_addr_set_mapped_ipv4(&prefix->ip, ip4);
        /* A mapped mask: the prefix ::ffff:0:0 counts whole. */
        plen = 96 + ip_count_cidr_bits(mask4);
        prefix->mask = ipv6_create_mask(plen);
        return true;
    }
    free(error);
    error = ipv6_parse_masked(word, &prefix->ip, &prefix->mask);
    if (!error) {
        return true;
    }
    free(error);
    return false;
}

/* "MAC IP IP/PLEN ...".  False, with '*bad' the first word that is none, if
 * not all of it is. */
static bool
parse_security(const char *text, struct net_security *security)
{
    char *copy = xstrdup(text);
    char *save = NULL;
    char *word = strtok_r(copy, " ,", &save);
    bool ok = word && eth_addr_from_string(word, &security->mac);
    size_t allocated = 0;

    security->prefixes = NULL;
    security->n_prefixes = 0;
    while (ok && (word = strtok_r(NULL, " ,", &save))) {
        struct net_prefix prefix;

        ok = parse_prefix(word, &prefix);
        if (ok && security->n_prefixes >= allocated) {
            security->prefixes = x2nrealloc(security->prefixes, &allocated,
                                            sizeof prefix);
        }
        if (ok) {
            security->prefixes[security->n_prefixes++] = prefix;
        }
    }
    free(copy);
    return ok;
}

const char *
net_port_set_security(struct net_port *port, char *const *texts, size_t n)
{
    const char *bad = NULL;

    for (size_t i = 0; i < port->n_security; i++) {
        free(port->security[i].prefixes);
    }
    free(port->security);
    port->security = n ? xcalloc(n, sizeof *port->security) : NULL;
    port->n_security = 0;
    for (size_t i = 0; i < n; i++) {
        struct net_security *security = &port->security[port->n_security];

        if (parse_security(texts[i], security)) {
            port->n_security++;
        } else {
            free(security->prefixes);
            bad = bad ? bad : texts[i];
        }
    }
    return bad;
}
