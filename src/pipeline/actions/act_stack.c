/* "push(FIELD);" and "pop(FIELD);" */

#include "pipe_private.h"

static bool
parse_field(struct lact_parser *p, struct lfield *field)
{
    if (!lex_force(&p->lex, LEX_LPAREN)
        || !lfield_parse(&p->lex, p->context->symtab, field)) {
        return false;
    }
    if (field->symbol->type == SYMBOL_OVN_FIELD) {
        return lex_error(&p->lex, "%s cannot be read", field->symbol->name);
    }
    return true;
}

static void
push_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_assign *a = (struct lact_assign *) lact;

    if (parse_field(p, &a->dst)) {
        lact_require_field(p, &a->dst);
        lex_force(&p->lex, LEX_RPAREN);
    }
}

static void
pop_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_assign *a = (struct lact_assign *) lact;

    if (parse_field(p, &a->dst)) {
        lact_require_writable(p, &a->dst);
        lex_force(&p->lex, LEX_RPAREN);
    }
}

static void
stack_format(const struct lact *lact, struct ds *ds)
{
    ds_put_format(ds, "%s(", lact->class->name);
    lfield_format(&((const struct lact_assign *) lact)->dst, ds);
    ds_put_char(ds, ')');
}

static void
push_execute(struct pipe_state *s, const struct lact *lact,
             bool last OVS_UNUSED)
{
    const struct lact_assign *a = (const struct lact_assign *) lact;
    ovs_u128 value = pipe_read(s, &a->dst);

    if (s->n_stack < PIPE_STACK_SIZE) {
        s->stack[s->n_stack++] = value;
    }
    pipe_note(s, lact, NULL);
}

static void
pop_execute(struct pipe_state *s, const struct lact *lact,
            bool last OVS_UNUSED)
{
    const struct lact_assign *a = (const struct lact_assign *) lact;

    if (s->n_stack) {
        pipe_write(s, &a->dst, s->stack[--s->n_stack]);
    }
    pipe_note(s, lact, NULL);
}

const struct lact_class act_push = {
    .name = "push",
    .size = sizeof(struct lact_assign),
    .parse = push_parse,
    .format = stack_format,
    .execute = push_execute,
};

const struct lact_class act_pop = {
    .name = "pop",
    .size = sizeof(struct lact_assign),
    .parse = pop_parse,
    .format = stack_format,
    .execute = pop_execute,
};
