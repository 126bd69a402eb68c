/* Writes the rows: what must be there, and what became of ports. */

#include "vswitch.h"

#include "cleanup.h"
#include "vswitch_private.h"

static const struct ovsrec_bridge *
find_bridge(const struct ovsrec_open_vswitch *cfg, const char *name)
{
    for (size_t i = 0; i < cfg->n_bridges; i++) {
        if (!strcmp(cfg->bridges[i]->name, name)) {
            return cfg->bridges[i];
        }
    }
    return NULL;
}

bool
vswitch_is_complete(const struct vswitch *vs)
{
    const struct ovsrec_open_vswitch *cfg
        = ovsrec_open_vswitch_first(vs->conn.idl);

    return cfg && find_bridge(cfg, vs->bridge)
           && smap_get_node(&cfg->external_ids, "system-id");
}

/* The integration bridge with its own port, as ovn-controller makes it. */
static void
make_bridge(struct vswitch *vs, const struct ovsrec_open_vswitch *cfg,
            struct ovsdb_idl_txn *txn)
{
    struct ovsrec_interface *iface = ovsrec_interface_insert(txn);
    struct ovsrec_port *port = ovsrec_port_insert(txn);
    struct ovsrec_bridge *br = ovsrec_bridge_insert(txn);

    ovsrec_interface_set_name(iface, vs->bridge);
    ovsrec_interface_set_type(iface, "internal");
    ovsrec_port_set_name(port, vs->bridge);
    ovsrec_port_set_interfaces(port, &iface, 1);
    ovsrec_bridge_set_name(br, vs->bridge);
    ovsrec_bridge_set_fail_mode(br, "secure");
    ovsrec_bridge_set_ports(br, &port, 1);
    ovsrec_open_vswitch_verify_bridges(cfg);
    ovsrec_open_vswitch_update_bridges_addvalue(cfg, br);
}

void
vswitch_make_missing(struct vswitch *vs, struct ovsdb_idl_txn *txn)
{
    const struct ovsrec_open_vswitch *cfg
        = ovsrec_open_vswitch_first(vs->conn.idl);

    if (!cfg) {
        /* The rest follows when it is there: the mutation below needs a row
         * that the database knows. */
        ovsrec_open_vswitch_insert(txn);
        return;
    }
    if (!find_bridge(cfg, vs->bridge)) {
        make_bridge(vs, cfg, txn);
    }
    if (!smap_get_node(&cfg->external_ids, "system-id")) {
        char name[HOST_NAME_MAX + 1];

        /* As a person would name this machine; OVN takes any string. */
        if (gethostname(name, sizeof name) || !*name) {
            ovs_strzcpy(name, "localhost", sizeof name);
        }
        ovsrec_open_vswitch_verify_external_ids(cfg);
        ovsrec_open_vswitch_update_external_ids_setkey(cfg, "system-id",
                                                       name);
    }
}

static void
write_link(const struct ovsrec_interface *iface,
           const struct vswitch_report *report)
{
    int64_t ifindex = report->ifindex, mtu = report->mtu;
    char *mac OWNED_STRING = xasprintf(ETH_ADDR_FMT,
                                       ETH_ADDR_ARGS(report->mac));

    ovsrec_interface_set_ifindex(iface, &ifindex, report->exists);
    ovsrec_interface_set_mtu(iface, &mtu, report->exists);
    ovsrec_interface_set_mac_in_use(iface, report->exists ? mac : NULL);
    ovsrec_interface_set_admin_state(
        iface, !report->exists ? NULL : report->admin_up ? "up" : "down");
    ovsrec_interface_set_link_state(
        iface, !report->exists ? NULL : report->link_up ? "up" : "down");
}

static void
write_report(struct vswitch *vs, struct vswitch_entry *entry)
{
    const struct vswitch_report *report = &entry->report;
    const struct ovsrec_interface *iface
        = ovsrec_interface_get_for_uuid(vs->conn.idl, &entry->row);
    /* -1: it could not be added (ovs-vswitchd.conf.db(5)). */
    int64_t ofport = report->ofport ? report->ofport : -1;

    if (!iface) {
        return;
    }
    if (!iface->n_ofport || iface->ofport[0] != ofport) {
        ovsrec_interface_set_ofport(iface, &ofport, 1);
    }
    if (!nullable_string_is_equal(iface->error, report->error)) {
        ovsrec_interface_set_error(iface, report->error);
    }
    write_link(iface, report);
}

void
vswitch_write_reports(struct vswitch *vs, struct ovsdb_idl_txn *txn)
{
    const struct ovsrec_open_vswitch *cfg
        = ovsrec_open_vswitch_first(vs->conn.idl);
    struct shash_node *node;

    SHASH_FOR_EACH (node, &vs->entries) {
        struct vswitch_entry *entry = node->data;

        if (entry->dirty) {
            write_report(vs, entry);
            entry->dirty = false;
        }
    }
    if (cfg && vs->acked_cfg >= 0 && cfg->cur_cfg != vs->acked_cfg) {
        ovsrec_open_vswitch_set_cur_cfg(cfg, vs->acked_cfg);
    }
}
