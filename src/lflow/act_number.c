/* "NAME(N);" and "NAME(N, N);": set_meter, set_queue, check_pkt_larger. */

#include "lact_private.h"

static uint64_t
largest(enum lact_type type)
{
    return (type == LACT_SET_QUEUE ? 61440
            : type == LACT_CHECK_PKT_LARGER ? UINT16_MAX : UINT32_MAX);
}

static void
number_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_number *number = (struct lact_number *) lact;
    size_t max_n = lact->type == LACT_SET_METER ? 2 : 1;

    lex_force(&p->lex, LEX_LPAREN);
    do {
        lex_force_uint(&p->lex, largest(lact->type),
                       &number->numbers[number->n++]);
    } while (number->n < max_n && lex_match(&p->lex, LEX_COMMA));
    lex_force(&p->lex, LEX_RPAREN);
}

static void
number_format(const struct lact *lact, struct ds *ds)
{
    const struct lact_number *number = (const struct lact_number *) lact;

    ds_put_format(ds, "%s(%"PRIu64, lact_name(lact->type),
                  number->numbers[0]);
    if (number->n > 1) {
        ds_put_format(ds, ", %"PRIu64, number->numbers[1]);
    }
    ds_put_char(ds, ')');
}

const struct lact_class lact_number_class = {
    .size = sizeof(struct lact_number),
    .parse = number_parse,
    .format = number_format,
};
