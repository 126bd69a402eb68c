#include "rows.h"

static struct json *
tagged(const char *tag, struct json *content)
{
    return json_array_create_2(json_string_create(tag), content);
}

struct json *
row_uuid(const struct uuid *uuid)
{
    return tagged("uuid", json_string_create_nocopy(
                      xasprintf(UUID_FMT, UUID_ARGS(uuid))));
}

void
row_put_string(struct json *row, const char *column, const char *s)
{
    json_object_put_string(row, column, s);
}

void
row_put_optional(struct json *row, const char *column, const char *s)
{
    if (s && *s) {
        json_object_put_string(row, column, s);
    } else {
        json_object_put(row, column, tagged("set",
                                            json_array_create_empty()));
    }
}

void
row_put_integer(struct json *row, const char *column, long long value)
{
    json_object_put(row, column, json_integer_create(value));
}

void
row_put_bool(struct json *row, const char *column, bool value)
{
    json_object_put(row, column, json_boolean_create(value));
}

void
row_put_uuid(struct json *row, const char *column, const struct uuid *uuid)
{
    json_object_put(row, column, row_uuid(uuid));
}

void
row_put_uuids(struct json *row, const char *column, const struct uuid *uuids,
              size_t n)
{
    struct json **items = xmalloc(MAX(n, 1) * sizeof *items);

    for (size_t i = 0; i < n; i++) {
        items[i] = row_uuid(&uuids[i]);
    }
    json_object_put(row, column, tagged("set", json_array_create(items, n)));
}

/* A set's members, each once and in order: so is a row's digest the same. */
void
row_put_strings(struct json *row, const char *column, char *const *strings,
                size_t n)
{
    struct svec sorted = SVEC_EMPTY_INITIALIZER;
    struct json *items = json_array_create_empty();
    const char *s;
    size_t i;

    for (i = 0; i < n; i++) {
        svec_add(&sorted, strings[i]);
    }
    svec_sort_unique(&sorted);
    SVEC_FOR_EACH (i, s, &sorted) {
        json_array_add(items, json_string_create(s));
    }
    svec_destroy(&sorted);
    json_object_put(row, column, tagged("set", items));
}

void
row_put_map(struct json *row, const char *column, const struct smap *map)
{
    struct json *pairs = json_array_create_empty();
    const struct smap_node **nodes = smap_sort(map);

    for (size_t i = 0; i < smap_count(map); i++) {
        json_array_add(pairs, json_array_create_2(
                           json_string_create(nodes[i]->key),
                           json_string_create(nodes[i]->value)));
    }
    free(nodes);
    json_object_put(row, column, tagged("map", pairs));
}

struct row_map
row_map_start(void)
{
    return (struct row_map) { .pairs = json_array_create_empty() };
}

void
row_map_add_uuid(struct row_map *map, const char *key,
                 const struct uuid *uuid)
{
    json_array_add(map->pairs, json_array_create_2(json_string_create(key),
                                                   row_uuid(uuid)));
}

void
row_map_put(struct json *row, const char *column, struct row_map *map)
{
    json_object_put(row, column, tagged("map", map->pairs));
    map->pairs = NULL;
}

struct json *
cflow_to_row(const struct cflow *flow)
{
    const struct cstage_info *stage = cstage_info(flow->stage);
    struct json *row = json_object_create();
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct smap tags = SMAP_INITIALIZER(&tags);

    smap_add(&ids, "stage-name", stage->name);
    smap_add_format(&ids, "stage-hint", "%08x", flow->hint.parts[0]);
    if (flow->port) {
        smap_add(&tags, "in_out_port", flow->port);
    }
    row_put_uuid(row, flow->dps->n == 1 ? "logical_datapath"
                                        : "logical_dp_group",
                 flow->dps->n == 1 ? flow->dps->uuids : &flow->dps->id);
    row_put_string(row, "pipeline",
                   stage->pipeline == CPIPELINE_INGRESS ? "ingress"
                                                        : "egress");
    row_put_integer(row, "table_id", stage->table);
    row_put_integer(row, "priority", flow->priority);
    row_put_string(row, "match", flow->match);
    row_put_string(row, "actions", flow->actions);
    row_put_optional(row, "controller_meter", flow->meter);
    row_put_map(row, "external_ids", &ids);
    row_put_map(row, "tags", &tags);
    smap_destroy(&ids);
    smap_destroy(&tags);
    return row;
}
