#include "ltable_scan.h"

struct scan_word {
    uint64_t value; /* No 1-bits where 'mask' has 0-bits. */
    uint64_t mask;
    size_t index; /* Of the word in 'struct flow'. */
};

/* Most rules that do not match already differ in their first word, which is
 * here, so that the others need not be fetched. */
struct scan_rule {
    uint64_t value, mask; /* As in 'struct scan_word'... */
    uint16_t index;       /* ...and 0 for what matches everything. */
    uint16_t n_more;      /* Other words, behind the rules... */
    uint32_t more;        /* ...from this one on. */
    const struct lflow *flow;
};

struct scan {
    size_t n;
    struct scan_rule rules[];
};

/* More than this, and it takes too long for packets that match the last. */
#define SCAN_MAX_RULES 64

bool
scan_is_better(size_t n_rules, size_t n_masks)
{
    /* A mask costs a classifier as much as some sixteen rules cost here. */
    return n_rules <= SCAN_MAX_RULES && n_rules <= 16 * n_masks;
}

/* The highest priority first; which of equal ones, is always the same. */
static int
compare_entries(const void *a_, const void *b_)
{
    const struct scan_entry *a = a_, *b = b_;

    return (a->priority != b->priority
            ? (a->priority > b->priority ? -1 : 1)
            : uuid_compare_3way(&a->flow->uuid, &b->flow->uuid));
}

/* Metadata come first: they cost no bit of the packet. */
static size_t
get_words(const struct minimatch *match, struct scan_word *words)
{
    size_t index, n = 0;

    FLOWMAP_FOR_EACH_INDEX (index, match->mask->masks.map) {
        uint64_t mask = miniflow_get(&match->mask->masks, index);

        if (mask) {
            words[n++] = (struct scan_word) {
                .value = miniflow_get(match->flow, index) & mask,
                .mask = mask, .index = index,
            };
        }
    }
    return n;
}

struct scan *
scan_new(struct scan_entry *entries, size_t n)
{
    struct scan_word words[FLOW_U64S];
    size_t n_more = 0;

    qsort(entries, n, sizeof *entries, compare_entries);
    for (size_t i = 0; i < n; i++) {
        n_more += get_words(entries[i].match, words);
    }

    struct scan *scan = xmalloc(sizeof *scan + n * sizeof scan->rules[0]
                                + n_more * sizeof *words);
    struct scan_word *more = (struct scan_word *) &scan->rules[n];
    scan->n = n;
    n_more = 0;
    for (size_t i = 0; i < n; i++) {
        struct scan_rule *rule = &scan->rules[i];
        size_t n_words = get_words(entries[i].match, words);

        *rule = (struct scan_rule) {
            .flow = entries[i].flow, .more = n_more,
        };
        if (n_words) {
            rule->value = words[0].value;
            rule->mask = words[0].mask;
            rule->index = words[0].index;
            rule->n_more = n_words - 1;
            memcpy(&more[n_more], &words[1], rule->n_more * sizeof *words);
            n_more += rule->n_more;
        }
    }
    return scan;
}

void
scan_postpone_free(struct scan *scan)
{
    if (scan) {
        ovsrcu_postpone(free, scan);
    }
}

/* Are the words of a rule behind the first as they should be? */
static bool
more_matches(const struct scan_word *w, size_t n, const uint64_t *flow,
             uint64_t *looked)
{
    for (size_t i = 0; i < n; i++) {
        looked[w[i].index] |= w[i].mask;
        if ((flow[w[i].index] ^ w[i].value) & w[i].mask) {
            return false;
        }
    }
    return true;
}

const struct lflow *
scan_lookup(const struct scan *scan, const struct flow *flow_,
            struct flow_wildcards *wc)
{
    const uint64_t *flow = (const uint64_t *) flow_;
    const struct scan_rule *end = &scan->rules[scan->n];
    const struct scan_word *more = (const struct scan_word *) end;
    uint64_t *looked = (uint64_t *) &wc->masks;

    for (const struct scan_rule *r = scan->rules; r < end; r++) {
        looked[r->index] |= r->mask;
        if (!((flow[r->index] ^ r->value) & r->mask)
            && (!r->n_more
                || more_matches(&more[r->more], r->n_more, flow, looked))) {
            return r->flow;
        }
    }
    return NULL;
}
