/* What names in logical flows stand for: the world outside the text.
 *
 * The owner of ports, groups and sets (the pipeline's network, or a test)
 * fills in the functions.  Expressions keep names as they were written and ask
 * when they are compiled or evaluated; if an answer changes later, the flows
 * that depend on it are compiled again (ltables_touch()). */

#ifndef LFLOW_LENV_H
#define LFLOW_LENV_H 1

#include "ovs.h"

struct constant_set;

struct lenv {
    void *aux; /* Passed to all of the functions below. */

    /* Key of the logical port or multicast group 'name' of the datapath with
     * the key 'datapath'.  False if there is none: a comparison with it is
     * then never true. */
    bool (*port_key)(void *aux, uint32_t datapath, const char *name,
                     uint32_t *key);

    /* The members of $name, borrowed until the set changes; NULL if there is
     * no such set, which is then an empty one. */
    const struct constant_set *(*address_set)(void *aux, const char *name);

    /* The names of the ports of @name, likewise. */
    const struct sset *(*port_group)(void *aux, const char *name);

    /* Is the logical port here?  On one machine nearly always. */
    bool (*is_resident)(void *aux, const char *port);
};

/* Knows no port, set or group; nothing is resident. */
extern const struct lenv lenv_empty;

#endif /* lflow/lenv.h */
