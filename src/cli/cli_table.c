#include "cli_table.h"

#include <sys/ioctl.h>

#include "cleanup.h"
#include "cli_output.h"

#define GAP 2
/* Columns are not made narrower than this: less tells nothing. */
#define NARROW 6

void
cli_table_init(struct cli_table *table, const char *const headers[],
               size_t n_columns)
{
    table->headers = headers;
    table->n_columns = n_columns;
    svec_init(&table->cells);
}

void
cli_table_uninit(struct cli_table *table)
{
    svec_destroy(&table->cells);
}

void
cli_table_put(struct cli_table *table, const char *cell)
{
    struct ds clean = DS_EMPTY_INITIALIZER;

    cli_put_clean(&clean, cell);
    svec_add_nocopy(&table->cells, ds_steal_cstr(&clean));
}

void
cli_table_put_format(struct cli_table *table, const char *format, ...)
{
    char *cell OWNED_STRING = NULL;
    va_list args;

    va_start(args, format);
    cell = xvasprintf(format, args);
    va_end(args);
    cli_table_put(table, cell);
}

static bool
is_continuation(char c)
{
    return ((unsigned char) c & 0xc0) == 0x80;
}

/* Characters of UTF-8. */
static size_t
text_width(const char *s)
{
    size_t width = 0;

    for (; *s; s++) {
        width += !is_continuation(*s);
    }
    return width;
}

/* Bytes of the first 'width' characters of 's'. */
static size_t
text_prefix(const char *s, size_t width)
{
    size_t size = 0;

    for (; s[size]; size++) {
        if (!is_continuation(s[size]) && !width--) {
            break;
        }
    }
    return size;
}

static size_t *
natural_widths(const struct cli_table *table)
{
    size_t *widths = xcalloc(table->n_columns, sizeof *widths);

    for (size_t i = 0; i < table->n_columns; i++) {
        widths[i] = text_width(table->headers[i]);
    }
    for (size_t i = 0; i < table->cells.n; i++) {
        size_t *width = &widths[i % table->n_columns];

        *width = MAX(*width, text_width(table->cells.names[i]));
    }
    return widths;
}

/* Takes from the widest column, one character after the other. */
static void
shrink(size_t *widths, size_t n, size_t max_width)
{
    size_t total = GAP * (n - 1);

    for (size_t i = 0; i < n; i++) {
        total += widths[i];
    }
    while (total > max_width) {
        size_t widest = 0;

        for (size_t i = 1; i < n; i++) {
            if (widths[i] >= widths[widest]) {
                widest = i;
            }
        }
        if (widths[widest] <= NARROW) {
            break;
        }
        widths[widest]--;
        total--;
    }
}

static void
put_cell(struct ds *out, const char *cell, size_t width)
{
    size_t length = text_width(cell);

    if (length > width) {
        ds_put_buffer(out, cell, text_prefix(cell, width - 3));
        ds_put_cstr(out, "...");
    } else {
        ds_put_cstr(out, cell);
        ds_put_char_multiple(out, ' ', width - length);
    }
    ds_put_char_multiple(out, ' ', GAP);
}

void
cli_table_format(const struct cli_table *table, size_t max_width,
                 struct ds *out)
{
    size_t *widths = natural_widths(table);
    size_t n_rows = table->cells.n / table->n_columns;

    if (max_width) {
        shrink(widths, table->n_columns, max_width);
    }
    for (size_t row = 0; row <= n_rows; row++) {
        for (size_t i = 0; i < table->n_columns; i++) {
            put_cell(out,
                     row ? table->cells.names[(row - 1) * table->n_columns + i]
                         : table->headers[i],
                     widths[i]);
        }
        while (ds_chomp(out, ' ')) {
            continue;
        }
        ds_put_char(out, '\n');
    }
    free(widths);
}

static size_t
terminal_width(void)
{
    struct winsize size;

    if (!isatty(STDOUT_FILENO)) {
        return 0;
    }
    return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) ? size.ws_col : 0;
}

void
cli_table_print(const struct cli_table *table)
{
    struct ds out OWNED_DS = DS_EMPTY_INITIALIZER;

    cli_table_format(table, terminal_width(), &out);
    fputs(ds_cstr(&out), stdout);
}
