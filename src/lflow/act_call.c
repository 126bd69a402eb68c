/* "NAME(FIELD, ...);": look-ups and learning. */

#include "lact_private.h"

/* What an argument must be. */
enum arg_kind {
    ARG_NONE,
    ARG_PORT,  /* inport or outport. */
    ARG_IPV4,  /* 32 bits. */
    ARG_IPV6,  /* 128 bits. */
    ARG_MAC,   /* 48 bits. */
    ARG_NAME,  /* A port's name in quotes. */
};

static const struct {
    enum lact_type type;
    enum arg_kind args[3];
} signatures[] = {
    { LACT_GET_ARP, { ARG_PORT, ARG_IPV4 } },
    { LACT_PUT_ARP, { ARG_PORT, ARG_IPV4, ARG_MAC } },
    { LACT_LOOKUP_ARP, { ARG_PORT, ARG_IPV4, ARG_MAC } },
    { LACT_LOOKUP_ARP_IP, { ARG_PORT, ARG_IPV4 } },
    { LACT_GET_ND, { ARG_PORT, ARG_IPV6 } },
    { LACT_PUT_ND, { ARG_PORT, ARG_IPV6, ARG_MAC } },
    { LACT_LOOKUP_ND, { ARG_PORT, ARG_IPV6, ARG_MAC } },
    { LACT_LOOKUP_ND_IP, { ARG_PORT, ARG_IPV6 } },
    { LACT_GET_FDB, { ARG_MAC } },
    { LACT_PUT_FDB, { ARG_PORT, ARG_MAC } },
    { LACT_LOOKUP_FDB, { ARG_PORT, ARG_MAC } },
    { LACT_BIND_VPORT, { ARG_NAME, ARG_PORT } },
    { LACT_HANDLE_SVC_CHECK, { ARG_PORT } },
};

static const enum arg_kind no_args[3];

static const enum arg_kind *
signature(enum lact_type type)
{
    for (size_t i = 0; i < ARRAY_SIZE(signatures); i++) {
        if (signatures[i].type == type) {
            return signatures[i].args;
        }
    }
    return no_args;
}

static bool
fits(const struct lfield *field, enum arg_kind kind)
{
    if (field->symbol->type == SYMBOL_OVN_FIELD) {
        return false;
    }
    return (kind == ARG_PORT ? field->symbol->is_string
            : field->width == (kind == ARG_IPV4 ? 32
                               : kind == ARG_IPV6 ? 128 : 48));
}

static bool
parse_arg(struct lact_parser *p, struct lact_call *call, enum arg_kind kind)
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
                         lact_name(call->head.type), wanted[kind],
                         arg->symbol->name);
    }
    lact_require_field(p, arg);
    call->n_args++;
    return true;
}

static void
call_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_call *call = (struct lact_call *) lact;
    const enum arg_kind *kinds = signature(lact->type);

    if (!lex_force(&p->lex, LEX_LPAREN)) {
        return;
    }
    for (size_t i = 0; i < 3 && kinds[i] != ARG_NONE; i++) {
        if ((i && !lex_force(&p->lex, LEX_COMMA))
            || !parse_arg(p, call, kinds[i])) {
            return;
        }
    }
    lex_force(&p->lex, LEX_RPAREN);
}

static void
call_format(const struct lact *lact, struct ds *ds)
{
    const struct lact_call *call = (const struct lact_call *) lact;

    ds_put_format(ds, "%s(", lact_name(lact->type));
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

static void
call_uninit(struct lact *lact)
{
    free(((struct lact_call *) lact)->port);
}

const struct lact_class lact_call_class = {
    .size = sizeof(struct lact_call),
    .parse = call_parse,
    .format = call_format,
    .uninit = call_uninit,
};
