/* Multicast groups that hosts have joined, as chassis report them in
 * IGMP_Group. */

#ifndef COMPILE_MGROUP_H
#define COMPILE_MGROUP_H 1

#include "views.h"

struct mgroup {
    struct caddr ip;     /* What was joined... */
    struct uuids ports;  /* ...and by which ports: UUIDs of Port_Bindings. */
};

struct mgroups {
    struct mgroup *list;
    size_t n;
    struct uuids mrouters; /* Ports that multicast routers are behind. */
};

/* Those of the switch 'ls'; the caller's. */
struct mgroups mgroups_get(struct cctx *, const struct uuid *ls);
void mgroups_uninit(struct mgroups *);

/* The ports of 'group' that packets for it go to: without those that get all
 * multicast anyway, with those to physical networks.  The caller's. */
struct uuids mgroup_members(struct cctx *, const struct uuid *ls,
                            const struct mgroup *group);

/* Emits the Multicast_Group row of 'ip' on a switch or router. */
void mgroup_emit(struct cctx *, const struct uuid *dp, const struct caddr *ip,
                 const struct uuids *ports);

#endif /* compile/mgroup.h */
