#include "action_script.h"

#include "act_table.h"

void
action_script_init(struct action_script *s, const struct symtab *symtab)
{
    *s = (struct action_script) {
        .context = { .symtab = symtab, .actions = &act_table, .stage = 7 },
    };
}

void
action_script_uninit(struct action_script *s)
{
    free(s->prereqs);
    free(s->error);
}

char *
action_script_end_case(struct action_script *s)
{
    char *problem = NULL;

    if (s->error) {
        problem = xasprintf("before this line: which error? %s", s->error);
    } else if (s->prereqs && *s->prereqs) {
        problem = xasprintf("before this line: it needs %s", s->prereqs);
    }
    free(s->prereqs);
    s->prereqs = NULL;
    return problem;
}

/* Parses and formats; returns what it looks like, or NULL and '*problem'. */
static char *
parse_and_format(struct action_script *s, const char *text, char **problem)
{
    struct ds format = DS_EMPTY_INITIALIZER, needs = DS_EMPTY_INITIALIZER;
    struct expr *prereqs;
    struct lacts lacts;

    if (!lacts_parse(text, &s->context, &lacts, &prereqs, problem)) {
        return NULL;
    }
    lacts_format(&lacts, &format);
    if (prereqs) {
        expr_format(prereqs, &needs);
    }
    free(s->prereqs);
    s->prereqs = ds_steal_cstr(&needs);
    expr_free(prereqs);
    lacts_uninit(&lacts);
    return ds_steal_cstr(&format);
}

/* What 'text' is formatted as must mean the same. */
static char *
check_again(struct action_script *s, const char *text)
{
    char *needs = xstrdup(s->prereqs);
    char *problem = NULL;
    char *twice = parse_and_format(s, text, &problem);

    if (twice && strcmp(text, twice)) {
        problem = xasprintf("formatted again: %s", twice);
    } else if (twice && strcmp(needs, s->prereqs)) {
        problem = xasprintf("needs then: %s", s->prereqs);
    }
    free(needs);
    free(twice);
    return problem;
}

static char *
do_ok(struct action_script *s, char *text)
{
    char *arrow = strstr(text, " -> ");
    const char *want = text;
    char *problem = NULL;

    if (arrow) {
        *arrow = '\0';
        want = arrow + 4;
    }

    char *once = parse_and_format(s, text, &problem);
    if (once && strcmp(once, want)) {
        problem = xasprintf("formatted: %s", once);
    } else if (once) {
        problem = check_again(s, once);
    }
    free(once);
    return problem;
}

static char *
do_bad(struct action_script *s, const char *text)
{
    struct expr *prereqs;
    struct lacts lacts;

    if (!lacts_parse(text, &s->context, &lacts, &prereqs, &s->error)) {
        return NULL;
    }
    expr_free(prereqs);
    lacts_uninit(&lacts);
    return xstrdup("it was accepted");
}

static char *
do_stage(struct action_script *s, const char *text)
{
    const char *number = strchr(text, ' ');

    s->context.pipeline = *text == 'e' ? PIPELINE_EGRESS : PIPELINE_INGRESS;
    s->context.stage = number ? atoi(number) : 0;
    return number ? NULL : xstrdup("which stage?");
}

static char *
do_needs(struct action_script *s, const char *match)
{
    if (!s->prereqs || strcmp(s->prereqs, match)) {
        return xasprintf("it needs: %s", s->prereqs ? s->prereqs : "?");
    }
    *s->prereqs = '\0';
    return NULL;
}

static char *
do_error(struct action_script *s, const char *want)
{
    if (!s->error || strncmp(s->error, "line ", 5)
        || !strstr(s->error, want)) {
        return xasprintf("the error is: %s", s->error ? s->error : "?");
    }
    free(s->error);
    s->error = NULL;
    return NULL;
}

bool
action_script_line(struct action_script *s, const char *command, char *rest,
                   char **problem)
{
    bool is_ok = !strcmp(command, "ok");

    *problem = NULL;
    if (is_ok || !strcmp(command, "bad")) {
        *problem = action_script_end_case(s);
        if (!*problem) {
            *problem = is_ok ? do_ok(s, rest) : do_bad(s, rest);
        }
    } else if (!strcmp(command, "stage")) {
        *problem = do_stage(s, rest);
    } else if (!strcmp(command, "needs")) {
        *problem = do_needs(s, rest);
    } else if (!strcmp(command, "error")) {
        *problem = do_error(s, rest);
    } else {
        return false;
    }
    return true;
}
