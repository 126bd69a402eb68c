#include "expr.h"

#include "lex.h"

static const char *const relop_texts[] = {
    [REL_EQ] = "==", [REL_NE] = "!=", [REL_LT] = "<",
    [REL_LE] = "<=", [REL_GT] = ">", [REL_GE] = ">=",
};

static void format(const struct expr *, bool nested, struct ds *);

static void
format_subs(const struct expr *expr, bool nested, struct ds *s)
{
    if (nested) {
        ds_put_char(s, '(');
    }
    for (size_t i = 0; i < expr->subs.n; i++) {
        if (i) {
            ds_put_cstr(s, expr->type == EXPR_AND ? " && " : " || ");
        }
        format(expr->subs.list[i], true, s);
    }
    if (nested) {
        ds_put_char(s, ')');
    }
}

/* Comparisons behind "!" need parentheses, names do not. */
static void
format_not(const struct expr *operand, struct ds *s)
{
    bool bare = (operand->type == EXPR_PREDICATE
                 || operand->type == EXPR_RESIDENT
                 || operand->type == EXPR_NOT
                 || operand->type == EXPR_AND || operand->type == EXPR_OR
                 || (operand->type == EXPR_COMPARE
                     && operand->compare.implied));

    ds_put_char(s, '!');
    if (!bare) {
        ds_put_char(s, '(');
    }
    format(operand, true, s);
    if (!bare) {
        ds_put_char(s, ')');
    }
}

static void
format(const struct expr *expr, bool nested, struct ds *s)
{
    switch (expr->type) {
    case EXPR_BOOLEAN:
        ds_put_char(s, expr->boolean ? '1' : '0');
        break;
    case EXPR_COMPARE:
        lfield_format(&expr->compare.field, s);
        if (!expr->compare.implied) {
            ds_put_format(s, " %s ", relop_texts[expr->compare.relop]);
            constant_set_format(&expr->compare.set, s);
        }
        break;
    case EXPR_PREDICATE:
        ds_put_cstr(s, expr->predicate->name);
        break;
    case EXPR_RESIDENT:
        ds_put_cstr(s, "is_chassis_resident(");
        lex_quote(expr->port, s);
        ds_put_char(s, ')');
        break;
    case EXPR_NOT:
        format_not(expr->subs.list[0], s);
        break;
    case EXPR_AND:
    case EXPR_OR:
        format_subs(expr, nested, s);
        break;
    }
}

void
expr_format(const struct expr *expr, struct ds *s)
{
    format(expr, false, s);
}
