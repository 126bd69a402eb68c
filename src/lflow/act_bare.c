/* "NAME;", with or without "()". */

#include "lact_private.h"

static void
bare_parse(struct lact_parser *p, struct lact *lact OVS_UNUSED)
{
    if (lex_match(&p->lex, LEX_LPAREN)) {
        lex_force(&p->lex, LEX_RPAREN);
    }
}

static void
bare_format(const struct lact *lact, struct ds *ds)
{
    ds_put_cstr(ds, lact_name(lact->type));
}

const struct lact_class lact_bare_class = {
    .size = sizeof(struct lact_bare),
    .parse = bare_parse,
    .format = bare_format,
};
