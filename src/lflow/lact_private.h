/* What the families of actions share while parsing. */

#ifndef LFLOW_LACT_PRIVATE_H
#define LFLOW_LACT_PRIVATE_H 1

#include "lact.h"
#include "lact_types.h"
#include "lex.h"

enum lact_result { RESULT_NONE, RESULT_BIT, RESULT_PORT, RESULT_INTEGER };

struct lact_parser {
    struct lex lex;
    const struct lact_context *context;
    struct expr *prereqs; /* So far; owned. */
};

/* A family.  The result of "R = NAME(...)", if the family has one, follows
 * the head, and is filled in before parse(). */
struct lact_class {
    size_t size; /* Of the struct, which is zeroed before parse(). */

    /* Parses what is behind the name.  Errors are in the lexer; what was
     * allocated meanwhile goes away with uninit(). */
    void (*parse)(struct lact_parser *, struct lact *);

    /* Without the result and the semicolon. */
    void (*format)(const struct lact *, struct ds *);

    void (*uninit)(struct lact *); /* NULL if there is nothing to do. */
};

#define LACT(ENUM, TEXT, FAMILY, RESULT, PREREQS, EXEC) \
    extern const struct lact_class lact_##FAMILY##_class;
#include "actions.def"
#undef LACT

/* The type of an action that begins with an identifier; N_LACT_TYPES if there
 * is no such action. */
enum lact_type lact_type_from_name(const char *);
const struct lact_class *lact_class_get(enum lact_type);
enum lact_result lact_type_result(enum lact_type);

/* A new action, zeroed; and the end of one. */
struct lact *lact_new(enum lact_type);
void lact_free(struct lact *);

/* Appends; takes the action. */
void lacts_add(struct lacts *, struct lact *);

/* Parses "{ ACTIONS }" at the lexer's place.  Prerequisites of the actions in
 * it become the outer flow's if 'keep_prereqs': if they work on the same
 * packet. */
void lacts_parse_braces(struct lact_parser *, bool keep_prereqs,
                        struct lacts *);

/* Parses an action that begins with a field. */
struct lact *lact_parse_assign(struct lact_parser *);

/* Parses the action 'type', whose name is the present token; 'result' is what
 * it is assigned to, or NULL. */
struct lact *lact_parse_named(struct lact_parser *, enum lact_type,
                              const struct lfield *result);

/* ANDs a field's prerequisites, or an expression's text, to the flow's. */
void lact_require_field(struct lact_parser *, const struct lfield *);
void lact_require(struct lact_parser *, const char *expression);

/* Parses "IP", "IP:PORT" or "[IP6]:PORT" at the lexer's place. */
bool lact_parse_endpoint(struct lex *, struct lact_backend *);
void lact_format_endpoint(const struct lact_backend *, struct ds *);

#endif /* lflow/lact_private.h */
