#include "expr.h"

#include "lenv.h"
#include "lex.h"

/* What is common to one parse. */
struct parser {
    struct lex *lex;
    const struct symtab *symtab;
    bool negated; /* Behind an odd number of "!". */
};

static struct expr *parse_any(struct parser *);

static bool
parse_relop(struct lex *lex, enum expr_relop *relop)
{
    static const enum lex_type types[] = {
        [REL_EQ] = LEX_EQ, [REL_NE] = LEX_NE, [REL_LT] = LEX_LT,
        [REL_LE] = LEX_LE, [REL_GT] = LEX_GT, [REL_GE] = LEX_GE,
    };

    *relop = REL_EQ;
    for (int i = 0; i < (int) ARRAY_SIZE(types); i++) {
        if (lex_match(lex, types[i])) {
            *relop = i;
            return true;
        }
    }
    return lex_expected(lex, "relational operator");
}

static bool
is_relop(enum lex_type type)
{
    return type >= LEX_EQ && type <= LEX_GT;
}

/* "a < b" as "b > a". */
static enum expr_relop
relop_mirror(enum expr_relop relop)
{
    switch (relop) {
    case REL_LT: return REL_GT;
    case REL_LE: return REL_GE;
    case REL_GT: return REL_LT;
    case REL_GE: return REL_LE;
    case REL_EQ:
    case REL_NE:
    default: return relop;
    }
}

static bool
check_integers(struct lex *lex, const struct lfield *f,
               enum expr_relop relop, const struct constant_set *set)
{
    const char *name = f->symbol->name;

    for (size_t i = 0; i < set->n_integers; i++) {
        const struct constant *c = &set->integers[i];
        int width = constant_width(c);

        if (width > f->width) {
            return lex_error(lex, "the constant has %d bits, %s only %d",
                             width, name, f->width);
        } else if (c->masked && f->symbol->level == LEVEL_NOMINAL) {
            return lex_error(lex, "the nominal field %s knows no masks",
                             name);
        } else if (c->masked && relop != REL_EQ && relop != REL_NE) {
            return lex_error(lex, "a masked constant can be compared with == "
                             "and != only: select bits, as in %s[0..7]",
                             name);
        }
    }
    return true;
}

/* Does the comparison make sense?  Without it, later steps would not know
 * what to do. */
static bool
check_compare(const struct parser *p, const struct expr *expr)
{
    const struct lfield *f = &expr->compare.field;
    enum expr_relop relop = expr->compare.relop;
    const struct constant_set *set = &expr->compare.set;
    const char *name = f->symbol->name;
    bool equality = relop == REL_EQ || relop == REL_NE;

    if (f->symbol->type == SYMBOL_OVN_FIELD) {
        return lex_error(p->lex, "%s can be assigned to, not compared", name);
    } else if (f->symbol->is_string
               ? set->n_integers || set->address_sets.n
               : set->strings.n || set->port_groups.n) {
        return lex_error(p->lex, "%s is compared with %s", name,
                         f->symbol->is_string ? "names of ports, in quotes"
                         : "integers");
    } else if (!equality && f->symbol->level == LEVEL_NOMINAL) {
        return lex_error(p->lex, "the nominal field %s can be compared with "
                         "== only", name);
    } else if (!equality && (set->in_curlies || set->address_sets.n)) {
        return lex_error(p->lex, "a set can be compared with == and != only");
    } else if (f->symbol->level == LEVEL_NOMINAL
               && (relop == REL_EQ) == p->negated) {
        return lex_error(p->lex, "the nominal field %s can be tested for "
                         "being equal only, not for being different", name);
    }
    return check_integers(p->lex, f, relop, set);
}

/* Takes 'set'. */
static struct expr *
new_compare(const struct parser *p, const struct lfield *f,
            enum expr_relop relop, struct constant_set *set)
{
    struct expr *expr = xzalloc(sizeof *expr);

    expr->type = EXPR_COMPARE;
    expr->compare.field = *f;
    expr->compare.relop = relop;
    expr->compare.set = *set;
    if (!check_compare(p, expr)) {
        expr_free(expr);
        return NULL;
    }
    return expr;
}

static struct expr *
new_compare_u64(const struct parser *p, const struct lfield *f,
                enum expr_relop relop, uint64_t value)
{
    struct constant c = constant_from_u64(value);
    struct constant_set set;

    constant_set_init(&set);
    constant_set_add(&set, &c);
    return new_compare(p, f, relop, &set);
}

/* "is_chassis_resident(PORT)", at the parenthesis. */
static struct expr *
parse_resident(struct parser *p)
{
    char *port;

    if (!lex_force(p->lex, LEX_LPAREN) || !lex_force_string(p->lex, &port)) {
        return NULL;
    }
    if (!lex_force(p->lex, LEX_RPAREN)) {
        free(port);
        return NULL;
    }

    struct expr *expr = xzalloc(sizeof *expr);
    expr->type = EXPR_RESIDENT;
    expr->port = port;
    return expr;
}

/* A predicate alone, or "== 0", "!= 1" and so on behind it. */
static struct expr *
parse_predicate(struct parser *p, const struct symbol *symbol)
{
    bool positive = true;

    lex_next(p->lex);
    if (is_relop(p->lex->token.type)) {
        enum expr_relop relop;
        uint64_t value;

        parse_relop(p->lex, &relop);
        if (relop != REL_EQ && relop != REL_NE) {
            lex_error(p->lex, "the predicate %s can be compared with == and "
                      "!= only", symbol->name);
            return NULL;
        }
        if (!lex_force_uint(p->lex, 1, &value)) {
            return NULL;
        }
        positive = (relop == REL_EQ) == (value == 1);
    }
    if (symbol->level == LEVEL_NOMINAL && positive == p->negated) {
        lex_error(p->lex, "the nominal predicate %s can be tested for being "
                  "true only", symbol->name);
        return NULL;
    }

    struct expr *expr = xzalloc(sizeof *expr);
    expr->type = EXPR_PREDICATE;
    expr->predicate = symbol;
    return positive ? expr : expr_not(expr);
}

/* A field without a relational operator behind it. */
static struct expr *
finish_bare_field(struct parser *p, const struct lfield *f)
{
    if (f->symbol->is_string || f->symbol->type == SYMBOL_OVN_FIELD
        || (f->width != 1 && !p->negated)) {
        lex_expected(p->lex, "relational operator");
        return NULL;
    }

    /* "!field" is "field == 0", for fields of any width; "field != 0" has to
     * be written out. */
    bool one_bit = f->width == 1;
    struct expr *expr = new_compare_u64(p, f, one_bit ? REL_EQ : REL_NE,
                                        one_bit);
    if (expr) {
        expr->compare.implied = true;
    }
    return expr;
}

/* A comparison that begins with a field. */
static struct expr *
parse_field_first(struct parser *p, bool after_not)
{
    struct constant_set set;
    enum expr_relop relop;
    struct lfield f;

    if (!lfield_parse(p->lex, p->symtab, &f)) {
        return NULL;
    }
    if (!is_relop(p->lex->token.type)) {
        return finish_bare_field(p, &f);
    }
    if (after_not) {
        lex_error(p->lex, "put the operand of ! in parentheses");
        return NULL;
    }
    if (!parse_relop(p->lex, &relop) || !constant_set_parse(p->lex, &set)) {
        return NULL;
    }
    return new_compare(p, &f, relop, &set);
}

/* "constant < field", with "< constant" behind it or not. */
static struct expr *
parse_constant_first(struct parser *p)
{
    struct constant_set set;
    enum expr_relop relop, relop2;
    struct lfield f;

    if (!constant_set_parse(p->lex, &set)) {
        return NULL;
    }
    if (!parse_relop(p->lex, &relop)
        || !lfield_parse(p->lex, p->symtab, &f)) {
        constant_set_uninit(&set);
        return NULL;
    }

    struct expr *low = new_compare(p, &f, relop_mirror(relop), &set);
    if (!low || !is_relop(p->lex->token.type)) {
        return low;
    }

    struct expr *high = NULL;
    parse_relop(p->lex, &relop2);
    bool up = relop == REL_LT || relop == REL_LE;
    bool down = relop == REL_GT || relop == REL_GE;
    if (up ? relop2 != REL_LT && relop2 != REL_LE
        : !down || (relop2 != REL_GT && relop2 != REL_GE)) {
        lex_error(p->lex, "a range is written \"x <= field <= y\" or "
                  "\"x >= field >= y\"");
    } else if (constant_set_parse(p->lex, &set)) {
        high = new_compare(p, &f, relop2, &set);
    }
    if (!high) {
        expr_free(low);
        return NULL;
    }
    return expr_and(low, high);
}

static struct expr *
parse_not(struct parser *p);

static struct expr *
parse_parentheses(struct parser *p)
{
    if (!lex_enter(p->lex)) {
        return NULL;
    }
    lex_next(p->lex);
    struct expr *expr = parse_any(p);
    if (expr && !lex_force(p->lex, LEX_RPAREN)) {
        expr_free(expr);
        expr = NULL;
    }
    lex_leave(p->lex);
    return expr;
}

/* One operand of && and ||. */
static struct expr *
parse_operand(struct parser *p, bool after_not)
{
    struct lex *lex = p->lex;
    const struct symbol *symbol;

    switch (lex->token.type) {
    case LEX_LPAREN:
        return parse_parentheses(p);
    case LEX_NOT:
        return parse_not(p);
    case LEX_ID:
        if (lex_match_id(lex, "is_chassis_resident")) {
            return parse_resident(p);
        }
        symbol = symtab_find(p->symtab, lex->token.s);
        if (symbol && symbol->type == SYMBOL_PREDICATE) {
            return parse_predicate(p, symbol);
        }
        return parse_field_first(p, after_not);
    case LEX_INTEGER:
        if (!is_relop(lex_peek(lex))) {
            uint64_t boolean;

            return (lex_force_uint(lex, 1, &boolean)
                    ? expr_new_boolean(boolean) : NULL);
        }
        return parse_constant_first(p);
    case LEX_MASKED:
    case LEX_STRING:
    case LEX_ADDRESS_SET:
    case LEX_PORT_GROUP:
    case LEX_LCURLY:
        return parse_constant_first(p);
    default:
        lex_expected(lex, "field, constant, \"!\" or \"(\"");
        return NULL;
    }
}

static struct expr *
parse_not(struct parser *p)
{
    if (!lex_enter(p->lex)) {
        return NULL;
    }
    lex_next(p->lex);
    p->negated = !p->negated;
    struct expr *expr = parse_operand(p, true);
    p->negated = !p->negated;
    lex_leave(p->lex);
    return expr ? expr_not(expr) : NULL;
}

static struct expr *
parse_any(struct parser *p)
{
    struct expr *expr = parse_operand(p, false);
    enum lex_type op = p->lex->token.type;

    if (!expr || (op != LEX_AND && op != LEX_OR)) {
        return expr;
    }
    while (lex_match(p->lex, op)) {
        struct expr *next = parse_operand(p, false);

        if (!next) {
            expr_free(expr);
            return NULL;
        }
        expr = op == LEX_AND ? expr_and(expr, next) : expr_or(expr, next);
    }
    if (p->lex->token.type == LEX_AND || p->lex->token.type == LEX_OR) {
        lex_error(p->lex, "&& and || together need parentheses");
        expr_free(expr);
        return NULL;
    }
    return expr;
}

struct expr *
expr_parse_lex(struct lex *lex, const struct symtab *symtab)
{
    struct parser p = { .lex = lex, .symtab = symtab };
    struct expr *expr = parse_any(&p);

    if (expr && lex->error) {
        expr_free(expr);
        expr = NULL;
    }
    return expr;
}

struct expr *
expr_parse(const char *text, const struct symtab *symtab, char **error)
{
    struct lex lex;

    lex_init(&lex, text);
    struct expr *expr = expr_parse_lex(&lex, symtab);
    if (expr && !lex_force_end(&lex)) {
        expr_free(expr);
        expr = NULL;
    }
    if (!expr) {
        *error = lex_steal_error(&lex);
    }
    lex_uninit(&lex);
    return expr;
}
