#include "south_private.h"

#include "rows.h"

VLOG_DEFINE_THIS_MODULE(south);

#define RETRY_MS 1000

const struct south_table south_tables[N_SOUTH_TABLES] = {
    { "Datapath_Binding", { NULL } },
    { "Port_Binding", { "logical_port" } },
    { "Logical_DP_Group", { NULL } },
    { "Logical_Flow", { NULL } },
    { "Multicast_Group", { "datapath", "name" } },
    { "Address_Set", { "name" } },
    { "Port_Group", { "name" } },
    { "Meter_Band", { NULL } },
    { "Meter", { "name" } },
    { "DHCP_Options", { NULL } },
    { "DHCPv6_Options", { NULL } },
    { "DNS", { NULL } },
    { "Load_Balancer", { NULL } },
    { "Service_Monitor", { NULL } },
    { "Static_MAC_Binding", { "logical_port", "ip" } },
    { "Gateway_Chassis", { "name" } },
    { "HA_Chassis", { NULL } },
    { "HA_Chassis_Group", { "name" } },
    { "IP_Multicast", { "datapath" } },
    { "BFD", { NULL } },
    { "Mirror", { "name" } },
    { "RBAC_Permission", { NULL } },
    { "RBAC_Role", { NULL } },
};

enum { TABLE_FLOW = 3 };

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

/* --- Operations of the next transaction --- */

static struct json *
add_operation(struct south *s, const char *op, const char *table)
{
    struct json *operation = json_object_create();

    json_object_put_string(operation, "op", op);
    json_object_put_string(operation, "table", table);
    if (!s->operations) {
        s->operations = json_array_create_1(
            json_string_create("OVN_Southbound"));
    }
    json_array_add(s->operations, operation);
    s->n_operations++;
    return operation;
}

static struct json *
where_uuid(const struct uuid *uuid)
{
    return json_array_create_1(json_array_create_3(
        json_string_create("_uuid"), json_string_create("=="),
        row_uuid(uuid)));
}

static void
add_insert(struct south *s, struct south_row *row, struct json *columns)
{
    struct json *operation = add_operation(s, "insert",
                                           south_tables[row->table].name);

    row->inserted = s->n_transactions + 1;
    json_object_put(operation, "uuid", json_string_create_nocopy(
                        xasprintf(UUID_FMT, UUID_ARGS(&row->uuid))));
    json_object_put(operation, "row", columns);
}

static void
add_update(struct south *s, const struct south_row *row, struct json *columns)
{
    struct json *operation = add_operation(s, "update",
                                           south_tables[row->table].name);

    json_object_put(operation, "where", where_uuid(&row->uuid));
    json_object_put(operation, "row", columns);
}

static void
add_delete(struct south *s, const struct south_row *row)
{
    struct json *operation = add_operation(s, "delete",
                                           south_tables[row->table].name);

    json_object_put(operation, "where", where_uuid(&row->uuid));
}

/* --- The sink --- */

/* The only row of its table, which has a UUID of its own. */
static void
set_global(struct south *s, const struct json *columns)
{
    struct json *operation = add_operation(
        s, s->has_global ? "update" : "insert", "SB_Global");

    if (s->has_global) {
        json_object_put(operation, "where", json_array_create_empty());
    }
    json_object_put(operation, "row", json_deep_clone(columns));
    s->has_global = true;
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
set_row(void *s_, const char *table, const struct uuid *uuid,
        const struct json *columns)
{
    struct south *s = s_;
    int index = south_find_table(table);

    if (!strcmp(table, "SB_Global")) {
        set_global(s, columns);
        return;
    }
    if (index < 0) {
        return; /* Not of this database. */
    }

    struct south_row *row = south_get_row(s, index, uuid);
    row->told = true;
    if (!claim_unique(s, row, columns)) {
        return;
    }
    if (row->exists) {
        struct json *copy = json_deep_clone(columns);

        /* Others write it once the row is there. */
        json_destroy(shash_find_and_delete(json_object(copy), "status"));
        add_update(s, row, copy);
    } else {
        add_insert(s, row, json_deep_clone(columns));
    }
    row->wanted = row->exists = true;
}

static void
unwant(struct south *s, uint8_t table, const struct uuid *uuid)
{
    struct south_row *row = south_find_row(s, table, uuid);

    if (!row) {
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
    struct south_row *row = south_get_row(s, TABLE_FLOW, id);

    row->told = true;
    row->wanted = true;
    if (!row->exists) {
        add_insert(s, row, cflow_to_row(flow));
        row->exists = true;
    }
    return NULL;
}

static void
remove_flow(void *s, const struct uuid *id, void *handle OVS_UNUSED)
{
    unwant(s, TABLE_FLOW, id);
}

/* After a replay, what has not been told is nobody's. */
static void
commit(void *s_)
{
    struct south *s = s_;
    struct south_row *row;

    if (s->swept) {
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
    s->swept = true;
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

/* --- Transactions --- */

static void
add_nb_cfg(struct south *s)
{
    struct json *operation = add_operation(
        s, s->has_global ? "update" : "insert", "SB_Global");
    struct json *columns = json_object_create();

    row_put_integer(columns, "nb_cfg", s->nb_cfg);
    if (s->has_global) {
        json_object_put(operation, "where", json_array_create_empty());
    }
    s->has_global = true;
    json_object_put(operation, "row", columns);
}

static void
send_transaction(struct south *s)
{
    bool cfg = s->nb_cfg != s->sb_cfg || !s->has_global;

    if (s->request || (!s->operations && !cfg) || !south_is_ready(s)
        || !s->swept || !ovsdb_cs_may_send_transaction(s->cs)
        || (s->retry_at_ms && time_msec() < s->retry_at_ms)) {
        return;
    }
    if (cfg) {
        add_nb_cfg(s);
    }
    s->nb_cfg_under_way = s->nb_cfg;
    s->request = ovsdb_cs_send_transaction(s->cs, s->operations);
    s->operations = NULL;
    s->retry_at_ms = 0;
    s->n_transactions++;
}

/* Nobody knows what of it was done: ask for everything again. */
static void
start_over(struct south *s)
{
    struct south_row *row;

    json_destroy(s->operations);
    s->operations = NULL;
    json_destroy(s->request);
    s->request = NULL;
    s->n_answered = s->n_transactions;
    HMAP_FOR_EACH (row, node, &s->rows) {
        row->told = false;
    }
    s->swept = false;
    s->needs_replay = true;
}

static const char *
reply_error(const struct jsonrpc_msg *reply, char **text)
{
    const struct json *result = reply->result;

    if (reply->type == JSONRPC_ERROR) {
        *text = reply->error ? json_to_string(reply->error, 0)
                             : xstrdup("error");
        return *text;
    }
    for (size_t i = 0; result && result->type == JSON_ARRAY
                       && i < json_array(result)->n; i++) {
        const struct json *answer = json_array(result)->elems[i];

        if (answer->type == JSON_OBJECT
            && shash_find(json_object(answer), "error")) {
            *text = json_to_string(answer, JSSF_SORT);
            return *text;
        }
    }
    return NULL;
}

static void
handle_reply(struct south *s, const struct jsonrpc_msg *reply)
{
    char *text = NULL;

    if (!s->request || !reply->id || !json_equal(s->request, reply->id)) {
        return;
    }
    json_destroy(s->request);
    s->request = NULL;
    s->n_answered = s->n_transactions;
    if (reply_error(reply, &text)) {
        s->n_failures++;
        ovs_strlcpy(s->last_error, text, sizeof s->last_error);
        VLOG_WARN("the Southbound database refused a transaction, which is "
                  "made again: %s", text);
        s->retry_at_ms = time_msec() + RETRY_MS;
        /* What exists, only a new snapshot tells. */
        ovsdb_cs_force_reconnect(s->cs);
    } else {
        s->sb_cfg = s->nb_cfg_under_way;
    }
    free(text);
}

static void
handle_event(struct south *s, const struct ovsdb_cs_event *event)
{
    switch (event->type) {
    case OVSDB_CS_EVENT_TYPE_RECONNECT:
        s->synced = false;
        start_over(s);
        break;

    case OVSDB_CS_EVENT_TYPE_UPDATE:
        south_update(s, &event->update);
        break;

    case OVSDB_CS_EVENT_TYPE_TXN_REPLY:
        handle_reply(s, event->txn_reply);
        break;

    case OVSDB_CS_EVENT_TYPE_LOCKED:
        /* Another one wrote until now. */
        start_over(s);
        break;
    }
}

void
south_run(struct south *s)
{
    struct ovsdb_cs_event *event;
    struct ovs_list events;

    ovsdb_cs_run(s->cs, &events);
    LIST_FOR_EACH_POP (event, list_node, &events) {
        handle_event(s, event);
        ovsdb_cs_event_destroy(event);
    }
    send_transaction(s);
}

/* Sends here what has been compiled, so that a network in the same process
 * comes first. */
void
south_wait(struct south *s)
{
    send_transaction(s);
    ovsdb_cs_wait(s->cs);
    if (!s->request && s->operations && s->retry_at_ms) {
        poll_timer_wait_until(s->retry_at_ms);
    }
    if (s->needs_replay && south_is_ready(s)) {
        poll_immediate_wake();
    }
}

bool
south_is_connected(const struct south *s)
{
    return s->synced && ovsdb_cs_is_connected(s->cs);
}

bool
south_is_ready(const struct south *s)
{
    return south_is_connected(s) && ovsdb_cs_has_lock(s->cs);
}

bool
south_needs_replay(struct south *s)
{
    bool needs = s->needs_replay;

    s->needs_replay = false;
    return needs;
}

void
south_set_nb_cfg(struct south *s, int64_t nb_cfg)
{
    s->nb_cfg = nb_cfg;
}

int64_t
south_sb_cfg(const struct south *s)
{
    return s->sb_cfg;
}

int64_t
south_hv_cfg(const struct south *s)
{
    const struct simap_node *node;
    int64_t least = INT64_MAX;

    SIMAP_FOR_EACH (node, &s->chassis_cfg) {
        least = MIN(least, node->data);
    }
    return least;
}

void
south_get_stats(const struct south *s, struct south_stats *stats)
{
    *stats = (struct south_stats) {
        .n_rows = hmap_count(&s->rows),
        .n_transactions = s->n_transactions,
        .n_operations = s->n_operations,
        .n_failures = s->n_failures,
    };
    ovs_strlcpy(stats->last_error, s->last_error, sizeof stats->last_error);
}

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
    simap_init(&s->chassis_cfg);
    smap_init(&s->ports);
    smap_init(&s->backends);
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
    smap_destroy(&s->chassis);
    json_destroy(s->operations);
    json_destroy(s->request);
    ovsdb_cs_destroy(s->cs);
    free(s);
}
