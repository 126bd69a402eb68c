/* The folder in the BPF file system that maps are pinned in. */

#ifndef DATAPATH_DP_PINS_H
#define DATAPATH_DP_PINS_H 1

#include "ovs.h"

/* The folder of the instance 'name', made if it is not there, locked for as
 * long as '*lock' is open; both are the caller's even on failure ('*lock' may
 * be -1).  0, or a positive errno and '*error', the caller's: EBUSY if another
 * process has it.  Folders of other layouts go. */
int pins_open(const char *name, char **folder, int *lock, char **error);

/* Takes those pins in the folder away whose names begin so ("": all); or all,
 * and the folder. */
void pins_empty(const char *folder, const char *prefix);
void pins_remove(const char *folder);

/* What went wrong and what the user can do about it; the caller's. */
char *pins_explain(const char *what, int err);

#endif /* datapath/dp_pins.h */
