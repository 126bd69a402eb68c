/* "next;", "next(TABLE);", "next(pipeline=P, table=T);" */

#include "pipe_private.h"

static void
parse_pipeline(struct lex *lex, enum lpipeline *pipeline)
{
    if (lex_match_id(lex, "ingress")) {
        *pipeline = PIPELINE_INGRESS;
    } else if (lex_match_id(lex, "egress")) {
        *pipeline = PIPELINE_EGRESS;
    } else {
        lex_expected(lex, "\"ingress\" or \"egress\"");
    }
}

static void
parse_arguments(struct lex *lex, struct lact_next *next)
{
    uint64_t stage = next->stage;

    if (lex->token.type == LEX_INTEGER) {
        lex_force_uint(lex, N_LSTAGES - 1, &stage);
    } else {
        do {
            if (lex_match_id(lex, "pipeline")) {
                lex_force(lex, LEX_ASSIGN);
                parse_pipeline(lex, &next->pipeline);
            } else if (lex_match_id(lex, "table")) {
                lex_force(lex, LEX_ASSIGN);
                lex_force_uint(lex, N_LSTAGES - 1, &stage);
            } else {
                lex_expected(lex, "\"pipeline\" or \"table\"");
            }
        } while (lex_match(lex, LEX_COMMA));
    }
    next->stage = stage;
    lex_force(lex, LEX_RPAREN);
}

static void
next_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_next *next = (struct lact_next *) lact;

    next->pipeline = p->context->pipeline;
    next->stage = p->context->stage + 1;
    next->plain = !lex_match(&p->lex, LEX_LPAREN);
    if (!next->plain) {
        parse_arguments(&p->lex, next);
    }
    if (!p->lex.error && next->stage >= N_LSTAGES) {
        lex_error(&p->lex, "\"next\" in the last table (%d)",
                  N_LSTAGES - 1);
    }
}

static void
next_format(const struct lact *lact, struct ds *ds)
{
    const struct lact_next *next = (const struct lact_next *) lact;

    ds_put_cstr(ds, "next");
    if (!next->plain) {
        ds_put_format(ds, "(pipeline=%s, table=%d)",
                      (next->pipeline == PIPELINE_INGRESS ? "ingress"
                       : "egress"), next->stage);
    }
}

static void
next_execute(struct pipe_state *s, const struct lact *lact, bool last)
{
    const struct lact_next *next = (const struct lact_next *) lact;

    pipe_note(s, lact, NULL);
    pipe_next(s, next->pipeline, next->stage, last);
}

const struct lact_class act_next = {
    .name = "next",
    .kind = LACT_NEXT,
    .size = sizeof(struct lact_next),
    .parse = next_parse,
    .format = next_format,
    .execute = next_execute,
};
