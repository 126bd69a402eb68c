/* "NAME { ACTIONS };": actions on a copy of the packet, on a packet made from
 * it, or (ct_commit) on the connection. */

#include "lact_private.h"

static bool
body_is_optional(enum lact_type type)
{
    return (type == LACT_CT_COMMIT || type == LACT_TCP_RESET
            || type == LACT_SCTP_ABORT);
}

/* "ct_commit(ct_mark=..., ct_label=...)", the form before the braces. */
static void
parse_parentheses(struct lact_parser *p, struct lacts *actions)
{
    lex_next(&p->lex);
    while (!p->lex.error && !lex_match(&p->lex, LEX_RPAREN)) {
        struct lact *lact = lact_parse_assign(p);

        if (lact) {
            lacts_add(actions, lact);
        }
        if (p->lex.token.type != LEX_RPAREN) {
            lex_force(&p->lex, LEX_COMMA);
        }
    }
}

/* A connection has a mark and a label, and that is all. */
static void
check_commit(struct lact_parser *p, const struct lacts *actions)
{
    for (size_t i = 0; i < actions->n; i++) {
        const struct lact *lact = actions->list[i];
        const struct lact_assign *a = (const struct lact_assign *) lact;

        if ((lact->type != LACT_SET && lact->type != LACT_MOVE)
            || (a->dst.symbol->mf->id != MFF_CT_MARK
                && a->dst.symbol->mf->id != MFF_CT_LABEL)) {
            lex_error(&p->lex, "ct_commit can only assign to ct_mark and "
                      "ct_label");
        }
    }
}

static void
nested_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_nested *nested = (struct lact_nested *) lact;

    if (lact->type == LACT_CT_COMMIT && p->lex.token.type == LEX_LPAREN) {
        nested->has_body = true;
        parse_parentheses(p, &nested->actions);
    } else if (p->lex.token.type == LEX_LCURLY
               || !body_is_optional(lact->type)) {
        nested->has_body = true;
        lacts_parse_braces(p, lact->type == LACT_CLONE, &nested->actions);
    }
    if (lact->type == LACT_CT_COMMIT && !p->lex.error) {
        check_commit(p, &nested->actions);
    }
}

static void
nested_format(const struct lact *lact, struct ds *ds)
{
    const struct lact_nested *nested = (const struct lact_nested *) lact;

    ds_put_cstr(ds, lact_name(lact->type));
    if (nested->has_body) {
        ds_put_cstr(ds, " { ");
        if (nested->actions.n) {
            lacts_format(&nested->actions, ds);
            ds_put_char(ds, ' ');
        }
        ds_put_char(ds, '}');
    }
}

static void
nested_uninit(struct lact *lact)
{
    lacts_uninit(&((struct lact_nested *) lact)->actions);
}

const struct lact_class lact_nested_class = {
    .size = sizeof(struct lact_nested),
    .parse = nested_parse,
    .format = nested_format,
    .uninit = nested_uninit,
};
