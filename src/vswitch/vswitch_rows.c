/* Reads the rows: wanted ports, what the chassis is, physical networks. */

#include "vswitch.h"

#include "cleanup.h"
#include "vswitch_private.h"

VLOG_DEFINE_THIS_MODULE(vswitch_rows);

#define ENCAP_TYPE "geneve"
#define ENCAP_IP "127.0.0.1"

void
vswitch_add_tables(struct ovsdb_idl *idl)
{
    static struct ovsdb_idl_column *const read[] = {
        &ovsrec_open_vswitch_col_bridges,
        &ovsrec_open_vswitch_col_external_ids,
        &ovsrec_open_vswitch_col_next_cfg,
        &ovsrec_bridge_col_name,
        &ovsrec_bridge_col_ports,
        &ovsrec_port_col_name,
        &ovsrec_port_col_interfaces,
        &ovsrec_interface_col_name,
        &ovsrec_interface_col_type,
        &ovsrec_interface_col_external_ids,
    };
    static struct ovsdb_idl_column *const written[] = {
        &ovsrec_open_vswitch_col_cur_cfg,
        &ovsrec_bridge_col_fail_mode,
        &ovsrec_interface_col_ofport,
        &ovsrec_interface_col_error,
        &ovsrec_interface_col_admin_state,
        &ovsrec_interface_col_link_state,
        &ovsrec_interface_col_ifindex,
        &ovsrec_interface_col_mtu,
        &ovsrec_interface_col_mac_in_use,
    };

    ovsdb_idl_add_table(idl, &ovsrec_table_open_vswitch);
    ovsdb_idl_add_table(idl, &ovsrec_table_bridge);
    ovsdb_idl_add_table(idl, &ovsrec_table_port);
    ovsdb_idl_add_table(idl, &ovsrec_table_interface);
    for (size_t i = 0; i < ARRAY_SIZE(read); i++) {
        ovsdb_idl_add_column(idl, read[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(written); i++) {
        ovsdb_idl_add_column(idl, written[i]);
        ovsdb_idl_omit_alert(idl, written[i]);
    }
}

void
vswitch_chassis_uninit(struct vswitch_chassis *chassis)
{
    free(chassis->system_id);
    free(chassis->hostname);
    free(chassis->encap_type);
    free(chassis->encap_ip);
    free(chassis->mappings);
    smap_destroy(&chassis->physical);
}

static void
port_uninit(struct vswitch_port *port)
{
    free(port->name);
    free(port->logical_port);
    free(port->problem);
}

void
vswitch_entry_free(struct vswitch_entry *entry)
{
    if (entry) {
        port_uninit(&entry->port);
        free(CONST_CAST(char *, entry->report.error));
        free(entry);
    }
}

/* --- Chassis --- */

/* A key of external_ids as ovn-controller reads it: KEY-SYSTEM_ID, for one of
 * several chassis that share a database, before KEY. */
static const char *
chassis_key(const struct smap *ids, const char *key, const char *system_id)
{
    char *own_key OWNED_STRING = xasprintf("%s-%s", key, system_id);
    const char *own = smap_get(ids, own_key);

    return own ? own : smap_get(ids, key);
}

/* The interface by which bridge 'name' reaches the outside: its first port
 * that is not its own.  NULL if there is no such bridge or port. */
static const char *
bridge_uplink(const struct ovsrec_open_vswitch *cfg, const char *name)
{
    for (size_t i = 0; i < cfg->n_bridges; i++) {
        const struct ovsrec_bridge *br = cfg->bridges[i];

        for (size_t j = 0; j < br->n_ports && !strcmp(br->name, name); j++) {
            const struct ovsrec_port *port = br->ports[j];

            if (strcmp(port->name, name) && port->n_interfaces) {
                return port->interfaces[0]->name;
            }
        }
    }
    return NULL;
}

/* "NETWORK:INTERFACE,NETWORK:BRIDGE" */
static void
read_mappings(const struct ovsrec_open_vswitch *cfg, const char *text,
              struct smap *physical)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
    char *copy OWNED_STRING = xstrdup(text);
    char *save = NULL;

    for (char *item = strtok_r(copy, ",", &save); item;
         item = strtok_r(NULL, ",", &save)) {
        char *colon = strchr(item, ':');

        if (!colon || colon == item || !colon[1]) {
            VLOG_WARN_RL(&rl, "Open_vSwitch: external_ids:ovn-bridge-mappings"
                         ": \"%s\" is no mapping; write NETWORK:INTERFACE",
                         item);
            continue;
        }
        *colon = '\0';
        const char *uplink = bridge_uplink(cfg, colon + 1);
        smap_replace(physical, item, uplink ? uplink : colon + 1);
    }
}

static char *
own_hostname(void)
{
    char name[HOST_NAME_MAX + 1];

    return xstrdup(gethostname(name, sizeof name) || !*name ? "localhost"
                                                            : name);
}

static void
read_chassis(struct vswitch *vs, const struct ovsrec_open_vswitch *cfg)
{
    const struct smap *ids = &cfg->external_ids;
    const char *id = smap_get(ids, "system-id");
    struct vswitch_chassis *chassis = &vs->chassis;

    vswitch_chassis_uninit(chassis);
    *chassis = (struct vswitch_chassis) { .system_id = NULL };
    smap_init(&chassis->physical);
    if (id) {
        const char *hostname = chassis_key(ids, "hostname", id);
        const char *type = chassis_key(ids, "ovn-encap-type", id);
        const char *ip = chassis_key(ids, "ovn-encap-ip", id);
        const char *mappings = chassis_key(ids, "ovn-bridge-mappings", id);

        chassis->system_id = xstrdup(id);
        chassis->hostname = hostname ? xstrdup(hostname) : own_hostname();
        chassis->encap_type = xstrdup(type ? type : ENCAP_TYPE);
        chassis->encap_ip = xstrdup(ip ? ip : ENCAP_IP);
        chassis->mappings = xstrdup(mappings ? mappings : "");
        read_mappings(cfg, chassis->mappings, &chassis->physical);
    }
}

/* --- Ports --- */

static char *
find_problem(const struct ovsrec_interface *iface)
{
    if (!*iface->type || !strcmp(iface->type, "system")
        || !strcmp(iface->type, "tap")) {
        return NULL;
    }
    return xasprintf(
        "type \"%s\" is not for rouse host; %s", iface->type,
        !strcmp(iface->type, "internal")
        ? "make a veth pair or a TAP interface, add that one, and leave "
          "the type empty"
        : "leave the type empty and add an interface of the kernel");
}

static struct vswitch_entry *
get_entry(struct vswitch *vs, const struct ovsrec_interface *iface)
{
    struct vswitch_entry *entry = shash_find_data(&vs->entries, iface->name);

    if (!entry) {
        entry = xzalloc(sizeof *entry);
        shash_add(&vs->entries, iface->name, entry);
    } else if (!uuid_equals(&entry->row, &iface->header_.uuid)) {
        /* Another row of the same name: nothing stands there yet. */
        entry->dirty = entry->reported;
        vs->dirty = vs->dirty || entry->dirty;
    }
    entry->row = iface->header_.uuid;
    entry->seen = true;
    return entry;
}

static void
read_interface(struct vswitch *vs, const struct ovsrec_bridge *br,
               const struct ovsrec_interface *iface)
{
    static const struct vswitch_report local = { .ofport = 65534 };
    struct vswitch_entry *entry = get_entry(vs, iface);
    const char *logical_port = smap_get(&iface->external_ids, "iface-id");

    port_uninit(&entry->port);
    entry->port = (struct vswitch_port) {
        .name = xstrdup(iface->name),
        .logical_port = nullable_xstrdup(logical_port),
        .problem = find_problem(iface),
    };
    entry->wanted = false;
    if (!strcmp(iface->name, br->name)) {
        /* The bridge's own, which nobody sends anything to. */
        vswitch_report(vs, iface->name, &local);
    } else if (strcmp(br->name, vs->bridge)) {
        /* An uplink is a port of the localnet ports that are mapped to it:
         * who reports those, reports it. */
        if (!entry->reported) {
            vswitch_report(vs, iface->name, &(struct vswitch_report) {
                .error = "no logical port of type localnet uses it; see "
                         "external_ids:ovn-bridge-mappings in rouse-host(8)",
            });
        }
    } else {
        entry->wanted = true;
        shash_add(&vs->ports, iface->name, &entry->port);
    }
}

static void
remove_unseen(struct vswitch *vs)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &vs->entries) {
        struct vswitch_entry *entry = node->data;

        if (!entry->seen) {
            vswitch_entry_free(entry);
            shash_delete(&vs->entries, node);
        }
        /* Otherwise seen again, or not, in the next snapshot. */
    }
}

void
vswitch_read(struct vswitch *vs)
{
    const struct ovsrec_open_vswitch *cfg
        = ovsrec_open_vswitch_first(vs->conn.idl);
    struct shash_node *node;

    SHASH_FOR_EACH (node, &vs->entries) {
        ((struct vswitch_entry *) node->data)->seen = false;
    }
    shash_clear(&vs->ports);
    for (size_t i = 0; cfg && i < cfg->n_bridges; i++) {
        const struct ovsrec_bridge *br = cfg->bridges[i];

        for (size_t j = 0; j < br->n_ports; j++) {
            for (size_t k = 0; k < br->ports[j]->n_interfaces; k++) {
                read_interface(vs, br, br->ports[j]->interfaces[k]);
            }
        }
    }
    remove_unseen(vs);
    if (cfg) {
        read_chassis(vs, cfg);
        vs->next_cfg = cfg->next_cfg;
    }
}
