/* What rows speak of, turned round: "who speaks of X?" */

#include "engine.h"

void
cspeech_add(struct cspeech *speech, enum crelation relation,
            const struct uuid *key)
{
    if (speech->n == speech->allocated) {
        speech->words = x2nrealloc(speech->words, &speech->allocated,
                                   sizeof *speech->words);
    }
    speech->words[speech->n].relation = relation;
    speech->words[speech->n++].key = *key;
}

void
cspeech_add_name(struct cspeech *speech, enum crelation relation,
                 const char *name)
{
    struct uuid key = uuid_digest(name, NULL);

    cspeech_add(speech, relation, &key);
}

void
cspeech_free(struct cspeech *speech)
{
    if (speech) {
        free(speech->words);
        free(speech);
    }
}

static int
compare_words(const void *a_, const void *b_)
{
    const struct cword *a = a_, *b = b_;

    return a->relation != b->relation ? (a->relation < b->relation ? -1 : 1)
           : uuid_compare_3way(&a->key, &b->key);
}

/* In order, each once. */
static void
sort_words(struct cspeech *speech)
{
    size_t n = 0;

    if (speech->n) {
        qsort(speech->words, speech->n, sizeof *speech->words,
              compare_words);
    }
    for (size_t i = 0; i < speech->n; i++) {
        if (!n || compare_words(&speech->words[n - 1], &speech->words[i])) {
            speech->words[n++] = speech->words[i];
        }
    }
    speech->n = n;
}

/* Where 'uuid' is, or belongs. */
static size_t
find_place(const struct crelated *related, const struct uuid *uuid)
{
    size_t low = 0, high = related->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (uuid_compare_3way(&related->uuids[middle], uuid) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The relation's value, with room for one more if 'grows'. */
static struct crelated *
get_related(struct cnode *node, bool grows)
{
    struct crelated *related = node->value;
    size_t n = related ? related->n : 0;

    if (!related || (grows && n == related->allocated)) {
        /* Nearly always there is but one. */
        size_t allocated = n ? n * 2 : 1;

        related = xrealloc(related, sizeof *related
                           + allocated * sizeof related->uuids[0]);
        related->n = n;
        related->allocated = allocated;
        node->value = related;
    }
    return related;
}

/* 'speaker' speaks of 'word' from now on, or no longer. */
static void
update_word(struct compile *c, const struct cword *word,
            const struct uuid *speaker, bool speaks)
{
    struct cnode *node = cnode_get(c, KIND_RELATION + word->relation,
                                   &word->key);
    struct crelated *related = get_related(node, speaks);
    size_t i = find_place(related, speaker);

    if (speaks) {
        memmove(&related->uuids[i + 1], &related->uuids[i],
                (related->n - i) * sizeof *related->uuids);
        related->uuids[i] = *speaker;
        related->n++;
    } else if (i < related->n && uuid_equals(&related->uuids[i], speaker)) {
        related->n--;
        memmove(&related->uuids[i], &related->uuids[i + 1],
                (related->n - i) * sizeof *related->uuids);
    }
    cnode_mark(c, node);
}

void
cspeech_update(struct compile *c, enum ctable table, const struct uuid *uuid,
               const void *row)
{
    struct cspeech speech = { .n = 0 };
    size_t i = 0, j = 0;

    if (row) {
        cspeech_of(table, row, &speech);
        sort_words(&speech);
    }

    struct cnode *node = speech.n ? cnode_get(c, KIND_ROW + table, uuid)
                                  : cnode_find(c, KIND_ROW + table, uuid);
    struct cspeech *old = node ? node->value : NULL;

    while (i < speech.n || (old && j < old->n)) {
        int cmp = i >= speech.n ? 1
                  : !old || j >= old->n ? -1
                  : compare_words(&speech.words[i], &old->words[j]);

        if (cmp < 0) {
            update_word(c, &speech.words[i], uuid, true);
        } else if (cmp > 0) {
            update_word(c, &old->words[j], uuid, false);
        }
        i += cmp <= 0;
        j += cmp >= 0;
    }
    if (node) {
        cspeech_free(old);
        node->value = speech.n ? xmemdup(&speech, sizeof speech) : NULL;
        cnode_mark(c, node);
    } else {
        free(speech.words);
    }
}
