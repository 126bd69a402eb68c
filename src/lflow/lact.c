#include "lact.h"

#include "expr.h"
#include "lact_private.h"

static const struct {
    const char *name;
    const struct lact_class *class;
    enum lact_result result;
    const char *prereqs;
} types[N_LACT_TYPES] = {
#define LACT(ENUM, TEXT, FAMILY, RESULT, PREREQS, EXEC) \
    [LACT_##ENUM] = { TEXT, &lact_##FAMILY##_class, RESULT_##RESULT, \
                      PREREQS },
#include "actions.def"
#undef LACT
};

const char *
lact_name(enum lact_type type)
{
    return types[type].name;
}

const struct lact_class *
lact_class_get(enum lact_type type)
{
    return types[type].class;
}

enum lact_result
lact_type_result(enum lact_type type)
{
    return types[type].result;
}

enum lact_type
lact_type_from_name(const char *name)
{
    for (size_t i = 0; i < N_LACT_TYPES; i++) {
        if (!strcmp(name, types[i].name)) {
            return i;
        }
    }
    return N_LACT_TYPES;
}

struct lact *
lact_new(enum lact_type type)
{
    struct lact *lact = xzalloc(types[type].class->size);

    lact->type = type;
    return lact;
}

void
lact_free(struct lact *lact)
{
    if (lact) {
        const struct lact_class *class = types[lact->type].class;

        if (class->uninit) {
            class->uninit(lact);
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
lacts_uninit(struct lacts *lacts)
{
    for (size_t i = 0; i < lacts->n; i++) {
        lact_free(lacts->list[i]);
    }
    free(lacts->list);
    *lacts = (struct lacts) { .list = NULL };
}

void
lact_require(struct lact_parser *p, const char *expression)
{
    char *error = NULL;
    struct expr *expr = expr_parse(expression, p->context->symtab, &error);

    if (!expr) {
        lex_error(&p->lex, "prerequisite \"%s\": %s", expression, error);
        free(error);
        return;
    }
    p->prereqs = expr_and(p->prereqs, expr);
}

void
lact_require_field(struct lact_parser *p, const struct lfield *field)
{
    if (field->symbol->prereqs) {
        p->prereqs = expr_and(p->prereqs,
                              expr_clone(field->symbol->prereqs));
    }
}

struct lact *
lact_parse_named(struct lact_parser *p, enum lact_type type,
                 const struct lfield *result)
{
    const struct lact_class *class = types[type].class;

    if (!result && types[type].result != RESULT_NONE) {
        lex_error(&p->lex, "%s needs a place for its result: write "
                  "\"FIELD = %s(...);\"", types[type].name,
                  types[type].name);
        return NULL;
    }
    lex_next(&p->lex);

    struct lact *lact = lact_new(type);
    if (result) {
        /* All families with a result have it behind the head. */
        ((struct lact_call *) lact)->result = *result;
    }
    if (types[type].prereqs) {
        lact_require(p, types[type].prereqs);
    }
    class->parse(p, lact);
    return lact;
}

static void
parse_action(struct lact_parser *p, struct lacts *lacts)
{
    struct lact *lact = NULL;

    if (p->lex.token.type != LEX_ID) {
        lex_expected(&p->lex, "an action");
        return;
    }

    enum lact_type type = lact_type_from_name(p->lex.token.s);
    if (type != N_LACT_TYPES) {
        lact = lact_parse_named(p, type, NULL);
    } else if (lex_peek(&p->lex) == LEX_LPAREN
               || lex_peek(&p->lex) == LEX_LCURLY
               || lex_peek(&p->lex) == LEX_SEMICOLON) {
        lex_error(&p->lex, "action \"%s\" is not supported",
                  p->lex.token.s);
        return;
    } else {
        lact = lact_parse_assign(p);
    }
    if (lact) {
        lacts_add(lacts, lact);
    }
    lex_force(&p->lex, LEX_SEMICOLON);
}

/* Actions up to 'end', which is left. */
static void
parse_actions(struct lact_parser *p, enum lex_type end, struct lacts *lacts)
{
    if (lex_match_id(&p->lex, "drop")) {
        lex_force(&p->lex, LEX_SEMICOLON);
        if (!p->lex.error && p->lex.token.type != end) {
            lex_error(&p->lex, "\"drop\" must be the only action");
        }
        return;
    }
    while (!p->lex.error && p->lex.token.type != end) {
        /* As ovn-northd writes "flags.force_snat_for_lb = 1; drop;". */
        if (lacts->n && lex_match_id(&p->lex, "drop")) {
            lex_force(&p->lex, LEX_SEMICOLON);
            if (!p->lex.error && p->lex.token.type != end) {
                lex_error(&p->lex, "\"drop\" must be the last action");
            }
            return;
        }
        parse_action(p, lacts);
    }
}

void
lacts_parse_braces(struct lact_parser *p, bool keep_prereqs,
                   struct lacts *lacts)
{
    struct expr *outer = p->prereqs;

    if (!lex_force(&p->lex, LEX_LCURLY) || !lex_enter(&p->lex)) {
        return;
    }
    if (!keep_prereqs) {
        p->prereqs = NULL;
    }
    parse_actions(p, LEX_RCURLY, lacts);
    if (!keep_prereqs) {
        expr_free(p->prereqs);
        p->prereqs = outer;
    }
    lex_leave(&p->lex);
    lex_force(&p->lex, LEX_RCURLY);
}

bool
lacts_parse(const char *text, const struct lact_context *context,
            struct lacts *lacts, struct expr **prereqs, char **error)
{
    struct lact_parser p = { .context = context };

    *lacts = (struct lacts) { .list = NULL };
    *prereqs = NULL;
    lex_init(&p.lex, text);
    parse_actions(&p, LEX_END, lacts);
    *error = lex_steal_error(&p.lex);
    lex_uninit(&p.lex);
    if (*error) {
        lacts_uninit(lacts);
        expr_free(p.prereqs);
        return false;
    }
    *prereqs = p.prereqs;
    return true;
}

void
lact_format(const struct lact *lact, struct ds *ds)
{
    if (types[lact->type].result != RESULT_NONE) {
        lfield_format(&((const struct lact_call *) lact)->result, ds);
        ds_put_cstr(ds, " = ");
    }
    types[lact->type].class->format(lact, ds);
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
