#include "garbage.h"

#include "engine.h"

/* Texts of which some mean something somewhere. */
static const char *const texts[] = {
    "", " ", "\"", "\\", ") { drop; } (", "ü\u200b", "0", "1", "-1", "80",
    "65535", "65536", "99999999999999999999", "1e9", "true", "false", "TRUE",
    "10.0.0.1", "10.0.0.2", "10.0.0.200", "10.0.1.1", "10.0.0.0/24",
    "10.0.0.1/24", "10.0.1.1/24", "0.0.0.0/0", "0.0.0.0", "10.0.0.1/0",
    "10.0.0.1/33", "255.255.255.255", "10.0.0.2-10.0.0.9", "10.0.0.0/31",
    "fd00::1", "fd00::1/64", "fd00::/64", "::/0", "::", "fe80::1",
    "::ffff:10.0.0.1", "fd00::1/129",
    "0a:00:00:00:00:01", "0a:00:00:00:00:02 10.0.0.2",
    "0a:00:00:00:00:03 10.0.0.3 fd00::3", "0a:00:00:00:00:04 10.0.0.4/24",
    "0a:00:00:00:00:02 10.0.0.2 nonsense", "ff:ff:ff:ff:ff:ff",
    "00:00:00:00:00:00", "0a:00:00:00:00", "dynamic", "dynamic 10.0.0.77",
    "0a:00:00:00:00:09 dynamic", "unknown", "router", "n0", "n1", "n2", "n3",
    "n4", "n5", "n6", "n7", "n8", "n9", "cr-n1", "n1,n2", "n1 n2",
    "192.168.1.1:80", "192.168.1.1", "[fd00::99]:80", "fd00::99",
    "192.168.1.1:0", "192.168.1.1:99999", ":80", "[]:80", "fd00::99:80",
    "10.0.0.2:8080", "10.0.0.2:8080,10.0.0.3:8080", "10.0.0.2,10.0.0.3",
    "[fd00::2]:8080", ",", "10.0.0.2:8080,,", "^vip:^port", "^backends",
    "tcp", "udp", "sctp", "icmp", "allow", "allow-related",
    "allow-stateless", "drop", "reject", "from-lport", "to-lport", "snat",
    "dnat", "dnat_and_snat", "router_ip", "discard", "src-ip", "dst-ip",
    "reroute", "localnet", "localport", "virtual", "external", "vtep",
    "l2gateway", "remote", "ip4", "ip4 &&", "1", "ip4.src == 10.0.0.1",
    "ip4.src == $as1 && tcp", "inport == @pg1", "inport == \"n1\"",
    "outport == \"n2\" && udp.dst == 53", "slaac", "dhcpv6_stateful",
    "dhcpv6_stateless", "kbps", "pktps", "event-elb", "alert", "debug",
    "ip_src", "eth_src", "tp_dst", "online", "1-65535", "2000-1000", "www",
    "www.example.com", "10.0.0.1 fd00::1", "\"10.0.0.1\"", "{10.0.0.1}",
    "{8.8.8.8, 8.8.4.4}", "fixed", "0x7", "1500", "3600", "ch1", "hv1",
};

/* Keys of options and the like. */
static const char *const keys[] = {
    "router-port", "nat-addresses", "requested-tnl-key", "requested-chassis",
    "arp_proxy", "mcast_flood", "mcast_flood_reports", "virtual-ip",
    "virtual-parents", "network_name", "ethtype", "qos_max_rate", "subnet",
    "exclude_ips", "ipv6_prefix", "mac_only", "mcast_snoop",
    "mcast_querier", "mcast_flood_unregistered", "vlan-passthru",
    "broadcast-arps-to-all-routers", "chassis", "dnat_force_snat_ip",
    "lb_force_snat_ip", "always_learn_from_arp_request",
    "dynamic_neigh_routers", "mcast_relay", "snat-ct-zone",
    "mac_binding_age_threshold", "gateway_mtu", "gateway_mtu_bypass",
    "reside-on-redirect-chassis", "redirect-type", "prefix_delegation",
    "prefix", "route_table", "ecmp_symmetric_reply", "address_mode", "mtu",
    "send_periodic", "max_interval", "min_interval", "rdnss", "dnssl",
    "router_preference", "pkt_mark", "stateless", "event", "reject",
    "skip_snat", "hairpin_snat_ip", "affinity_timeout",
    "neighbor_responder", "add_route", "template", "address-family",
    "interval", "timeout", "success_count", "failure_count", "server_id",
    "server_mac", "lease_time", "router", "dns_server", "netmask",
    "domain_name", "ia_addr", "dhcpv6_stateless", "controller_event",
    "ignore_lsp_down", "use_logical_dp_groups", "mac_prefix",
    "svc_monitor_mac", "default_acl_drop", "use_ct_inv_match",
    "event-elb", "arp", "reject", "dscp", "rate", "burst",
};

static uint32_t
draw(struct garbage *g, uint32_t n)
{
    g->state = g->state * 1664525 + 1013904223;
    return (uint64_t) (g->state >> 8) * n >> 24;
}

static const struct ovsdb_idl_table_class *
find_class(const char *name)
{
    for (enum ctable i = 0; i < N_CTABLES; i++) {
        if (!strcmp(ctable_classes[i]->name, name)) {
            return ctable_classes[i];
        }
    }
    return NULL;
}

static size_t
count_rows(struct garbage *g, const struct ovsdb_idl_table_class *class)
{
    size_t n = 0;

    for (const struct ovsdb_idl_row *row
             = ovsdb_idl_first_row(g->world->idl, class);
         row; row = ovsdb_idl_next_row(row)) {
        n++;
    }
    return n;
}

/* In the order of insertion, which does not depend on UUIDs. */
static const struct ovsdb_idl_row *
pick_row(struct garbage *g, const struct ovsdb_idl_table_class *class)
{
    size_t n = count_rows(g, class);
    const struct ovsdb_idl_row *row;

    if (!n) {
        return NULL;
    }
    n = draw(g, n);
    row = ovsdb_idl_first_row(g->world->idl, class);
    while (n--) {
        row = ovsdb_idl_next_row(row);
    }
    return row;
}

static bool
draw_atom(struct garbage *g, const struct ovsdb_base_type *base, bool is_key,
          union ovsdb_atom *atom)
{
    switch (base->type) {
    case OVSDB_TYPE_INTEGER: {
        int64_t min = base->integer.min, max = base->integer.max;
        int64_t choices[] = { 0, 1, 2, 7, 100, 1000, 32767, min, max };

        atom->integer = choices[draw(g, ARRAY_SIZE(choices))];
        atom->integer = MAX(min, MIN(max, atom->integer));
        return true;
    }
    case OVSDB_TYPE_REAL:
        atom->real = draw(g, 100);
        return true;

    case OVSDB_TYPE_BOOLEAN:
        atom->boolean = draw(g, 2);
        return true;

    case OVSDB_TYPE_STRING:
        atom->s = ovsdb_atom_string_create(
            is_key && draw(g, 4) ? keys[draw(g, ARRAY_SIZE(keys))]
                                 : texts[draw(g, ARRAY_SIZE(texts))]);
        return true;

    case OVSDB_TYPE_UUID: {
        const struct ovsdb_idl_table_class *class
            = base->uuid.refTableName ? find_class(base->uuid.refTableName)
                                      : NULL;
        const struct ovsdb_idl_row *row = class ? pick_row(g, class) : NULL;

        if (row) {
            atom->uuid = row->uuid;
        }
        return row != NULL;
    }
    case OVSDB_TYPE_VOID:
    case OVSDB_N_TYPES:
        break;
    }
    return false;
}

static void
draw_datum(struct garbage *g, const struct ovsdb_idl_column *column,
           struct ovsdb_datum *datum)
{
    const struct ovsdb_type *type = &column->type;
    unsigned int max = MIN(type->n_max, 6);
    unsigned int n = type->n_min + draw(g, max - type->n_min + 1);
    bool is_map = type->value.type != OVSDB_TYPE_VOID;

    ovsdb_datum_init_empty(datum);
    for (unsigned int i = 0; i < n; i++) {
        union ovsdb_atom key, value;

        if (!draw_atom(g, &type->key, is_map, &key)) {
            continue;
        }
        if (is_map && !draw_atom(g, &type->value, false, &value)) {
            ovsdb_atom_destroy(&key, type->key.type);
            continue;
        }
        if (ovsdb_datum_find_key(datum, &key, type->key.type, NULL)) {
            ovsdb_atom_destroy(&key, type->key.type);
            if (is_map) {
                ovsdb_atom_destroy(&value, type->value.type);
            }
            continue;
        }
        ovsdb_datum_add_unsafe(datum, &key, is_map ? &value : NULL, type,
                               NULL);
        ovsdb_atom_destroy(&key, type->key.type);
        if (is_map) {
            ovsdb_atom_destroy(&value, type->value.type);
        }
    }
}

/* --- What the schema keeps unique --- */

static const struct {
    const struct ovsdb_idl_table_class *table;
    const char *columns[2];
} uniques[] = {
    { &nbrec_table_copp, { "name" } },
    { &nbrec_table_logical_switch_port, { "name" } },
    { &nbrec_table_address_set, { "name" } },
    { &nbrec_table_port_group, { "name" } },
    { &nbrec_table_load_balancer_group, { "name" } },
    { &nbrec_table_mirror, { "name" } },
    { &nbrec_table_meter, { "name" } },
    { &nbrec_table_logical_router_port, { "name" } },
    { &nbrec_table_gateway_chassis, { "name" } },
    { &nbrec_table_ha_chassis_group, { "name" } },
    { &nbrec_table_bfd, { "logical_port", "dst_ip" } },
    { &nbrec_table_static_mac_binding, { "logical_port", "ip" } },
    { &nbrec_table_chassis_template_var, { "chassis" } },
};

static const struct ovsdb_idl_column *
find_column(const struct ovsdb_idl_table_class *class, const char *name)
{
    for (size_t i = 0; i < class->n_columns; i++) {
        if (!strcmp(class->columns[i].name, name)) {
            return &class->columns[i];
        }
    }
    return NULL;
}

static bool
same_unique(const struct ovsdb_idl_row *a, const struct ovsdb_idl_row *b,
            const char *const columns[2])
{
    for (size_t i = 0; i < 2 && columns[i]; i++) {
        const struct ovsdb_idl_column *column
            = find_column(a->table->class_, columns[i]);

        if (!ovsdb_datum_equals(ovsdb_idl_read(a, column),
                                ovsdb_idl_read(b, column), &column->type)) {
            return false;
        }
    }
    return true;
}

static bool
is_duplicate(struct garbage *g, const struct ovsdb_idl_row *row)
{
    const struct ovsdb_idl_table_class *class = row->table->class_;

    for (size_t i = 0; i < ARRAY_SIZE(uniques); i++) {
        if (uniques[i].table != class) {
            continue;
        }
        for (const struct ovsdb_idl_row *other
                 = ovsdb_idl_first_row(g->world->idl, class);
             other; other = ovsdb_idl_next_row(other)) {
            if (other != row
                && same_unique(row, other, uniques[i].columns)) {
                return true;
            }
        }
    }
    return false;
}

/* --- Steps --- */

static void
forget_reference(const struct ovsdb_idl_row *row,
                 const struct ovsdb_idl_column *column,
                 const struct ovsdb_idl_row *gone)
{
    const struct ovsdb_datum *old = ovsdb_idl_read(row, column);
    union ovsdb_atom atom = { .uuid = gone->uuid };
    struct ovsdb_datum datum;
    unsigned int i;

    if (column->type.key.type != OVSDB_TYPE_UUID
        || !ovsdb_datum_find_key(old, &atom, OVSDB_TYPE_UUID, &i)) {
        return;
    }
    ovsdb_datum_clone(&datum, old);
    ovsdb_datum_remove_unsafe(&datum, i, &column->type);
    ovsdb_idl_txn_write(row, column, &datum);
}

static void
delete_row(struct garbage *g, const struct ovsdb_idl_row *gone)
{
    for (enum ctable table = 0; table < N_CTABLES; table++) {
        const struct ovsdb_idl_table_class *class = ctable_classes[table];

        for (const struct ovsdb_idl_row *row
                 = ovsdb_idl_first_row(g->world->idl, class);
             row; row = ovsdb_idl_next_row(row)) {
            for (size_t i = 0; i < class->n_columns; i++) {
                forget_reference(row, &class->columns[i], gone);
            }
        }
    }
    ovsdb_idl_txn_delete(gone);
}

static void
write_column(struct garbage *g, const struct ovsdb_idl_row *row,
             const struct ovsdb_idl_column *column)
{
    struct ovsdb_datum datum;

    if (!strcmp(column->name, "name") && draw(g, 4)) {
        union ovsdb_atom atom;
        char *name = xasprintf("n%u", g->n_names++ % 24);

        ovsdb_datum_init_empty(&datum);
        atom.s = ovsdb_atom_string_create_nocopy(name);
        ovsdb_datum_add_unsafe(&datum, &atom, NULL, &column->type, NULL);
        ovsdb_atom_destroy(&atom, OVSDB_TYPE_STRING);
    } else {
        draw_datum(g, column, &datum);
    }
    if (datum.n < column->type.n_min) {
        ovsdb_datum_destroy(&datum, &column->type);
    } else {
        ovsdb_idl_txn_write(row, column, &datum);
    }
}

/* Some UUID that depends on the seed alone. */
static struct uuid
draw_uuid(struct garbage *g)
{
    struct uuid uuid;

    for (size_t i = 0; i < ARRAY_SIZE(uuid.parts); i++) {
        uuid.parts[i] = draw(g, 1 << 24) << 8 | draw(g, 256);
    }
    return uuid;
}

void
garbage_step(struct garbage *g)
{
    const struct ovsdb_idl_table_class *class
        = ctable_classes[draw(g, N_CTABLES)];
    size_t n = count_rows(g, class);
    uint32_t what = draw(g, 100);
    const struct ovsdb_idl_row *row;

    if (class->is_singleton && n) {
        what = 99;
    }
    if (n && what < 15) {
        delete_row(g, pick_row(g, class));
        return;
    }
    if (!n || (what < 50 && n < g->max_rows)) {
        struct uuid uuid = draw_uuid(g);

        row = ovsdb_idl_txn_insert_persist_uuid(g->world->txn, class, &uuid);
        for (size_t i = 0; i < class->n_columns; i++) {
            if (draw(g, 3)) {
                write_column(g, row, &class->columns[i]);
            }
        }
    } else {
        row = pick_row(g, class);
        write_column(g, row, &class->columns[draw(g, class->n_columns)]);
    }
    if (is_duplicate(g, row)) {
        delete_row(g, row);
    }
}

void
garbage_clear(struct garbage *g)
{
    for (enum ctable table = 0; table < N_CTABLES; table++) {
        const struct ovsdb_idl_row *row;

        while ((row = ovsdb_idl_first_row(g->world->idl,
                                          ctable_classes[table]))) {
            delete_row(g, row);
        }
    }
}
