#include "dp_neighbor.h"

/* Longer than any neighbour table keeps an entry without asking. */
#define IDLE_NS (3600ULL * 1000000000)

struct neighbor {
    struct hmap_node node;
    struct ovs_list by_check; /* Those asked for longest ago first. */
    struct fp_neighbor_key key;
    struct fp_neighbor value;
    uint64_t epoch; /* When it was asked for; 0: never. */
    bool is_known;  /* 'value' is the answer, and the kernel has it. */
    uint64_t lost_ns; /* Since when it has not been known; 0: it never was. */
};

struct neighbors {
    struct fastpath *fastpath;
    struct hmap all; /* Contains "struct neighbor"s. */
    struct ovs_list by_check;
    uint64_t epoch;
};

static uint32_t
key_hash(const struct fp_neighbor_key *key)
{
    return hash_bytes(key, sizeof *key, 0);
}

static struct neighbor *
find(const struct neighbors *n, const struct fp_neighbor_key *key)
{
    struct neighbor *neighbor;

    HMAP_FOR_EACH_WITH_HASH (neighbor, node, key_hash(key), &n->all) {
        if (!memcmp(&neighbor->key, key, sizeof *key)) {
            return neighbor;
        }
    }
    return NULL;
}

static struct neighbor *
insert(struct neighbors *n, const struct fp_neighbor_key *key,
       const struct fp_neighbor *value)
{
    struct neighbor *neighbor = xzalloc(sizeof *neighbor);

    neighbor->key = *key;
    neighbor->value = *value;
    neighbor->epoch = n->epoch;
    neighbor->is_known = true;
    hmap_insert(&n->all, &neighbor->node, key_hash(key));
    ovs_list_push_back(&n->by_check, &neighbor->by_check);
    return neighbor;
}

static void
forget(struct neighbors *n, struct neighbor *neighbor)
{
    hmap_remove(&n->all, &neighbor->node);
    ovs_list_remove(&neighbor->by_check);
    free(neighbor);
}

static void
delete(struct neighbors *n, struct neighbor *neighbor)
{
    if (neighbor->is_known) {
        fastpath_delete_neighbor(n->fastpath, &neighbor->key);
    }
    forget(n, neighbor);
}

/* To be asked for next, or after all others. */
static void
move_to_front(struct neighbors *n, struct neighbor *neighbor)
{
    neighbor->epoch = 0;
    ovs_list_remove(&neighbor->by_check);
    ovs_list_push_front(&n->by_check, &neighbor->by_check);
}

static void
move_to_back(struct neighbors *n, struct neighbor *neighbor)
{
    neighbor->epoch = n->epoch;
    ovs_list_remove(&neighbor->by_check);
    ovs_list_push_back(&n->by_check, &neighbor->by_check);
}

/* Of an earlier start: not in 'by_check' until it is adopted. */
static void
take_up(void *n_, const struct fp_neighbor_key *key,
        const struct fp_neighbor *value)
{
    struct neighbor *neighbor = insert(n_, key, value);

    ovs_list_remove(&neighbor->by_check);
    ovs_list_init(&neighbor->by_check);
    neighbor->epoch = 0;
}

struct neighbors *
neighbors_new(struct fastpath *fastpath)
{
    struct neighbors *n = xzalloc(sizeof *n);

    n->fastpath = fastpath;
    n->epoch = 1;
    hmap_init(&n->all);
    ovs_list_init(&n->by_check);
    fastpath_each_neighbor(fastpath, take_up, n);
    return n;
}

void
neighbors_free(struct neighbors *n)
{
    struct neighbor *neighbor;

    if (n) {
        HMAP_FOR_EACH_SAFE (neighbor, node, &n->all) {
            forget(n, neighbor);
        }
        hmap_destroy(&n->all);
        free(n);
    }
}

static bool
is_same(const struct fp_neighbor *a, const struct fp_neighbor *b)
{
    return (a->generation == b->generation && a->nd_flags == b->nd_flags
            && !memcmp(a->mac, b->mac, sizeof a->mac));
}

void
neighbors_expect(struct neighbors *n, const struct fp_neighbor_key *key,
                 const struct fp_neighbor *answer)
{
    struct fp_neighbor_key forms[NEIGHBOR_N_FORMS];

    neighbor_key_forms(key, answer->mac, forms);
    for (size_t i = 0; i < NEIGHBOR_N_FORMS; i++) {
        struct neighbor *neighbor = find(n, &forms[i]);

        if (!neighbor && hmap_count(&n->all) < FP_N_NEIGHBORS) {
            neighbor = insert(n, &forms[i], answer);
            neighbor->is_known = false;
        }
        if (neighbor && !(neighbor->is_known
                          && is_same(&neighbor->value, answer))) {
            move_to_front(n, neighbor);
        }
    }
}

void
neighbors_put(struct neighbors *n, const struct fp_neighbor_key *key,
              const struct fp_neighbor *value)
{
    struct neighbor *old = find(n, key);
    struct fp_neighbor v = *value;

    v.used_ns = fastpath_now_ns();
    if (old) {
        forget(n, old);
    }
    /* A full map takes no more: these questions go to the pipeline. */
    if (!fastpath_put_neighbor(n->fastpath, key, &v)) {
        insert(n, key, &v);
    }
}

void
neighbors_delete(struct neighbors *n, const struct fp_neighbor_key *key)
{
    struct neighbor *neighbor = find(n, key);

    if (neighbor) {
        delete(n, neighbor);
    }
}

void
neighbors_drop_interface(struct neighbors *n, int ifindex)
{
    struct neighbor *neighbor;

    HMAP_FOR_EACH_SAFE (neighbor, node, &n->all) {
        if (neighbor->key.ifindex == ifindex) {
            delete(n, neighbor);
        }
    }
}

void
neighbors_flush(struct neighbors *n)
{
    struct neighbor *neighbor;

    HMAP_FOR_EACH_SAFE (neighbor, node, &n->all) {
        delete(n, neighbor);
    }
}

void
neighbors_changed(struct neighbors *n)
{
    n->epoch++;
}

void
neighbors_adopt(struct neighbors *n)
{
    struct neighbor *neighbor;

    HMAP_FOR_EACH (neighbor, node, &n->all) {
        if (!neighbor->epoch) {
            ovs_list_remove(&neighbor->by_check);
            ovs_list_push_front(&n->by_check, &neighbor->by_check);
        }
    }
}

const struct fp_neighbor_key *
neighbors_next_doubtful(const struct neighbors *n)
{
    if (ovs_list_is_empty(&n->by_check)) {
        return NULL;
    }

    struct neighbor *first = CONTAINER_OF(ovs_list_front(&n->by_check),
                                          struct neighbor, by_check);
    return first->epoch < n->epoch ? &first->key : NULL;
}

void
neighbors_confirm(struct neighbors *n, const struct fp_neighbor_key *key,
                  const struct fp_neighbor *value)
{
    struct neighbor *neighbor = find(n, key);

    if (!neighbor) {
        return;
    }
    if (neighbor->is_known && is_same(&neighbor->value, value)) {
        move_to_back(n, neighbor);
    } else {
        neighbors_put(n, key, value);
    }
}

void
neighbors_refuse(struct neighbors *n, const struct fp_neighbor_key *key)
{
    struct neighbor *neighbor = find(n, key);

    if (!neighbor) {
        return;
    }
    if (neighbor->is_known) {
        fastpath_delete_neighbor(n->fastpath, key);
        neighbor->is_known = false;
        neighbor->lost_ns = fastpath_now_ns();
    }
    if (neighbor->lost_ns) {
        move_to_back(n, neighbor);
    } else {
        forget(n, neighbor);
    }
}

struct expiry {
    struct neighbors *n;
    uint64_t now_ns;
};

static bool
is_over(uint64_t then_ns, uint64_t now_ns)
{
    return now_ns > then_ns && now_ns - then_ns > IDLE_NS;
}

static void
expire_one(void *aux, const struct fp_neighbor_key *key,
           const struct fp_neighbor *value)
{
    const struct expiry *e = aux;

    if (is_over(value->used_ns, e->now_ns)) {
        neighbors_delete(e->n, key);
    }
}

void
neighbors_expire(struct neighbors *n)
{
    struct expiry e = { .n = n, .now_ns = fastpath_now_ns() };
    struct neighbor *neighbor;

    fastpath_each_neighbor(n->fastpath, expire_one, &e);
    HMAP_FOR_EACH_SAFE (neighbor, node, &n->all) {
        if (neighbor->lost_ns && is_over(neighbor->lost_ns, e.now_ns)) {
            delete(n, neighbor);
        }
    }
}
