#include "expr.h"

#include "expr_values.h"
#include "lenv.h"

/* Everything but the expression. */
struct question {
    const struct lenv *env;
    uint32_t datapath;
    const struct flow *flow;
};

static bool evaluate(const struct expr *, bool negated,
                     const struct question *);

static bool
matches_constant(const struct lfield *f, ovs_u128 x, const struct constant *c)
{
    ovs_u128 ones = u128_ones(f->width);
    ovs_u128 mask = ovs_u128_and(c->mask, ones);

    return ovs_u128_equals(ovs_u128_and(x, mask), c->value);
}

static bool
set_contains(const struct constant_set *set, const struct lfield *f,
             ovs_u128 x, const struct lenv *env)
{
    const char *name;
    size_t i;

    for (i = 0; i < set->n_integers; i++) {
        if (matches_constant(f, x, &set->integers[i])) {
            return true;
        }
    }
    SVEC_FOR_EACH (i, name, &set->address_sets) {
        const struct constant_set *named = env->address_set(env->aux, name);

        for (size_t j = 0; named && j < named->n_integers; j++) {
            const struct constant *c = &named->integers[j];

            if (constant_suits(c, f) && matches_constant(f, x, c)) {
                return true;
            }
        }
    }
    return false;
}

static bool
is_port(const struct question *q, const char *name, uint32_t key)
{
    uint32_t its_key;

    if (!*name) {
        return !key;
    }
    return (q->env->port_key(q->env->aux, q->datapath, name, &its_key)
            && its_key == key);
}

static bool
set_contains_port(const struct constant_set *set, uint32_t key,
                  const struct question *q)
{
    const char *name;
    size_t i;

    SVEC_FOR_EACH (i, name, &set->strings) {
        if (is_port(q, name, key)) {
            return true;
        }
    }
    SVEC_FOR_EACH (i, name, &set->port_groups) {
        const struct sset *ports = q->env->port_group(q->env->aux, name);
        const char *port;

        if (ports) {
            SSET_FOR_EACH (port, ports) {
                if (is_port(q, port, key)) {
                    return true;
                }
            }
        }
    }
    return false;
}

static bool
compare(const struct expr *expr, const struct question *q)
{
    const struct lfield *f = &expr->compare.field;
    const struct constant_set *set = &expr->compare.set;
    ovs_u128 x = lfield_read(f, q->flow);
    enum expr_relop relop = expr->compare.relop;

    if (relop == REL_EQ || relop == REL_NE) {
        bool found = (f->symbol->is_string
                      ? set_contains_port(set, x.u64.lo, q)
                      : set_contains(set, f, x, q->env));
        return found == (relop == REL_EQ);
    }

    int cmp = u128_compare(x, set->integers[0].value);
    return (relop == REL_LT ? cmp < 0 : relop == REL_LE ? cmp <= 0
            : relop == REL_GT ? cmp > 0 : cmp >= 0);
}

static bool
evaluate_subs(const struct expr *expr, bool negated,
              const struct question *q)
{
    bool all = (expr->type == EXPR_AND) != negated;

    for (size_t i = 0; i < expr->subs.n; i++) {
        if (evaluate(expr->subs.list[i], negated, q) != all) {
            return !all;
        }
    }
    return all;
}

static bool
evaluate(const struct expr *expr, bool negated, const struct question *q)
{
    const struct expr *prereqs;
    bool fixed;

    switch (expr->type) {
    case EXPR_BOOLEAN:
        return expr->boolean != negated;
    case EXPR_COMPARE:
        if (expr_compare_is_fixed(expr, negated, q->env, &fixed)) {
            return fixed;
        }
        /* Prerequisites hold for "!(tcp.dst == 80)", too: it is "tcp.dst !=
         * 80", and speaks of TCP only. */
        prereqs = expr->compare.field.symbol->prereqs;
        return ((!prereqs || evaluate(prereqs, false, q))
                && compare(expr, q) != negated);
    case EXPR_PREDICATE:
        return evaluate(expr->predicate->expansion, false, q) != negated;
    case EXPR_RESIDENT:
        return q->env->is_resident(q->env->aux, expr->port) != negated;
    case EXPR_NOT:
        return evaluate(expr->subs.list[0], !negated, q);
    case EXPR_AND:
    case EXPR_OR:
    default:
        return evaluate_subs(expr, negated, q);
    }
}

bool
expr_evaluate(const struct expr *expr, const struct lenv *env,
              uint32_t datapath, const struct flow *flow)
{
    struct question q = { env, datapath, flow };

    return evaluate(expr, false, &q);
}
