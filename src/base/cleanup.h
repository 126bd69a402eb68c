/* Owners that clean up after themselves when they go out of scope.
 *
 * For locals only: "char *s OWNED_STRING = xasprintf(...)" is freed at every
 * way out of the block; STEAL() hands it on and disarms it. */

#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H 1

#include "ovs.h"

void cleanup_string(char **);
void cleanup_ds(struct ds *);
void cleanup_smap(struct smap *);
void cleanup_json(struct json **);
void cleanup_ofpbuf(struct ofpbuf **);

#define OWNED_STRING __attribute__((cleanup(cleanup_string)))
#define OWNED_DS __attribute__((cleanup(cleanup_ds)))
#define OWNED_SMAP __attribute__((cleanup(cleanup_smap)))
#define OWNED_JSON __attribute__((cleanup(cleanup_json)))
#define OWNED_OFPBUF __attribute__((cleanup(cleanup_ofpbuf)))

/* Yields what POINTER owned and leaves NULL in it. */
#define STEAL(POINTER)                                                        \
    ({                                                                        \
        __typeof__(POINTER) stolen_ = (POINTER);                              \
        (POINTER) = NULL;                                                     \
        stolen_;                                                              \
    })

#endif /* base/cleanup.h */
