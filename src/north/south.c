#include "south_private.h"

VLOG_DEFINE_THIS_MODULE(south);

const struct south_table south_tables[N_SOUTH_TABLES] = {
    { "Datapath_Binding", { NULL }, false, false },
    { "Port_Binding", { "logical_port" }, false, false },
    { "Logical_DP_Group", { NULL }, true, true },
    { "Logical_Flow", { NULL }, true, true },
    { "Multicast_Group", { "datapath", "name" }, false, false },
    { "Address_Set", { "name" }, true, false },
    { "Port_Group", { "name" }, true, false },
    { "Meter_Band", { NULL }, false, false },
    { "Meter", { "name" }, false, false },
    { "DHCP_Options", { NULL }, true, false },
    { "DHCPv6_Options", { NULL }, true, false },
    { "DNS", { NULL }, true, false },
    { "Load_Balancer", { NULL }, true, true },
    { "Service_Monitor", { NULL }, true, false },
    { "Static_MAC_Binding", { "logical_port", "ip" }, true, false },
    { "Gateway_Chassis", { "name" }, false, false },
    { "HA_Chassis", { NULL }, false, false },
    { "HA_Chassis_Group", { "name" }, false, false },
    { "IP_Multicast", { "datapath" }, true, false },
    { "BFD", { NULL }, true, false },
    { "Mirror", { "name" }, false, false },
    { "Chassis_Template_Var", { "chassis" }, false, false },
    { "RBAC_Permission", { NULL }, false, false },
    { "RBAC_Role", { NULL }, false, false },
};

/* --- Rows --- */

static uint32_t
hash_row(uint8_t table, const struct uuid *uuid)
{
    return hash_int(table, uuid_hash(uuid));
}

struct south_row *
south_find_row(const struct south *s, uint8_t table, const struct uuid *uuid)
{
    struct south_row *row;

    HMAP_FOR_EACH_WITH_HASH (row, node, hash_row(table, uuid), &s->rows) {
        if (row->table == table && uuid_equals(&row->uuid, uuid)) {
            return row;
        }
    }
    return NULL;
}

struct south_row *
south_get_row(struct south *s, uint8_t table, const struct uuid *uuid)
{
    struct south_row *row = south_find_row(s, table, uuid);

    if (!row) {
        row = xzalloc(sizeof *row);
        row->uuid = *uuid;
        row->table = table;
        hmap_insert(&s->rows, &row->node, hash_row(table, uuid));
    }
    return row;
}

static void
forget_unique(struct south *s, struct south_row *row)
{
    if (row->unique) {
        sset_find_and_delete(&s->unique, row->unique);
        free(row->unique);
        row->unique = NULL;
    }
}

void
south_remove_row(struct south *s, struct south_row *row)
{
    forget_unique(s, row);
    hmap_remove(&s->rows, &row->node);
    free(row);
}

int
south_find_table(const char *name)
{
    for (int i = 0; i < N_SOUTH_TABLES; i++) {
        if (!strcmp(south_tables[i].name, name)) {
            return i;
        }
    }
    return -1;
}

/* --- Operations --- */

/* Where an addition to 'table' goes. */
static struct sops *
additions(struct south *s, uint8_t table)
{
    s->n_operations++;
    return s->swept || s->whole ? &s->operations
           : south_tables[table].loose ? &s->loose : &s->fill;
}

/* Where a deletion goes: with it a fill is not one any more, since what is
 * added may stand for what is deleted. */
static struct sops *
deletions(struct south *s)
{
    s->n_operations++;
    s->whole |= !s->swept;
    return &s->operations;
}

/* A row comes into being.  A server's notice that it is gone may still be on
 * its way if a transaction deletes it; a fill does not. */
static void
note_insertion(struct south *s, struct south_row *row)
{
    row->exists = true;
    row->inserted = s->swept || s->whole ? south_next_number(s) : 0;
}

static void
add_delete(struct south *s, const struct south_row *row)
{
    sops_delete(deletions(s), south_tables[row->table].name, &row->uuid);
}

/* --- The sink ---
 *
 * While the server cannot be written to it only notes what is wanted: a
 * replay tells all again once it can, and by then it is known what exists. */

/* The only row of its table, which has a UUID of its own. */
static void
set_global(struct south *s, const struct json *columns)
{
    if (!south_is_ready(s)) {
        return;
    }
    sops_put(s->swept || s->whole ? &s->operations : &s->fill, "SB_Global",
             s->has_global, columns);
    s->has_global = true;
    s->n_operations++;
}

/* What the database would refuse to have twice; NULL if there is nothing. */
static char *
unique_of(uint8_t table, const struct json *columns)
{
    const struct south_table *t = &south_tables[table];
    struct ds key = DS_EMPTY_INITIALIZER;

    if (!t->unique[0]) {
        return NULL;
    }
    ds_put_cstr(&key, t->name);
    for (size_t i = 0; i < ARRAY_SIZE(t->unique) && t->unique[i]; i++) {
        const struct json *value = shash_find_data(json_object(columns),
                                                   t->unique[i]);

        ds_put_char(&key, ' ');
        if (value) {
            json_to_ds(value, 0, &key);
        }
    }
    return ds_steal_cstr(&key);
}

/* True if the row may be: no other row has what must be unique. */
static bool
claim_unique(struct south *s, struct south_row *row,
             const struct json *columns)
{
    char *key = unique_of(row->table, columns);

    if (key && row->unique && !strcmp(key, row->unique)) {
        free(key);
        return true;
    }
    forget_unique(s, row);
    if (key && !sset_add(&s->unique, key)) {
        VLOG_WARN("%s: two rows are to be the same, by %s: one of them is "
                  "left out; give one of the two another name",
                  south_tables[row->table].name, key);
        free(key);
        return false;
    }
    row->unique = key;
    return true;
}

static void
set_table_row(struct south *s, int index, const struct uuid *uuid,
              const struct json *columns)
{
    const char *table = south_tables[index].name;

    struct south_row *row = south_get_row(s, index, uuid);
    row->told = true;
    if (!south_is_ready(s)) {
        row->wanted = true;
        return;
    } else if (!claim_unique(s, row, columns)) {
        return;
    }

    struct sops *ops = additions(s, index);
    if (row->exists) {
        struct json *copy = json_deep_clone(columns);

        /* Others write it once the row is there. */
        json_destroy(shash_find_and_delete(json_object(copy), "status"));
        sops_update(ops, table, uuid, copy);
        json_destroy(copy);
    } else {
        sops_insert(ops, table, uuid, columns);
        note_insertion(s, row);
    }
    /* No longer than one refers to it does a group live. */
    ops->joined = index == SOUTH_TABLE_GROUP;
    row->wanted = true;
}

static void
set_row(void *s_, const char *table, const struct uuid *uuid,
        const struct json *columns)
{
    struct south *s = s_;
    int index = south_find_table(table);

    if (!strcmp(table, "SB_Global")) {
        set_global(s, columns);
        return;
    }
    if (index >= 0 && !(s->no_flows && south_tables[index].for_flows)) {
        set_table_row(s, index, uuid, columns);
    }
}

static void
unwant(struct south *s, uint8_t table, const struct uuid *uuid)
{
    struct south_row *row = south_find_row(s, table, uuid);

    if (!row) {
        return;
    }
    if (row->exists && !south_is_ready(s)) {
        forget_unique(s, row);
        row->wanted = row->told = false;
        return;
    }
    if (row->exists) {
        add_delete(s, row);
    }
    south_remove_row(s, row);
}

static void
remove_row(void *s_, const char *table, const struct uuid *uuid)
{
    int index = south_find_table(table);

    if (index >= 0) {
        unwant(s_, index, uuid);
    }
}

static void *
add_flow(void *s_, const struct uuid *id, const struct cflow *flow)
{
    struct south *s = s_;

    if (s->no_flows) {
        return NULL;
    }

    struct south_row *row = south_get_row(s, SOUTH_TABLE_FLOW, id);
    row->told = true;
    row->wanted = true;
    if (!row->exists && south_is_ready(s)) {
        sops_insert_flow(additions(s, row->table), id, flow);
        note_insertion(s, row);
    }
    return NULL;
}

static void
remove_flow(void *s, const struct uuid *id, void *handle OVS_UNUSED)
{
    unwant(s, SOUTH_TABLE_FLOW, id);
}

/* After a replay, what has not been told is nobody's. */
static void
commit(void *s_)
{
    struct south *s = s_;
    struct south_row *row;

    if (s->swept || !south_is_ready(s)) {
        return;
    }
    HMAP_FOR_EACH_SAFE (row, node, &s->rows) {
        if (!row->told) {
            if (row->exists) {
                add_delete(s, row);
            }
            south_remove_row(s, row);
        }
    }
    if (s->whole) {
        sops_append(&s->fill, &s->loose);
        sops_append(&s->fill, &s->operations);
        sops_append(&s->operations, &s->fill);
    }
    s->whole = false;
    s->swept = true;
    s->trim = true;
}

void
south_leave_out_flows(struct south *s)
{
    s->no_flows = true;
}

struct csink
south_sink(struct south *s)
{
    return (struct csink) {
        .aux = s,
        .add_flow = add_flow,
        .remove_flow = remove_flow,
        .set_row = set_row,
        .remove_row = remove_row,
        .commit = commit,
    };
}

/* --- Lifetime --- */

struct south *
south_new(const char *remote, const struct south_ops *ops, void *aux)
{
    static const struct ovsdb_cs_ops cs_ops = {
        .compose_monitor_requests = south_monitor_requests,
    };
    struct south *s = xzalloc(sizeof *s);

    s->ops = ops;
    s->aux = aux;
    hmap_init(&s->rows);
    sset_init(&s->unique);
    sops_init(&s->fill);
    sops_init(&s->loose);
    sops_init(&s->operations);
    simap_init(&s->chassis_cfg);
    smap_init(&s->ports);
    smap_init(&s->backends);
    smap_init(&s->groups);
    smap_init(&s->chassis);
    s->needs_replay = true;
    s->cs = ovsdb_cs_create("OVN_Southbound", 1, &cs_ops, s);
    ovsdb_cs_set_remote(s->cs, remote, true);
    ovsdb_cs_set_leader_only(s->cs, true);
    ovsdb_cs_set_lock(s->cs, "ovn_northd");
    return s;
}

void
south_free(struct south *s)
{
    struct south_row *row;

    if (!s) {
        return;
    }
    HMAP_FOR_EACH_SAFE (row, node, &s->rows) {
        south_remove_row(s, row);
    }
    hmap_destroy(&s->rows);
    sset_destroy(&s->unique);
    simap_destroy(&s->chassis_cfg);
    smap_destroy(&s->ports);
    smap_destroy(&s->backends);
    smap_destroy(&s->groups);
    smap_destroy(&s->chassis);
    sops_clear(&s->fill);
    sops_clear(&s->loose);
    sops_clear(&s->operations);
    for (size_t i = 0; i < s->n_requests; i++) {
        json_destroy(s->requests[i].id);
    }
    ovsdb_cs_destroy(s->cs);
    free(s);
}
