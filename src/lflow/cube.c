#include "cube.h"

static struct cube *
cube_new(size_t n)
{
    struct cube *cube = xmalloc(sizeof *cube + n * sizeof cube->words[0]);

    cube->n = n;
    return cube;
}

struct cube *
cube_from_match(const struct match *match)
{
    const uint64_t *values = (const uint64_t *) &match->flow;
    const uint64_t *masks = (const uint64_t *) &match->wc.masks;
    size_t n = 0;

    for (size_t i = 0; i < FLOW_U64S; i++) {
        n += masks[i] != 0;
    }

    struct cube *cube = cube_new(n);
    struct cube_word *word = cube->words;
    for (size_t i = 0; i < FLOW_U64S; i++) {
        if (masks[i]) {
            *word++ = (struct cube_word) {
                .value = values[i] & masks[i], .mask = masks[i], .index = i,
            };
        }
    }
    return cube;
}

void
cube_to_match(const struct cube *cube, struct match *match)
{
    uint64_t *values = (uint64_t *) &match->flow;
    uint64_t *masks = (uint64_t *) &match->wc.masks;

    for (size_t i = 0; i < cube->n; i++) {
        const struct cube_word *word = &cube->words[i];

        values[word->index] |= word->value;
        masks[word->index] |= word->mask;
    }
}

struct cube *
cube_and(const struct cube *a, const struct cube *b)
{
    struct cube_word words[FLOW_U64S];
    size_t n = 0, i = 0, j = 0;

    while (i < a->n && j < b->n) {
        const struct cube_word *x = &a->words[i], *y = &b->words[j];

        if (x->index < y->index) {
            words[n++] = a->words[i++];
        } else if (x->index > y->index) {
            words[n++] = b->words[j++];
        } else if ((x->value ^ y->value) & x->mask & y->mask) {
            return NULL;
        } else {
            words[n++] = (struct cube_word) {
                .value = x->value | y->value,
                .mask = x->mask | y->mask,
                .index = x->index,
            };
            i++;
            j++;
        }
    }
    while (i < a->n) {
        words[n++] = a->words[i++];
    }
    while (j < b->n) {
        words[n++] = b->words[j++];
    }

    struct cube *cube = cube_new(n);
    memcpy(cube->words, words, n * sizeof *words);
    return cube;
}

struct cube *
cube_clone(const struct cube *src)
{
    struct cube *dst = cube_new(src->n);

    memcpy(dst->words, src->words, src->n * sizeof src->words[0]);
    return dst;
}

bool
cube_equals(const struct cube *a, const struct cube *b)
{
    return (a->n == b->n
            && !memcmp(a->words, b->words, a->n * sizeof a->words[0]));
}

uint32_t
cube_hash(const struct cube *cube)
{
    return hash_bytes64((const uint64_t *) cube->words,
                        cube->n * sizeof cube->words[0], 0);
}

bool
cube_contains(const struct cube *cube, const struct flow *flow)
{
    const uint64_t *values = (const uint64_t *) flow;

    for (size_t i = 0; i < cube->n; i++) {
        const struct cube_word *word = &cube->words[i];

        if ((values[word->index] ^ word->value) & word->mask) {
            return false;
        }
    }
    return true;
}

/* Lists. */

void
cubes_add(struct cubes *cubes, struct cube **cube)
{
    if (cubes->n >= cubes->allocated) {
        cubes->list = x2nrealloc(cubes->list, &cubes->allocated,
                                 sizeof *cubes->list);
    }
    cubes->list[cubes->n++] = *cube;
    *cube = NULL;
}

void
cubes_append(struct cubes *cubes, struct cubes *from)
{
    if (!cubes->n) {
        struct cubes empty = *cubes;

        *cubes = *from;
        *from = empty;
        return;
    }
    for (size_t i = 0; i < from->n; i++) {
        cubes_add(cubes, &from->list[i]);
    }
    from->n = 0;
}

struct cubes
cubes_clone(const struct cubes *src)
{
    struct cubes dst = { .n = src->n, .allocated = src->n };

    dst.list = xmalloc(MAX(src->n, 1) * sizeof *dst.list);
    dst.allocated = MAX(src->n, 1);
    for (size_t i = 0; i < src->n; i++) {
        dst.list[i] = cube_clone(src->list[i]);
    }
    return dst;
}

void
cubes_uninit(struct cubes *cubes)
{
    for (size_t i = 0; i < cubes->n; i++) {
        free(cubes->list[i]);
    }
    free(cubes->list);
    *cubes = (struct cubes) CUBES_INITIALIZER;
}

struct cubes
cubes_product(const struct cubes *a, const struct cubes *b)
{
    struct cubes product = CUBES_INITIALIZER;

    for (size_t i = 0; i < a->n; i++) {
        for (size_t j = 0; j < b->n; j++) {
            struct cube *cube = cube_and(a->list[i], b->list[j]);

            if (cube) {
                cubes_add(&product, &cube);
            }
        }
    }
    cubes_simplify(&product);
    return product;
}

/* Leaves in 'cubes' nothing but the cube at 'i'. */
static void
keep_only(struct cubes *cubes, size_t i)
{
    struct cube *kept = cubes->list[i];

    for (size_t j = 0; j < cubes->n; j++) {
        if (j != i) {
            free(cubes->list[j]);
        }
    }
    cubes->list[0] = kept;
    cubes->n = 1;
}

void
cubes_simplify(struct cubes *cubes)
{
    if (cubes->n < 2) {
        return;
    }

    /* Open addressing: 1 + index of the cube that is kept, 0 for free. */
    size_t n_slots = (size_t) 1 << log_2_ceil(cubes->n * 2);
    uint32_t *slots = xcalloc(n_slots, sizeof *slots);
    size_t n = 0;
    for (size_t i = 0; i < cubes->n; i++) {
        struct cube *cube = cubes->list[i];
        size_t slot = cube_hash(cube) & (n_slots - 1);

        if (!cube->n) {
            /* Those before i that are kept are at 0...n-1: move i there. */
            for (size_t j = n; j < i; j++) {
                cubes->list[j] = NULL;
            }
            keep_only(cubes, i);
            free(slots);
            return;
        }
        while (slots[slot]
               && !cube_equals(cubes->list[slots[slot] - 1], cube)) {
            slot = (slot + 1) & (n_slots - 1);
        }
        if (slots[slot]) {
            free(cube);
        } else {
            cubes->list[n++] = cube;
            slots[slot] = n;
        }
    }
    cubes->n = n;
    free(slots);
}
