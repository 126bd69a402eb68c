/* What an action is, for those who write one (pipeline/actions/act_*.c).
 *
 * in:     the lexer, at what is behind the action's name
 * out:    the action's struct, and then what it does to a packet
 * thread: parse and uninit: that of the tables; execute: any
 *
 * What several actions are written like is in lact_syntax.h. */

#ifndef LFLOW_LACT_CLASS_H
#define LFLOW_LACT_CLASS_H 1

#include "lact.h"
#include "lex.h"

/* Of pipeline/: a packet on its way. */
struct pipe_state;

/* What "R = NAME(...)" stores in R. */
enum lact_result { RESULT_NONE, RESULT_BIT, RESULT_PORT, RESULT_INTEGER };

/* What the parser and the tables of flows must know an action by. */
enum lact_kind {
    LACT_NAMED, /* Begins with its name, as does... */
    LACT_NEXT,  /* "next;": a 'struct lact_next'. */
    /* These begin with a field: 'struct lact_assign'. */
    LACT_SET,       /* "FIELD = constant;" */
    LACT_MOVE,      /* "FIELD = field;" */
    LACT_EXCHANGE,  /* "FIELD <-> field;" */
    LACT_DECREMENT, /* "FIELD--;" */
};

/* What an argument in parentheses must be. */
enum lact_arg_kind {
    ARG_NONE,
    ARG_PORT,  /* inport or outport. */
    ARG_IPV4,  /* 32 bits. */
    ARG_IPV6,  /* 128 bits. */
    ARG_MAC,   /* 48 bits. */
    ARG_NAME,  /* A port's name in quotes. */
};

#define LACT_MAX_ARGS 3

struct lact_parser {
    struct lex lex;
    const struct lact_context *context;
    struct expr *prereqs; /* So far; owned. */
};

/* An action.  What its struct begins with is filled in before parse(): the
 * head, and behind it the result ('struct lact_valued') or the field that the
 * action begins with ('struct lact_assign'). */
struct lact_class {
    const char *name; /* As ovn-sb(5) calls it. */
    enum lact_kind kind;
    enum lact_result result;
    const char *prereqs; /* What it adds to the flow's match, or NULL. */
    enum lact_arg_kind args[LACT_MAX_ARGS]; /* For lact_call_parse(). */
    size_t size; /* Of the struct, which is zeroed before parse(). */

    /* Parses what is behind the name, or behind "FIELD =".  Errors are in the
     * lexer; what was allocated meanwhile goes away with uninit(). */
    void (*parse)(struct lact_parser *, struct lact *);

    /* Without the result and the semicolon. */
    void (*format)(const struct lact *, struct ds *);

    void (*uninit)(struct lact *); /* NULL if there is nothing to do. */

    /* Does it.  'last': no other action is behind it, so that the packet need
     * not be copied to go on elsewhere. */
    void (*execute)(struct pipe_state *, const struct lact *, bool last);
};

/* A new action, zeroed; and the end of one. */
struct lact *lact_new(const struct lact_class *);
void lact_free(struct lact *);

/* Appends; takes the action. */
void lacts_add(struct lacts *, struct lact *);

/* Gives back what is allocated and not used; 'lacts' is not empty. */
void lacts_trim(struct lacts *);

/* Parses "{ ACTIONS }" at the lexer's place.  Prerequisites of the actions in
 * it become the outer flow's if 'keep_prereqs': if they work on the same
 * packet. */
void lacts_parse_braces(struct lact_parser *, bool keep_prereqs,
                        struct lacts *);

/* Parses an action that begins with a field; NULL if there is none. */
struct lact *lact_parse_assign(struct lact_parser *);

/* ANDs a field's prerequisites, or an expression's text, to the flow's. */
void lact_require_field(struct lact_parser *, const struct lfield *);
void lact_require(struct lact_parser *, const char *expression);

/* Refuses a field that an action cannot change, or two that cannot take each
 * other's values. */
bool lact_require_writable(struct lact_parser *, const struct lfield *);
bool lact_require_same_type(struct lact_parser *, const struct lfield *,
                            const struct lfield *);

#endif /* lflow/lact_class.h */
