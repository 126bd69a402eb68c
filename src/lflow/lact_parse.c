/* From text to actions. */

#include "expr.h"
#include "lact_syntax.h"

static const struct lact_class *
find_named(const struct lact_parser *p, const char *name)
{
    const struct lact_table *table = p->context->actions;

    for (size_t i = 0; i < table->n; i++) {
        if (!strcmp(name, table->classes[i]->name)) {
            return table->classes[i];
        }
    }
    return NULL;
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

/* Parses the action whose name is the present token; 'result' is what it is
 * assigned to, or NULL. */
static struct lact *
parse_named(struct lact_parser *p, const struct lact_class *class,
            const struct lfield *result)
{
    if (!result && class->result != RESULT_NONE) {
        lex_error(&p->lex, "%s needs a place for its result: write "
                  "\"FIELD = %s(...);\"", class->name, class->name);
        return NULL;
    }
    lex_next(&p->lex);

    struct lact *lact = lact_new(class);
    if (result) {
        ((struct lact_valued *) lact)->result = *result;
    }
    if (class->prereqs) {
        lact_require(p, class->prereqs);
    }
    class->parse(p, lact);
    return lact;
}

static struct lact *
parse_result(struct lact_parser *p, const struct lact_class *class,
             const struct lfield *dst)
{
    enum lact_result result = class->result;

    if (result == RESULT_NONE) {
        lex_error(&p->lex, "%s has no result", class->name);
        return NULL;
    }
    if (!lact_require_writable(p, dst)) {
        return NULL;
    }
    if (dst->symbol->is_string != (result == RESULT_PORT)
        || (result == RESULT_BIT && dst->width != 1)
        || (result == RESULT_INTEGER && dst->width < 16)) {
        lex_error(&p->lex, "the result of %s is %s", class->name,
                  result == RESULT_PORT ? "a port"
                  : result == RESULT_BIT ? "one bit"
                  : "an integer of 16 bits");
        return NULL;
    }
    return parse_named(p, class, dst);
}

/* The present token is behind "FIELD" and what makes it an action of 'kind'.
 */
static struct lact *
parse_kind(struct lact_parser *p, enum lact_kind kind,
           const struct lfield *dst)
{
    const struct lact_table *table = p->context->actions;

    for (size_t i = 0; i < table->n; i++) {
        if (table->classes[i]->kind == kind) {
            struct lact *lact = lact_new(table->classes[i]);

            ((struct lact_assign *) lact)->dst = *dst;
            lact->class->parse(p, lact);
            return lact;
        }
    }
    lex_error(&p->lex, "this action is not supported");
    return NULL;
}

struct lact *
lact_parse_assign(struct lact_parser *p)
{
    struct lfield dst;

    if (!lfield_parse(&p->lex, p->context->symtab, &dst)) {
        return NULL;
    }
    if (lex_match(&p->lex, LEX_EXCHANGE)) {
        return parse_kind(p, LACT_EXCHANGE, &dst);
    }
    if (lex_match(&p->lex, LEX_DECREMENT)) {
        return parse_kind(p, LACT_DECREMENT, &dst);
    }
    if (!lex_match(&p->lex, LEX_ASSIGN)) {
        lex_expected(&p->lex, "'=', '<->' or '--'");
        return NULL;
    }
    if (p->lex.token.type != LEX_ID) {
        return parse_kind(p, LACT_SET, &dst);
    }

    const struct lact_class *class = find_named(p, p->lex.token.s);
    if (class) {
        return parse_result(p, class, &dst);
    }
    if (lex_peek(&p->lex) == LEX_LPAREN) {
        lex_error(&p->lex, "action \"%s\" is not supported",
                  p->lex.token.s);
        return NULL;
    }
    return parse_kind(p, LACT_MOVE, &dst);
}

static void
parse_action(struct lact_parser *p, struct lacts *lacts)
{
    struct lact *lact = NULL;

    if (p->lex.token.type != LEX_ID) {
        lex_expected(&p->lex, "an action");
        return;
    }

    const struct lact_class *class = find_named(p, p->lex.token.s);
    if (class) {
        lact = parse_named(p, class, NULL);
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
    lacts_trim(lacts);
    *prereqs = p.prereqs;
    return true;
}
