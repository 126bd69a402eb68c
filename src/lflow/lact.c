#include "lact.h"

#include "lact_syntax.h"

struct lact *
lact_new(const struct lact_class *class)
{
    struct lact *lact = xzalloc(class->size);

    lact->class = class;
    return lact;
}

void
lact_free(struct lact *lact)
{
    if (lact) {
        if (lact->class->uninit) {
            lact->class->uninit(lact);
        }
        free(lact);
    }
}

void
lacts_add(struct lacts *lacts, struct lact *lact)
{
    if (lacts->n >= lacts->allocated) {
        lacts->list = x2nrealloc(lacts->list, &lacts->allocated,
                                 sizeof *lacts->list);
    }
    lacts->list[lacts->n++] = lact;
}

void
lacts_trim(struct lacts *lacts)
{
    if (lacts->n < lacts->allocated) {
        lacts->list = xrealloc(lacts->list, lacts->n * sizeof *lacts->list);
        lacts->allocated = lacts->n;
    }
}

void
lacts_uninit(struct lacts *lacts)
{
    for (size_t i = 0; i < lacts->n; i++) {
        lact_free(lacts->list[i]);
    }
    free(lacts->list);
    *lacts = (struct lacts) { .list = NULL };
}

void
lact_format(const struct lact *lact, struct ds *ds)
{
    if (lact->class->result != RESULT_NONE) {
        lfield_format(&((const struct lact_valued *) lact)->result, ds);
        ds_put_cstr(ds, " = ");
    }
    lact->class->format(lact, ds);
    ds_put_char(ds, ';');
}

void
lacts_format(const struct lacts *lacts, struct ds *ds)
{
    if (!lacts->n) {
        ds_put_cstr(ds, "drop;");
    }
    for (size_t i = 0; i < lacts->n; i++) {
        if (i) {
            ds_put_char(ds, ' ');
        }
        lact_format(lacts->list[i], ds);
    }
}

bool
lacts_equal(const struct lacts *a, const struct lacts *b)
{
    /* The text says all there is in an action. */
    struct ds as = DS_EMPTY_INITIALIZER;
    struct ds bs = DS_EMPTY_INITIALIZER;

    lacts_format(a, &as);
    lacts_format(b, &bs);
    bool equal = !strcmp(ds_cstr(&as), ds_cstr(&bs));
    ds_destroy(&as);
    ds_destroy(&bs);
    return equal;
}
