#include "symbol.h"

#include "expr.h"
#include "lex.h"

VLOG_DEFINE_THIS_MODULE(symbol);

struct symtab {
    struct shash by_name; /* Contains "struct symbol"s, owned by 'list'. */
    struct symbol **list;
    size_t n;
    size_t allocated;
};

static struct symbol *
add_symbol(struct symtab *symtab, const char *name, enum symbol_type type)
{
    struct symbol *symbol = xzalloc(sizeof *symbol);

    symbol->name = name;
    symbol->type = type;
    if (symtab->n >= symtab->allocated) {
        symtab->list = x2nrealloc(symtab->list, &symtab->allocated,
                                  sizeof *symtab->list);
    }
    symtab->list[symtab->n++] = symbol;
    shash_add_once(&symtab->by_name, name, symbol);
    return symbol;
}

/* Parses an expression of symbols.def: that it is right is our own doing. */
static struct expr *
parse_own(const struct symtab *symtab, const char *text)
{
    char *error = NULL;
    struct expr *expr = text ? expr_parse(text, symtab, &error) : NULL;

    if (error) {
        VLOG_FATAL("symbols.def: %s: %s", text, error);
    }
    return expr;
}

static void
add_field(struct symtab *symtab, const char *name, enum mf_field_id id,
          const char *prereqs)
{
    struct symbol *symbol = add_symbol(symtab, name, SYMBOL_FIELD);

    symbol->mf = mf_from_id(id);
    symbol->place = flow_place_find(symbol->mf);
    symbol->width = symbol->mf->n_bits;
    symbol->level = (symbol->mf->maskable == MFM_FULLY ? LEVEL_ORDINAL
                     : LEVEL_NOMINAL);
    symbol->writable = symbol->mf->writable;
    symbol->prereqs = parse_own(symtab, prereqs);
}

static void
add_string(struct symtab *symtab, const char *name, enum mf_field_id id,
           bool ingress_only)
{
    struct symbol *symbol = add_symbol(symtab, name, SYMBOL_FIELD);

    symbol->mf = mf_from_id(id);
    symbol->place = flow_place_find(symbol->mf);
    symbol->level = LEVEL_NOMINAL;
    symbol->is_string = true;
    symbol->writable = true;
    symbol->ingress_only = ingress_only;
}

static void
add_subfield(struct symtab *symtab, const char *name, const char *parent_name,
             int lo, int hi, const char *prereqs)
{
    const struct symbol *parent = symtab_find(symtab, parent_name);
    struct symbol *symbol = add_symbol(symtab, name, SYMBOL_FIELD);

    symbol->mf = parent->mf;
    symbol->place = parent->place;
    symbol->ofs = parent->ofs + lo;
    symbol->width = hi - lo + 1;
    symbol->level = parent->level;
    symbol->writable = parent->writable;
    symbol->prereqs = parse_own(symtab, prereqs);
}

/* A predicate that speaks of a nominal field or predicate is nominal. */
static bool
expr_is_nominal(const struct expr *expr)
{
    switch (expr->type) {
    case EXPR_COMPARE:
        return expr->compare.field.symbol->level == LEVEL_NOMINAL;
    case EXPR_PREDICATE:
        return expr->predicate->level == LEVEL_NOMINAL;
    case EXPR_NOT:
    case EXPR_AND:
    case EXPR_OR:
        for (size_t i = 0; i < expr->subs.n; i++) {
            if (expr_is_nominal(expr->subs.list[i])) {
                return true;
            }
        }
        return false;
    case EXPR_BOOLEAN:
    case EXPR_RESIDENT:
    default:
        return false;
    }
}

static void
add_predicate(struct symtab *symtab, const char *name, const char *text)
{
    struct expr *expansion = parse_own(symtab, text);
    struct symbol *symbol = add_symbol(symtab, name, SYMBOL_PREDICATE);

    symbol->width = 1;
    symbol->level = (expr_is_nominal(expansion) ? LEVEL_NOMINAL
                     : LEVEL_BOOLEAN);
    symbol->expansion = expansion;
}

static void
add_ovn_field(struct symtab *symtab, const char *name, int width,
              const char *prereqs)
{
    struct symbol *symbol = add_symbol(symtab, name, SYMBOL_OVN_FIELD);

    symbol->width = width;
    symbol->level = LEVEL_NOMINAL;
    symbol->writable = true;
    symbol->prereqs = parse_own(symtab, prereqs);
}

struct symtab *
symtab_new(void)
{
    struct symtab *s = xzalloc(sizeof *s);

    shash_init(&s->by_name);
#define FIELD(NAME, MFF, PREREQS) add_field(s, NAME, MFF_##MFF, PREREQS);
#define STRING(NAME, MFF, INGRESS_ONLY)                                       \
    add_string(s, NAME, MFF_##MFF, INGRESS_ONLY);
#define SUBFIELD(NAME, PARENT, LO, HI, PREREQS)                               \
    add_subfield(s, NAME, PARENT, LO, HI, PREREQS);
#define PREDICATE(NAME, EXPANSION) add_predicate(s, NAME, EXPANSION);
#define OVN_FIELD(NAME, WIDTH, PREREQS) add_ovn_field(s, NAME, WIDTH, PREREQS);
#define LFLAG(NAME, BIT)                                                      \
    add_subfield(s, "flags." #NAME, "flags", BIT, BIT, NULL);
#include "symbols.def"
    return s;
}

void
symtab_free(struct symtab *symtab)
{
    if (!symtab) {
        return;
    }
    for (size_t i = 0; i < symtab->n; i++) {
        expr_free(symtab->list[i]->prereqs);
        expr_free(symtab->list[i]->expansion);
        free(symtab->list[i]);
    }
    free(symtab->list);
    shash_destroy(&symtab->by_name);
    free(symtab);
}

const struct symbol *
symtab_find(const struct symtab *symtab, const char *name)
{
    return shash_find_data(&symtab->by_name, name);
}

size_t
symtab_n(const struct symtab *symtab)
{
    return symtab->n;
}

const struct symbol *
symtab_get(const struct symtab *symtab, size_t i)
{
    return symtab->list[i];
}
