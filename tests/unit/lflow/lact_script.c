/* Actions as data: lact_script FILE...
 *
 * A file actions/NAME.txt has cases, a line each:
 *
 *   stage ingress|egress N     where the flow is from here on (ingress 7)
 *   ok TEXT [-> FORMAT]        parses, and formats as that, or as TEXT
 *   needs MATCH                the prerequisites of that; without: none
 *   bad TEXT                   does not parse, for the...
 *   error PROBLEM              ...problem, with its place */

#include "unit.h"

#include <errno.h>

#include "lflow.h"

struct script {
    const char *file;
    int line;
    struct symtab *symtab;
    struct lact_context context;
    char *prereqs; /* Of the last text that parsed; "" if there are none. */
    char *error;   /* Of the last text that did not. */
};

#define script_assert(SCRIPT, CONDITION, FORMAT, ...)                         \
    assert_case(CONDITION, "%s:%d: " FORMAT, (SCRIPT)->file, (SCRIPT)->line,  \
                ##__VA_ARGS__)

/* What was said must have been looked at. */
static void
end_case(struct script *s)
{
    script_assert(s, !s->error, "before this line: which error?");
    script_assert(s, !s->prereqs || !*s->prereqs,
                  "before this line: it needs %s", s->prereqs);
    free(s->prereqs);
    s->prereqs = NULL;
}

/* Parses and formats; returns what it looks like. */
static char *
parse_and_format(struct script *s, const char *text)
{
    struct ds format = DS_EMPTY_INITIALIZER, needs = DS_EMPTY_INITIALIZER;
    struct expr *prereqs;
    struct lacts lacts;
    char *error = NULL;

    script_assert(s, lacts_parse(text, &s->context, &lacts, &prereqs,
                                 &error), "%s", error);
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

static void
do_ok(struct script *s, char *text)
{
    char *arrow = strstr(text, " -> ");
    const char *want = text;

    end_case(s);
    if (arrow) {
        *arrow = '\0';
        want = arrow + 4;
    }

    char *once = parse_and_format(s, text);
    script_assert(s, !strcmp(once, want), "formatted: %s", once);
    char *needs = xstrdup(s->prereqs);
    char *twice = parse_and_format(s, once);
    script_assert(s, !strcmp(once, twice), "formatted again: %s", twice);
    script_assert(s, !strcmp(needs, s->prereqs), "needs then: %s",
                  s->prereqs);
    free(needs);
    free(twice);
    free(once);
}

static void
do_bad(struct script *s, const char *text)
{
    struct expr *prereqs;
    struct lacts lacts;

    end_case(s);
    script_assert(s, !lacts_parse(text, &s->context, &lacts, &prereqs,
                                  &s->error), "it was accepted");
}

static void
do_stage(struct script *s, const char *text)
{
    char *number = strchr(text, ' ');

    script_assert(s, number != NULL, "which stage?");
    s->context.pipeline = *text == 'e' ? PIPELINE_EGRESS : PIPELINE_INGRESS;
    s->context.stage = atoi(number);
}

static void
do_line(struct script *s, char *line)
{
    const char *command = strsep(&line, " ");

    line = line ? line : "";
    if (!strcmp(command, "ok")) {
        do_ok(s, line);
    } else if (!strcmp(command, "bad")) {
        do_bad(s, line);
    } else if (!strcmp(command, "stage")) {
        do_stage(s, line);
    } else if (!strcmp(command, "needs")) {
        script_assert(s, s->prereqs && !strcmp(s->prereqs, line),
                      "it needs: %s", s->prereqs ? s->prereqs : "?");
        *s->prereqs = '\0';
    } else if (!strcmp(command, "error")) {
        script_assert(s, s->error && !strncmp(s->error, "line ", 5)
                      && strstr(s->error, line), "the error is: %s",
                      s->error ? s->error : "?");
        free(s->error);
        s->error = NULL;
    } else {
        script_assert(s, false, "what is \"%s\"?", command);
    }
}

static void
script(void **state)
{
    struct script s = { .file = *state, .symtab = symtab_new() };
    struct ds line = DS_EMPTY_INITIALIZER;
    FILE *stream = fopen(s.file, "r");

    assert_case(stream != NULL, "%s: %s", s.file, strerror(errno));
    s.context = (struct lact_context) { .symtab = s.symtab, .stage = 7 };
    while (!ds_get_line(&line, stream)) {
        s.line++;
        if (line.length && *ds_cstr(&line) != '#') {
            do_line(&s, ds_cstr(&line));
        }
    }
    end_case(&s);
    fclose(stream);
    ds_destroy(&line);
    symtab_free(s.symtab);
}

int
main(int argc, char *argv[])
{
    int failed = 0;

    for (int i = 1; i < argc; i++) {
        const struct CMUnitTest tests[] = {
            cmocka_unit_test_prestate(script, argv[i]),
        };

        failed += cmocka_run_group_tests_name(argv[i], tests, NULL, NULL);
    }
    return failed || argc < 2;
}
