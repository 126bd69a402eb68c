/* Tokens of matches and actions.
 *
 * A lexer walks over a string that it borrows and always holds one token; the
 * first error stays (with the place where it was found) and makes the rest of
 * the text unreadable, so that a parser needs to ask only at the end. */

#ifndef LFLOW_LEX_H
#define LFLOW_LEX_H 1

#include "constant.h"
#include "ovs.h"

enum lex_type {
#define LEX_TOKEN(NAME, TEXT) LEX_##NAME,
#include "tokens.def"
#undef LEX_TOKEN
};

struct lex_token {
    enum lex_type type;
    const char *start;        /* Where it begins in the text... */
    size_t length;            /* ...and how long it is there. */
    char *s;                  /* LEX_ID, LEX_STRING, LEX_ADDRESS_SET ($NAME),
                               * LEX_PORT_GROUP (@NAME): the text, without
                               * quotes, '$' or '@'; owned. */
    struct constant constant; /* LEX_INTEGER, LEX_MASKED: the value. */
};

struct lex {
    const char *text;       /* Borrowed. */
    struct lex_token token; /* The present one. */
    const char *next;       /* Behind it. */
    int depth;              /* Of nesting, for parsers to bound. */
    char *error;            /* The first, owned; NULL if there is none. */
};

/* Nesting deeper than this (parentheses, braces of actions) is refused:
 * parsers are recursive. */
#define LEX_MAX_DEPTH 64

void lex_init(struct lex *, const char *text);
void lex_uninit(struct lex *);

/* To the next token.  LEX_END stays. */
void lex_next(struct lex *);

/* The token behind the present one, without going there. */
enum lex_type lex_peek(const struct lex *);

/* Each: if the present token is of that type (or that identifier), goes on to
 * the next and returns true; the force ones make it an error otherwise. */
bool lex_match(struct lex *, enum lex_type);
bool lex_match_id(struct lex *, const char *id);
bool lex_force(struct lex *, enum lex_type);
bool lex_force_id(struct lex *, const char *id);
bool lex_force_end(struct lex *);

/* As lex_force() for LEX_INTEGER, LEX_STRING, LEX_ID with the value handed
 * out (the string is the caller's). */
bool lex_force_uint(struct lex *, uint64_t max, uint64_t *value);
bool lex_force_string(struct lex *, char **value);
bool lex_take_id(struct lex *, char **value);

/* Notes an error at the present token: "line 1, column 7: PROBLEM".  Returns
 * false, for "return lex_error(...)". */
bool lex_error(struct lex *, const char *problem, ...)
    OVS_PRINTF_FORMAT(2, 3);

/* "expected WHAT but found TOKEN", at the present token. */
bool lex_expected(struct lex *, const char *what);

/* What is wrong; the caller's.  NULL if nothing is. */
char *lex_steal_error(struct lex *);

/* One level deeper, and back.  False, and an error, below LEX_MAX_DEPTH. */
bool lex_enter(struct lex *);
void lex_leave(struct lex *);

/* Name of a kind of token for people: "'=='", "identifier". */
const char *lex_type_name(enum lex_type);

/* Appends 's' quoted as a string constant. */
void lex_quote(const char *s, struct ds *);

#endif /* lflow/lex.h */
