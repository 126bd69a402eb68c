/* "NAME(N);" and "NAME(N, N);" */

#include "lact_syntax.h"

void
lact_number_parse(struct lact_parser *p, struct lact *lact, size_t max_n,
                  uint64_t largest)
{
    struct lact_number *number = (struct lact_number *) lact;

    ovs_assert(max_n <= ARRAY_SIZE(number->numbers));
    lex_force(&p->lex, LEX_LPAREN);
    do {
        lex_force_uint(&p->lex, largest, &number->numbers[number->n++]);
    } while (number->n < max_n && lex_match(&p->lex, LEX_COMMA));
    lex_force(&p->lex, LEX_RPAREN);
}

void
lact_number_format(const struct lact *lact, struct ds *ds)
{
    const struct lact_number *number = (const struct lact_number *) lact;

    ds_put_format(ds, "%s(%"PRIu64, lact->class->name, number->numbers[0]);
    if (number->n > 1) {
        ds_put_format(ds, ", %"PRIu64, number->numbers[1]);
    }
    ds_put_char(ds, ')');
}
