/* What was learned from packets: MAC_Binding and FDB. */

#include "cleanup.h"
#include "sb_chassis_private.h"

/* So many wait for the database at most; packets teach them again. */
#define FACTS_MAX 16384

/* A fact that is to be written, or on its way. */
struct fact {
    struct hmap_node node;  /* In struct sb_chassis's 'facts'. */
    bool is_mac;            /* Else FDB. */
    bool sent;              /* In the transaction. */
    char *logical_port;     /* MAC. */
    char *ip;               /* MAC. */
    struct sb_fdb fdb;      /* FDB. */
    struct eth_addr mac;
};

void
sb_learned_init(struct sb_chassis *c)
{
    static struct ovsdb_idl_column *const tracked[] = {
        &sbrec_mac_binding_col_logical_port,
        &sbrec_mac_binding_col_ip,
        &sbrec_mac_binding_col_mac,
        &sbrec_fdb_col_mac,
        &sbrec_fdb_col_dp_key,
        &sbrec_fdb_col_port_key,
    };
    struct ovsdb_idl *idl = c->conn.idl;

    for (size_t i = 0; i < ARRAY_SIZE(tracked); i++) {
        ovsdb_idl_track_add_column(idl, tracked[i]);
    }
    ovsdb_idl_add_column(idl, &sbrec_mac_binding_col_datapath);
    ovsdb_idl_add_column(idl, &sbrec_mac_binding_col_timestamp);
    ovsdb_idl_omit_alert(idl, &sbrec_mac_binding_col_timestamp);
    ovsdb_idl_add_table(idl, &sbrec_table_datapath_binding);
    c->macs_by_key = ovsdb_idl_index_create2(
        idl, &sbrec_mac_binding_col_logical_port, &sbrec_mac_binding_col_ip);
    c->fdbs_by_key = ovsdb_idl_index_create2(
        idl, &sbrec_fdb_col_mac, &sbrec_fdb_col_dp_key);
    hmap_init(&c->facts);
}

static void
fact_free(struct sb_chassis *c, struct fact *fact)
{
    hmap_remove(&c->facts, &fact->node);
    free(fact->logical_port);
    free(fact->ip);
    free(fact);
}

void
sb_learned_uninit(struct sb_chassis *c)
{
    struct fact *fact;

    HMAP_FOR_EACH_SAFE (fact, node, &c->facts) {
        fact_free(c, fact);
    }
    hmap_destroy(&c->facts);
}

/* --- Rows -> facts --- */

static void
tell_mac(struct sb_chassis *c, const struct sbrec_mac_binding *row, bool gone)
{
    struct sb_mac mac = { .logical_port = row->logical_port };
    ovs_be32 ip4;

    if (ip_parse(row->ip, &ip4)) {
        in6_addr_set_mapped_ipv4(&mac.ip, ip4);
    } else if (!ipv6_parse(row->ip, &mac.ip)) {
        return;
    }
    if (eth_addr_from_string(row->mac, &mac.mac)) {
        c->ops->mac(c->aux, &mac, gone);
    }
}

static void
tell_fdb(struct sb_chassis *c, const struct sbrec_fdb *row, bool gone)
{
    struct sb_fdb fdb = { .datapath = row->dp_key, .port = row->port_key };

    if (eth_addr_from_string(row->mac, &fdb.mac)) {
        c->ops->fdb(c->aux, &fdb, gone);
    }
}

void
sb_chassis_tell_learned(struct sb_chassis *c)
{
    const struct sbrec_mac_binding *mac;
    const struct sbrec_fdb *fdb;

    SBREC_MAC_BINDING_FOR_EACH (mac, c->conn.idl) {
        tell_mac(c, mac, false);
    }
    SBREC_FDB_FOR_EACH (fdb, c->conn.idl) {
        tell_fdb(c, fdb, false);
    }
}

void
sb_learned_run(struct sb_chassis *c, bool resync)
{
    const struct sbrec_mac_binding *mac;
    const struct sbrec_fdb *fdb;

    if (!c->ops) {
        return;
    } else if (resync) {
        c->ops->reset(c->aux);
        sb_chassis_tell_learned(c);
        return;
    }
    SBREC_MAC_BINDING_FOR_EACH_TRACKED (mac, c->conn.idl) {
        tell_mac(c, mac, sbrec_mac_binding_is_deleted(mac));
    }
    SBREC_FDB_FOR_EACH_TRACKED (fdb, c->conn.idl) {
        tell_fdb(c, fdb, sbrec_fdb_is_deleted(fdb));
    }
}

/* --- Facts -> rows --- */

static const struct sbrec_mac_binding *
find_mac_row(const struct sb_chassis *c, const struct fact *fact)
{
    struct sbrec_mac_binding *target
        = sbrec_mac_binding_index_init_row(c->macs_by_key);

    sbrec_mac_binding_index_set_logical_port(target, fact->logical_port);
    sbrec_mac_binding_index_set_ip(target, fact->ip);
    const struct sbrec_mac_binding *row
        = sbrec_mac_binding_index_find(c->macs_by_key, target);
    sbrec_mac_binding_index_destroy_row(target);
    return row;
}

static const struct sbrec_fdb *
find_fdb_row(const struct sb_chassis *c, const struct fact *fact,
             const char *mac)
{
    struct sbrec_fdb *target = sbrec_fdb_index_init_row(c->fdbs_by_key);

    sbrec_fdb_index_set_mac(target, mac);
    sbrec_fdb_index_set_dp_key(target, fact->fdb.datapath);
    const struct sbrec_fdb *row = sbrec_fdb_index_find(c->fdbs_by_key,
                                                       target);
    sbrec_fdb_index_destroy_row(target);
    return row;
}

static void
write_mac(struct sb_chassis *c, const struct fact *fact, const char *mac,
          struct ovsdb_idl_txn *txn)
{
    const struct sbrec_port_binding *port
        = sb_binding_find(c, fact->logical_port);
    const struct sbrec_mac_binding *row = find_mac_row(c, fact);

    if (!port || !port->datapath || (row && !strcmp(row->mac, mac))) {
        return;
    }
    if (!row) {
        struct sbrec_mac_binding *new = sbrec_mac_binding_insert(txn);

        sbrec_mac_binding_set_logical_port(new, fact->logical_port);
        sbrec_mac_binding_set_ip(new, fact->ip);
        sbrec_mac_binding_set_datapath(new, port->datapath);
        row = new;
    }
    sbrec_mac_binding_set_mac(row, mac);
    sbrec_mac_binding_set_timestamp(row, time_wall_msec());
}

static void
write_fdb(struct sb_chassis *c, const struct fact *fact, const char *mac,
          struct ovsdb_idl_txn *txn)
{
    const struct sbrec_fdb *row = find_fdb_row(c, fact, mac);

    if (row && row->port_key == fact->fdb.port) {
        return;
    }
    if (!row) {
        struct sbrec_fdb *new = sbrec_fdb_insert(txn);

        sbrec_fdb_set_mac(new, mac);
        sbrec_fdb_set_dp_key(new, fact->fdb.datapath);
        row = new;
    }
    sbrec_fdb_set_port_key(row, fact->fdb.port);
}

bool
sb_learned_is_dirty(const struct sb_chassis *c)
{
    return !hmap_is_empty(&c->facts);
}

void
sb_learned_write(struct sb_chassis *c, struct ovsdb_idl_txn *txn)
{
    struct fact *fact;

    HMAP_FOR_EACH (fact, node, &c->facts) {
        char *mac OWNED_STRING = xasprintf(ETH_ADDR_FMT,
                                           ETH_ADDR_ARGS(fact->mac));

        if (fact->is_mac) {
            write_mac(c, fact, mac, txn);
        } else {
            write_fdb(c, fact, mac, txn);
        }
        fact->sent = true;
    }
}

void
sb_learned_written(struct sb_chassis *c, bool ok)
{
    struct fact *fact;

    HMAP_FOR_EACH_SAFE (fact, node, &c->facts) {
        if (fact->sent && ok) {
            fact_free(c, fact);
        } else {
            fact->sent = false;
        }
    }
}

static struct fact *
get_fact(struct sb_chassis *c, const struct fact *key, uint32_t hash)
{
    struct fact *fact;

    HMAP_FOR_EACH_WITH_HASH (fact, node, hash, &c->facts) {
        if (fact->is_mac == key->is_mac
            && (key->is_mac
                ? !strcmp(fact->logical_port, key->logical_port)
                  && !strcmp(fact->ip, key->ip)
                : fact->fdb.datapath == key->fdb.datapath
                  && eth_addr_equals(fact->fdb.mac, key->fdb.mac))) {
            return fact;
        }
    }
    fact = xmemdup(key, sizeof *key);
    fact->logical_port = nullable_xstrdup(key->logical_port);
    fact->ip = nullable_xstrdup(key->ip);
    hmap_insert(&c->facts, &fact->node, hash);
    return fact;
}

/* A fact that changes while it is on its way is sent once more. */
static void
set_mac(struct fact *fact, struct eth_addr mac)
{
    fact->sent = fact->sent && eth_addr_equals(fact->mac, mac);
    fact->mac = mac;
}

void
sb_chassis_learn_mac(struct sb_chassis *c, const struct sb_mac *mac)
{
    struct ds ip OWNED_DS = DS_EMPTY_INITIALIZER;

    if (hmap_count(&c->facts) >= FACTS_MAX) {
        return;
    }
    ipv6_format_mapped(&mac->ip, &ip);
    struct fact key = {
        .is_mac = true,
        .logical_port = CONST_CAST(char *, mac->logical_port),
        .ip = ds_cstr(&ip),
    };
    char *text OWNED_STRING = xasprintf(ETH_ADDR_FMT,
                                        ETH_ADDR_ARGS(mac->mac));
    const struct sbrec_mac_binding *row = find_mac_row(c, &key);
    if (!row || strcmp(row->mac, text)) {
        set_mac(get_fact(c, &key,
                         hash_string(key.ip, hash_string(mac->logical_port,
                                                         0))), mac->mac);
    }
}

void
sb_chassis_learn_fdb(struct sb_chassis *c, const struct sb_fdb *fdb)
{
    struct fact key = { .fdb = *fdb };
    char *text OWNED_STRING = xasprintf(ETH_ADDR_FMT,
                                        ETH_ADDR_ARGS(fdb->mac));
    const struct sbrec_fdb *row = find_fdb_row(c, &key, text);

    if ((!row || row->port_key != fdb->port)
        && hmap_count(&c->facts) < FACTS_MAX) {
        struct fact *fact = get_fact(c, &key,
                                     hash_mac(fdb->mac, 0, fdb->datapath));

        fact->sent = fact->sent && fact->fdb.port == fdb->port;
        fact->fdb.port = fdb->port;
        set_mac(fact, fdb->mac);
    }
}
