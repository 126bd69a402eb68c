/* Datapaths, ports and groups. */

#include "netsink_private.h"
#include "row.h"

static struct net_datapath *
find_datapath(const struct netsink *sink, const struct json *json)
{
    struct uuid uuid;

    if (!uuid_from_string(&uuid, row_string(json, "datapath"))) {
        return NULL;
    }
    const struct sink_row *row = sink_find(sink, SINK_datapath, &uuid);
    return row ? row->datapath : NULL;
}

/* --- Datapath_Binding --- */

static bool
json_is_router(const struct json *json)
{
    return *row_map_get(json, "external_ids", "logical-router");
}

static void
put_datapath(struct netsink *sink, struct sink_row *row,
             const struct json *json)
{
    long long key = row_integer(json, "tunnel_key");

    if (key < 1 || key > UINT32_MAX
        || network_find_datapath(sink->network, key)) {
        sink_complain(sink, "Datapath_Binding "UUID_FMT": its tunnel_key is "
                      "missing, wrong or used twice", UUID_ARGS(&row->uuid));
        return;
    }
    row->datapath = network_add_datapath(
        sink->network, &row->uuid, key,
        row_map_get(json, "external_ids", "name"), json_is_router(json));
    sink_wheres_put_datapath(sink, row);
}

static bool
change_datapath(struct netsink *sink OVS_UNUSED, struct sink_row *row,
                const struct json *json)
{
    struct net_datapath *dp = row->datapath;

    if (!dp || dp->key != row_integer(json, "tunnel_key")
        || dp->is_router != json_is_router(json)) {
        return false;
    }
    free(dp->name);
    dp->name = xstrdup(row_map_get(json, "external_ids", "name"));
    return true;
}

/* Ports and groups that are still there go with it; so their rows know, before
 * they are taken themselves or put again. */
static void
take_datapath(struct netsink *sink, struct sink_row *row)
{
    struct sink_row *other;

    if (!row->datapath) {
        return;
    }
    /* Its key has changed.  What its ports and flows are, is not kept. */
    sink->lacks |= !hmap_is_empty(&row->datapath->ports);
    HMAP_FOR_EACH (other, node, &sink->rows[SINK_port]) {
        if (other->port && other->port->datapath == row->datapath) {
            other->port = NULL;
        }
    }
    HMAP_FOR_EACH (other, node, &sink->rows[SINK_group]) {
        if (other->group && other->group->datapath == row->datapath) {
            other->group = NULL;
        }
    }
    sink_wheres_take_datapath(sink);
    network_remove_datapath(sink->network, row->datapath);
}

const struct sink_handler sink_datapath = {
    .put = put_datapath, .take = take_datapath, .change = change_datapath,
};

/* --- Port_Binding --- */

static void
set_port(struct netsink *sink, struct sink_row *row, const struct json *json)
{
    struct net_port *port = row->port;
    char **strings;
    size_t n = row_strings(json, "port_security", &strings);
    const char *bad = net_port_set_security(port, strings, n);

    if (bad) {
        sink_complain(sink, "Port_Binding \"%s\": port_security \"%s\" is no "
                      "MAC with addresses", port->name, bad);
    }
    free(strings);
    net_port_set_type(port, net_port_type_from_string(
                          row_string(json, "type")));
    const char *option = port->type == PORT_CHASSIS_REDIRECT
                         ? "distributed-port"
                         : port->type == PORT_LOCALNET ? "network_name"
                                                       : "peer";
    long long tag = row_integer(json, "tag");

    free(row->name);
    row->name = xstrdup(row_map_get(json, "options", option));
    row->vlan = tag > 0 && tag < 4096 ? tag : 0;
}

static void
put_port(struct netsink *sink, struct sink_row *row, const struct json *json)
{
    struct net_datapath *dp = find_datapath(sink, json);
    const char *name = row_string(json, "logical_port");
    long long key = row_integer(json, "tunnel_key");

    if (!dp || key < 1 || key > 32767 || !*name
        || network_find_port(sink->network, name)
        || net_datapath_find_port(dp, key)) {
        sink_complain(sink, "Port_Binding \"%s\": its datapath or tunnel_key "
                      "is missing, wrong or used twice", name);
        return;
    }
    row->port = network_add_port(sink->network, dp, key, name,
                                 net_port_type_from_string(
                                     row_string(json, "type")));
    set_port(sink, row, json);
}

static bool
change_port(struct netsink *sink, struct sink_row *row,
            const struct json *json)
{
    if (!row->port || row->port->datapath != find_datapath(sink, json)
        || row->port->key != row_integer(json, "tunnel_key")
        || strcmp(row->port->name, row_string(json, "logical_port"))) {
        return false;
    }
    set_port(sink, row, json);
    return true;
}

static void
take_port(struct netsink *sink, struct sink_row *row)
{
    if (row->port) {
        network_remove_port(sink->network, row->port);
    }
}

const struct sink_handler sink_port = {
    .put = put_port, .take = take_port, .change = change_port,
};

/* --- Multicast_Group --- */

static void
fill_group(struct netsink *sink, struct sink_row *row)
{
    struct net_group *group = row->group;

    free(group->ports);
    group->ports = xcalloc(row->n_uuids + 1, sizeof *group->ports);
    group->n_ports = 0;
    for (size_t i = 0; i < row->n_uuids; i++) {
        const struct sink_row *port = sink_find(sink, SINK_port,
                                                &row->uuids[i]);

        if (port && port->port && port->port->datapath == group->datapath) {
            group->ports[group->n_ports++] = port->port;
        }
    }
}

static void
put_group(struct netsink *sink, struct sink_row *row, const struct json *json)
{
    struct net_datapath *dp = find_datapath(sink, json);
    const char *name = row_string(json, "name");
    long long key = row_integer(json, "tunnel_key");

    if (!dp || key < 32768 || key > 65535
        || net_datapath_find_group(dp, key)) {
        sink_complain(sink, "Multicast_Group \"%s\": its datapath or "
                      "tunnel_key is missing, wrong or used twice", name);
        return;
    }
    row->n_uuids = sink_uuids(json, "ports", &row->uuids);
    row->group = network_add_group(sink->network, dp, key, name, NULL, 0);
}

static bool
change_group(struct netsink *sink, struct sink_row *row,
             const struct json *json)
{
    if (!row->group || row->group->datapath != find_datapath(sink, json)
        || row->group->key != row_integer(json, "tunnel_key")
        || strcmp(row->group->name, row_string(json, "name"))) {
        return false;
    }
    free(row->uuids);
    row->n_uuids = sink_uuids(json, "ports", &row->uuids);
    return true;
}

static void
take_group(struct netsink *sink, struct sink_row *row)
{
    if (row->group) {
        network_remove_group(sink->network, row->group);
    }
}

const struct sink_handler sink_group = {
    .put = put_group, .take = take_group, .change = change_group,
};

void
netsink_for_each_localnet(const struct netsink *sink, netsink_localnet_cb *cb,
                          void *aux)
{
    const struct sink_row *row;

    HMAP_FOR_EACH (row, node, &sink->rows[SINK_port]) {
        if (row->port && row->port->type == PORT_LOCALNET) {
            cb(aux, row->port->name, row->name, row->vlan);
        }
    }
}

void
sink_link_ports(struct netsink *sink)
{
    struct sink_row *row;

    HMAP_FOR_EACH (row, node, &sink->rows[SINK_port]) {
        struct net_port *port = row->port;

        if (port && (port->type == PORT_PATCH
                     || port->type == PORT_L3GATEWAY)) {
            port->peer = network_find_port(sink->network, row->name);
        } else if (port && port->type == PORT_CHASSIS_REDIRECT) {
            port->distributed = network_find_port(sink->network, row->name);
        }
    }
    HMAP_FOR_EACH (row, node, &sink->rows[SINK_group]) {
        if (row->group) {
            fill_group(sink, row);
        }
    }
}
