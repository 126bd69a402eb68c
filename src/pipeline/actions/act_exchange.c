/* "FIELD <-> field;" */

#include "pipe_private.h"

static void
exchange_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_assign *a = (struct lact_assign *) lact;

    if (lfield_parse(&p->lex, p->context->symtab, &a->src)
        && lact_require_writable(p, &a->dst)
        && lact_require_writable(p, &a->src)) {
        lact_require_same_type(p, &a->dst, &a->src);
    }
}

static void
exchange_format(const struct lact *lact, struct ds *ds)
{
    const struct lact_assign *a = (const struct lact_assign *) lact;

    lfield_format(&a->dst, ds);
    ds_put_cstr(ds, " <-> ");
    lfield_format(&a->src, ds);
}

static void
exchange_execute(struct pipe_state *s, const struct lact *lact,
                 bool last OVS_UNUSED)
{
    const struct lact_assign *a = (const struct lact_assign *) lact;
    ovs_u128 dst = pipe_read(s, &a->dst);
    ovs_u128 src = pipe_read(s, &a->src);

    pipe_write(s, &a->dst, src);
    pipe_write(s, &a->src, dst);
    pipe_note(s, lact, NULL);
}

const struct lact_class act_exchange = {
    .name = "field <-> field",
    .kind = LACT_EXCHANGE,
    .size = sizeof(struct lact_assign),
    .parse = exchange_parse,
    .format = exchange_format,
    .execute = exchange_execute,
};
