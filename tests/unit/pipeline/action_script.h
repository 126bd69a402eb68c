/* How actions are written, as data; lines of an actions/act_NAME.rt:
 *
 *   stage ingress|egress N     where the flow is from here on (ingress 7)
 *   ok TEXT [-> FORMAT]        parses, and formats as that, or as TEXT
 *   needs MATCH                the prerequisites of that; without: none
 *   bad TEXT                   does not parse, for the...
 *   error PROBLEM              ...problem, with its place */

#ifndef TESTS_ACTION_SCRIPT_H
#define TESTS_ACTION_SCRIPT_H 1

#include "lflow.h"

struct action_script {
    struct lact_context context;
    char *prereqs; /* Of the last text that parsed; "" if there are none. */
    char *error;   /* Of the last text that did not. */
};

void action_script_init(struct action_script *, const struct symtab *);
void action_script_uninit(struct action_script *);

/* Does a line if it is one of these; '*problem' is then the caller's, NULL if
 * there is none. */
bool action_script_line(struct action_script *, const char *command,
                        char *rest, char **problem);

/* What was said must have been looked at: a problem, or NULL. */
char *action_script_end_case(struct action_script *);

#endif /* action_script.h */
