/* What a field must be to be changed, and what it adds to the match. */

#include "expr.h"
#include "lact_class.h"

void
lact_require_field(struct lact_parser *p, const struct lfield *field)
{
    if (field->symbol->prereqs) {
        p->prereqs = expr_and(p->prereqs,
                              expr_clone(field->symbol->prereqs));
    }
}

bool
lact_require_writable(struct lact_parser *p, const struct lfield *field)
{
    const struct symbol *symbol = field->symbol;

    if (!symbol->writable && symbol->type != SYMBOL_OVN_FIELD) {
        return lex_error(&p->lex, "%s is read-only: an action cannot change "
                         "it", symbol->name);
    }
    /* A copy may leave the egress pipeline: "clone { outport = ""; ...
     * next(pipeline=ingress, table=0); };" */
    if (symbol->ingress_only && p->context->pipeline == PIPELINE_EGRESS
        && !p->lex.depth) {
        return lex_error(&p->lex, "%s can be changed only in the ingress "
                         "pipeline", symbol->name);
    }
    if (symbol->level == LEVEL_NOMINAL && symbol->width
        && (field->ofs || field->width != symbol->width)) {
        return lex_error(&p->lex, "%s cannot be changed in part",
                         symbol->name);
    }
    lact_require_field(p, field);
    return !p->lex.error;
}

bool
lact_require_same_type(struct lact_parser *p, const struct lfield *a,
                       const struct lfield *b)
{
    if (a->symbol->type == SYMBOL_OVN_FIELD
        || b->symbol->type == SYMBOL_OVN_FIELD) {
        return lex_error(&p->lex, "%s takes only a constant",
                         a->symbol->type == SYMBOL_OVN_FIELD
                         ? a->symbol->name : b->symbol->name);
    }
    if (a->symbol->is_string != b->symbol->is_string) {
        return lex_error(&p->lex, "%s names a port, %s does not",
                         a->symbol->is_string ? a->symbol->name
                         : b->symbol->name,
                         a->symbol->is_string ? b->symbol->name
                         : a->symbol->name);
    }
    if (a->width != b->width) {
        return lex_error(&p->lex, "%d bits of %s and %d bits of %s: the "
                         "numbers must be equal", a->width,
                         a->symbol->name, b->width, b->symbol->name);
    }
    return true;
}
