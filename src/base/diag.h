/* What is wrong with a row, where, and what to write instead.
 *
 * Bad configuration is never fatal: whoever reads a row fills a diag, skips
 * the row (or the column) and goes on.  A diag owns its strings; an empty one
 * (diag_is_empty()) means "nothing wrong".  Any thread, each its own. */

#ifndef BASE_DIAG_H
#define BASE_DIAG_H 1

#include "ovs.h"

struct diag {
    const char *table;  /* Database table; static string. */
    char *row;          /* Name of the row, or its UUID where it has none. */
    const char *column; /* Column, with the key for a map; static string. */
    char *problem;      /* What is wrong. */
    char *remedy;       /* What to write instead; may be NULL. */
    bool closed;        /* A later problem was left out; so is its remedy. */
};

#define DIAG_INITIALIZER                                                      \
    {                                                                         \
        .table = NULL                                                         \
    }

void diag_uninit(struct diag *);
bool diag_is_empty(const struct diag *);

/* Fills an empty 'diag'; one that already says something keeps what it says,
 * because the first problem is the one to mend first.  'diag' may be NULL. */
void diag_set(struct diag *, const char *table, const char *row,
              const char *column, const char *problem, ...)
    OVS_PRINTF_FORMAT(5, 6);
/* The remedy of the problem that diag_set() has just been called with. */
void diag_set_remedy(struct diag *, const char *remedy, ...)
    OVS_PRINTF_FORMAT(2, 3);

/* Appends "TABLE \"ROW\": COLUMN: PROBLEM; REMEDY". */
void diag_format(const struct diag *, struct ds *);

#define OWNED_DIAG __attribute__((cleanup(diag_uninit)))

#endif /* base/diag.h */
