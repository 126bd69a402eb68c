/* All actions: each is a 'struct lact_class' (lact_class.h) in a file act_*.c
 * here, and in the list of this folder's meson.build. */

#ifndef PIPELINE_ACT_TABLE_H
#define PIPELINE_ACT_TABLE_H 1

#include "lact_class.h"

extern const struct lact_table act_table;

#endif /* pipeline/actions/act_table.h */
