/* Reading one integer constant: the part of the lexer that knows how numbers,
 * addresses and masks are written. */

#ifndef LFLOW_LEX_NUMBER_H
#define LFLOW_LEX_NUMBER_H 1

#include "constant.h"

/* Reads the constant that 's' begins with and returns its length, 0 if there
 * is none.  '*problem' is set (static string) if there is one but a bad
 * one. */
size_t lex_number(const char *s, struct constant *, const char **problem);

#endif /* lflow/lex_number.h */
