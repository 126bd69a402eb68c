/* What a compiler tells, as tables of JSON: {"Logical_Flow": [ROW...], ...}.
 * Rows are as an OVSDB "select" gives them, "_uuid" included. */

#ifndef COMPILE_TABLES_SINK_H
#define COMPILE_TABLES_SINK_H 1

#include "compile.h"

/* A sink that adds rows to 'tables', an object of the caller's.  What is
 * removed stays: for what is told once. */
struct csink tables_sink(struct json *tables);

#endif /* compile/tables_sink.h */
