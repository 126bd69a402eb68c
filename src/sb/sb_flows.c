#include "sb_flows.h"

#include "idlconn.h"
#include "ovn-sb-idl.h"

/* A row that was told. */
struct told {
    struct hmap_node node; /* In struct sb_flows's 'told'. */
    struct uuid uuid;
    const struct ovsdb_idl_table_class *table;
};

struct sb_flows {
    struct idlconn conn;
    unsigned int generation;
    const struct sb_flows_ops *ops;
    void *aux;
    struct hmap told;      /* Contains "struct told"s. */
    bool changed;          /* In this run. */
    bool again;            /* All is to be told in the next one. */
};

/* Tables, and of each the columns that packets depend on. */
static const struct ovsdb_idl_table_class *const tables[] = {
    &sbrec_table_datapath_binding, &sbrec_table_logical_dp_group,
    &sbrec_table_port_binding, &sbrec_table_multicast_group,
    &sbrec_table_address_set, &sbrec_table_port_group, &sbrec_table_dns,
    &sbrec_table_load_balancer, &sbrec_table_static_mac_binding,
    &sbrec_table_logical_flow,
};

static struct ovsdb_idl_column *const columns[] = {
    &sbrec_datapath_binding_col_tunnel_key,
    &sbrec_datapath_binding_col_external_ids,
    &sbrec_logical_dp_group_col_datapaths,
    &sbrec_port_binding_col_logical_port,
    &sbrec_port_binding_col_type,
    &sbrec_port_binding_col_datapath,
    &sbrec_port_binding_col_tunnel_key,
    &sbrec_port_binding_col_tag,
    &sbrec_port_binding_col_options,
    &sbrec_port_binding_col_port_security,
    &sbrec_multicast_group_col_datapath,
    &sbrec_multicast_group_col_name,
    &sbrec_multicast_group_col_tunnel_key,
    &sbrec_multicast_group_col_ports,
    &sbrec_address_set_col_name,
    &sbrec_address_set_col_addresses,
    &sbrec_port_group_col_name,
    &sbrec_port_group_col_ports,
    &sbrec_dns_col_records,
    &sbrec_dns_col_datapaths,
    &sbrec_load_balancer_col_name,
    &sbrec_load_balancer_col_vips,
    &sbrec_load_balancer_col_datapaths,
    &sbrec_load_balancer_col_datapath_group,
    &sbrec_static_mac_binding_col_logical_port,
    &sbrec_static_mac_binding_col_ip,
    &sbrec_static_mac_binding_col_mac,
    &sbrec_static_mac_binding_col_override_dynamic_mac,
    &sbrec_logical_flow_col_logical_datapath,
    &sbrec_logical_flow_col_logical_dp_group,
    &sbrec_logical_flow_col_pipeline,
    &sbrec_logical_flow_col_table_id,
    &sbrec_logical_flow_col_priority,
    &sbrec_logical_flow_col_match,
    &sbrec_logical_flow_col_actions,
    &sbrec_logical_flow_col_external_ids,
    &sbrec_logical_flow_col_controller_meter,
};

struct sb_flows *
sb_flows_new(const char *remote, const struct sb_flows_ops *ops, void *aux)
{
    struct sb_flows *f = xzalloc(sizeof *f);

    f->ops = ops;
    f->aux = aux;
    idlconn_open(&f->conn, remote, &sbrec_idl_class, false);
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_track_add_column(f->conn.idl, columns[i]);
    }
    ovsdb_idl_add_column(f->conn.idl, &sbrec_sb_global_col_nb_cfg);
    hmap_init(&f->told);
    return f;
}

void
sb_flows_free(struct sb_flows *f)
{
    struct told *told;

    if (f) {
        HMAP_FOR_EACH_POP (told, node, &f->told) {
            free(told);
        }
        hmap_destroy(&f->told);
        idlconn_close(&f->conn);
        free(f);
    }
}

/* --- What was told --- */

static struct told *
find_told(const struct sb_flows *f, const struct uuid *uuid)
{
    struct told *told;

    HMAP_FOR_EACH_WITH_HASH (told, node, uuid_hash(uuid), &f->told) {
        if (uuid_equals(&told->uuid, uuid)) {
            return told;
        }
    }
    return NULL;
}

static void
forget(struct sb_flows *f, struct told *told)
{
    if (told->table == &sbrec_table_logical_flow) {
        f->ops->remove_flow(f->aux, &told->uuid);
    } else {
        f->ops->remove_row(f->aux, told->table->name, &told->uuid);
    }
    hmap_remove(&f->told, &told->node);
    free(told);
    f->changed = true;
}

static void
remember(struct sb_flows *f, const struct ovsdb_idl_table_class *table,
         const struct uuid *uuid)
{
    if (!find_told(f, uuid)) {
        struct told *told = xmalloc(sizeof *told);

        *told = (struct told) { .uuid = *uuid, .table = table };
        hmap_insert(&f->told, &told->node, uuid_hash(uuid));
    }
    f->changed = true;
}

/* --- Telling --- */

static void
tell_flow(struct sb_flows *f, const struct sbrec_logical_flow *row)
{
    const struct sbrec_logical_dp_group *group = row->logical_dp_group;
    size_t n = group ? group->n_datapaths : 0;
    struct uuid *uuids = xcalloc(n + 1, sizeof *uuids);

    for (size_t i = 0; i < n; i++) {
        uuids[i] = group->datapaths[i]->header_.uuid;
    }
    if (row->logical_datapath) {
        uuids[n++] = row->logical_datapath->header_.uuid;
    }

    struct sb_flow flow = {
        .datapaths = uuids,
        .n_datapaths = n,
        .egress = !strcmp(row->pipeline, "egress"),
        .table = row->table_id,
        .priority = row->priority,
        .match = row->match,
        .actions = row->actions,
        .stage_name = smap_get(&row->external_ids, "stage-name"),
        .meter = row->controller_meter,
    };
    f->ops->add_flow(f->aux, &row->header_.uuid, &flow);
    free(uuids);
}

static bool
is_watched(const struct ovsdb_idl_column *column)
{
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        if (columns[i] == column) {
            return true;
        }
    }
    return false;
}

static void
tell_row(struct sb_flows *f, const struct ovsdb_idl_table_class *table,
         const struct ovsdb_idl_row *row)
{
    if (table == &sbrec_table_logical_flow) {
        tell_flow(f, CONTAINER_OF(row, struct sbrec_logical_flow, header_));
    } else {
        struct json *json = json_object_create();

        for (size_t i = 0; i < table->n_columns; i++) {
            const struct ovsdb_idl_column *column = &table->columns[i];

            if (is_watched(column)) {
                json_object_put(json, column->name,
                                ovsdb_datum_to_json(
                                    ovsdb_idl_read(row, column),
                                    &column->type));
            }
        }
        f->ops->set_row(f->aux, table->name, &row->uuid, json);
        json_destroy(json);
    }
    remember(f, table, &row->uuid);
}

/* The members of a group have changed: so have the flows of that group. */
static void
tell_flows_of_group(struct sb_flows *f, const struct uuid *group)
{
    const struct sbrec_logical_flow *flow;

    SBREC_LOGICAL_FLOW_FOR_EACH (flow, f->conn.idl) {
        if (flow->logical_dp_group
            && uuid_equals(&flow->logical_dp_group->header_.uuid, group)) {
            tell_flow(f, flow);
        }
    }
}

static void
tell_table(struct sb_flows *f, const struct ovsdb_idl_table_class *table)
{
    const struct ovsdb_idl_row *row;

    for (row = ovsdb_idl_track_get_first(f->conn.idl, table); row;
         row = ovsdb_idl_track_get_next(row)) {
        struct told *told = find_told(f, &row->uuid);

        if (ovsdb_idl_row_get_seqno(row, OVSDB_IDL_CHANGE_DELETE) > 0) {
            if (told) {
                forget(f, told);
            }
            continue;
        }
        tell_row(f, table, row);
        if (told && table == &sbrec_table_logical_dp_group) {
            tell_flows_of_group(f, &row->uuid);
        }
    }
}

static void
tell_table_again(struct sb_flows *f,
                 const struct ovsdb_idl_table_class *table)
{
    const struct ovsdb_idl_row *row;

    for (row = ovsdb_idl_first_row(f->conn.idl, table); row;
         row = ovsdb_idl_next_row(row)) {
        tell_row(f, table, row);
    }
}

/* A new snapshot does not track rows that went before it. */
static void
forget_vanished(struct sb_flows *f)
{
    struct told *told;

    HMAP_FOR_EACH_SAFE (told, node, &f->told) {
        if (!ovsdb_idl_get_row_for_uuid(f->conn.idl, told->table,
                                        &told->uuid)) {
            forget(f, told);
        }
    }
}

bool
sb_flows_run(struct sb_flows *f)
{
    f->changed = false;
    idlconn_run(&f->conn);
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        tell_table(f, tables[i]);
        if (f->again) {
            tell_table_again(f, tables[i]);
        }
    }
    f->again = false;
    if (f->generation != idlconn_generation(&f->conn)) {
        f->generation = idlconn_generation(&f->conn);
        forget_vanished(f);
    }
    ovsdb_idl_track_clear(f->conn.idl);
    return f->changed;
}

void
sb_flows_wait(struct sb_flows *f)
{
    idlconn_wait(&f->conn);
    if (f->again) {
        poll_immediate_wake();
    }
}

void
sb_flows_tell_again(struct sb_flows *f)
{
    f->again = true;
}

bool
sb_flows_is_connected(const struct sb_flows *f)
{
    return idlconn_is_connected(&f->conn);
}

int64_t
sb_flows_nb_cfg(const struct sb_flows *f)
{
    const struct sbrec_sb_global *row = sbrec_sb_global_first(f->conn.idl);

    return row ? row->nb_cfg : 0;
}
