#include "sb_chassis.h"

#include "cleanup.h"
#include "sb_chassis_private.h"

VLOG_DEFINE_THIS_MODULE(sb_chassis);

static void
add_tables(struct ovsdb_idl *idl)
{
    static struct ovsdb_idl_column *const columns[] = {
        &sbrec_sb_global_col_nb_cfg,
        &sbrec_encap_col_type,
        &sbrec_encap_col_ip,
        &sbrec_encap_col_chassis_name,
        &sbrec_chassis_col_name,
        &sbrec_chassis_col_hostname,
        &sbrec_chassis_col_encaps,
        &sbrec_chassis_col_other_config,
        &sbrec_chassis_col_external_ids,
        &sbrec_chassis_private_col_name,
        &sbrec_chassis_private_col_chassis,
        &sbrec_chassis_private_col_nb_cfg,
        &sbrec_chassis_private_col_nb_cfg_timestamp,
        &sbrec_ha_chassis_group_col_ha_chassis,
        &sbrec_ha_chassis_col_chassis,
        &sbrec_ha_chassis_col_priority,
    };

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
    }
    ovsdb_idl_omit_alert(idl, &sbrec_chassis_private_col_nb_cfg_timestamp);
}

struct sb_chassis *
sb_chassis_new(const char *remote, const struct sb_chassis_learned_ops *ops,
               void *aux)
{
    struct sb_chassis *c = xzalloc(sizeof *c);

    c->ops = ops;
    c->aux = aux;
    idlconn_open(&c->conn, remote, &sbrec_idl_class, false);
    add_tables(c->conn.idl);
    sb_binding_init(c);
    sb_learned_init(c);
    sb_services_init(c);
    return c;
}

static void
forget_identity(struct sb_chassis *c)
{
    free(c->name);
    free(c->hostname);
    free(c->encap_type);
    free(c->encap_ip);
    free(c->mappings);
}

void
sb_chassis_free(struct sb_chassis *c)
{
    if (c) {
        sb_binding_uninit(c);
        sb_learned_uninit(c);
        sb_services_uninit(c);
        idlconn_close(&c->conn);
        forget_identity(c);
        free(c->former_name);
        free(c);
    }
}

void
sb_chassis_set_identity(struct sb_chassis *c,
                        const struct sb_chassis_identity *id)
{
    if (c->name && !strcmp(c->name, id->name)
        && !strcmp(c->hostname, id->hostname)
        && !strcmp(c->encap_type, id->encap_type)
        && !strcmp(c->encap_ip, id->encap_ip)
        && !strcmp(c->mappings, id->mappings)) {
        return;
    }
    if (c->name && strcmp(c->name, id->name) && !c->former_name) {
        c->former_name = xstrdup(c->name);
    }
    forget_identity(c);
    c->name = xstrdup(id->name);
    c->hostname = xstrdup(id->hostname);
    c->encap_type = xstrdup(id->encap_type);
    c->encap_ip = xstrdup(id->encap_ip);
    c->mappings = xstrdup(id->mappings);
    c->registered = false;
}

/* --- The chassis' own rows --- */

static const struct sbrec_chassis *
find_chassis(const struct sb_chassis *c, const char *name)
{
    const struct sbrec_chassis *row;

    SBREC_CHASSIS_FOR_EACH (row, c->conn.idl) {
        if (!strcmp(row->name, name)) {
            return row;
        }
    }
    return NULL;
}

static const struct sbrec_chassis_private *
find_private(const struct sb_chassis *c, const char *name)
{
    const struct sbrec_chassis_private *row;

    SBREC_CHASSIS_PRIVATE_FOR_EACH (row, c->conn.idl) {
        if (!strcmp(row->name, name)) {
            return row;
        }
    }
    return NULL;
}

/* What this engine can do, by the names of ovn-sb(5), and where it reaches
 * physical networks.  The caller's. */
static void
make_config(const struct sb_chassis *c, struct smap *config)
{
    smap_init(config);
    smap_add(config, "ovn-bridge-mappings", c->mappings);
    smap_add(config, "port-up-notif", "true");
    smap_add(config, "ct-no-masked-label", "true");
    smap_add(config, "ovn-ct-lb-related", "true");
    smap_add(config, "mac-binding-timestamp", "true");
}

static bool
encap_is_right(const struct sb_chassis *c, const struct sbrec_chassis *row)
{
    return row->n_encaps == 1 && !strcmp(row->encaps[0]->type, c->encap_type)
           && !strcmp(row->encaps[0]->ip, c->encap_ip);
}

static void
set_encap(const struct sb_chassis *c, const struct sbrec_chassis *row,
          struct ovsdb_idl_txn *txn)
{
    struct sbrec_encap *encap = sbrec_encap_insert(txn);

    sbrec_encap_set_type(encap, c->encap_type);
    sbrec_encap_set_ip(encap, c->encap_ip);
    sbrec_encap_set_chassis_name(encap, c->name);
    sbrec_chassis_set_encaps(row, &encap, 1);
}

/* The row of Chassis, made or put right; true in '*changed' then. */
static const struct sbrec_chassis *
register_chassis(struct sb_chassis *c, struct ovsdb_idl_txn *txn,
                 bool *changed)
{
    const struct sbrec_chassis *row = find_chassis(c, c->name);
    struct smap config OWNED_SMAP;

    make_config(c, &config);
    if (!row) {
        struct sbrec_chassis *new = sbrec_chassis_insert(txn);

        sbrec_chassis_set_name(new, c->name);
        set_encap(c, new, txn);
        row = new;
        *changed = true;
    } else if (!encap_is_right(c, row)) {
        set_encap(c, row, txn);
        *changed = true;
    }
    if (!row->hostname || strcmp(row->hostname, c->hostname)) {
        sbrec_chassis_set_hostname(row, c->hostname);
        *changed = true;
    }
    if (!smap_equal(&row->other_config, &config)) {
        sbrec_chassis_set_other_config(row, &config);
        *changed = true;
    }
    return row;
}

static void
register_private(struct sb_chassis *c, const struct sbrec_chassis *chassis,
                 struct ovsdb_idl_txn *txn, bool *changed)
{
    const struct sbrec_chassis_private *row = find_private(c, c->name);

    if (!row) {
        struct sbrec_chassis_private *new = sbrec_chassis_private_insert(txn);

        sbrec_chassis_private_set_name(new, c->name);
        row = new;
    }
    if (row->chassis != chassis) {
        sbrec_chassis_private_set_chassis(row, chassis);
        *changed = true;
    }
    if (row->nb_cfg != c->acked_nb_cfg) {
        sbrec_chassis_private_set_nb_cfg(row, c->acked_nb_cfg);
        sbrec_chassis_private_set_nb_cfg_timestamp(row, time_wall_msec());
        *changed = true;
    }
}

static void
remove_former(struct sb_chassis *c)
{
    const struct sbrec_chassis *chassis = find_chassis(c, c->former_name);
    const struct sbrec_chassis_private *private
        = find_private(c, c->former_name);

    if (chassis) {
        sbrec_chassis_delete(chassis);
    }
    if (private) {
        sbrec_chassis_private_delete(private);
    }
}

/* --- Running --- */

static void
take_result(struct sb_chassis *c)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
    char *error;

    enum idlconn_result result = idlconn_result(&c->conn, &error, NULL);
    if (result == IDLCONN_REFUSED) {
        VLOG_WARN_RL(&rl, "the Southbound database refused what chassis %s "
                     "is (does another one have its encap_ip %s?): %s",
                     c->name, c->encap_ip, error);
    }
    if (result == IDLCONN_COMMITTED || result == IDLCONN_AGAIN
        || result == IDLCONN_REFUSED) {
        bool ok = result == IDLCONN_COMMITTED;

        sb_binding_written(c, ok);
        sb_learned_written(c, ok);
        sb_services_written(c, ok);
        if (ok && c->former_sent) {
            free(c->former_name);
            c->former_name = NULL;
        } else if (!ok) {
            c->registered = false;
        }
    }
    free(error);
}

/* Whether somebody has changed this chassis' rows. */
static void
check_registration(struct sb_chassis *c)
{
    const struct sbrec_chassis *row = c->name ? find_chassis(c, c->name)
                                              : NULL;
    const struct sbrec_chassis_private *private
        = c->name ? find_private(c, c->name) : NULL;

    c->registered = row && private && encap_is_right(c, row)
                    && private->chassis == row
                    && private->nb_cfg == c->acked_nb_cfg;
}

void
sb_chassis_run(struct sb_chassis *c)
{
    idlconn_run(&c->conn);
    take_result(c);
    if (!sb_chassis_is_connected(c)) {
        return;
    }
    bool resync = c->generation != idlconn_generation(&c->conn);
    sb_binding_run(c, resync);
    sb_learned_run(c, resync);
    sb_services_run(c, resync);
    check_registration(c);
    c->generation = idlconn_generation(&c->conn);
    ovsdb_idl_track_clear(c->conn.idl);
}

static void
flush(struct sb_chassis *c)
{
    bool changed = false;

    if (!c->name || !sb_chassis_is_connected(c)
        || (c->registered && !c->former_name && !sb_binding_is_dirty(c)
            && !sb_learned_is_dirty(c) && !sb_services_is_dirty(c))) {
        return;
    }
    struct ovsdb_idl_txn *txn = idlconn_begin(&c->conn);
    if (!txn) {
        return;
    }
    c->former_sent = c->former_name != NULL;
    if (c->former_sent) {
        remove_former(c);
    }
    const struct sbrec_chassis *chassis = register_chassis(c, txn, &changed);
    register_private(c, chassis, txn, &changed);
    sb_binding_write(c, chassis);
    sb_learned_write(c, txn);
    sb_services_write(c);
    idlconn_commit(&c->conn);
}

void
sb_chassis_wait(struct sb_chassis *c)
{
    flush(c);
    idlconn_wait(&c->conn);
}

bool
sb_chassis_is_connected(const struct sb_chassis *c)
{
    return idlconn_is_connected(&c->conn);
}

bool
sb_chassis_is_registered(const struct sb_chassis *c)
{
    return c->registered;
}

int64_t
sb_chassis_nb_cfg(const struct sb_chassis *c)
{
    const struct sbrec_sb_global *row = sbrec_sb_global_first(c->conn.idl);

    return row ? row->nb_cfg : 0;
}

void
sb_chassis_ack(struct sb_chassis *c, int64_t nb_cfg)
{
    if (c->acked_nb_cfg != nb_cfg) {
        c->acked_nb_cfg = nb_cfg;
        c->registered = false;
    }
}

struct json *
sb_chassis_status(const struct sb_chassis *c)
{
    struct json *json = json_object_create();

    json_object_put(json, "connected",
                    json_boolean_create(sb_chassis_is_connected(c)));
    json_object_put(json, "registered", json_boolean_create(c->registered));
    json_object_put(json, "bound",
                    json_integer_create(shash_count(&c->bound)));
    if (c->name) {
        json_object_put_string(json, "chassis", c->name);
    }
    return json;
}
