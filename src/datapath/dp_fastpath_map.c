#include "dp_fastpath_map.h"

#include <bpf/bpf.h>
#include <errno.h>

void
map_cursor_uninit(struct map_cursor *c)
{
    free(c->keys);
    free(c->values);
    memset(c, 0, sizeof *c);
}

static void
reserve(struct map_cursor *c, const struct map_layout *layout, size_t n)
{
    if (c->allocated < n) {
        c->keys = xrealloc(c->keys, n * layout->key_size);
        c->values = xrealloc(c->values, n * layout->value_size);
        c->allocated = n;
    }
}

bool
map_cursor_next(struct map_cursor *c, const struct map_layout *layout,
                size_t n,
                void (*cb)(void *aux, const void *key, const void *value),
                void *aux)
{
    uint8_t next[sizeof c->place];
    uint32_t count;
    int error;

    reserve(c, layout, n);
    for (;;) {
        count = c->allocated;
        memset(next, 0, sizeof next);
        error = bpf_map_lookup_batch(layout->fd,
                                     c->started ? c->place : NULL, next,
                                     c->keys, c->values, &count, NULL);
        if (error != -ENOSPC || c->allocated >= 1 << 20) {
            break;
        }
        /* A bucket that is larger than the batch. */
        reserve(c, layout, c->allocated * 2);
    }
    if (error && error != -ENOENT) {
        count = 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        cb(aux, (char *) c->keys + i * layout->key_size,
           (char *) c->values + i * layout->value_size);
    }
    memcpy(c->place, next, sizeof next);
    c->started = !error;
    return !c->started;
}
