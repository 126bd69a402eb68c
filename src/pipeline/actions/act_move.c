/* "FIELD = field;" */

#include "pipe_private.h"

static void
move_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_assign *a = (struct lact_assign *) lact;

    if (lfield_parse(&p->lex, p->context->symtab, &a->src)
        && lact_require_writable(p, &a->dst)
        && lact_require_same_type(p, &a->dst, &a->src)) {
        lact_require_field(p, &a->src);
    }
}

static void
move_format(const struct lact *lact, struct ds *ds)
{
    const struct lact_assign *a = (const struct lact_assign *) lact;

    lfield_format(&a->dst, ds);
    ds_put_cstr(ds, " = ");
    lfield_format(&a->src, ds);
}

static void
move_execute(struct pipe_state *s, const struct lact *lact,
             bool last OVS_UNUSED)
{
    const struct lact_assign *a = (const struct lact_assign *) lact;

    pipe_write(s, &a->dst, pipe_read(s, &a->src));
    pipe_note_value(s, lact, &a->dst);
}

const struct lact_class act_move = {
    .name = "field = field",
    .kind = LACT_MOVE,
    .size = sizeof(struct lact_assign),
    .parse = move_parse,
    .format = move_format,
    .execute = move_execute,
};
