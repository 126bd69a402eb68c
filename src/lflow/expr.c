#include "expr.h"

#include "lenv.h"

static bool
no_port_key(void *aux, uint32_t datapath, const char *name, uint32_t *key)
{
    return false;
}

static const struct constant_set *
no_address_set(void *aux, const char *name)
{
    return NULL;
}

static const struct sset *
no_port_group(void *aux, const char *name)
{
    return NULL;
}

static bool
no_residence(void *aux, const char *port)
{
    return false;
}

const struct lenv lenv_empty = {
    .port_key = no_port_key,
    .address_set = no_address_set,
    .port_group = no_port_group,
    .is_resident = no_residence,
};

void
expr_free(struct expr *expr)
{
    if (!expr) {
        return;
    }
    switch (expr->type) {
    case EXPR_COMPARE:
        constant_set_uninit(&expr->compare.set);
        break;
    case EXPR_RESIDENT:
        free(expr->port);
        break;
    case EXPR_NOT:
    case EXPR_AND:
    case EXPR_OR:
        for (size_t i = 0; i < expr->subs.n; i++) {
            expr_free(expr->subs.list[i]);
        }
        free(expr->subs.list);
        break;
    case EXPR_BOOLEAN:
    case EXPR_PREDICATE:
        break;
    }
    free(expr);
}

struct expr *
expr_clone(const struct expr *src)
{
    struct expr *dst = xmemdup(src, sizeof *src);

    switch (src->type) {
    case EXPR_COMPARE:
        constant_set_clone(&dst->compare.set, &src->compare.set);
        break;
    case EXPR_RESIDENT:
        dst->port = xstrdup(src->port);
        break;
    case EXPR_NOT:
    case EXPR_AND:
    case EXPR_OR:
        dst->subs.list = xmalloc(src->subs.n * sizeof *dst->subs.list);
        for (size_t i = 0; i < src->subs.n; i++) {
            dst->subs.list[i] = expr_clone(src->subs.list[i]);
        }
        break;
    case EXPR_BOOLEAN:
    case EXPR_PREDICATE:
        break;
    }
    return dst;
}

static bool
subs_equal(const struct expr *a, const struct expr *b)
{
    if (a->subs.n != b->subs.n) {
        return false;
    }
    for (size_t i = 0; i < a->subs.n; i++) {
        if (!expr_equals(a->subs.list[i], b->subs.list[i])) {
            return false;
        }
    }
    return true;
}

bool
expr_equals(const struct expr *a, const struct expr *b)
{
    if (a->type != b->type) {
        return false;
    }
    switch (a->type) {
    case EXPR_BOOLEAN:
        return a->boolean == b->boolean;
    case EXPR_COMPARE:
        return (lfield_equals(&a->compare.field, &b->compare.field)
                && a->compare.relop == b->compare.relop
                && constant_set_equals(&a->compare.set, &b->compare.set));
    case EXPR_PREDICATE:
        return a->predicate == b->predicate;
    case EXPR_RESIDENT:
        return !strcmp(a->port, b->port);
    case EXPR_NOT:
    case EXPR_AND:
    case EXPR_OR:
    default:
        return subs_equal(a, b);
    }
}

struct expr *
expr_new_boolean(bool boolean)
{
    struct expr *expr = xzalloc(sizeof *expr);

    expr->type = EXPR_BOOLEAN;
    expr->boolean = boolean;
    return expr;
}

/* Appends the list of 'b' to the list of 'a', both 'type', and frees 'b'. */
static struct expr *
join(enum expr_type type, struct expr *a, struct expr *b)
{
    if (!a || !b) {
        return a ? a : b;
    }

    size_t n_a = a->type == type ? a->subs.n : 1;
    size_t n_b = b->type == type ? b->subs.n : 1;
    struct expr **list;

    if (a->type == type) {
        list = xrealloc(a->subs.list, (n_a + n_b) * sizeof *list);
    } else {
        struct expr *whole = xzalloc(sizeof *whole);

        whole->type = type;
        list = xmalloc((n_a + n_b) * sizeof *list);
        list[0] = a;
        a = whole;
    }
    a->subs.list = list;
    a->subs.n = n_a + n_b;
    if (b->type == type) {
        memcpy(list + n_a, b->subs.list, n_b * sizeof *list);
        free(b->subs.list);
        free(b);
    } else {
        list[n_a] = b;
    }
    return a;
}

struct expr *
expr_and(struct expr *a, struct expr *b)
{
    return join(EXPR_AND, a, b);
}

struct expr *
expr_or(struct expr *a, struct expr *b)
{
    return join(EXPR_OR, a, b);
}

struct expr *
expr_not(struct expr *operand)
{
    struct expr *expr = xzalloc(sizeof *expr);

    expr->type = EXPR_NOT;
    expr->subs.n = 1;
    expr->subs.list = xmalloc(sizeof *expr->subs.list);
    expr->subs.list[0] = operand;
    return expr;
}

static void
set_for_each_ref(const struct constant_set *set, expr_ref_cb *cb, void *aux)
{
    const char *name;
    size_t i;

    SVEC_FOR_EACH (i, name, &set->strings) {
        cb(aux, REF_PORT, name);
    }
    SVEC_FOR_EACH (i, name, &set->address_sets) {
        cb(aux, REF_ADDRESS_SET, name);
    }
    SVEC_FOR_EACH (i, name, &set->port_groups) {
        cb(aux, REF_PORT_GROUP, name);
    }
}

void
expr_for_each_ref(const struct expr *expr, expr_ref_cb *cb, void *aux)
{
    switch (expr->type) {
    case EXPR_COMPARE:
        set_for_each_ref(&expr->compare.set, cb, aux);
        break;
    case EXPR_RESIDENT:
        cb(aux, REF_RESIDENT, expr->port);
        break;
    case EXPR_NOT:
    case EXPR_AND:
    case EXPR_OR:
        for (size_t i = 0; i < expr->subs.n; i++) {
            expr_for_each_ref(expr->subs.list[i], cb, aux);
        }
        break;
    case EXPR_BOOLEAN:
    case EXPR_PREDICATE:
        break;
    }
}
