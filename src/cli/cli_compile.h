/* "rouse compile": what its files share. */

#ifndef CLI_CLI_COMPILE_H
#define CLI_CLI_COMPILE_H 1

#include "ovs.h"

/* Prints the flows of 'tables' (Logical_Flow, Datapath_Binding and
 * Logical_DP_Group, as arrays of rows) as ovn-sbctl's lflow-list does. */
void cli_compile_print(const struct json *tables);

#endif /* cli/cli_compile.h */
