/* "ct_commit;", "ct_commit { ct_mark = ...; ct_label = ...; };" */

#include "pipe_ct.h"

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
static bool
is_of_connection(const struct symbol *symbol)
{
    /* OVN's own fields have none. */
    const struct mf_field *mf = symbol->mf;

    return mf && (mf->id == MFF_CT_MARK || mf->id == MFF_CT_LABEL);
}

static void
check_commit(struct lact_parser *p, const struct lacts *actions)
{
    for (size_t i = 0; i < actions->n; i++) {
        const struct lact *lact = actions->list[i];
        const struct lact_assign *a = (const struct lact_assign *) lact;

        if ((lact->class->kind != LACT_SET
             && lact->class->kind != LACT_MOVE)
            || !is_of_connection(a->dst.symbol)) {
            lex_error(&p->lex, "ct_commit can only assign to ct_mark and "
                      "ct_label");
        }
    }
}

static void
ct_commit_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_nested *nested = (struct lact_nested *) lact;

    if (p->lex.token.type == LEX_LPAREN) {
        nested->has_body = true;
        parse_parentheses(p, &nested->actions);
    } else {
        lact_nested_parse_optional(p, lact);
    }
    if (!p->lex.error) {
        check_commit(p, &nested->actions);
    }
}

/* Mark and label as the actions in braces set them. */
static void
commit_values(struct pipe_state *s, const struct lacts *actions,
              struct ct_request *request)
{
    struct flow value = { .ct_mark = 0 };
    struct flow_wildcards mask;

    flow_wildcards_init_catchall(&mask);
    for (size_t i = 0; i < actions->n; i++) {
        const struct lact_assign *a
            = (const struct lact_assign *) actions->list[i];

        ovs_u128 v = (a->head.class->kind == LACT_MOVE
                      ? pipe_read(s, &a->src) : a->constant.value);
        lfield_write(&a->dst, v, &value);
        if (a->head.class->kind == LACT_SET && a->constant.masked) {
            struct flow bits = { .ct_mark = 0 };

            lfield_write(&a->dst, a->constant.mask, &bits);
            mask.masks.ct_mark |= bits.ct_mark;
            mask.masks.ct_label.u64.lo |= bits.ct_label.u64.lo;
            mask.masks.ct_label.u64.hi |= bits.ct_label.u64.hi;
        } else {
            lfield_unwildcard(&a->dst, &mask);
        }
    }
    request->mark = value.ct_mark;
    request->mark_mask = mask.masks.ct_mark;
    request->label = value.ct_label;
    request->label_mask = mask.masks.ct_label;
}

static void
ct_commit_execute(struct pipe_state *s, const struct lact *lact, bool last)
{
    const struct lact_nested *nested = (const struct lact_nested *) lact;

    pipe_note(s, lact, NULL);
    if (s->run->pipeline->supposition) {
        return;
    }

    struct ct_request request = {
        .zone = ct_default_zone(s), .commit = true,
    };

    commit_values(s, &nested->actions, &request);
    if (ct_execute(s, &request)) {
        s->handled = s->handled && !last;
    }
}

const struct lact_class act_ct_commit = {
    .name = "ct_commit",
    .prereqs = "ip",
    .size = sizeof(struct lact_nested),
    .parse = ct_commit_parse,
    .format = lact_nested_format,
    .uninit = lact_nested_uninit,
    .execute = ct_commit_execute,
};
