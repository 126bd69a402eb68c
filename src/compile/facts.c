/* Facts that are no rows: what others tell, and the options of NB_Global. */

#include "engine.h"

struct cfact_value {
    struct hmap_node node;
    struct uuid key;
    char *value;
};

static struct cfact_value *
find_fact(const struct compile *c, enum cfact kind, const struct uuid *key)
{
    struct cfact_value *fact;

    HMAP_FOR_EACH_WITH_HASH (fact, node, uuid_hash(key), &c->facts[kind]) {
        if (uuid_equals(&fact->key, key)) {
            return fact;
        }
    }
    return NULL;
}

static void
remove_fact(struct compile *c, enum cfact kind, struct cfact_value *fact)
{
    hmap_remove(&c->facts[kind], &fact->node);
    free(fact->value);
    free(fact);
}

void
compile_set_fact(struct compile *c, enum cfact kind, const char *name,
                 const char *value)
{
    struct uuid key = uuid_digest(name, NULL);
    struct cfact_value *fact = find_fact(c, kind, &key);
    struct cnode *node = cnode_find(c, KIND_FACT + kind, &key);

    if (value && !fact) {
        fact = xzalloc(sizeof *fact);
        fact->key = key;
        hmap_insert(&c->facts[kind], &fact->node, uuid_hash(&key));
    }
    if (value) {
        free(fact->value);
        fact->value = xstrdup(value);
    } else if (fact) {
        remove_fact(c, kind, fact);
    }
    if (node) {
        cnode_mark(c, node);
    }
}

void
cfacts_uninit(struct compile *c)
{
    struct cfact_value *fact;

    for (enum cfact kind = 0; kind < N_CFACTS; kind++) {
        HMAP_FOR_EACH_SAFE (fact, node, &c->facts[kind]) {
            remove_fact(c, kind, fact);
        }
        hmap_destroy(&c->facts[kind]);
    }
}

static char *
find_option(const struct compile *c, const struct uuid *key)
{
    const struct nbrec_nb_global *global = nbrec_nb_global_first(c->nb);
    const struct smap_node *node;

    if (global) {
        SMAP_FOR_EACH (node, &global->options) {
            struct uuid digest = uuid_digest(node->key, NULL);

            if (uuid_equals(&digest, key)) {
                return xstrdup(node->value);
            }
        }
    }
    return NULL;
}

/* What the fact or option 'node' is now: the caller's, or NULL. */
char *
cfact_compute(const struct compile *c, const struct cnode *node)
{
    if (node->kind == KIND_OPTION) {
        return find_option(c, &node->key);
    }

    const struct cfact_value *fact = find_fact(c, node->kind - KIND_FACT,
                                               &node->key);
    return fact ? xstrdup(fact->value) : NULL;
}
