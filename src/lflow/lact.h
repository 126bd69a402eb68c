/* Logical actions, parsed.
 *
 * What an action of ovn-sb(5) is, is told by its 'struct lact_class'
 * (lact_class.h): how it is parsed, formatted and executed.  Nothing here
 * knows any of them by name: who parses gives the table of all that there
 * are, which is made in pipeline/actions/.  An action begins with 'struct
 * lact', so that a list of them is walked by class. */

#ifndef LFLOW_LACT_H
#define LFLOW_LACT_H 1

#include "ovs.h"
#include "symbol.h"

struct expr;
struct lact_class;
struct lex;

/* The head of each action's struct. */
struct lact {
    const struct lact_class *class;
};

/* A list of actions; owns them. */
struct lacts {
    struct lact **list;
    size_t n;
    size_t allocated;
};

/* All actions that there are. */
struct lact_table {
    const struct lact_class *const *classes;
    size_t n;
};

enum lpipeline { PIPELINE_INGRESS, PIPELINE_EGRESS };

/* Number of stages in a pipeline (table_id 0...32). */
#define N_LSTAGES 33

/* What actions are read in: the language, and where the flow is. */
struct lact_context {
    const struct symtab *symtab;
    const struct lact_table *actions;
    enum lpipeline pipeline;
    uint8_t stage;
};

/* Parses all of 'text'.  '*prereqs' (NULL for none, else the caller's) is what
 * the flow's match must be ANDed with.  On failure false, with '*error' the
 * caller's and nothing else. */
bool lacts_parse(const char *text, const struct lact_context *,
                 struct lacts *, struct expr **prereqs, char **error)
    OVS_WARN_UNUSED_RESULT;
void lacts_format(const struct lacts *, struct ds *);
/* One action with its semicolon. */
void lact_format(const struct lact *, struct ds *);
bool lacts_equal(const struct lacts *, const struct lacts *);
void lacts_uninit(struct lacts *);

#endif /* lflow/lact.h */
