#include "tables_sink.h"

#include "rows.h"

static void
add_row(struct json *tables, const char *table, struct json *row,
        const struct uuid *uuid)
{
    struct json *rows = shash_find_data(json_object(tables), table);

    if (!rows) {
        rows = json_array_create_empty();
        json_object_put(tables, table, rows);
    }
    row_put_uuid(row, "_uuid", uuid);
    json_array_add(rows, row);
}

static void *
add_flow(void *tables, const struct uuid *id, const struct cflow *flow)
{
    add_row(tables, "Logical_Flow", cflow_to_row(flow), id);
    return NULL;
}

static void
set_row(void *tables, const char *table, const struct uuid *uuid,
        const struct json *row)
{
    add_row(tables, table, json_deep_clone(row), uuid);
}

struct csink
tables_sink(struct json *tables)
{
    return (struct csink) {
        .aux = tables, .add_flow = add_flow, .set_row = set_row,
    };
}
