/* The logical-flow language of OVN (ovn-sb(5), table Logical_Flow).
 *
 * in:     matches and actions as text, and the names they speak of (lenv.h)
 * out:    expressions, actions, and flow tables to look packets up in
 * owner:  whoever parses owns the tree; a table owns its flows
 * thread: parsing and changing tables: one; look-ups: any (RCU)
 *
 *     text --lex--> tokens --expr_parse--> expr --expr_compile--> cubes
 *          `------> tokens --lacts_parse-> lacts      |
 *                                            lflow = cubes + lacts
 *                                                     |
 *                       ltables: datapath x pipeline x stage -> classifier
 *
 * Nothing here knows a database, a socket or a packet: the only form of a
 * packet is 'struct flow'.  doc/lflow.md says which logical field is where in
 * it, and why.  Errors are text for people, malloc'd, with line and column. */

#ifndef LFLOW_LFLOW_H
#define LFLOW_LFLOW_H 1

#include "constant.h"
#include "expr.h"
#include "lact.h"
#include "lenv.h"
#include "ltable.h"
#include "symbol.h"

#endif /* lflow/lflow.h */
