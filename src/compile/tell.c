/* What there is, told piece by piece to somebody who only looks. */

#include "engine.h"

static size_t
reverse_bits(size_t x)
{
    size_t reversed = 0;

    for (size_t bit = 1; bit; bit <<= 1) {
        reversed = reversed << 1 | ((x & bit) != 0);
    }
    return reversed;
}

/* The bucket after 'bucket' in the order of their numbers read backwards.  If
 * the table is larger at the next call, what was in the buckets that are done
 * is in buckets that come before the next one, too; if it is smaller, some is
 * told twice.  0 after the last. */
static size_t
next_bucket(size_t bucket, size_t mask)
{
    return reverse_bits(reverse_bits(bucket | ~mask) + 1);
}

/* Computing a unit may add nodes, which moves the others. */
static void
tell_bucket(struct compile *c, size_t bucket)
{
    struct cnode **units = NULL, *node;
    size_t n = 0, allocated = 0;

    for (struct hmap_node *each = c->nodes.buckets[bucket]; each;
         each = each->next) {
        node = CONTAINER_OF(each, struct cnode, by_key);
        if (node->kind >= KIND_UNIT && node->value) {
            if (n == allocated) {
                units = x2nrealloc(units, &allocated, sizeof *units);
            }
            units[n++] = node;
        }
    }
    for (size_t i = 0; i < n; i++) {
        cnode_compute(c, units[i]);
    }
    free(units);
}

void
compile_tell(struct compile *c, const struct csink *sink, size_t n,
             size_t *cursor)
{
    size_t n_computed = c->n_computed; /* Of compile_run() alone. */

    c->reader = sink;
    c->n_read = 0;
    cdps_replay(c);
    do {
        size_t bucket = *cursor & c->nodes.mask;

        tell_bucket(c, bucket);
        *cursor = next_bucket(bucket, c->nodes.mask);
    } while (*cursor && c->n_read < n);
    c->reader = NULL;
    c->n_computed = n_computed;
}
