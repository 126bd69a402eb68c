#include "fake_fastpath.h"

#include <errno.h>

#include "dp_rule.h"

struct fp_entry *
fake_fastpath_find(struct fastpath *f, const struct flow_key *key)
{
    for (size_t i = 0; i < f->n; i++) {
        if (flow_key_equals(&f->entries[i].key, key)) {
            return &f->entries[i].entry;
        }
    }
    return NULL;
}

/* Packets do not wait for who reads. */
static void
let_packet_pass(struct fastpath *f)
{
    for (size_t i = 0; i < f->n; i++) {
        f->entries[i].entry.seen |= f->seen_after_reading;
    }
}

int
fastpath_put(struct fastpath *f, const struct flow_key *key,
             const struct fp_entry *entry)
{
    struct fp_entry *old = fake_fastpath_find(f, key);

    if (f->put_error) {
        return f->put_error;
    }
    if (!old) {
        ovs_assert(f->n < ARRAY_SIZE(f->entries));
        f->entries[f->n].key = *key;
        old = &f->entries[f->n++].entry;
    }
    *old = *entry;
    return 0;
}

int
fastpath_get(struct fastpath *f, const struct flow_key *key,
             struct fp_entry *entry)
{
    struct fp_entry *found = fake_fastpath_find(f, key);

    if (found) {
        *entry = *found;
    }
    let_packet_pass(f);
    return found ? 0 : ENOENT;
}

int
fastpath_delete(struct fastpath *f, const struct flow_key *key)
{
    for (size_t i = 0; i < f->n; i++) {
        if (flow_key_equals(&f->entries[i].key, key)) {
            f->entries[i] = f->entries[--f->n];
            return 0;
        }
    }
    return ENOENT;
}

int
fastpath_steal(struct fastpath *f, const struct flow_key *key,
               struct fp_entry *entry)
{
    const struct fp_entry *found = fake_fastpath_find(f, key);

    if (found) {
        *entry = *found;
    }
    return fastpath_delete(f, key);
}

bool
fastpath_sweep(struct fastpath *f, size_t n OVS_UNUSED,
               void (*cb)(void *aux, const struct flow_key *,
                          const struct fp_entry *), void *aux)
{
    /* The callback may delete. */
    struct fastpath copy = *f;

    let_packet_pass(f);
    for (size_t i = 0; i < copy.n; i++) {
        cb(aux, &copy.entries[i].key, &copy.entries[i].entry);
    }
    return true;
}

struct fp_neighbor *
fake_fastpath_find_neighbor(struct fastpath *f,
                            const struct fp_neighbor_key *key)
{
    for (size_t i = 0; i < f->n_neighbors; i++) {
        if (!memcmp(&f->neighbors[i].key, key, sizeof *key)) {
            return &f->neighbors[i].value;
        }
    }
    return NULL;
}

int
fastpath_put_neighbor(struct fastpath *f, const struct fp_neighbor_key *key,
                      const struct fp_neighbor *value)
{
    struct fp_neighbor *old = fake_fastpath_find_neighbor(f, key);

    if (!old) {
        ovs_assert(f->n_neighbors < ARRAY_SIZE(f->neighbors));
        f->neighbors[f->n_neighbors].key = *key;
        old = &f->neighbors[f->n_neighbors++].value;
    }
    *old = *value;
    return 0;
}

int
fastpath_delete_neighbor(struct fastpath *f,
                         const struct fp_neighbor_key *key)
{
    for (size_t i = 0; i < f->n_neighbors; i++) {
        if (!memcmp(&f->neighbors[i].key, key, sizeof *key)) {
            f->neighbors[i] = f->neighbors[--f->n_neighbors];
            return 0;
        }
    }
    return ENOENT;
}

void
fastpath_each_neighbor(struct fastpath *f,
                       void (*cb)(void *aux, const struct fp_neighbor_key *,
                                  const struct fp_neighbor *), void *aux)
{
    /* The callback may delete. */
    struct fastpath copy = *f;

    for (size_t i = 0; i < copy.n_neighbors; i++) {
        cb(aux, &copy.neighbors[i].key, &copy.neighbors[i].value);
    }
}
