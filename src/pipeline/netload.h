/* A network from Southbound rows as JSON, as OVSDB's "select" answers
 * (RFC 7047): { "Datapath_Binding": [ROW, ...], "Port_Binding": [...], ... }.
 *
 * in:     rows with "_uuid" and the columns that netload.c reads; tables that
 *         are missing are empty
 * out:    datapaths, ports, groups, sets, flows, learned facts
 *
 * A row that cannot be used is left out, and told. */

#ifndef PIPELINE_NETLOAD_H
#define PIPELINE_NETLOAD_H 1

#include "network.h"

/* The tables that are read, NULL-terminated. */
extern const char *const netload_tables[];

/* Adds what 'tables' says to an empty network, and publishes it.  Problems are
 * appended to 'problems', one line each. */
void netload(struct network *, const struct json *tables,
             struct svec *problems);

#endif /* pipeline/netload.h */
