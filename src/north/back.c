#include "back.h"

#include "ovn-nb-idl.h"
#include "row.h"

VLOG_DEFINE_THIS_MODULE(back);

struct back {
    struct idlconn *read;   /* What has been compiled... */
    struct idlconn *nb;     /* ...and where it is written to: the same, or, */
    struct idlconn own;     /* if others have a lock there, this. */
    struct ovsdb_idl_index *ports_by_name;
    struct smap up;         /* Logical port -> "true" or "false", to write. */
    struct smap addresses;  /* UUID of a port -> dynamic_addresses ("": none),
                             * to write. */
    struct smap bfd;        /* UUID of a BFD row -> status, to write. */
    struct smap prefixes;   /* UUID of a router's port -> ipv6_prefix, to
                             * write. */
    struct smap bfd_sent, prefixes_sent;
    struct smap up_sent, addresses_sent; /* In the transaction under way. */
    int64_t sb_cfg, hv_cfg;
};

/* Only what is written, and what tells the rows by. */
static void
open_own(struct back *back, const char *remote)
{
    static const struct ovsdb_idl_table_class *const tables[] = {
        &nbrec_table_nb_global, &nbrec_table_logical_switch_port,
        &nbrec_table_bfd, &nbrec_table_logical_router_port,
    };

    idlconn_open(&back->own, remote, &nbrec_idl_class, true);
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        ovsdb_idl_add_table(back->own.idl, tables[i]);
    }
    ovsdb_idl_add_column(back->own.idl,
                         &nbrec_logical_switch_port_col_dynamic_addresses);
    back->nb = &back->own;
}

struct back *
back_new(struct idlconn *nb, const char *remote)
{
    struct back *back = xzalloc(sizeof *back);
    static const struct ovsdb_idl_column *const columns[] = {
        &nbrec_nb_global_col_sb_cfg,
        &nbrec_nb_global_col_hv_cfg,
        &nbrec_nb_global_col_nb_cfg_timestamp,
        &nbrec_nb_global_col_sb_cfg_timestamp,
        &nbrec_nb_global_col_hv_cfg_timestamp,
        &nbrec_logical_switch_port_col_up,
        &nbrec_bfd_col_status,
        &nbrec_logical_router_port_col_ipv6_prefix,
    };

    back->read = back->nb = nb;
    ovsdb_idl_add_column(nb->idl, &nbrec_nb_global_col_nb_cfg);
    if (remote) {
        open_own(back, remote);
    }
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(back->nb->idl, columns[i]);
    }
    back->ports_by_name = ovsdb_idl_index_create1(
        nb->idl, &nbrec_logical_switch_port_col_name);
    smap_init(&back->up);
    smap_init(&back->addresses);
    smap_init(&back->bfd);
    smap_init(&back->bfd_sent);
    smap_init(&back->prefixes);
    smap_init(&back->prefixes_sent);
    smap_init(&back->up_sent);
    smap_init(&back->addresses_sent);
    back->sb_cfg = back->hv_cfg = INT64_MAX;
    return back;
}

void
back_free(struct back *back)
{
    if (back) {
        smap_destroy(&back->up);
        smap_destroy(&back->addresses);
        smap_destroy(&back->bfd);
        smap_destroy(&back->bfd_sent);
        smap_destroy(&back->prefixes);
        smap_destroy(&back->prefixes_sent);
        smap_destroy(&back->up_sent);
        smap_destroy(&back->addresses_sent);
        if (back->nb == &back->own) {
            idlconn_close(&back->own);
        }
        free(back);
    }
}

void
back_set_up(struct back *back, const char *logical_port, bool up)
{
    smap_replace(&back->up, logical_port, up ? "true" : "false");
}

void
back_set_cfg(struct back *back, int64_t sb_cfg, int64_t hv_cfg)
{
    back->sb_cfg = sb_cfg;
    back->hv_cfg = hv_cfg;
}

int64_t
back_nb_cfg(const struct back *back)
{
    const struct nbrec_nb_global *global
        = nbrec_nb_global_first(back->read->idl);

    return global ? global->nb_cfg : 0;
}

/* --- The sink --- */

/* Where a row of 'table' is kept until it is written, and its only column. */
static struct smap *
find_pending(struct back *back, const char *table, const char **column)
{
    if (!strcmp(table, "NB:Logical_Switch_Port")) {
        *column = "dynamic_addresses";
        return &back->addresses;
    } else if (!strcmp(table, "NB:BFD")) {
        *column = "status";
        return &back->bfd;
    } else if (!strcmp(table, "NB:Logical_Router_Port")) {
        *column = "ipv6_prefix";
        return &back->prefixes;
    }
    return NULL;
}

static void
set_row(void *back_, const char *table, const struct uuid *uuid,
        const struct json *row)
{
    struct back *back = back_;
    const char *column;
    struct smap *pending = find_pending(back, table, &column);

    if (pending) {
        char id[UUID_LEN + 1];

        snprintf(id, sizeof id, UUID_FMT, UUID_ARGS(uuid));
        smap_replace(pending, id, row_string(row, column));
    }
}

/* Only addresses go with their reason; the others are what was last known. */
static void
remove_row(void *back_, const char *table, const struct uuid *uuid)
{
    struct back *back = back_;
    const char *column;
    struct smap *pending = find_pending(back, table, &column);

    if (pending == &back->addresses) {
        char id[UUID_LEN + 1];

        snprintf(id, sizeof id, UUID_FMT, UUID_ARGS(uuid));
        smap_replace(pending, id, "");
    }
}

struct csink
back_sink(struct back *back)
{
    return (struct csink) {
        .aux = back, .set_row = set_row, .remove_row = remove_row,
    };
}

/* --- Transactions --- */

/* The port called 'name', of what has been compiled. */
static bool
find_port(const struct back *back, const char *name, struct uuid *uuid)
{
    struct nbrec_logical_switch_port *key
        = nbrec_logical_switch_port_index_init_row(back->ports_by_name);

    nbrec_logical_switch_port_index_set_name(key, name);
    const struct nbrec_logical_switch_port *port
        = nbrec_logical_switch_port_index_find(back->ports_by_name, key);
    nbrec_logical_switch_port_index_destroy_row(key);
    if (port) {
        *uuid = port->header_.uuid;
    }
    return port != NULL;
}

/* Is the row of 'id', a UUID or a port's name, to be written, and only not in
 * the own replica yet? */
static bool
is_awaited(const struct back *back,
           const struct ovsdb_idl_table_class *class, const char *id)
{
    struct uuid uuid;

    return back->nb != back->read
           && (uuid_from_string(&uuid, id) || find_port(back, id, &uuid))
           && ovsdb_idl_get_row_for_uuid(back->read->idl, class, &uuid)
           && !ovsdb_idl_get_row_for_uuid(back->nb->idl, class, &uuid);
}

/* 'pending' has been sent, but for rows of 'class' that are yet to come. */
static void
note_sent(const struct back *back, const struct ovsdb_idl_table_class *class,
          struct smap *pending, struct smap *sent)
{
    struct smap_node *node;

    hmap_swap(&pending->map, &sent->map);
    SMAP_FOR_EACH_SAFE (node, sent) {
        if (is_awaited(back, class, node->key)) {
            smap_replace(pending, node->key, node->value);
            smap_remove_node(sent, node);
        }
    }
}

static void
write_up(const struct back *back, const char *name, bool up)
{
    const struct nbrec_logical_switch_port *port = NULL;
    struct uuid uuid;

    if (find_port(back, name, &uuid)) {
        port = nbrec_logical_switch_port_get_for_uuid(back->nb->idl, &uuid);
    }
    if (port && (port->n_up != 1 || port->up[0] != up)) {
        nbrec_logical_switch_port_set_up(port, &up, 1);
    }
}

static void
write_addresses(const struct back *back, const char *id, const char *text)
{
    const struct nbrec_logical_switch_port *port;
    struct uuid uuid;

    if (!uuid_from_string(&uuid, id)) {
        return;
    }
    port = nbrec_logical_switch_port_get_for_uuid(back->nb->idl, &uuid);
    if (port && strcmp(port->dynamic_addresses ? port->dynamic_addresses : "",
                       text)) {
        nbrec_logical_switch_port_set_dynamic_addresses(
            port, *text ? text : NULL);
    }
}

static void
write_bfd(const struct back *back, const char *id, const char *status)
{
    const struct nbrec_bfd *bfd = NULL;
    struct uuid uuid;

    if (uuid_from_string(&uuid, id)) {
        bfd = nbrec_bfd_get_for_uuid(back->nb->idl, &uuid);
    }
    if (bfd && (!bfd->status || strcmp(bfd->status, status))) {
        nbrec_bfd_set_status(bfd, status);
    }
}

static void
write_prefix(const struct back *back, const char *id, const char *prefix)
{
    const struct nbrec_logical_router_port *port = NULL;
    struct uuid uuid;

    if (uuid_from_string(&uuid, id)) {
        port = nbrec_logical_router_port_get_for_uuid(back->nb->idl, &uuid);
    }
    if (port && (port->n_ipv6_prefix != 1
                 || strcmp(port->ipv6_prefix[0], prefix))) {
        nbrec_logical_router_port_set_ipv6_prefix(port, &prefix, 1);
    }
}

static bool
is_cfg_due(const struct back *back)
{
    const struct nbrec_nb_global *global
        = nbrec_nb_global_first(back->nb->idl);

    if (!global && nbrec_nb_global_first(back->read->idl)) {
        return false; /* It is yet to come. */
    }
    return global ? (back->sb_cfg != INT64_MAX
                     && global->sb_cfg != back->sb_cfg)
                        || (back->hv_cfg != INT64_MAX
                            && global->hv_cfg != back->hv_cfg)
                  : back->sb_cfg != INT64_MAX;
}

static void
write_cfg(const struct back *back, struct ovsdb_idl_txn *txn)
{
    const struct nbrec_nb_global *global
        = nbrec_nb_global_first(back->nb->idl);

    if (!global && nbrec_nb_global_first(back->read->idl)) {
        return;
    } else if (!global) {
        global = nbrec_nb_global_insert(txn);
    }
    if (back->sb_cfg != INT64_MAX && global->sb_cfg != back->sb_cfg) {
        nbrec_nb_global_set_sb_cfg(global, back->sb_cfg);
        nbrec_nb_global_set_sb_cfg_timestamp(global, time_wall_msec());
    }
    if (back->hv_cfg != INT64_MAX && global->hv_cfg != back->hv_cfg) {
        nbrec_nb_global_set_hv_cfg(global, back->hv_cfg);
        nbrec_nb_global_set_hv_cfg_timestamp(global, time_wall_msec());
    }
}

/* What was sent and lost is to be sent again, unless there is something newer
 * by now. */
static void
unsend(struct smap *to, struct smap *sent)
{
    const struct smap_node *node;

    SMAP_FOR_EACH (node, sent) {
        if (!smap_get(to, node->key)) {
            smap_add(to, node->key, node->value);
        }
    }
    smap_clear(sent);
}

static void
take_result(struct back *back)
{
    char *error = NULL;
    int64_t increment;

    switch (idlconn_result(back->nb, &error, &increment)) {
    case IDLCONN_IDLE:
    case IDLCONN_PENDING:
        break;

    case IDLCONN_COMMITTED:
        smap_clear(&back->up_sent);
        smap_clear(&back->addresses_sent);
        smap_clear(&back->bfd_sent);
        smap_clear(&back->prefixes_sent);
        break;

    case IDLCONN_AGAIN:
        unsend(&back->up, &back->up_sent);
        unsend(&back->addresses, &back->addresses_sent);
        unsend(&back->bfd, &back->bfd_sent);
        unsend(&back->prefixes, &back->prefixes_sent);
        break;

    case IDLCONN_REFUSED:
        VLOG_WARN("the Northbound database refused what goes back into it: "
                  "%s", error ? error : "no reason");
        smap_clear(&back->up_sent);
        smap_clear(&back->addresses_sent);
        smap_clear(&back->bfd_sent);
        smap_clear(&back->prefixes_sent);
        break;
    }
    free(error);
}

void
back_run(struct back *back)
{
    if (back->nb == &back->own) {
        idlconn_run(back->nb);
    }
}

void
back_wait(struct back *back)
{
    if (back->nb == &back->own) {
        idlconn_wait(back->nb);
    }
}

void
back_write(struct back *back)
{
    const struct smap_node *node;

    take_result(back);
    if (smap_is_empty(&back->up) && smap_is_empty(&back->addresses)
        && smap_is_empty(&back->bfd) && smap_is_empty(&back->prefixes)
        && !is_cfg_due(back)) {
        return;
    }

    struct ovsdb_idl_txn *txn = idlconn_begin(back->nb);
    if (!txn) {
        return;
    }
    SMAP_FOR_EACH (node, &back->up) {
        write_up(back, node->key, !strcmp(node->value, "true"));
    }
    SMAP_FOR_EACH (node, &back->addresses) {
        write_addresses(back, node->key, node->value);
    }
    SMAP_FOR_EACH (node, &back->bfd) {
        write_bfd(back, node->key, node->value);
    }
    SMAP_FOR_EACH (node, &back->prefixes) {
        write_prefix(back, node->key, node->value);
    }
    write_cfg(back, txn);
    note_sent(back, &nbrec_table_logical_switch_port, &back->up,
              &back->up_sent);
    note_sent(back, &nbrec_table_logical_switch_port, &back->addresses,
              &back->addresses_sent);
    note_sent(back, &nbrec_table_bfd, &back->bfd, &back->bfd_sent);
    note_sent(back, &nbrec_table_logical_router_port, &back->prefixes,
              &back->prefixes_sent);
    idlconn_commit(back->nb);
}
