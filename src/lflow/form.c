#include "form.h"

/* Two clauses become one if the product of their lengths is at most this, or
 * if one is short and the product turns out not to be longer than both. */
#define MAX_PRODUCT 128
#define SHORT_CLAUSE 16

static void
alternative_uninit(struct alternative *alt)
{
    for (size_t i = 0; i < alt->n; i++) {
        cubes_uninit(&alt->clauses[i]);
    }
    free(alt->clauses);
    alt->clauses = NULL;
    alt->n = 0;
}

void
form_uninit(struct form *form)
{
    for (size_t i = 0; i < form->n; i++) {
        alternative_uninit(&form->list[i]);
    }
    free(form->list);
    *form = (struct form) FORM_INITIALIZER;
}

bool
form_is_true(const struct form *form)
{
    return (form->n == 1 && form->list[0].n == 1
            && form->list[0].clauses[0].n == 1
            && !form->list[0].clauses[0].list[0]->n);
}

bool
form_is_too_big(const struct form *form)
{
    return (form->too_big || form->n_cubes > FORM_MAX_CUBES
            || form->n > FORM_MAX_ALTERNATIVES);
}

static void
count_cubes(struct form *form)
{
    form->n_cubes = 0;
    for (size_t i = 0; i < form->n; i++) {
        for (size_t j = 0; j < form->list[i].n; j++) {
            form->n_cubes += form->list[i].clauses[j].n;
        }
    }
}

/* Takes '*alt'. */
static void
add_alternative(struct form *form, struct alternative *alt)
{
    if (form->n >= form->allocated) {
        form->list = x2nrealloc(form->list, &form->allocated,
                                sizeof *form->list);
    }
    for (size_t i = 0; i < alt->n; i++) {
        form->n_cubes += alt->clauses[i].n;
    }
    form->list[form->n++] = *alt;
    alt->clauses = NULL;
    alt->n = 0;
}

struct form
form_from_cubes(struct cubes *cubes)
{
    struct form form = FORM_INITIALIZER;

    cubes_simplify(cubes);
    if (cubes->n) {
        struct alternative alt = {
            .clauses = xmemdup(cubes, sizeof *cubes), .n = 1,
        };
        add_alternative(&form, &alt);
    } else {
        free(cubes->list);
    }
    *cubes = (struct cubes) CUBES_INITIALIZER;
    return form;
}

struct form
form_from_boolean(bool boolean)
{
    struct cubes cubes = CUBES_INITIALIZER;

    if (boolean) {
        struct match any;

        match_init_catchall(&any);
        struct cube *cube = cube_from_match(&any);
        cubes_add(&cubes, &cube);
    }
    return form_from_cubes(&cubes);
}

/* The alternative that is a plain list, or NULL. */
static struct alternative *
find_plain(struct form *form)
{
    for (size_t i = 0; i < form->n; i++) {
        if (form->list[i].n == 1) {
            return &form->list[i];
        }
    }
    return NULL;
}

void
form_or(struct form *a, struct form *b)
{
    struct alternative *plain = find_plain(a);

    a->too_big |= b->too_big;
    if (form_is_true(a) || form_is_true(b)) {
        form_uninit(a);
        form_uninit(b);
        *a = form_from_boolean(true);
        return;
    }
    for (size_t i = 0; i < b->n; i++) {
        struct alternative *alt = &b->list[i];

        if (alt->n == 1 && plain) {
            cubes_append(&plain->clauses[0], &alt->clauses[0]);
            alternative_uninit(alt);
        } else {
            bool is_plain = alt->n == 1;

            add_alternative(a, alt);
            plain = is_plain ? &a->list[a->n - 1] : find_plain(a);
        }
    }
    free(b->list);
    *b = (struct form) FORM_INITIALIZER;
    count_cubes(a);
}

/* Merges the clauses i < j into i if their product is short.  Returns true if
 * it did. */
static bool
merge_clauses(struct alternative *alt, size_t i, size_t j)
{
    struct cubes *a = &alt->clauses[i], *b = &alt->clauses[j];
    size_t least = MIN(a->n, b->n), most = MAX(a->n, b->n);

    if (least * most > MAX_PRODUCT && least > SHORT_CLAUSE) {
        return false;
    }

    struct cubes product = cubes_product(a, b);
    if (product.n > MAX(MAX_PRODUCT, least + most)) {
        cubes_uninit(&product);
        return false;
    }
    cubes_uninit(a);
    cubes_uninit(b);
    *a = product;
    *b = alt->clauses[--alt->n];
    return true;
}

static int
compare_clauses(const void *a_, const void *b_)
{
    const struct cubes *a = a_, *b = b_;

    return a->n < b->n ? -1 : a->n > b->n;
}

/* Multiplies out what is short.  An alternative that cannot be true comes out
 * with an empty first clause. */
static void
reduce(struct alternative *alt)
{
    bool again;

    do {
        again = false;
        qsort(alt->clauses, alt->n, sizeof *alt->clauses, compare_clauses);
        for (size_t i = 0; !again && i < alt->n; i++) {
            for (size_t j = i + 1; !again && j < alt->n; j++) {
                again = merge_clauses(alt, i, j);
                if (again && !alt->clauses[i].n) {
                    struct cubes never = alt->clauses[i];

                    alt->clauses[i] = alt->clauses[0];
                    alt->clauses[0] = never;
                    return;
                }
            }
        }
    } while (again);
}

/* Multiplies the two shortest clauses of one that has more than the classifier
 * takes.  False if that gets too big. */
static bool
limit_clauses(struct alternative *alt)
{
    while (alt->n > FORM_MAX_CLAUSES) {
        struct cubes product;

        qsort(alt->clauses, alt->n, sizeof *alt->clauses, compare_clauses);
        if (alt->clauses[0].n * alt->clauses[1].n > FORM_MAX_CUBES) {
            return false;
        }
        product = cubes_product(&alt->clauses[0], &alt->clauses[1]);
        cubes_uninit(&alt->clauses[0]);
        cubes_uninit(&alt->clauses[1]);
        alt->clauses[0] = product;
        alt->clauses[1] = alt->clauses[--alt->n];
    }
    return true;
}

static struct alternative
alternative_and(const struct alternative *a, const struct alternative *b,
                bool *too_big)
{
    struct alternative both = {
        .clauses = xmalloc((a->n + b->n) * sizeof *both.clauses),
    };

    for (size_t i = 0; i < a->n; i++) {
        both.clauses[both.n++] = cubes_clone(&a->clauses[i]);
    }
    for (size_t i = 0; i < b->n; i++) {
        both.clauses[both.n++] = cubes_clone(&b->clauses[i]);
    }
    reduce(&both);
    *too_big |= !limit_clauses(&both);
    return both;
}

void
form_and(struct form *a, struct form *b)
{
    struct form result = FORM_INITIALIZER;
    bool too_big = a->too_big || b->too_big;

    if (form_is_true(a) || form_is_true(b)) {
        struct form *other = form_is_true(a) ? b : a;

        result = *other;
        *other = (struct form) FORM_INITIALIZER;
        form_uninit(a);
        form_uninit(b);
        *a = result;
        a->too_big |= too_big;
        return;
    }
    for (size_t i = 0; i < a->n; i++) {
        for (size_t j = 0; j < b->n; j++) {
            struct form one = FORM_INITIALIZER;
            struct alternative alt;

            if (too_big || form_is_too_big(&result)) {
                break;
            }
            alt = alternative_and(&a->list[i], &b->list[j], &too_big);
            if (alt.clauses[0].n) {
                add_alternative(&one, &alt);
                form_or(&result, &one);
            } else {
                alternative_uninit(&alt);
            }
        }
    }
    form_uninit(a);
    form_uninit(b);
    *a = result;
    a->too_big |= too_big;
}
