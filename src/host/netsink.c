#include "netsink.h"

#include "cleanup.h"
#include "netsink_private.h"
#include "row.h"

VLOG_DEFINE_THIS_MODULE(netsink);

static const struct {
    const char *name;
    const struct sink_handler *handler;
} tables[N_SINK_TABLES] = {
#define SINK_TABLE(ID, NAME) [SINK_##ID] = { NAME, &sink_##ID },
#include "netsink_tables.def"
#undef SINK_TABLE
};

struct netsink *
netsink_new(struct network *network)
{
    struct netsink *sink = xzalloc(sizeof *sink);

    sink->network = network;
    for (size_t i = 0; i < N_SINK_TABLES; i++) {
        hmap_init(&sink->changes[i]);
        hmap_init(&sink->rows[i]);
    }
    hmap_init(&sink->flow_changes);
    hmap_init(&sink->wheres);
    simap_init(&sink->monitors);
    return sink;
}

static void
row_free(struct netsink *sink, enum sink_table table, struct sink_row *row)
{
    hmap_remove(&sink->rows[table], &row->node);
    free(row->name);
    free(row->uuids);
    if (table == SINK_port_group || table == SINK_dns) {
        svec_destroy(&row->strings);
    } else if (table == SINK_lb) {
        sink_where_unuse(sink, row->where);
        smap_destroy(&row->vips);
    }
    free(row);
}

static void
change_free(struct hmap *changes, struct sink_change *change)
{
    hmap_remove(changes, &change->node);
    json_destroy(change->row);
    free(change);
}

static void
clear_addition(struct netsink *sink, struct sink_flow *flow)
{
    struct sink_addition *add = flow->add;

    if (add) {
        free(CONST_CAST(char *, add->desc.match));
        free(CONST_CAST(char *, add->desc.actions));
        free(CONST_CAST(char *, add->desc.stage_name));
        free(CONST_CAST(char *, add->desc.meter));
        sink_where_unuse(sink, add->where);
        free(add);
        flow->add = NULL;
    }
}

static void
flow_free(struct netsink *sink, struct sink_flow *flow)
{
    clear_addition(sink, flow);
    hmap_remove(&sink->flow_changes, &flow->node);
    free(flow);
}

void
netsink_free(struct netsink *sink)
{
    struct sink_change *change;
    struct sink_row *row;
    struct sink_flow *flow;

    if (!sink) {
        return;
    }
    for (size_t i = N_SINK_TABLES; i-- > 0; ) {
        HMAP_FOR_EACH_SAFE (change, node, &sink->changes[i]) {
            change_free(&sink->changes[i], change);
        }
        HMAP_FOR_EACH_SAFE (row, node, &sink->rows[i]) {
            row_free(sink, i, row);
        }
        hmap_destroy(&sink->changes[i]);
        hmap_destroy(&sink->rows[i]);
    }
    HMAP_FOR_EACH_SAFE (flow, node, &sink->flow_changes) {
        flow_free(sink, flow);
    }
    hmap_destroy(&sink->flow_changes);
    hmap_destroy(&sink->wheres);
    simap_destroy(&sink->monitors);
    free(sink);
}

void
sink_complain(struct netsink *sink, const char *format, ...)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 50);
    va_list args;

    sink->n_bad++;
    va_start(args, format);
    vlog_valist(&this_module, VLL_DBG, format, args);
    va_end(args);
    if (!vlog_should_drop(&this_module, VLL_WARN, &rl)) {
        va_start(args, format);
        vlog_valist(&this_module, VLL_WARN, format, args);
        va_end(args);
    }
}

size_t
sink_uuids(const struct json *row, const char *column, struct uuid **uuids)
{
    char **strings;
    size_t n = row_strings(row, column, &strings), n_good = 0;

    *uuids = xcalloc(n + 1, sizeof **uuids);
    for (size_t i = 0; i < n; i++) {
        n_good += uuid_from_string(&(*uuids)[n_good], strings[i]);
    }
    free(strings);
    return n_good;
}

/* --- Told --- */

struct sink_row *
sink_find(const struct netsink *sink, enum sink_table table,
          const struct uuid *uuid)
{
    struct sink_row *row;

    HMAP_FOR_EACH_WITH_HASH (row, node, uuid_hash(uuid), &sink->rows[table]) {
        if (uuid_equals(&row->uuid, uuid)) {
            return row;
        }
    }
    return NULL;
}

static void
note_change(struct netsink *sink, const char *name, const struct uuid *uuid,
            struct json *row)
{
    struct sink_change *change;
    size_t table = 0;

    while (table < N_SINK_TABLES && strcmp(tables[table].name, name)) {
        table++;
    }
    if (table == N_SINK_TABLES) {
        /* A table that packets do not depend on. */
        json_destroy(row);
        return;
    }
    HMAP_FOR_EACH_WITH_HASH (change, node, uuid_hash(uuid),
                             &sink->changes[table]) {
        if (uuid_equals(&change->uuid, uuid)) {
            json_destroy(change->row);
            change->row = row;
            return;
        }
    }
    change = xmalloc(sizeof *change);
    change->uuid = *uuid;
    change->row = row;
    hmap_insert(&sink->changes[table], &change->node, uuid_hash(uuid));
}

void
netsink_set_row(struct netsink *sink, const char *table,
                const struct uuid *uuid, const struct json *row)
{
    note_change(sink, table, uuid, json_clone(row));
}

void
netsink_remove_row(struct netsink *sink, const char *table,
                   const struct uuid *uuid)
{
    note_change(sink, table, uuid, NULL);
}

/* The latest word on a flow, which is made if there is none. */
static struct sink_flow *
get_flow(struct netsink *sink, const struct uuid *id)
{
    struct sink_flow *flow;

    HMAP_FOR_EACH_WITH_HASH (flow, node, uuid_hash(id),
                             &sink->flow_changes) {
        if (uuid_equals(&flow->id, id)) {
            return flow;
        }
    }
    flow = xzalloc(sizeof *flow);
    flow->id = *id;
    hmap_insert(&sink->flow_changes, &flow->node, uuid_hash(id));
    return flow;
}

static bool
is_number(long long value, long long max)
{
    return value >= 0 && value <= max;
}

void
netsink_add_flow(struct netsink *sink, const struct uuid *id,
                 const struct netsink_flow *told)
{
    if (!is_number(told->table, N_LSTAGES - 1)
        || !is_number(told->priority, UINT16_MAX)) {
        sink_complain(sink, "Logical_Flow "UUID_FMT": bad table_id or "
                      "priority", UUID_ARGS(id));
        return;
    }

    struct sink_flow *flow = get_flow(sink, id);
    clear_addition(sink, flow);
    flow->add = xmalloc(sizeof *flow->add);
    flow->add->where = sink_where_get(sink, told->datapaths,
                                      told->n_datapaths);
    flow->add->desc = (struct lflow_desc) {
        .uuid = *id,
        .pipeline = told->egress ? PIPELINE_EGRESS : PIPELINE_INGRESS,
        .stage = told->table,
        .priority = told->priority,
        .match = xstrdup(told->match),
        .actions = xstrdup(told->actions),
        .stage_name = nullable_xstrdup(told->stage_name),
        .meter = nullable_xstrdup(told->meter),
        .brief = true,
    };
}

void
netsink_remove_flow(struct netsink *sink, const struct uuid *id)
{
    clear_addition(sink, get_flow(sink, id));
}

/* --- Applied --- */

static struct sink_row *
row_new(struct netsink *sink, enum sink_table table, const struct uuid *uuid)
{
    struct sink_row *row = xzalloc(sizeof *row);

    row->uuid = *uuid;
    hmap_insert(&sink->rows[table], &row->node, uuid_hash(uuid));
    return row;
}

/* Takes out of the network what is gone, or changes beyond being changed. */
static void
take_rows(struct netsink *sink, enum sink_table table)
{
    const struct sink_handler *handler = tables[table].handler;
    struct sink_change *change;

    HMAP_FOR_EACH_SAFE (change, node, &sink->changes[table]) {
        struct sink_row *row = sink_find(sink, table, &change->uuid);

        if (row && change->row && handler->change
            && handler->change(sink, row, change->row)) {
            change_free(&sink->changes[table], change);
            continue;
        }
        if (row) {
            handler->take(sink, row);
            row_free(sink, table, row);
        }
        if (!change->row) {
            change_free(&sink->changes[table], change);
        }
    }
}

static void
put_rows(struct netsink *sink, enum sink_table table)
{
    struct sink_change *change;

    HMAP_FOR_EACH_SAFE (change, node, &sink->changes[table]) {
        struct sink_row *row = row_new(sink, table, &change->uuid);

        tables[table].handler->put(sink, row, change->row);
        change_free(&sink->changes[table], change);
    }
}

static void
add_flow(struct netsink *sink, struct sink_flow *flow)
{
    struct sink_where *where = flow->add->where;
    struct lflow_desc *desc = &flow->add->desc;
    char *error = NULL;

    sink_where_look_up(sink, where);
    desc->datapaths = where->datapaths;
    desc->n_datapaths = where->n_datapaths;
    if (desc->n_datapaths) {
        ignore(ltables_add(network_tables(sink->network), desc, &error));
    }
    if (error) {
        sink_complain(sink, "Logical_Flow "UUID_FMT" (%s): %s\n  match %s\n"
                      "  actions %s", UUID_ARGS(&flow->id),
                      desc->stage_name ? desc->stage_name : "", error,
                      desc->match, desc->actions);
        free(error);
    }
    clear_addition(sink, flow);
}

/* Those that are gone, and those that are to be others. */
static void
remove_flows(struct netsink *sink)
{
    struct ltables *flows = network_tables(sink->network);
    const struct sink_flow *flow;

    HMAP_FOR_EACH (flow, node, &sink->flow_changes) {
        const struct lflow *old = ltables_find(flows, &flow->id);

        if (old) {
            ltables_remove(flows, old);
        }
    }
}

static void
add_flows(struct netsink *sink)
{
    struct sink_flow *flow;

    HMAP_FOR_EACH_SAFE (flow, node, &sink->flow_changes) {
        if (flow->add) {
            add_flow(sink, flow);
        }
        flow_free(sink, flow);
    }
    hmap_shrink(&sink->flow_changes);
}

bool
netsink_has_changes(const struct netsink *sink)
{
    for (size_t i = 0; i < N_SINK_TABLES; i++) {
        if (!hmap_is_empty(&sink->changes[i])) {
            return true;
        }
    }
    return !hmap_is_empty(&sink->flow_changes);
}

bool
netsink_commit(struct netsink *sink)
{
    bool relink = !hmap_is_empty(&sink->changes[SINK_datapath])
                  || !hmap_is_empty(&sink->changes[SINK_port])
                  || !hmap_is_empty(&sink->changes[SINK_group]);
    size_t n_rows = 0;

    for (size_t i = 0; i < N_SINK_TABLES; i++) {
        n_rows += hmap_count(&sink->changes[i]);
    }
    if (!n_rows && hmap_is_empty(&sink->flow_changes)) {
        return false;
    }
    remove_flows(sink);
    for (size_t i = N_SINK_TABLES; i-- > 0; ) {
        take_rows(sink, i);
    }
    for (size_t i = 0; i < N_SINK_TABLES; i++) {
        put_rows(sink, i);
    }
    if (relink) {
        sink_link_ports(sink);
    }
    add_flows(sink);
    ltables_publish(network_tables(sink->network));
    return n_rows > 0;
}

bool
netsink_lacks(struct netsink *sink)
{
    bool lacks = sink->lacks;

    sink->lacks = false;
    return lacks;
}

struct json *
netsink_status(const struct netsink *sink)
{
    struct json *json = json_object_create();
    const struct {
        const char *name;
        size_t n;
    } counts[] = {
        { "datapaths", hmap_count(&sink->rows[SINK_datapath]) },
        { "ports", hmap_count(&sink->rows[SINK_port]) },
        { "flows", ltables_n_flows(network_tables(sink->network)) },
        { "bad_rows", sink->n_bad },
    };

    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        json_object_put(json, counts[i].name,
                        json_integer_create(counts[i].n));
    }
    return json;
}
