/* Tables for people: columns as wide as their content, or as the terminal
 * allows.
 *
 *     NAME  STATE
 *     web   asleep
 *
 * owner: the caller embeds it; cells are copied
 * Cells may hold anything: control characters are shown as '?', and widths
 * count characters, not bytes. */

#ifndef CLI_CLI_TABLE_H
#define CLI_CLI_TABLE_H 1

#include "ovs.h"

struct cli_table {
    const char *const *headers; /* Static strings. */
    size_t n_columns;
    struct svec cells; /* Row by row. */
};

void cli_table_init(struct cli_table *, const char *const headers[],
                    size_t n_columns);
void cli_table_uninit(struct cli_table *);

/* Appends the next cell: n_columns of them make a row. */
void cli_table_put(struct cli_table *, const char *);
void cli_table_put_format(struct cli_table *, const char *, ...)
    OVS_PRINTF_FORMAT(2, 3);

/* No line is wider than 'max_width' as long as a column keeps a few
 * characters; 0 for no limit. */
void cli_table_format(const struct cli_table *, size_t max_width, struct ds *);

/* To stdout; limited only if that is a terminal. */
void cli_table_print(const struct cli_table *);

#endif /* cli/cli_table.h */
