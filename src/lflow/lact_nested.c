/* "NAME { ACTIONS };": actions on a copy of the packet, on a packet made from
 * it, or (ct_commit) on the connection. */

#include "lact_syntax.h"

void
lact_nested_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_nested *nested = (struct lact_nested *) lact;

    nested->has_body = true;
    lacts_parse_braces(p, false, &nested->actions);
}

void
lact_nested_parse_optional(struct lact_parser *p, struct lact *lact)
{
    if (p->lex.token.type == LEX_LCURLY) {
        lact_nested_parse(p, lact);
    }
}

void
lact_nested_format(const struct lact *lact, struct ds *ds)
{
    const struct lact_nested *nested = (const struct lact_nested *) lact;

    ds_put_cstr(ds, lact->class->name);
    if (nested->has_body) {
        ds_put_cstr(ds, " { ");
        if (nested->actions.n) {
            lacts_format(&nested->actions, ds);
            ds_put_char(ds, ' ');
        }
        ds_put_char(ds, '}');
    }
}

void
lact_nested_uninit(struct lact *lact)
{
    lacts_uninit(&((struct lact_nested *) lact)->actions);
}
