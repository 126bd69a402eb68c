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

static void
put_string(struct ds *text, const char *column, const char *value)
{
    ds_put_format(text, ",\"%s\":", column);
    json_string_escape(value, text);
}

void
cflow_put_row(const struct cflow *flow, struct ds *text)
{
    const struct cstage_info *stage = cstage_info(flow->stage);
    bool single = flow->dps->n == 1;
    const struct uuid *where = single ? flow->dps->uuids : &flow->dps->id;

    ds_put_format(text, "{\"%s\":[\"uuid\",\""UUID_FMT"\"],"
                  "\"pipeline\":\"%s\",\"table_id\":%d,\"priority\":%d",
                  single ? "logical_datapath" : "logical_dp_group",
                  UUID_ARGS(where),
                  stage->pipeline == CPIPELINE_INGRESS ? "ingress" : "egress",
                  stage->table, flow->priority);
    put_string(text, "match", flow->match);
    put_string(text, "actions", flow->actions);
    if (flow->meter && *flow->meter) {
        put_string(text, "controller_meter", flow->meter);
    }
    if (flow->port) {
        ds_put_cstr(text, ",\"tags\":[\"map\",[[\"in_out_port\",");
        json_string_escape(flow->port, text);
        ds_put_cstr(text, "]]]");
    }
    ds_put_format(text, ",\"external_ids\":[\"map\",[[\"stage-hint\","
                  "\"%08x\"],[\"stage-name\",\"%s\"]]]}",
                  flow->hint.parts[0], stage->name);
}

struct json *
cflow_to_row(const struct cflow *flow)
{
    struct ds text = DS_EMPTY_INITIALIZER;

    cflow_put_row(flow, &text);
    struct json *row = json_from_string(ds_cstr(&text));
    ds_destroy(&text);
    row_put_optional(row, "controller_meter", flow->meter);
    return row;
}
