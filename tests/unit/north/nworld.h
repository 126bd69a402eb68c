/* `rouse northd` between two databases of its own, for unit tests. */

#ifndef NWORLD_H
#define NWORLD_H 1

#include "north.h"
#include "private_db.h"

struct nworld {
    struct private_db nb, sb;
    struct north *north;
    struct idlconn *shared; /* What 'north' reads from, if it is not its own:
                             * run before it. */
};

/* For cmocka: '*state' is a "struct nworld". */
int nworld_set_up(void **state);
int nworld_tear_down(void **state);
struct north *nworld_start(struct nworld *);

/* Operations on a database; the answer, without errors, is the caller's. */
void nworld_nb(struct nworld *, const char *operations);
char *nworld_sb(struct nworld *, const char *operations);

/* One pass of the loop, which ends at the deadline at the latest. */
void nworld_turn(struct nworld *, long long deadline);
/* Runs until everything that was asked for is in the Southbound database and
 * told Northbound. */
void nworld_catch_up(struct nworld *);

/* UUIDs of a table's Southbound rows, in order; the caller's. */
char *nworld_uuids(struct nworld *, const char *table);

#define GLOBAL "{\"op\":\"insert\",\"table\":\"NB_Global\",\"row\":{}},"
#define SWITCH(NAME)                                                          \
    "{\"op\":\"insert\",\"table\":\"Logical_Switch\",\"row\":{\"name\":\""    \
    NAME "\"}}"

#endif /* nworld.h */
