/* Tunnel keys of datapaths, ports and groups. */

#include "engine.h"

static uint32_t
hash_owner(const struct uuid *space, const struct uuid *owner)
{
    return hash_2words(uuid_hash(space), uuid_hash(owner));
}

static uint32_t
hash_key(const struct uuid *space, uint32_t key)
{
    return hash_2words(uuid_hash(space), key);
}

static struct ckey_node *
find_owner(const struct compile *c, const struct ckey_request *r)
{
    struct ckey_node *node;

    HMAP_FOR_EACH_WITH_HASH (node, by_owner,
                             hash_owner(&r->space, &r->owner),
                             &c->keys_by_owner) {
        if (uuid_equals(&node->space, &r->space)
            && uuid_equals(&node->owner, &r->owner)) {
            return node;
        }
    }
    return NULL;
}

static bool
is_used(const struct compile *c, const struct uuid *space, uint32_t key)
{
    struct ckey_node *node;

    HMAP_FOR_EACH_WITH_HASH (node, by_key, hash_key(space, key),
                             &c->keys_by_key) {
        if (node->key == key && uuid_equals(&node->space, space)) {
            return true;
        }
    }
    return false;
}

/* The key of before a restart, the one that is asked for, or the next free
 * one after a place that depends on the owner: so a fresh start gives most
 * owners what they had. */
static uint32_t
choose_key(struct cctx *ctx, const struct ckey_request *r)
{
    const struct compile *c = ctx->compile;
    const char *fact = r->name ? cctx_fact(ctx, CFACT_TUNNEL_KEY, r->name)
                               : NULL;
    unsigned int kept;

    if (r->requested && !is_used(c, &r->space, r->requested)) {
        return r->requested;
    }
    if (fact && str_to_uint(fact, 10, &kept) && kept >= r->min
        && kept <= r->max && !is_used(c, &r->space, kept)) {
        return kept;
    }

    uint32_t n = r->max - r->min + 1;
    uint32_t start = uuid_is_zero(&r->space) ? 0 : uuid_hash(&r->owner) % n;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t key = r->min + (start + i) % n;

        if (!is_used(c, &r->space, key)) {
            return key;
        }
    }
    return 0;
}

uint32_t
ckey_get(struct cctx *ctx, const struct ckey_request *r)
{
    struct compile *c = ctx->compile;
    struct cemitted *emitted = ctx->emitted;
    struct ckey_node *node = find_owner(c, r);

    if (node && r->requested && node->key != r->requested
        && !is_used(c, &r->space, r->requested)) {
        hmap_remove(&c->keys_by_key, &node->by_key);
        node->key = r->requested;
        hmap_insert(&c->keys_by_key, &node->by_key,
                    hash_key(&node->space, node->key));
    } else if (!node) {
        uint32_t key = choose_key(ctx, r);

        if (!key) {
            return 0;
        }
        node = xzalloc(sizeof *node);
        node->space = r->space;
        node->owner = r->owner;
        node->key = key;
        hmap_insert(&c->keys_by_owner, &node->by_owner,
                    hash_owner(&r->space, &r->owner));
        hmap_insert(&c->keys_by_key, &node->by_key,
                    hash_key(&r->space, key));
    }
    if (emitted->n_keys == emitted->allocated_keys) {
        emitted->keys = x2nrealloc(emitted->keys, &emitted->allocated_keys,
                                   sizeof *emitted->keys);
    }
    emitted->keys[emitted->n_keys++] = node;
    node->n_refs++;
    return node->key;
}

void
ckey_unref(struct compile *c, struct ckey_node *node)
{
    if (!--node->n_refs) {
        hmap_remove(&c->keys_by_owner, &node->by_owner);
        hmap_remove(&c->keys_by_key, &node->by_key);
        free(node);
    }
}
