#include "diag.h"

void
diag_uninit(struct diag *diag)
{
    free(diag->row);
    free(diag->problem);
    free(diag->remedy);
    *diag = (struct diag) DIAG_INITIALIZER;
}

bool
diag_is_empty(const struct diag *diag)
{
    return !diag->problem;
}

void
diag_set(struct diag *diag, const char *table, const char *row,
         const char *column, const char *problem, ...)
{
    va_list args;

    if (!diag) {
        return;
    } else if (diag->problem) {
        diag->closed = true;
        return;
    }
    diag->table = table;
    diag->row = nullable_xstrdup(row);
    diag->column = column;
    va_start(args, problem);
    diag->problem = xvasprintf(problem, args);
    va_end(args);
}

void
diag_set_remedy(struct diag *diag, const char *remedy, ...)
{
    va_list args;

    if (!diag || diag->remedy || diag->closed) {
        return;
    }
    va_start(args, remedy);
    diag->remedy = xvasprintf(remedy, args);
    va_end(args);
}

void
diag_format(const struct diag *diag, struct ds *out)
{
    if (diag->table) {
        ds_put_cstr(out, diag->table);
        if (diag->row) {
            ds_put_format(out, " \"%s\"", diag->row);
        }
        ds_put_cstr(out, ": ");
    }
    if (diag->column) {
        ds_put_format(out, "%s: ", diag->column);
    }
    ds_put_cstr(out, diag->problem ? diag->problem : "no problem");
    if (diag->remedy) {
        ds_put_format(out, "; %s", diag->remedy);
    }
}
