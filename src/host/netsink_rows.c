/* Sets, names, and what else packets depend on. */

#include "net_backends.h"
#include "netsink_private.h"
#include "row.h"
#include "vip.h"

/* --- Logical_DP_Group: only looked up --- */

static void
put_dp_group(struct netsink *sink OVS_UNUSED, struct sink_row *row,
             const struct json *json)
{
    row->n_uuids = sink_uuids(json, "datapaths", &row->uuids);
}

static void
take_nothing(struct netsink *sink OVS_UNUSED, struct sink_row *row OVS_UNUSED)
{
}

const struct sink_handler sink_dp_group = {
    .put = put_dp_group, .take = take_nothing,
};

/* --- Address_Set --- */

static void
put_address_set(struct netsink *sink, struct sink_row *row,
                const struct json *json)
{
    char **addresses;
    size_t n = row_strings(json, "addresses", &addresses);

    row->name = xstrdup(row_string(json, "name"));
    network_set_address_set(sink->network, row->name, addresses, n);
    free(addresses);
}

static bool
change_address_set(struct netsink *sink, struct sink_row *row,
                   const struct json *json)
{
    if (strcmp(row->name, row_string(json, "name"))) {
        return false;
    }
    free(row->name);
    put_address_set(sink, row, json);
    return true;
}

static void
take_address_set(struct netsink *sink, struct sink_row *row)
{
    network_set_address_set(sink->network, row->name, NULL, 0);
}

const struct sink_handler sink_address_set = {
    .put = put_address_set, .take = take_address_set,
    .change = change_address_set,
};

/* --- Port_Group ---
 *
 * There is a row for each datapath, "KEY_NAME"; names of ports are unique, so
 * that together they are the group. */

static void
publish_port_group(struct netsink *sink, const char *name,
                   const struct sink_row *without)
{
    struct svec members = SVEC_EMPTY_INITIALIZER;
    const struct sink_row *row;

    HMAP_FOR_EACH (row, node, &sink->rows[SINK_port_group]) {
        for (size_t i = 0; row != without && row->name
                           && !strcmp(row->name, name)
                           && i < row->strings.n; i++) {
            svec_add(&members, row->strings.names[i]);
        }
    }
    svec_terminate(&members);
    network_set_port_group(sink->network, name,
                           members.n ? members.names : NULL, members.n);
    svec_destroy(&members);
}

static void
put_port_group(struct netsink *sink, struct sink_row *row,
               const struct json *json)
{
    const char *name = row_string(json, "name");
    size_t digits = strspn(name, "0123456789");
    char **ports;
    size_t n = row_strings(json, "ports", &ports);

    name += digits && name[digits] == '_' ? digits + 1 : 0;
    row->name = xstrdup(name);
    for (size_t i = 0; i < n; i++) {
        svec_add(&row->strings, ports[i]);
    }
    free(ports);
    publish_port_group(sink, row->name, NULL);
}

static void
take_port_group(struct netsink *sink, struct sink_row *row)
{
    publish_port_group(sink, row->name, row);
}

const struct sink_handler sink_port_group = {
    .put = put_port_group, .take = take_port_group,
};

/* --- DNS --- */

/* A string of a map's pair, or NULL. */
static const char *
pair_text(const struct json *pair, size_t i)
{
    return pair->type == JSON_ARRAY && json_array(pair)->n == 2
           ? row_atom(json_array(pair)->elems[i]) : NULL;
}

static void
set_dns(struct netsink *sink, const struct sink_row *row, const char *name,
        const char *addresses)
{
    for (size_t i = 0; i < row->n_uuids; i++) {
        const struct sink_row *dp = sink_find(sink, SINK_datapath,
                                              &row->uuids[i]);

        if (dp && dp->datapath) {
            net_datapath_set_dns(dp->datapath, name, addresses);
        }
    }
}

static void
put_dns(struct netsink *sink, struct sink_row *row, const struct json *json)
{
    const struct json *map = row_tagged(row_column(json, "records"), "map");

    row->n_uuids = sink_uuids(json, "datapaths", &row->uuids);
    for (size_t i = 0; map && map->type == JSON_ARRAY
                       && i < json_array(map)->n; i++) {
        const struct json *pair = json_array(map)->elems[i];
        const char *name = pair_text(pair, 0), *value = pair_text(pair, 1);

        if (name && value) {
            svec_add(&row->strings, name);
            set_dns(sink, row, name, value);
        }
    }
}

static void
take_dns(struct netsink *sink, struct sink_row *row)
{
    for (size_t i = 0; i < row->strings.n; i++) {
        set_dns(sink, row, row->strings.names[i], NULL);
    }
}

const struct sink_handler sink_dns = { .put = put_dns, .take = take_dns };

/* --- Load_Balancer --- */

/* Backends of all VIPs come or go. */
static void
count_backends(struct netsink *sink, const struct sink_row *row, bool add)
{
    struct net_backends *backends = sink_where_backends(sink, row->where);
    const struct smap_node *node;

    SMAP_FOR_EACH (node, &row->vips) {
        if (add && !net_backends_add(backends, node->value)) {
            sink_complain(sink, "Load_Balancer "UUID_FMT": bad backends "
                          "\"%s\"", UUID_ARGS(&row->uuid), node->value);
        } else if (!add) {
            net_backends_remove(backends, node->value);
        }
    }
}

/* The datapaths of 'datapaths' and of 'datapath_group'. */
static struct sink_where *
read_where(struct netsink *sink, const struct json *json)
{
    struct uuid *uuids, group_uuid;
    size_t n = sink_uuids(json, "datapaths", &uuids);

    if (uuid_from_string(&group_uuid, row_string(json, "datapath_group"))) {
        const struct sink_row *group = sink_find(sink, SINK_dp_group,
                                                 &group_uuid);

        if (group) {
            uuids = xrealloc(uuids, (n + group->n_uuids + 1) * sizeof *uuids);
            memcpy(&uuids[n], group->uuids, group->n_uuids * sizeof *uuids);
            n += group->n_uuids;
        }
    }

    struct sink_where *where = sink_where_get(sink, uuids, n);
    free(uuids);
    return where;
}

static void
put_lb(struct netsink *sink, struct sink_row *row, const struct json *json)
{
    const struct json *map = row_tagged(row_column(json, "vips"), "map");

    smap_init(&row->vips);
    row->where = read_where(sink, json);
    for (size_t i = 0; map && map->type == JSON_ARRAY
                       && i < json_array(map)->n; i++) {
        const char *vip = pair_text(json_array(map)->elems[i], 0);
        const char *backends = pair_text(json_array(map)->elems[i], 1);

        if (vip && backends) {
            smap_replace(&row->vips, vip, backends);
        }
    }
    count_backends(sink, row, true);
}

const char *
netsink_vip_backends(const struct netsink *sink, const struct uuid *lb,
                     const char *vip)
{
    const struct sink_row *row = sink_find(sink, SINK_lb, lb);

    return row ? vip_find_value(&row->vips, vip) : NULL;
}

static void
take_lb(struct netsink *sink, struct sink_row *row)
{
    count_backends(sink, row, false);
}

const struct sink_handler sink_lb = { .put = put_lb, .take = take_lb };

/* --- Static_MAC_Binding --- */

static bool
parse_mac(const struct json *json, struct net_mac *mac)
{
    const char *ip = row_string(json, "ip");
    ovs_be32 ip4;

    if (ip_parse(ip, &ip4)) {
        in6_addr_set_mapped_ipv4(&mac->ip, ip4);
    } else if (!ipv6_parse(ip, &mac->ip)) {
        return false;
    }
    return eth_addr_from_string(row_string(json, "mac"), &mac->mac);
}

static void
put_static_mac(struct netsink *sink, struct sink_row *row,
               const struct json *json)
{
    const char *name = row_string(json, "logical_port");
    const struct net_port *port = network_find_port(sink->network, name);

    if (!parse_mac(json, &row->mac)) {
        sink_complain(sink, "Static_MAC_Binding of \"%s\": no address or no "
                      "MAC", name);
    } else if (port) {
        row->name = xstrdup(name);
        network_set_static_mac(sink->network, port, &row->mac,
                               row_boolean(json, "override_dynamic_mac"));
    }
}

static void
take_static_mac(struct netsink *sink, struct sink_row *row)
{
    const struct net_port *port
        = row->name ? network_find_port(sink->network, row->name) : NULL;

    if (port) {
        network_remove_static_mac(sink->network, port, &row->mac.ip);
    }
}

const struct sink_handler sink_static_mac = {
    .put = put_static_mac, .take = take_static_mac,
};

/* --- Service_Monitor --- */

static char *
monitor_key(const char *protocol, const struct endpoint *ep)
{
    struct ds key = DS_EMPTY_INITIALIZER;

    ds_put_format(&key, "%s ", protocol);
    endpoint_format(ep, &key);
    return ds_steal_cstr(&key);
}

static void
put_monitor(struct netsink *sink, struct sink_row *row,
            const struct json *json)
{
    const struct json *port = row_column(json, "port");
    char *text = xasprintf("%s:%"PRId64, row_string(json, "ip"),
                           port && port->type == JSON_INTEGER
                           ? json_integer(port) : INT64_C(0));
    struct endpoint ep;

    if (endpoint_parse(text, &ep)) {
        const char *protocol = row_string(json, "protocol");

        row->name = monitor_key(protocol[0] ? protocol : "tcp", &ep);
        simap_increase(&sink->monitors, row->name, 1);
    } else {
        sink_complain(sink, "Service_Monitor of %s: no IPv4 address and port",
                      text);
    }
    free(text);
}

static void
take_monitor(struct netsink *sink, struct sink_row *row)
{
    struct simap_node *node = row->name ? simap_find(&sink->monitors,
                                                     row->name) : NULL;

    if (node && !--node->data) {
        simap_delete(&sink->monitors, node);
    }
}

const struct sink_handler sink_monitor = {
    .put = put_monitor, .take = take_monitor,
};

bool
netsink_is_monitored(const struct netsink *sink, const char *protocol,
                     const char *backends)
{
    struct endpoints list = { .n = 0 };
    bool found = false;

    if (!simap_is_empty(&sink->monitors)
        && endpoints_parse(backends, &list, NULL)) {
        for (size_t i = 0; i < list.n && !found; i++) {
            char *key = monitor_key(protocol, &list.list[i]);

            found = simap_contains(&sink->monitors, key);
            free(key);
        }
    }
    endpoints_uninit(&list);
    return found;
}
