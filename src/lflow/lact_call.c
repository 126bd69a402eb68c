/* "NAME(FIELD, ...);" */

#include "lact_syntax.h"

static bool
fits(const struct lfield *field, enum lact_arg_kind kind)
{
    if (field->symbol->type == SYMBOL_OVN_FIELD) {
        return false;
    }
    return (kind == ARG_PORT ? field->symbol->is_string
            : field->width == (kind == ARG_IPV4 ? 32
                               : kind == ARG_IPV6 ? 128 : 48));
}

static bool
parse_arg(struct lact_parser *p, struct lact_call *call,
          enum lact_arg_kind kind)
{
    static const char *const wanted[] = {
        [ARG_PORT] = "a field with a port",
        [ARG_IPV4] = "a field of 32 bits",
        [ARG_IPV6] = "a field of 128 bits",
        [ARG_MAC] = "a field of 48 bits",
    };
    struct lfield *arg = &call->args[call->n_args];

    if (kind == ARG_NAME) {
        return lex_force_string(&p->lex, &call->port);
    }
    if (!lfield_parse(&p->lex, p->context->symtab, arg)) {
        return false;
    }
    if (!fits(arg, kind)) {
        return lex_error(&p->lex, "%s expects %s instead of %s",
                         call->head.class->name, wanted[kind],
                         arg->symbol->name);
    }
    lact_require_field(p, arg);
    call->n_args++;
    return true;
}

void
lact_call_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_call *call = (struct lact_call *) lact;
    const enum lact_arg_kind *kinds = lact->class->args;

    if (!lex_force(&p->lex, LEX_LPAREN)) {
        return;
    }
    for (size_t i = 0; i < LACT_MAX_ARGS && kinds[i] != ARG_NONE; i++) {
        if ((i && !lex_force(&p->lex, LEX_COMMA))
            || !parse_arg(p, call, kinds[i])) {
            return;
        }
    }
    lex_force(&p->lex, LEX_RPAREN);
}

void
lact_call_format(const struct lact *lact, struct ds *ds)
{
    const struct lact_call *call = (const struct lact_call *) lact;

    ds_put_format(ds, "%s(", lact->class->name);
    if (call->port) {
        lex_quote(call->port, ds);
        ds_put_cstr(ds, ", ");
    }
    for (size_t i = 0; i < call->n_args; i++) {
        if (i) {
            ds_put_cstr(ds, ", ");
        }
        lfield_format(&call->args[i], ds);
    }
    ds_put_char(ds, ')');
}

void
lact_call_uninit(struct lact *lact)
{
    free(((struct lact_call *) lact)->port);
}
