#include "expr.h"

#include "expr_values.h"
#include "form.h"
#include "lenv.h"

/* How an expression is meant: as it is, with a "!" around it that is carried
 * down to the comparisons, or as the opposite of all that.  The first "!" in
 * "!(tcp.dst == 80)" leaves the prerequisite alone: it is "tcp && tcp.dst !=
 * 80".  A "!" before a predicate is the opposite of the predicate with all it
 * implies. */
enum {
    NEGATED = 1 << 0,
    OPPOSITE = 1 << 1,
};

static struct form build(const struct expr *, int how,
                         const struct expr_target *);

/* Does an odd number of negations apply? */
static bool
is_odd(int how)
{
    return how == NEGATED || how == OPPOSITE;
}

/* "field != value" for masks that are no prefixes: different from each. */
static struct form
build_differs(const struct expr *expr, const struct expr_target *target)
{
    struct expr_values values = expr_compare_values(expr, target);
    struct form form = form_from_boolean(true);

    for (size_t i = 0; i < values.n && !form_is_too_big(&form); i++) {
        struct cubes cubes = lfield_differs(&expr->compare.field,
                                            values.list[i].value,
                                            values.list[i].mask);
        struct form one = form_from_cubes(&cubes);

        form_and(&form, &one);
    }
    free(values.list);
    return form;
}

/* A comparison without its prerequisites. */
static struct form
build_values(const struct expr *expr, bool negated,
             const struct expr_target *target)
{
    enum expr_relop relop = expr->compare.relop;
    struct intervals intervals;
    struct cubes cubes;

    if (relop == (negated ? REL_NE : REL_EQ)) {
        cubes = expr_compare_cubes(expr, target);
    } else if (expr_compare_intervals(expr, negated, target, &intervals)) {
        cubes = lfield_cubes(&expr->compare.field, &intervals);
        intervals_uninit(&intervals);
    } else {
        return build_differs(expr, target);
    }
    return form_from_cubes(&cubes);
}

/* ANDs what using the field implies to '*form', which is taken. */
static struct form
with_prereqs(struct form *form, const struct lfield *f,
             const struct expr_target *target)
{
    if (f->symbol->prereqs) {
        struct form prereqs = build(f->symbol->prereqs, 0, target);

        form_and(form, &prereqs);
    }
    return *form;
}

static struct form
build_compare(const struct expr *expr, int how,
              const struct expr_target *target)
{
    const struct lfield *f = &expr->compare.field;
    struct form form;
    bool fixed;

    if (expr_compare_is_fixed(expr, is_odd(how), target->env, &fixed)) {
        return form_from_boolean(fixed);
    }
    form = build_values(expr, is_odd(how), target);

    if (!(how & OPPOSITE)) {
        return with_prereqs(&form, f, target);
    }
    if (f->symbol->prereqs) {
        struct form prereqs = build(f->symbol->prereqs, OPPOSITE, target);

        form_or(&form, &prereqs);
    }
    return form;
}

/* Is it a comparison that intervals are good for: "<", "!=", ...? */
static bool
is_relational(const struct expr *expr, bool negated, const struct lenv *env)
{
    bool fixed;

    return (expr->type == EXPR_COMPARE
            && expr->compare.relop != (negated ? REL_NE : REL_EQ)
            && !expr_compare_is_fixed(expr, negated, env, &fixed));
}

/* The comparisons of 'expr' (an AND, seen with 'negated') from 'start' on with
 * the field of the one at 'start', together: "10 <= f && f < 20 && f != 15" is
 * one set of intervals.  Marks them in 'done'.  False if it cannot be done. */
static bool
build_range(const struct expr *expr, bool negated, size_t start,
            const struct expr_target *target, bool *done, struct form *form)
{
    const struct lfield *f = &expr->subs.list[start]->compare.field;
    struct intervals all;

    if (!expr_compare_intervals(expr->subs.list[start], negated, target,
                                &all)) {
        return false;
    }
    for (size_t i = start + 1; i < expr->subs.n; i++) {
        const struct expr *sub = expr->subs.list[i];
        struct intervals one;

        if (is_relational(sub, negated, target->env)
            && lfield_equals(&sub->compare.field, f)
            && expr_compare_intervals(sub, negated, target, &one)) {
            struct intervals both = intervals_and(&all, &one);

            intervals_uninit(&one);
            intervals_uninit(&all);
            all = both;
            done[i] = true;
        }
    }

    struct cubes cubes = lfield_cubes(f, &all);
    intervals_uninit(&all);
    *form = form_from_cubes(&cubes);
    *form = with_prereqs(form, f, target);
    return true;
}

static struct form
build_and(const struct expr *expr, int how, const struct expr_target *target)
{
    struct form form = form_from_boolean(true);
    bool *done = xcalloc(expr->subs.n, sizeof *done);

    for (size_t i = 0; i < expr->subs.n && form.n; i++) {
        const struct expr *sub = expr->subs.list[i];
        bool negated = how & NEGATED;
        struct form one;

        if (done[i] || form_is_too_big(&form)) {
            continue;
        }
        if (how & OPPOSITE || !is_relational(sub, negated, target->env)
            || !build_range(expr, negated, i, target, done, &one)) {
            one = build(sub, how, target);
        }
        form_and(&form, &one);
    }
    free(done);
    return form;
}

static struct form
build_or(const struct expr *expr, int how, const struct expr_target *target)
{
    struct form form = FORM_INITIALIZER;

    for (size_t i = 0; i < expr->subs.n && !form_is_too_big(&form); i++) {
        struct form one = build(expr->subs.list[i], how, target);

        form_or(&form, &one);
    }
    return form;
}

static struct form
build(const struct expr *expr, int how, const struct expr_target *target)
{
    switch (expr->type) {
    case EXPR_BOOLEAN:
        return form_from_boolean(expr->boolean != is_odd(how));
    case EXPR_COMPARE:
        return build_compare(expr, how, target);
    case EXPR_PREDICATE:
        return build(expr->predicate->expansion, is_odd(how) ? OPPOSITE : 0,
                     target);
    case EXPR_RESIDENT:
        return form_from_boolean(
            target->env->is_resident(target->env->aux, expr->port)
            != is_odd(how));
    case EXPR_NOT:
        return build(expr->subs.list[0], how ^ NEGATED, target);
    case EXPR_AND:
    case EXPR_OR:
    default:
        return ((expr->type == EXPR_AND) != is_odd(how)
                ? build_and(expr, how, target)
                : build_or(expr, how, target));
    }
}

/* Forms to rules. */

static void
add_rules(struct expr_rules *rules, const struct alternative *alt)
{
    uint32_t conj_id = alt->n > 1 ? ++rules->n_conj : 0;

    for (size_t i = 0; i < alt->n; i++) {
        for (size_t j = 0; j < alt->clauses[i].n; j++) {
            struct expr_rule *rule = &rules->list[rules->n++];
            struct match match;

            match_init_catchall(&match);
            cube_to_match(alt->clauses[i].list[j], &match);
            minimatch_init(&rule->match, &match);
            rule->conj_id = conj_id;
            rule->clause = i;
            rule->n_clauses = alt->n;
        }
    }
}

bool
expr_compile(const struct expr *expr, const struct lenv *env,
             uint32_t datapath, struct expr_rules *rules, char **error)
{
    struct expr_target target = { env, datapath };
    struct form form = build(expr, 0, &target);

    if (form_is_too_big(&form)) {
        form_uninit(&form);
        *error = xasprintf("the match needs more than %d rules: split it into "
                           "several flows, or compare with == instead of !=",
                           FORM_MAX_CUBES);
        return false;
    }

    /* Alternatives put together by OR may have the same cube twice. */
    size_t n = 0;
    for (size_t i = 0; i < form.n; i++) {
        for (size_t j = 0; j < form.list[i].n; j++) {
            cubes_simplify(&form.list[i].clauses[j]);
            n += form.list[i].clauses[j].n;
        }
    }
    *rules = (struct expr_rules) { .list = xmalloc(MAX(n, 1)
                                                   * sizeof *rules->list) };
    for (size_t i = 0; i < form.n; i++) {
        add_rules(rules, &form.list[i]);
    }
    form_uninit(&form);
    return true;
}

void
expr_rules_uninit(struct expr_rules *rules)
{
    for (size_t i = 0; i < rules->n; i++) {
        minimatch_destroy(&rules->list[i].match);
    }
    free(rules->list);
    rules->list = NULL;
    rules->n = 0;
}
