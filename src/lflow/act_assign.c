/* Assignments to fields, exchange, "ip.ttl--", push and pop. */

#include "lact_private.h"

static bool
require_writable(struct lact_parser *p, const struct lfield *field)
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

static void
parse_constant(struct lact_parser *p, struct lact_assign *a)
{
    struct lex *lex = &p->lex;

    if (a->dst.symbol->is_string) {
        if (lex->token.type != LEX_STRING) {
            lex_expected(lex, "the name of a port in quotes");
            return;
        }
        lex_force_string(lex, &a->string);
    } else if (lex->token.type == LEX_INTEGER
               || lex->token.type == LEX_MASKED) {
        a->constant = lex->token.constant;
        if (constant_width(&a->constant) > a->dst.width) {
            lex_error(lex, "the constant needs %d bits, but %s has only %d",
                      constant_width(&a->constant), a->dst.symbol->name,
                      a->dst.width);
            return;
        }
        if (a->dst.symbol->type == SYMBOL_FIELD) {
            a->word = lfield_word(&a->dst, a->constant.value,
                                  a->constant.masked ? a->constant.mask
                                  : u128_ones(a->dst.width));
        }
        lex_next(lex);
    } else {
        lex_expected(lex, "a constant, a field or an action with a result");
    }
}

static struct lact_assign *
new_assign(enum lact_type type, const struct lfield *dst)
{
    struct lact_assign *a = (struct lact_assign *) lact_new(type);

    a->dst = *dst;
    return a;
}

static bool
require_same_type(struct lact_parser *p, const struct lfield *a,
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

static struct lact *
parse_value(struct lact_parser *p, const struct lfield *dst)
{
    struct lact_assign *a;

    if (p->lex.token.type == LEX_ID) {
        struct lfield src;

        if (!lfield_parse(&p->lex, p->context->symtab, &src)
            || !require_writable(p, dst)
            || !require_same_type(p, dst, &src)) {
            return NULL;
        }
        lact_require_field(p, &src);
        a = new_assign(LACT_MOVE, dst);
        a->src = src;
    } else {
        if (!require_writable(p, dst)) {
            return NULL;
        }
        a = new_assign(LACT_SET, dst);
        parse_constant(p, a);
    }
    return (struct lact *) a;
}

static struct lact *
parse_result(struct lact_parser *p, enum lact_type type,
             const struct lfield *dst)
{
    enum lact_result result = lact_type_result(type);

    if (result == RESULT_NONE) {
        lex_error(&p->lex, "%s has no result", lact_name(type));
        return NULL;
    }
    if (!require_writable(p, dst)) {
        return NULL;
    }
    if (dst->symbol->is_string != (result == RESULT_PORT)
        || (result == RESULT_BIT && dst->width != 1)
        || (result == RESULT_INTEGER && dst->width < 16)) {
        lex_error(&p->lex, "the result of %s is %s", lact_name(type),
                  result == RESULT_PORT ? "a port"
                  : result == RESULT_BIT ? "one bit"
                  : "an integer of 16 bits");
        return NULL;
    }
    return lact_parse_named(p, type, dst);
}

static struct lact *
parse_exchange(struct lact_parser *p, const struct lfield *dst)
{
    struct lfield src;

    if (!lfield_parse(&p->lex, p->context->symtab, &src)
        || !require_writable(p, dst) || !require_writable(p, &src)
        || !require_same_type(p, dst, &src)) {
        return NULL;
    }

    struct lact_assign *a = new_assign(LACT_EXCHANGE, dst);
    a->src = src;
    return (struct lact *) a;
}

static struct lact *
parse_decrement(struct lact_parser *p, const struct lfield *dst)
{
    if (strcmp(dst->symbol->name, "ip.ttl")) {
        lex_error(&p->lex, "only ip.ttl can be decremented");
        return NULL;
    }
    lact_require_field(p, dst);
    return (struct lact *) new_assign(LACT_DEC_TTL, dst);
}

struct lact *
lact_parse_assign(struct lact_parser *p)
{
    struct lfield dst;

    if (!lfield_parse(&p->lex, p->context->symtab, &dst)) {
        return NULL;
    }
    if (lex_match(&p->lex, LEX_EXCHANGE)) {
        return parse_exchange(p, &dst);
    }
    if (lex_match(&p->lex, LEX_DECREMENT)) {
        return parse_decrement(p, &dst);
    }
    if (!lex_match(&p->lex, LEX_ASSIGN)) {
        lex_expected(&p->lex, "'=', '<->' or '--'");
        return NULL;
    }
    if (p->lex.token.type == LEX_ID) {
        enum lact_type type = lact_type_from_name(p->lex.token.s);

        if (type != N_LACT_TYPES) {
            return parse_result(p, type, &dst);
        }
        if (lex_peek(&p->lex) == LEX_LPAREN) {
            lex_error(&p->lex, "action \"%s\" is not supported",
                      p->lex.token.s);
            return NULL;
        }
    }
    return parse_value(p, &dst);
}

/* "(FIELD)" of push and pop. */
static void
assign_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_assign *a = (struct lact_assign *) lact;

    if (!lex_force(&p->lex, LEX_LPAREN)
        || !lfield_parse(&p->lex, p->context->symtab, &a->dst)) {
        return;
    }
    if (a->dst.symbol->type == SYMBOL_OVN_FIELD) {
        lex_error(&p->lex, "%s cannot be read", a->dst.symbol->name);
        return;
    }
    if (lact->type == LACT_POP) {
        require_writable(p, &a->dst);
    } else {
        lact_require_field(p, &a->dst);
    }
    lex_force(&p->lex, LEX_RPAREN);
}

static void
assign_format(const struct lact *lact, struct ds *ds)
{
    const struct lact_assign *a = (const struct lact_assign *) lact;

    if (lact->type == LACT_PUSH || lact->type == LACT_POP) {
        ds_put_format(ds, "%s(", lact_name(lact->type));
        lfield_format(&a->dst, ds);
        ds_put_char(ds, ')');
        return;
    }

    lfield_format(&a->dst, ds);
    if (lact->type == LACT_DEC_TTL) {
        ds_put_cstr(ds, "--");
    } else if (lact->type == LACT_SET) {
        ds_put_cstr(ds, " = ");
        if (a->string) {
            lex_quote(a->string, ds);
        } else {
            constant_format(&a->constant, ds);
        }
    } else {
        ds_put_cstr(ds, lact->type == LACT_MOVE ? " = " : " <-> ");
        lfield_format(&a->src, ds);
    }
}

static void
assign_uninit(struct lact *lact)
{
    free(((struct lact_assign *) lact)->string);
}

const struct lact_class lact_assign_class = {
    .size = sizeof(struct lact_assign),
    .parse = assign_parse,
    .format = assign_format,
    .uninit = assign_uninit,
};
