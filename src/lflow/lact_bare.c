/* "NAME;", with or without "()". */

#include "lact_syntax.h"

void
lact_bare_parse(struct lact_parser *p, struct lact *lact OVS_UNUSED)
{
    if (lex_match(&p->lex, LEX_LPAREN)) {
        lex_force(&p->lex, LEX_RPAREN);
    }
}

void
lact_bare_format(const struct lact *lact, struct ds *ds)
{
    ds_put_cstr(ds, lact->class->name);
}
