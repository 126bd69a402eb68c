/* What the Southbound server tells: which rows there are, and the few columns
 * of them that others write. */

#include "row.h"
#include "south_private.h"

VLOG_DEFINE_THIS_MODULE(south_monitor);

/* Columns that are looked at; of the other tables only the UUIDs. */
static const struct {
    const char *table;
    const char *columns[6];
} watched[] = {
    { "Datapath_Binding", { "tunnel_key", "external_ids" } },
    { "Port_Binding", { "tunnel_key", "logical_port", "up", "options" } },
    { "Service_Monitor",
      { "ip", "port", "protocol", "logical_port", "status" } },
    { "BFD", { "status" } },
    { "IGMP_Group", { "address", "datapath", "ports" } },
    { "Chassis", { "name" } },
    { "Chassis_Private", { "nb_cfg" } },
    { "SB_Global", { "nb_cfg" } },
};

static void
add_request(struct json *requests, const char *table)
{
    struct json *request = json_object_create();
    struct json *columns = json_array_create_empty();

    for (size_t i = 0; i < ARRAY_SIZE(watched); i++) {
        for (size_t j = 0; !strcmp(watched[i].table, table)
                           && j < ARRAY_SIZE(watched[i].columns)
                           && watched[i].columns[j]; j++) {
            json_array_add(columns,
                           json_string_create(watched[i].columns[j]));
        }
    }
    json_object_put(request, "columns", columns);
    json_object_put(requests, table, request);
}

struct json *
south_monitor_requests(const struct json *schema, void *south OVS_UNUSED)
{
    struct shash *tables = ovsdb_cs_parse_schema(schema);
    struct json *requests = json_object_create();

    for (size_t i = 0; i < N_SOUTH_TABLES; i++) {
        if (shash_find(tables, south_tables[i].name)) {
            add_request(requests, south_tables[i].name);
        }
    }
    add_request(requests, "IGMP_Group");
    add_request(requests, "Chassis");
    add_request(requests, "Chassis_Private");
    add_request(requests, "SB_Global");
    ovsdb_cs_free_schema(tables);
    return requests;
}

/* --- Rows that others write to --- */

/* The columns as an object, for row.h. */
static struct json *
columns_to_json(const struct shash *columns)
{
    struct json *row = json_object_create();
    const struct shash_node *node;

    SHASH_FOR_EACH (node, columns) {
        json_object_put(row, node->name, json_clone(node->data));
    }
    return row;
}

static void
tell_key(struct south *s, const char *kind, const char *name,
         const struct json *row)
{
    char *full = xasprintf("%s %s", kind, name);
    char *key = xasprintf("%lld", row_integer(row, "tunnel_key"));

    if (*name) {
        s->ops->key(s->aux, full, key);
    }
    free(full);
    free(key);
}

static void
update_datapath(struct south *s, const struct json *row)
{
    const char *id = row_map_get(row, "external_ids", "logical-switch");

    if (!*id) {
        id = row_map_get(row, "external_ids", "logical-router");
    }
    tell_key(s, "dp", id, row);
}

static void
update_port(struct south *s, const char *uuid, const struct json *row)
{
    const char *old = smap_get(&s->ports, uuid);

    if (row) {
        const char *name = row_string(row, "logical_port");
        const struct json *up = row_column(row, "up");
        const char *prefix = row_map_get(row, "options", "ipv6_ra_pd_list");

        tell_key(s, "port", name, row);
        smap_replace(&s->ports, uuid, name);
        s->ops->port_up(s->aux, name, up && up->type == JSON_TRUE);
        s->ops->prefix(s->aux, name, *prefix ? prefix : NULL);
    } else if (old) {
        s->ops->port_up(s->aux, old, false);
        s->ops->prefix(s->aux, old, NULL);
        smap_remove(&s->ports, uuid);
    }
}

static void
update_backend(struct south *s, const char *uuid, const struct json *row)
{
    const char *old = smap_get(&s->backends, uuid);

    if (row) {
        char *name = xasprintf("%s %s %lld %s",
                               row_string(row, "logical_port"),
                               row_string(row, "ip"),
                               row_integer(row, "port"),
                               row_string(row, "protocol"));
        const char *status = row_string(row, "status");

        s->ops->backend(s->aux, name, *status ? status : NULL);
        smap_replace(&s->backends, uuid, name);
        free(name);
    } else if (old) {
        s->ops->backend(s->aux, old, NULL);
        smap_remove(&s->backends, uuid);
    }
}

static void
update_chassis(struct south *s, const char *uuid, const struct json *row)
{
    const char *old = smap_get(&s->chassis, uuid);

    if (row) {
        const char *name = row_string(row, "name");

        s->ops->chassis(s->aux, name, uuid);
        smap_replace(&s->chassis, uuid, name);
    } else if (old) {
        s->ops->chassis(s->aux, old, NULL);
        smap_remove(&s->chassis, uuid);
    }
}

static void
update_watched(struct south *s, const char *table, const char *uuid,
               const struct json *row)
{
    if (!strcmp(table, "Datapath_Binding")) {
        if (row) {
            update_datapath(s, row);
        }
    } else if (!strcmp(table, "Port_Binding")) {
        update_port(s, uuid, row);
    } else if (!strcmp(table, "Service_Monitor")) {
        update_backend(s, uuid, row);
    } else if (!strcmp(table, "IGMP_Group")) {
        south_update_group(s, uuid, row);
    } else if (!strcmp(table, "BFD")) {
        s->ops->bfd(s->aux, uuid, row ? row_string(row, "status") : NULL);
    } else if (!strcmp(table, "Chassis")) {
        update_chassis(s, uuid, row);
    } else if (!strcmp(table, "SB_Global")) {
        s->has_global = row != NULL;
        if (row && !s->synced) {
            s->sb_cfg = row_integer(row, "nb_cfg");
        }
    } else if (!strcmp(table, "Chassis_Private")) {
        if (row) {
            simap_put(&s->chassis_cfg, uuid, row_integer(row, "nb_cfg"));
        } else {
            simap_find_and_delete(&s->chassis_cfg, uuid);
        }
    }
}

/* --- Which rows there are --- */

static void
update_exists(struct south *s, uint8_t table, const struct uuid *uuid,
              bool exists)
{
    struct south_row *row = exists ? south_get_row(s, table, uuid)
                                   : south_find_row(s, table, uuid);

    if (exists) {
        row->exists = true;
    } else if (row && row->inserted > s->n_answered) {
        /* It is made again by a transaction that has not been answered: this
         * tells of the time before. */
    } else if (row && row->wanted && row->exists) {
        /* Somebody deleted what is wanted. */
        row->exists = false;
        s->needs_replay = true;
    } else if (row && !row->wanted) {
        south_remove_row(s, row);
    }
}

static void
update_table(struct south *s, const struct ovsdb_cs_table_update *update)
{
    int table = south_find_table(update->table_name);

    for (size_t i = 0; i < update->n; i++) {
        const struct ovsdb_cs_row_update *ru = &update->row_updates[i];
        bool exists = ru->type != OVSDB_CS_ROW_DELETE;
        char uuid[UUID_LEN + 1];

        snprintf(uuid, sizeof uuid, UUID_FMT, UUID_ARGS(&ru->row_uuid));
        if (table >= 0) {
            update_exists(s, table, &ru->row_uuid, exists);
        }
        if (exists && ru->columns && !shash_is_empty(ru->columns)) {
            struct json *row = columns_to_json(ru->columns);

            update_watched(s, update->table_name, uuid, row);
            json_destroy(row);
        } else if (!exists) {
            update_watched(s, update->table_name, uuid, NULL);
        }
    }
}

static void
forget_all(struct south *s)
{
    struct south_row *row;

    HMAP_FOR_EACH_SAFE (row, node, &s->rows) {
        row->exists = false;
        if (!row->wanted) {
            south_remove_row(s, row);
        }
    }
    simap_clear(&s->chassis_cfg);
    s->has_global = false;
}

void
south_update(struct south *s, const struct ovsdb_cs_update_event *event)
{
    struct ovsdb_cs_db_update *update;
    struct ovsdb_error *error = ovsdb_cs_parse_db_update(
        event->table_updates, event->version, &update);

    if (error) {
        char *text = ovsdb_error_to_string_free(error);

        VLOG_WARN("the Southbound database's update makes no sense: %s",
                  text);
        free(text);
        ovsdb_cs_flag_inconsistency(s->cs);
        return;
    }
    if (event->clear) {
        forget_all(s);
    }
    for (size_t i = 0; i < update->n; i++) {
        update_table(s, &update->table_updates[i]);
    }
    ovsdb_cs_db_update_destroy(update);
    s->synced = true;
}
