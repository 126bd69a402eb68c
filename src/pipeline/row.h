/* Rows of an OVSDB table as JSON (RFC 7047, section 5.1): what is in a column,
 * whatever its type turns out to be.  All that is returned is borrowed from
 * the row. */

#ifndef PIPELINE_ROW_H
#define PIPELINE_ROW_H 1

#include "ovs.h"

/* The column's value, or NULL. */
const struct json *row_column(const struct json *row, const char *name);

/* ["KIND", CONTENT] -> CONTENT, else NULL. */
const struct json *row_tagged(const struct json *, const char *kind);

/* A string, or the string of a UUID; NULL if it is neither. */
const char *row_atom(const struct json *);

/* How many elements an array has; 0 if it is none, or NULL. */
size_t row_array_n(const struct json *);

/* The strings of a set or of an atom; the array is the caller's. */
size_t row_strings(const struct json *row, const char *name, char ***strings);

/* The string, or the first of a set; "" if there is none. */
const char *row_string(const struct json *row, const char *name);

/* -1 if it is no integer. */
long long row_integer(const struct json *row, const char *name);

/* False unless it is true. */
bool row_boolean(const struct json *row, const char *name);

/* The value of a key in a map; "" if there is none. */
const char *row_map_get(const struct json *row, const char *name,
                        const char *key);

#endif /* pipeline/row.h */
