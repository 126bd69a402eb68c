#include "row.h"

const struct json *
row_column(const struct json *row, const char *name)
{
    return (row->type == JSON_OBJECT
            ? shash_find_data(json_object(row), name) : NULL);
}

const struct json *
row_tagged(const struct json *json, const char *kind)
{
    const struct json_array *array;

    if (!json || json->type != JSON_ARRAY) {
        return NULL;
    }
    array = json_array(json);
    if (array->n != 2 || array->elems[0]->type != JSON_STRING
        || strcmp(json_string(array->elems[0]), kind)) {
        return NULL;
    }
    return array->elems[1];
}

const char *
row_atom(const struct json *json)
{
    const struct json *uuid = row_tagged(json, "uuid");

    json = uuid ? uuid : json;
    return json && json->type == JSON_STRING ? json_string(json) : NULL;
}

size_t
row_array_n(const struct json *array)
{
    return array && array->type == JSON_ARRAY ? json_array(array)->n : 0;
}

size_t
row_strings(const struct json *row, const char *name, char ***strings)
{
    const struct json *value = row_column(row, name);
    const struct json *set = row_tagged(value, "set");
    struct json *one = CONST_CAST(struct json *, value);
    struct json **list = &one;
    size_t n = 0, max = value ? 1 : 0;

    if (set && set->type == JSON_ARRAY) {
        list = json_array(set)->elems;
        max = json_array(set)->n;
    }
    *strings = xcalloc(max + 1, sizeof **strings);
    for (size_t i = 0; i < max; i++) {
        const char *s = row_atom(list[i]);

        if (s) {
            (*strings)[n++] = CONST_CAST(char *, s);
        }
    }
    return n;
}

const char *
row_string(const struct json *row, const char *name)
{
    char **strings;
    size_t n = row_strings(row, name, &strings);
    const char *s = n ? strings[0] : "";

    free(strings);
    return s;
}

long long
row_integer(const struct json *row, const char *name)
{
    const struct json *value = row_column(row, name);

    return value && value->type == JSON_INTEGER ? json_integer(value) : -1;
}

bool
row_boolean(const struct json *row, const char *name)
{
    const struct json *value = row_column(row, name);

    return value && value->type == JSON_TRUE;
}

const char *
row_map_get(const struct json *row, const char *name, const char *key)
{
    const struct json *map = row_tagged(row_column(row, name), "map");

    for (size_t i = 0; map && map->type == JSON_ARRAY
                       && i < json_array(map)->n; i++) {
        const struct json *pair = json_array(map)->elems[i];

        if (pair->type == JSON_ARRAY && json_array(pair)->n == 2) {
            const char *k = row_atom(json_array(pair)->elems[0]);
            const char *v = row_atom(json_array(pair)->elems[1]);

            if (k && v && !strcmp(k, key)) {
                return v;
            }
        }
    }
    return "";
}
