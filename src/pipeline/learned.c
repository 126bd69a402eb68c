#include "learned.h"

/* More are not learned: the oldest are not worth a packet's memory. */
#define MAX_LEARNED 65536

struct learned {
    struct hmap entries; /* Contains "struct entry"s. */
};

struct entry {
    struct hmap_node node;
    struct learned_key key;
    struct learned_value value;
    long long expires_ms;
};

BUILD_ASSERT_DECL(sizeof(struct learned_key)
                  == 8 + 2 * sizeof(struct in6_addr) + 4 + 4 + 8);

struct learned *
learned_new(void)
{
    struct learned *learned = xmalloc(sizeof *learned);

    hmap_init(&learned->entries);
    return learned;
}

void
learned_free(struct learned *learned)
{
    if (learned) {
        struct entry *entry;

        HMAP_FOR_EACH_POP (entry, node, &learned->entries) {
            free(entry);
        }
        hmap_destroy(&learned->entries);
        free(learned);
    }
}

static struct entry *
find(const struct learned *learned, const struct learned_key *key)
{
    struct entry *entry;

    HMAP_FOR_EACH_WITH_HASH (entry, node, hash_bytes(key, sizeof *key, 0),
                             &learned->entries) {
        if (!memcmp(&entry->key, key, sizeof *key)) {
            return entry;
        }
    }
    return NULL;
}

void
learned_put(struct learned *learned, const struct learned_key *key,
            const struct learned_value *value, long long now_ms)
{
    struct entry *entry = find(learned, key);

    if (!entry) {
        if (hmap_count(&learned->entries) >= MAX_LEARNED) {
            learned_expire(learned, now_ms);
            if (hmap_count(&learned->entries) >= MAX_LEARNED) {
                return;
            }
        }
        entry = xzalloc(sizeof *entry);
        entry->key = *key;
        hmap_insert(&learned->entries, &entry->node,
                    hash_bytes(key, sizeof *key, 0));
    }
    entry->value = *value;
    entry->expires_ms = now_ms + value->timeout_ms;
}

const struct learned_value *
learned_get(struct learned *learned, const struct learned_key *key,
            long long now_ms)
{
    struct entry *entry = find(learned, key);

    if (!entry || entry->expires_ms <= now_ms) {
        return NULL;
    }
    entry->expires_ms = now_ms + entry->value.timeout_ms;
    return &entry->value;
}

void
learned_expire(struct learned *learned, long long now_ms)
{
    struct entry *entry, *next;

    HMAP_FOR_EACH_SAFE (entry, next, node, &learned->entries) {
        if (entry->expires_ms <= now_ms) {
            hmap_remove(&learned->entries, &entry->node);
            free(entry);
        }
    }
}
