/* "R = select(ID=WEIGHT, ...);" */

#include "pipe_private.h"

#define DEFAULT_WEIGHT 100

struct lact_choice {
    uint16_t id;
    uint16_t weight;
};

struct lact_select {
    struct lact head;
    struct lfield result;
    struct lact_choice *choices;
    size_t n;
    uint32_t total_weight;
};

static void
select_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_select *select = (struct lact_select *) lact;
    size_t allocated = 0;

    lex_force(&p->lex, LEX_LPAREN);
    do {
        uint64_t id = 0, weight = DEFAULT_WEIGHT;

        lex_force_uint(&p->lex, UINT16_MAX, &id);
        if (lex_match(&p->lex, LEX_ASSIGN)) {
            lex_force_uint(&p->lex, UINT16_MAX, &weight);
        }
        if (!p->lex.error && !weight) {
            lex_error(&p->lex, "a weight must be 1 or more");
        }
        if (select->n >= allocated) {
            select->choices = x2nrealloc(select->choices, &allocated,
                                         sizeof *select->choices);
        }
        select->choices[select->n++] = (struct lact_choice) {
            .id = id, .weight = weight,
        };
        select->total_weight += weight;
    } while (lex_match(&p->lex, LEX_COMMA));
    if (!p->lex.error && select->n < 2) {
        lex_error(&p->lex, "select needs two integers or more");
    }
    lex_force(&p->lex, LEX_RPAREN);
}

static void
select_format(const struct lact *lact, struct ds *ds)
{
    const struct lact_select *select = (const struct lact_select *) lact;

    ds_put_cstr(ds, "select(");
    for (size_t i = 0; i < select->n; i++) {
        ds_put_format(ds, "%s%d=%d", i ? ", " : "", select->choices[i].id,
                      select->choices[i].weight);
    }
    ds_put_char(ds, ')');
}

static void
select_uninit(struct lact *lact)
{
    free(((struct lact_select *) lact)->choices);
}

static void
select_execute(struct pipe_state *s, const struct lact *lact, bool last)
{
    const struct lact_select *select = (const struct lact_select *) lact;
    const struct pipe_supposition *supposition
        = s->run->pipeline->supposition;
    uint32_t left = pipe_hash_tuple(s) % select->total_weight;
    size_t i = 0;

    while (left >= select->choices[i].weight) {
        left -= select->choices[i++].weight;
    }

    uint16_t id = select->choices[i].id;
    for (i = 0; supposition && i < select->n; i++) {
        if (select->choices[i].id == supposition->select_id) {
            id = supposition->select_id;
        }
    }
    pipe_write(s, &select->result, (ovs_u128) { .u64 = { .lo = id } });
    pipe_note(s, lact, "%"PRIu16, id);
    pipe_next(s, s->lflow->pipeline, s->lflow->stage + 1, last);
}

const struct lact_class act_select = {
    .name = "select",
    .result = RESULT_INTEGER,
    .size = sizeof(struct lact_select),
    .parse = select_parse,
    .format = select_format,
    .uninit = select_uninit,
    .execute = select_execute,
};
