/* Logical actions, parsed.
 *
 * Each action of ovn-sb(5) is one line in actions.def.  Actions that are
 * written alike are a family: they share a struct (lact_types.h) and the file
 * act_FAMILY.c, which parses and formats them; what an action does is in a
 * file exec_*.c of pipeline/.  An action begins with 'struct lact', so that a
 * list of them is walked by type; there is no other registry. */

#ifndef LFLOW_LACT_H
#define LFLOW_LACT_H 1

#include "ovs.h"
#include "symbol.h"

struct expr;
struct lex;

enum lact_type {
#define LACT(ENUM, TEXT, FAMILY, RESULT, PREREQS, EXEC) LACT_##ENUM,
#include "actions.def"
#undef LACT
    N_LACT_TYPES
};

/* The head of each action's struct. */
struct lact {
    enum lact_type type;
};

/* A list of actions; owns them. */
struct lacts {
    struct lact **list;
    size_t n;
    size_t allocated;
};

enum lpipeline { PIPELINE_INGRESS, PIPELINE_EGRESS };

/* Number of stages in a pipeline (table_id 0...32). */
#define N_LSTAGES 33

/* What actions are read in: where the flow is. */
struct lact_context {
    const struct symtab *symtab;
    enum lpipeline pipeline;
    uint8_t stage;
};

/* The action as ovn-sb(5) calls it: "ct_next". */
const char *lact_name(enum lact_type);

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
