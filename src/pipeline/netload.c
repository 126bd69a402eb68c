#include "netload.h"

#include "row.h"

const char *const netload_tables[] = {
    "Datapath_Binding", "Port_Binding", "Multicast_Group", "Address_Set",
    "Port_Group", "Logical_DP_Group", "Logical_Flow", "MAC_Binding",
    "Static_MAC_Binding", "FDB", "DNS", "Load_Balancer", NULL,
};

struct loader {
    struct network *network;
    const struct json *tables;
    struct svec *problems;
    struct shash datapaths; /* By UUID: "struct net_datapath"s. */
    struct shash ports;     /* By UUID: "struct net_port"s. */
    struct shash groups;    /* By UUID: rows of Logical_DP_Group. */
};

static void OVS_PRINTF_FORMAT(2, 3)
problem(struct loader *l, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    svec_add_nocopy(l->problems, xvasprintf(format, args));
    va_end(args);
}

/* Walking over rows. */

typedef void load_row(struct loader *, const struct json *row);

static void
for_each_row(struct loader *l, const char *table, load_row *load)
{
    const struct json *rows = row_column(l->tables, table);

    for (size_t i = 0; rows && rows->type == JSON_ARRAY
                       && i < json_array(rows)->n; i++) {
        const struct json *row = json_array(rows)->elems[i];

        if (row->type == JSON_OBJECT) {
            load(l, row);
        }
    }
}

static struct net_datapath *
load_row_datapath(struct loader *l, const struct json *row)
{
    return shash_find_data(&l->datapaths, row_string(row, "datapath"));
}

static void
load_datapath(struct loader *l, const struct json *row)
{
    const char *text = row_string(row, "_uuid");
    long long key = row_integer(row, "tunnel_key");
    bool is_router = *row_map_get(row, "external_ids",
                                     "logical-router");
    struct uuid uuid;

    if (!uuid_from_string(&uuid, text) || key < 1 || key > UINT32_MAX
        || network_find_datapath(l->network, key)) {
        problem(l, "Datapath_Binding %s: its tunnel_key is missing, wrong "
                "or used twice", text);
        return;
    }
    shash_add(&l->datapaths, text,
              network_add_datapath(
                  l->network, &uuid, key,
                  row_map_get(row, "external_ids", "name"), is_router));
}

static void
load_port(struct loader *l, const struct json *row)
{
    struct net_datapath *dp = load_row_datapath(l, row);
    const char *name = row_string(row, "logical_port");
    long long key = row_integer(row, "tunnel_key");
    char **strings;

    if (!dp || key < 1 || key > 32767 || !*name
        || network_find_port(l->network, name)
        || net_datapath_find_port(dp, key)) {
        problem(l, "Port_Binding \"%s\": its datapath or tunnel_key is "
                "missing, wrong or used twice", name);
        return;
    }

    struct net_port *port = network_add_port(
        l->network, dp, key, name, net_port_type_from_string(
            row_string(row, "type")));
    size_t n = row_strings(row, "port_security", &strings);
    const char *bad = net_port_set_security(port, strings, n);
    if (bad) {
        problem(l, "Port_Binding \"%s\": port_security \"%s\" is no MAC "
                "with addresses", name, bad);
    }
    free(strings);
    shash_add(&l->ports, row_string(row, "_uuid"), port);
}

static void
link_port(struct loader *l, const struct json *row)
{
    struct net_port *port = shash_find_data(&l->ports,
                                            row_string(row, "_uuid"));

    if (!port) {
        return;
    }
    if (port->type == PORT_CHASSIS_REDIRECT) {
        port->distributed = network_find_port(
            l->network,
            row_map_get(row, "options", "distributed-port"));
    } else if (port->type == PORT_PATCH || port->type == PORT_L3GATEWAY) {
        port->peer = network_find_port(
            l->network, row_map_get(row, "options", "peer"));
    }
}

static void
load_group(struct loader *l, const struct json *row)
{
    struct net_datapath *dp = load_row_datapath(l, row);
    const char *name = row_string(row, "name");
    long long key = row_integer(row, "tunnel_key");
    char **uuids;

    if (!dp || key < 32768 || key > 65535
        || net_datapath_find_group(dp, key)) {
        problem(l, "Multicast_Group \"%s\": its datapath or tunnel_key is "
                "missing, wrong or used twice", name);
        return;
    }

    size_t n = row_strings(row, "ports", &uuids), n_ports = 0;
    struct net_port **ports = xcalloc(n + 1, sizeof *ports);
    for (size_t i = 0; i < n; i++) {
        struct net_port *port = shash_find_data(&l->ports, uuids[i]);

        if (port && port->datapath == dp) {
            ports[n_ports++] = port;
        }
    }
    network_add_group(l->network, dp, key, name, ports, n_ports);
    free(ports);
    free(uuids);
}

static void
load_address_set(struct loader *l, const struct json *row)
{
    char **addresses;
    size_t n = row_strings(row, "addresses", &addresses);

    network_set_address_set(l->network, row_string(row, "name"),
                            addresses, n);
    free(addresses);
}

/* ovn-northd makes a row for each datapath, "KEY_NAME"; names of ports are
 * unique, so that together they are the group. */
static void
load_port_groups(struct loader *l)
{
    const struct json *rows = row_column(l->tables, "Port_Group");
    struct shash groups = SHASH_INITIALIZER(&groups); /* "struct svec"s. */
    struct shash_node *node;

    for (size_t i = 0; rows && rows->type == JSON_ARRAY
                       && i < json_array(rows)->n; i++) {
        const struct json *row = json_array(rows)->elems[i];
        const char *name = row_string(row, "name");
        size_t digits = strspn(name, "0123456789");
        char **ports;

        name += digits && name[digits] == '_' ? digits + 1 : 0;
        struct svec *members = shash_find_data(&groups, name);
        if (!members) {
            members = xmalloc(sizeof *members);
            svec_init(members);
            shash_add(&groups, name, members);
        }

        size_t n = row_strings(row, "ports", &ports);
        for (size_t j = 0; j < n; j++) {
            svec_add(members, ports[j]);
        }
        free(ports);
    }
    SHASH_FOR_EACH (node, &groups) {
        struct svec *members = node->data;

        svec_terminate(members);
        network_set_port_group(l->network, node->name, members->names,
                               members->n);
        svec_destroy(members);
        free(members);
    }
    shash_destroy(&groups);
}

static void
load_dp_group(struct loader *l, const struct json *row)
{
    shash_add(&l->groups, row_string(row, "_uuid"), row);
}

static void
load_flow(struct loader *l, const struct json *row)
{
    const char *group = row_string(row, "logical_dp_group");
    const struct json *group_row = shash_find_data(&l->groups, group);
    const char *text = row_string(row, "_uuid");
    char **uuids;
    size_t n = group_row ? row_strings(group_row, "datapaths", &uuids)
               : row_strings(row, "logical_datapath", &uuids);
    struct ldatapath **datapaths = xcalloc(n + 1, sizeof *datapaths);
    long long stage = row_integer(row, "table_id");
    long long priority = row_integer(row, "priority");
    struct lflow_desc desc = {
        .datapaths = datapaths,
        .pipeline = strcmp(row_string(row, "pipeline"), "egress")
                    ? PIPELINE_INGRESS : PIPELINE_EGRESS,
        .stage = stage,
        .priority = priority,
        .match = row_string(row, "match"),
        .actions = row_string(row, "actions"),
        .stage_name = row_map_get(row, "external_ids", "stage-name"),
    };
    char *error = NULL;

    for (size_t i = 0; i < n; i++) {
        struct net_datapath *dp = shash_find_data(&l->datapaths, uuids[i]);

        if (dp) {
            datapaths[desc.n_datapaths++] = dp->flows;
        }
    }
    if (!uuid_from_string(&desc.uuid, text) || stage < 0
        || stage >= N_LSTAGES || priority < 0 || priority > UINT16_MAX) {
        problem(l, "Logical_Flow %s: bad table_id or priority", text);
    } else if (desc.n_datapaths
               && !ltables_add(network_tables(l->network), &desc, &error)) {
        problem(l, "Logical_Flow %s: %s\n  match %s\n  actions %s", text,
                error, desc.match, desc.actions);
        free(error);
    }
    free(datapaths);
    free(uuids);
}

static void
load_mac(struct loader *l, const struct json *row, bool is_static)
{
    const char *name = row_string(row, "logical_port");
    const struct net_port *port = network_find_port(l->network, name);
    const char *ip = row_string(row, "ip");
    struct net_mac mac;
    ovs_be32 ip4;

    if (ip_parse(ip, &ip4)) {
        in6_addr_set_mapped_ipv4(&mac.ip, ip4);
    } else if (!ipv6_parse(ip, &mac.ip)) {
        problem(l, "MAC binding of \"%s\": \"%s\" is no address", name, ip);
        return;
    }
    if (!eth_addr_from_string(row_string(row, "mac"), &mac.mac)) {
        problem(l, "MAC binding of \"%s\": no MAC", name);
    } else if (port && is_static) {
        network_set_static_mac(l->network, port, &mac,
                               row_boolean(row, "override_dynamic_mac"));
    } else if (port) {
        network_set_mac(l->network, port, &mac);
    }
}

static void
load_learned_mac(struct loader *l, const struct json *row)
{
    load_mac(l, row, false);
}

static void
load_static_mac(struct loader *l, const struct json *row)
{
    load_mac(l, row, true);
}

static void
load_fdb(struct loader *l, const struct json *row)
{
    const struct net_datapath *dp = network_find_datapath(
        l->network, row_integer(row, "dp_key"));
    struct eth_addr mac;

    if (dp && eth_addr_from_string(row_string(row, "mac"), &mac)) {
        network_set_fdb(l->network, dp, mac,
                        row_integer(row, "port_key"));
    }
}

static void
load_dns(struct loader *l, const struct json *row)
{
    const struct json *map = row_tagged(row_column(row, "records"), "map");
    char **uuids;
    size_t n = row_strings(row, "datapaths", &uuids);

    for (size_t i = 0; map && map->type == JSON_ARRAY
                       && i < json_array(map)->n; i++) {
        const struct json *pair = json_array(map)->elems[i];
        const char *name = NULL, *value = NULL;

        if (pair->type == JSON_ARRAY && json_array(pair)->n == 2) {
            name = row_atom(json_array(pair)->elems[0]);
            value = row_atom(json_array(pair)->elems[1]);
        }
        for (size_t j = 0; name && value && j < n; j++) {
            struct net_datapath *dp = shash_find_data(&l->datapaths,
                                                      uuids[j]);
            if (dp) {
                net_datapath_set_dns(dp, name, value);
            }
        }
    }
    free(uuids);
}

static void
add_backends(struct loader *l, const struct json *row,
             struct net_datapath *dp)
{
    const struct json *map = row_tagged(row_column(row, "vips"), "map");
    const char *hairpin = row_map_get(row, "options", "hairpin_snat_ip");

    for (size_t i = 0; map && map->type == JSON_ARRAY
                       && i < json_array(map)->n; i++) {
        const struct json *pair = json_array(map)->elems[i];
        const char *vip = NULL, *backends = NULL;

        if (pair->type == JSON_ARRAY && json_array(pair)->n == 2) {
            vip = row_atom(json_array(pair)->elems[0]);
            backends = row_atom(json_array(pair)->elems[1]);
        }
        if (vip && *hairpin) {
            /* One of the other family says nothing about this VIP. */
            net_datapath_set_hairpin(dp, vip, hairpin);
        }
        if (backends && !net_datapath_add_backends(dp, backends)) {
            problem(l, "Load_Balancer %s: bad backends \"%s\"",
                    row_string(row, "name"), backends);
        }
    }
}

static void
load_lb(struct loader *l, const struct json *row)
{
    const struct json *group = shash_find_data(
        &l->groups, row_string(row, "datapath_group"));
    const struct json *rows[] = { row, group };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char **uuids;
        size_t n = rows[i] ? row_strings(rows[i], "datapaths", &uuids)
                           : 0;

        for (size_t j = 0; j < n; j++) {
            struct net_datapath *dp = shash_find_data(&l->datapaths,
                                                      uuids[j]);
            if (dp) {
                add_backends(l, row, dp);
            }
        }
        if (rows[i]) {
            free(uuids);
        }
    }
}

void
netload(struct network *network, const struct json *tables,
        struct svec *problems)
{
    struct loader l = {
        .network = network, .tables = tables, .problems = problems,
    };

    shash_init(&l.datapaths);
    shash_init(&l.ports);
    shash_init(&l.groups);
    for_each_row(&l, "Datapath_Binding", load_datapath);
    for_each_row(&l, "Port_Binding", load_port);
    for_each_row(&l, "Port_Binding", link_port);
    for_each_row(&l, "Multicast_Group", load_group);
    for_each_row(&l, "Address_Set", load_address_set);
    load_port_groups(&l);
    for_each_row(&l, "Logical_DP_Group", load_dp_group);
    for_each_row(&l, "Logical_Flow", load_flow);
    for_each_row(&l, "Static_MAC_Binding", load_static_mac);
    for_each_row(&l, "MAC_Binding", load_learned_mac);
    for_each_row(&l, "FDB", load_fdb);
    for_each_row(&l, "DNS", load_dns);
    for_each_row(&l, "Load_Balancer", load_lb);
    ltables_publish(network_tables(network));
    shash_destroy(&l.datapaths);
    shash_destroy(&l.ports);
    shash_destroy(&l.groups);
}
