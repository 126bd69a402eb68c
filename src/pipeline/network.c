#include "network.h"

#include <ctype.h>

#include "act_table.h"
#include "network_private.h"
#include "vip.h"

struct network *
network_new(void)
{
    struct network *n = xzalloc(sizeof *n);

    n->symtab = symtab_new();
    hmap_init(&n->datapaths);
    hmap_init(&n->ports_by_name);
    hmap_init(&n->groups_by_name);
    hmap_init(&n->macs);
    hmap_init(&n->fdb);
    network_names_init(n);
    n->tables = ltables_new(n->symtab, &act_table, &n->env);
    return n;
}

void
network_free(struct network *n)
{
    if (!n) {
        return;
    }

    struct net_datapath *dp, *next;
    HMAP_FOR_EACH_SAFE (dp, next, by_key, &n->datapaths) {
        network_remove_datapath(n, dp);
    }
    ltables_free(n->tables);
    network_names_uninit(n);
    network_learned_uninit(n);
    hmap_destroy(&n->datapaths);
    hmap_destroy(&n->ports_by_name);
    hmap_destroy(&n->groups_by_name);
    symtab_free(n->symtab);
    free(n);
}

struct ltables *
network_tables(struct network *n)
{
    return n->tables;
}

const struct symtab *
network_symtab(const struct network *n)
{
    return n->symtab;
}

const struct lenv *
network_env(const struct network *n)
{
    return &n->env;
}

static uint16_t
new_zone(struct network *n)
{
    /* 0 is what is not in a zone. */
    n->last_zone = n->last_zone == UINT16_MAX ? 1 : n->last_zone + 1;
    return n->last_zone;
}

struct net_datapath *
network_add_datapath(struct network *n, const struct uuid *uuid,
                     uint32_t key, const char *name, bool is_router)
{
    struct net_datapath *dp = xzalloc(sizeof *dp);

    dp->uuid = *uuid;
    dp->key = key;
    dp->name = xstrdup(name);
    dp->is_router = is_router;
    dp->flows = ldatapath_new(n->tables, key);
    hmap_init(&dp->ports);
    hmap_init(&dp->groups);
    smap_init(&dp->dns);
    net_backends_init(&dp->backends);
    hmapx_init(&dp->shared_backends);
    smap_init(&dp->hairpin);
    dp->dnat_zone = new_zone(n);
    dp->snat_zone = new_zone(n);
    hmap_insert(&n->datapaths, &dp->by_key, hash_int(key, 0));
    return dp;
}

struct net_datapath *
network_find_datapath(const struct network *n, uint32_t key)
{
    struct net_datapath *dp;

    HMAP_FOR_EACH_WITH_HASH (dp, by_key, hash_int(key, 0), &n->datapaths) {
        if (dp->key == key) {
            return dp;
        }
    }
    return NULL;
}

void
network_remove_datapath(struct network *n, struct net_datapath *dp)
{
    struct net_group *group, *next_group;
    struct net_port *port, *next_port;

    HMAP_FOR_EACH_SAFE (group, next_group, by_key, &dp->groups) {
        network_remove_group(n, group);
    }
    HMAP_FOR_EACH_SAFE (port, next_port, by_key, &dp->ports) {
        network_remove_port(n, port);
    }
    hmap_remove(&n->datapaths, &dp->by_key);
    hmap_destroy(&dp->ports);
    hmap_destroy(&dp->groups);
    smap_destroy(&dp->dns);
    net_backends_uninit(&dp->backends);
    hmapx_destroy(&dp->shared_backends);
    smap_destroy(&dp->hairpin);
    ldatapath_free(dp->flows);
    free(dp->name);
    free(dp);
}

struct net_port *
network_add_port(struct network *n, struct net_datapath *dp, uint32_t key,
                 const char *name, enum net_port_type type)
{
    struct net_port *port = xzalloc(sizeof *port);

    port->datapath = dp;
    port->key = key;
    port->name = xstrdup(name);
    port->resident = true;
    port->zone = new_zone(n);
    hmap_insert(&dp->ports, &port->by_key, hash_int(key, 0));
    hmap_insert(&n->ports_by_name, &port->by_name, hash_string(name, 0));
    net_port_set_type(port, type);
    network_touch_port(n, name);
    return port;
}

enum net_port_type
net_port_type_from_string(const char *type)
{
    static const struct {
        const char *name;
        enum net_port_type type;
    } types[] = {
        { "", PORT_VIF },
        { "patch", PORT_PATCH },
        { "l3gateway", PORT_L3GATEWAY },
        { "localnet", PORT_LOCALNET },
        { "localport", PORT_LOCALPORT },
        { "chassisredirect", PORT_CHASSIS_REDIRECT },
        { "virtual", PORT_VIRTUAL },
        { "external", PORT_EXTERNAL },
    };

    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (!strcmp(type, types[i].name)) {
            return types[i].type;
        }
    }
    return PORT_OTHER;
}

void
net_port_set_type(struct net_port *port, enum net_port_type type)
{
    port->type = type;
    if (type == PORT_L3GATEWAY && port->datapath->is_router) {
        port->datapath->is_gateway = true;
    }
}

void
net_port_set_peers(struct net_port *a, struct net_port *b)
{
    a->peer = b;
    b->peer = a;
}

void
net_port_set_resident(struct network *n, struct net_port *port,
                      bool resident)
{
    if (port->resident != resident) {
        port->resident = resident;
        ltables_touch(n->tables, REF_RESIDENT, port->name);
    }
}

struct net_port *
network_find_port(const struct network *n, const char *name)
{
    struct net_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, by_name, hash_string(name, 0),
                             &n->ports_by_name) {
        if (!strcmp(port->name, name)) {
            return port;
        }
    }
    return NULL;
}

struct net_port *
net_datapath_find_port(const struct net_datapath *dp, uint32_t key)
{
    struct net_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, by_key, hash_int(key, 0), &dp->ports) {
        if (port->key == key) {
            return port;
        }
    }
    return NULL;
}

/* Nobody may be left pointing at 'gone'. */
static void
forget_port(struct network *n, const struct net_port *gone)
{
    struct net_port *port;
    HMAP_FOR_EACH (port, by_name, &n->ports_by_name) {
        if (port->peer == gone) {
            port->peer = NULL;
        }
        if (port->distributed == gone) {
            port->distributed = NULL;
        }
    }

    struct net_group *group;
    HMAP_FOR_EACH (group, by_key, &gone->datapath->groups) {
        size_t j = 0;

        for (size_t i = 0; i < group->n_ports; i++) {
            if (group->ports[i] != gone) {
                group->ports[j++] = group->ports[i];
            }
        }
        group->n_ports = j;
    }
}

void
network_remove_port(struct network *n, struct net_port *port)
{
    hmap_remove(&port->datapath->ports, &port->by_key);
    hmap_remove(&n->ports_by_name, &port->by_name);
    forget_port(n, port);
    network_touch_port(n, port->name);
    net_port_set_security(port, NULL, 0);
    free(port->name);
    free(port);
}

struct net_group *
network_add_group(struct network *n, struct net_datapath *dp, uint32_t key,
                  const char *name, struct net_port *const *ports,
                  size_t n_ports)
{
    struct net_group *group = xzalloc(sizeof *group);

    group->datapath = dp;
    group->key = key;
    group->name = xstrdup(name);
    group->ports = n_ports ? xmemdup(ports, n_ports * sizeof *ports) : NULL;
    group->n_ports = n_ports;
    hmap_insert(&dp->groups, &group->by_key, hash_int(key, 0));
    hmap_insert(&n->groups_by_name, &group->by_name, hash_string(name, 0));
    ltables_touch(n->tables, REF_PORT, name);
    return group;
}

struct net_group *
net_datapath_find_group(const struct net_datapath *dp, uint32_t key)
{
    struct net_group *group;

    HMAP_FOR_EACH_WITH_HASH (group, by_key, hash_int(key, 0), &dp->groups) {
        if (group->key == key) {
            return group;
        }
    }
    return NULL;
}

void
network_remove_group(struct network *n, struct net_group *group)
{
    hmap_remove(&group->datapath->groups, &group->by_key);
    hmap_remove(&n->groups_by_name, &group->by_name);
    ltables_touch(n->tables, REF_PORT, group->name);
    free(group->name);
    free(group->ports);
    free(group);
}

void
net_datapath_set_dns(struct net_datapath *dp, const char *name,
                     const char *addresses)
{
    char *lower = xstrdup(name);

    for (char *p = lower; *p; p++) {
        *p = tolower((unsigned char) *p);
    }
    if (addresses) {
        smap_replace(&dp->dns, lower, addresses);
    } else {
        smap_remove(&dp->dns, lower);
    }
    free(lower);
}

bool
net_datapath_add_backends(struct net_datapath *dp, const char *backends)
{
    return net_backends_add(&dp->backends, backends);
}

void
net_datapath_attach_backends(struct net_datapath *dp,
                             const struct net_backends *backends)
{
    hmapx_add(&dp->shared_backends, CONST_CAST(struct net_backends *,
                                               backends));
}

void
net_datapath_detach_backends(struct net_datapath *dp,
                             const struct net_backends *backends)
{
    hmapx_find_and_delete(&dp->shared_backends, backends);
}

bool
net_datapath_has_backend(const struct net_datapath *dp,
                         const struct in6_addr *ip, uint16_t port)
{
    struct endpoint endpoint = { .addr = *ip, .port = port };
    const struct hmapx_node *node;

    if (net_backends_has(&dp->backends, &endpoint)) {
        return true;
    }
    HMAPX_FOR_EACH (node, &dp->shared_backends) {
        if (net_backends_has(node->data, &endpoint)) {
            return true;
        }
    }
    return false;
}

/* Finds the address of the family in "IPV4 IPV6". */
static bool
pick_family(const char *ips, bool v4, struct endpoint *found)
{
    char *copy = xstrdup(ips), *save = NULL;
    bool ok = false;

    for (char *word = strtok_r(copy, ", ", &save); word && !ok;
         word = strtok_r(NULL, ", ", &save)) {
        ok = (endpoint_parse(word, found) && !found->port
              && IN6_IS_ADDR_V4MAPPED(&found->addr) == v4);
    }
    free(copy);
    return ok;
}

bool
net_datapath_set_hairpin(struct net_datapath *dp, const char *vip,
                         const char *ips)
{
    struct endpoint where, ip;

    if (!endpoint_parse(vip, &where)
        || !pick_family(ips, IN6_IS_ADDR_V4MAPPED(&where.addr), &ip)) {
        return false;
    }

    struct ds key = DS_EMPTY_INITIALIZER, value = DS_EMPTY_INITIALIZER;
    endpoint_format(&where, &key);
    endpoint_format(&ip, &value);
    smap_replace(&dp->hairpin, ds_cstr(&key), ds_cstr(&value));
    ds_destroy(&key);
    ds_destroy(&value);
    return true;
}

bool
net_datapath_find_hairpin(const struct net_datapath *dp,
                          const struct in6_addr *vip, uint16_t port,
                          struct in6_addr *ip)
{
    struct endpoint where = { .addr = *vip, .port = port }, found;
    struct ds key = DS_EMPTY_INITIALIZER;

    if (smap_is_empty(&dp->hairpin)) {
        return false;
    }
    endpoint_format(&where, &key);
    const char *text = smap_get(&dp->hairpin, ds_cstr(&key));
    ds_destroy(&key);
    if (!text) {
        return port && net_datapath_find_hairpin(dp, vip, 0, ip);
    }
    if (!endpoint_parse(text, &found)) {
        return false;
    }
    *ip = found.addr;
    return true;
}
