/* Do flows mean the same after they were formatted and parsed again?
 *
 *     lflow_roundtrip < FLOWS
 *
 * FLOWS has lines "ingress" or "egress", the stage, the match and the actions,
 * separated by tabs; tests/differential/run.py gives all flows that stock
 * ovn-northd writes.  Prints a line for each problem and the number of flows;
 * status 1 if there was a problem. */

#include "lflow_world.h"

#include <stdio.h>

#include "act_table.h"

static bool
match_survives(const struct symtab *symtab, const char *text, char **problem)
{
    struct expr *first = expr_parse(text, symtab, problem);
    struct ds ds = DS_EMPTY_INITIALIZER;

    if (!first) {
        return false;
    }
    expr_format(first, &ds);

    struct expr *second = expr_parse(ds_cstr(&ds), symtab, problem);
    bool ok = second && expr_equals(first, second);
    if (second && !ok) {
        *problem = xasprintf("it became \"%s\"", ds_cstr(&ds));
    }
    expr_free(first);
    expr_free(second);
    ds_destroy(&ds);
    return ok;
}

static bool
actions_survive(const struct lact_context *context, const char *text,
                char **problem)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    struct expr *prereqs[2] = { NULL, NULL };
    struct lacts actions[2];
    bool ok = false;

    if (!lacts_parse(text, context, &actions[0], &prereqs[0], problem)) {
        return false;
    }
    lacts_format(&actions[0], &ds);
    if (lacts_parse(ds_cstr(&ds), context, &actions[1], &prereqs[1],
                    problem)) {
        ok = (lacts_equal(&actions[0], &actions[1])
              && !prereqs[0] == !prereqs[1]
              && (!prereqs[0] || expr_equals(prereqs[0], prereqs[1])));
        if (!ok) {
            *problem = xasprintf("they became \"%s\"", ds_cstr(&ds));
        }
        lacts_uninit(&actions[1]);
    }
    lacts_uninit(&actions[0]);
    expr_free(prereqs[0]);
    expr_free(prereqs[1]);
    ds_destroy(&ds);
    return ok;
}

int
main(void)
{
    struct symtab *symtab = symtab_new();
    struct ds line = DS_EMPTY_INITIALIZER;
    size_t n = 0, n_bad = 0;

    while (!ds_get_line(&line, stdin)) {
        char *rest = ds_cstr(&line);
        const char *pipeline = strsep(&rest, "\t");
        const char *stage = strsep(&rest, "\t");
        const char *match = strsep(&rest, "\t");
        struct lact_context context = {
            .symtab = symtab,
            .actions = &act_table,
            .pipeline = strcmp(pipeline, "egress") ? PIPELINE_INGRESS
                        : PIPELINE_EGRESS,
            .stage = stage ? atoi(stage) : 0,
        };
        char *problem = NULL;

        n++;
        if (!rest) {
            printf("%s: no line of four\n", pipeline);
            n_bad++;
        } else if (!match_survives(symtab, match, &problem)
                   || !actions_survive(&context, rest, &problem)) {
            printf("%s => %s: %s\n", match, rest, problem);
            free(problem);
            n_bad++;
        }
    }
    printf("%"PRIuSIZE" flows\n", n);
    ds_destroy(&line);
    symtab_free(symtab);
    return n_bad != 0;
}
