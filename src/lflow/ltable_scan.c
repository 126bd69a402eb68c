#include "ltable_scan.h"

struct scan_word {
    uint64_t value; /* No 1-bits where 'mask' has 0-bits. */
    uint64_t mask;
    size_t index; /* Of the word in 'struct flow'. */
};

struct scan_rule {
    const struct lflow *flow;
    const struct scan_word *words; /* Metadata come first: they cost no bit
                                    * of the packet. */
    size_t n;
};

struct scan {
    size_t n;
    struct scan_rule rules[]; /* Behind them are all rules' words. */
};

/* More than this, and it takes too long for packets that match the last. */
#define SCAN_MAX_RULES 64

bool
scan_is_better(size_t n_rules, size_t n_masks)
{
    /* A mask costs a classifier as much as eight rules cost here. */
    return n_rules <= SCAN_MAX_RULES && n_rules <= 8 * n_masks;
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

static size_t
count_words(const struct minimatch *match)
{
    return miniflow_n_values(&match->mask->masks);
}

static struct scan_word *
put_words(const struct minimatch *match, struct scan_word *word)
{
    size_t index;

    FLOWMAP_FOR_EACH_INDEX (index, match->mask->masks.map) {
        uint64_t mask = miniflow_get(&match->mask->masks, index);

        if (mask) {
            *word++ = (struct scan_word) {
                .value = miniflow_get(match->flow, index) & mask,
                .mask = mask, .index = index,
            };
        }
    }
    return word;
}

struct scan *
scan_new(struct scan_entry *entries, size_t n)
{
    size_t n_words = 0;

    qsort(entries, n, sizeof *entries, compare_entries);
    for (size_t i = 0; i < n; i++) {
        n_words += count_words(entries[i].match);
    }

    struct scan *scan = xmalloc(sizeof *scan + n * sizeof scan->rules[0]
                                + n_words * sizeof(struct scan_word));
    struct scan_word *word = (struct scan_word *) &scan->rules[n];
    scan->n = n;
    for (size_t i = 0; i < n; i++) {
        struct scan_word *end = put_words(entries[i].match, word);

        scan->rules[i] = (struct scan_rule) {
            .flow = entries[i].flow, .words = word, .n = end - word,
        };
        word = end;
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

static bool
rule_matches(const struct scan_rule *rule, const uint64_t *flow,
             uint64_t *looked)
{
    const struct scan_word *end = rule->words + rule->n;

    for (const struct scan_word *w = rule->words; w < end; w++) {
        if (looked) {
            looked[w->index] |= w->mask;
        }
        if ((flow[w->index] ^ w->value) & w->mask) {
            return false;
        }
    }
    return true;
}

const struct lflow *
scan_lookup(const struct scan *scan, const struct flow *flow,
            struct flow_wildcards *wc)
{
    uint64_t *looked = wc ? (uint64_t *) &wc->masks : NULL;

    for (size_t i = 0; i < scan->n; i++) {
        if (rule_matches(&scan->rules[i], (const uint64_t *) flow, looked)) {
            return scan->rules[i].flow;
        }
    }
    return NULL;
}
