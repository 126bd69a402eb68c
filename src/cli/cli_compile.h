/* "rouse compile", "rouse lflow-list": flows as text. */

#ifndef CLI_CLI_COMPILE_H
#define CLI_CLI_COMPILE_H 1

#include "ovs.h"

/* Prints the flows of 'tables' (Logical_Flow, Datapath_Binding and
 * Logical_DP_Group, as arrays of rows) as ovn-sbctl's lflow-list does: those
 * of the datapath of that name or UUID; NULL, of all.  False if there is no
 * such datapath. */
bool cli_compile_print(const struct json *tables, const char *datapath);

#endif /* cli/cli_compile.h */
