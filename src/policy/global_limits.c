#include "global_limits.h"

static const struct {
    const char *key;
    const char *column;
    size_t offset;
    long long max;
    bool held;
} keys_of[] = {
#define LIMIT(KEY, MEMBER, MAX, HELD)                                         \
    { KEY, "external_ids:" KEY, offsetof(struct global_limits, MEMBER), MAX,  \
      HELD }
    LIMIT("rouse-max-wakes", max_wakes, 100000, false),
    LIMIT("rouse-held-packets", held_packets, 1 << 24, true),
    LIMIT("rouse-held-bytes", held_bytes, 1LL << 36, true),
    LIMIT("rouse-held-per-source", held_per_source, 1 << 24, true),
#undef LIMIT
};

static long long *
member(struct global_limits *limits, size_t i)
{
    return ALIGNED_CAST(long long *, (char *) limits + keys_of[i].offset);
}

void
global_limits_parse(const struct smap *keys, struct global_limits *limits,
             struct diag *diag)
{
    *limits = (struct global_limits) { .max_wakes = 0 };
    for (size_t i = 0; i < ARRAY_SIZE(keys_of); i++) {
        const char *s = smap_get(keys, keys_of[i].key);
        long long value;

        if (!s) {
            continue;
        } else if (str_to_llong(s, 10, &value) && value >= 1
                   && value <= keys_of[i].max) {
            *member(limits, i) = value;
        } else {
            diag_set(diag, "NB_Global", ".", keys_of[i].column,
                     "\"%s\" is not a whole number from 1 to %lld; the "
                     "default is used", s, keys_of[i].max);
            diag_set_remedy(diag, "write such a number, or remove the key");
        }
    }
}

bool
global_limits_equal(const struct global_limits *a,
                    const struct global_limits *b)
{
    return !memcmp(a, b, sizeof *a);
}

void
global_limits_put_held(const struct global_limits *limits, struct smap *keys)
{
    struct global_limits copy = *limits;

    for (size_t i = 0; i < ARRAY_SIZE(keys_of); i++) {
        if (keys_of[i].held && *member(&copy, i)) {
            smap_add_format(keys, keys_of[i].key, "%lld", *member(&copy, i));
        }
    }
}

bool
global_limits_is_held_key(const char *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(keys_of); i++) {
        if (keys_of[i].held && !strcmp(key, keys_of[i].key)) {
            return true;
        }
    }
    return false;
}
