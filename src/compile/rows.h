/* Southbound rows as RFC 7047 writes them, for crow_emit().
 *
 *     struct json *row = json_object_create();
 *     row_put_string(row, "name", name);
 *     crow_emit(ctx, "Address_Set", &uuid, &row);
 *
 * All columns that the compiler writes are put, empty ones too, so that a row
 * always says the same about the same. */

#ifndef COMPILE_ROWS_H
#define COMPILE_ROWS_H 1

#include "compile.h"
#include "ovs.h"

/* ["uuid", "..."]; the caller's. */
struct json *row_uuid(const struct uuid *);

void row_put_string(struct json *row, const char *column, const char *);
/* NULL or "": an empty set. */
void row_put_optional(struct json *row, const char *column, const char *);
void row_put_integer(struct json *row, const char *column, long long);
void row_put_bool(struct json *row, const char *column, bool);
void row_put_uuid(struct json *row, const char *column, const struct uuid *);
void row_put_uuids(struct json *row, const char *column, const struct uuid *,
                   size_t n);
void row_put_strings(struct json *row, const char *column,
                     char *const *, size_t n);
void row_put_map(struct json *row, const char *column, const struct smap *);

/* A map whose values are UUIDs of rows, in the order of the adding. */
struct row_map {
    struct json *pairs;
};
struct row_map row_map_start(void);
void row_map_add_uuid(struct row_map *, const char *key,
                      const struct uuid *);
/* Ends the map. */
void row_map_put(struct json *row, const char *column, struct row_map *);

/* The Logical_Flow row of a flow, as text: of a hundred thousand, trees of
 * JSON take most of the time and memory.  Only the columns that are not
 * empty. */
void cflow_put_row(const struct cflow *, struct ds *);
/* The same, for people who look at a few; the caller's. */
struct json *cflow_to_row(const struct cflow *);

#endif /* compile/rows.h */
