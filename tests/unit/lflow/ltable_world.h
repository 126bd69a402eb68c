/* What unit tests of tables of flows share: tables over the names of
 * lflow_world, with a few datapaths. */

#ifndef TESTS_LTABLE_WORLD_H
#define TESTS_LTABLE_WORLD_H 1

#include "lflow_world.h"

enum { LTABLE_WORLD_DATAPATHS = 5 };

struct ltable_world {
    struct lflow_world names;
    struct ltables *tables; /* Of names.env, which may still be changed. */
    /* The datapaths with keys 1, 2...  Of 'tables'. */
    struct ldatapath *datapaths[LTABLE_WORLD_DATAPATHS];
};

/* Of cmocka: '*state' is a world, in which there are no flows. */
int ltable_world_set_up(void **state);
int ltable_world_tear_down(void **state);

/* Adds the flow; the test fails if it is refused. */
const struct lflow *ltable_world_add(struct ltable_world *,
                                     const struct lflow_desc *);

/* A thread that looks flows up while others change them: it must find one of
 * priority 10 each time, the old or the new, never none or half of a
 * change. */
struct ltable_reader {
    const struct ltable_world *world;
    /* The 'n'th look-up. */
    const struct lflow *(*lookup)(const struct ltable_world *, uint32_t n);
    pthread_t thread;
    atomic_bool stop;
    atomic_uint n_wrong, n_found;
};

/* With 'world' and 'lookup', and zeros. */
void ltable_reader_start(struct ltable_reader *);
/* Fails if it has found something wrong, or nothing. */
void ltable_reader_stop(struct ltable_reader *);

#endif /* ltable_world.h */
