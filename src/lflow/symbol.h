/* Symbols: the names of fields, subfields and predicates.
 *
 * All are listed in symbols.def.  A 'struct symtab' is that list ready for
 * use: prerequisites and expansions parsed.  It never changes after
 * symtab_new(), so that any thread may use it. */

#ifndef LFLOW_SYMBOL_H
#define LFLOW_SYMBOL_H 1

#include "flow_place.h"
#include "ovs.h"

struct expr;
struct lex;

/* Registers of 'struct flow' that logical metadata live in, as with stock
 * OVN (ovn-architecture(7)); the datapath's key is 'metadata'. */
enum { LREG_FLAGS = 10, LREG_INPORT = 14, LREG_OUTPORT = 15 };

/* Bits of "flags". */
enum lflag {
#define LFLAG(NAME, BIT) LFLAG_##NAME = 1u << BIT,
#include "symbols.def"
#undef LFLAG
};

enum symbol_type {
    SYMBOL_FIELD,     /* Part of 'struct flow', or a subfield of it. */
    SYMBOL_PREDICATE, /* Shorthand for an expression. */
    SYMBOL_OVN_FIELD, /* Only to assign to: icmp4.frag_mtu. */
};

/* ovn-sb(5), "Level of Measurement". */
enum symbol_level { LEVEL_NOMINAL, LEVEL_ORDINAL, LEVEL_BOOLEAN };

struct symbol {
    const char *name;
    enum symbol_type type;
    enum symbol_level level;
    const struct mf_field *mf; /* SYMBOL_FIELD: the field, or what it is a
                                * subfield of; else NULL. */
    struct flow_place place;   /* Of 'mf' in 'struct flow'. */
    int ofs;                   /* Lowest bit in 'mf'. */
    int width;                 /* In bits; of strings, 0. */
    bool is_string;            /* inport, outport: value is a port's key. */
    bool writable;             /* Actions may assign to it... */
    bool ingress_only;         /* ...but only in the ingress pipeline. */
    struct expr *prereqs;      /* What using it implies, or NULL. */
    struct expr *expansion;    /* SYMBOL_PREDICATE: what it stands for. */
};

struct symtab;

struct symtab *symtab_new(void);
void symtab_free(struct symtab *);
const struct symbol *symtab_find(const struct symtab *, const char *name);

/* All symbols, in the order of symbols.def: for completion and tests. */
size_t symtab_n(const struct symtab *);
const struct symbol *symtab_get(const struct symtab *, size_t i);

/* Some bits of a field, as written: "reg0", "vlan.tci[12]", "reg9[16..31]".
 * 'ofs' is relative to the symbol; lfield_ofs() is the bit in symbol->mf. */
struct lfield {
    const struct symbol *symbol;
    int ofs;
    int width; /* 0 for strings. */
};

static inline int
lfield_ofs(const struct lfield *f)
{
    return f->symbol->ofs + f->ofs;
}

bool lfield_equals(const struct lfield *, const struct lfield *);
void lfield_format(const struct lfield *, struct ds *);

/* Parses a field at the lexer's place.  False if there is none or it is a
 * predicate: the error is in the lexer. */
bool lfield_parse(struct lex *, const struct symtab *, struct lfield *);

/* The value of a field in a flow, and setting it; the low 'width' bits count
 * (of strings: the port's key, 32 bits). */
ovs_u128 lfield_read(const struct lfield *, const struct flow *);
void lfield_write(const struct lfield *, ovs_u128 value, struct flow *);

/* The assignment of a constant, ready to be done, if the field lies within
 * one 64-bit word of 'struct flow'. */
struct flow_word {
    uint64_t value; /* No 1-bits where 'mask' has 0-bits. */
    uint64_t mask;  /* The bits to change; 0 if it is not that simple. */
    size_t index;   /* Of the word. */
};
struct flow_word lfield_word(const struct lfield *, ovs_u128 value,
                             ovs_u128 mask);

/* Can the field have the value at all?  arp.op has 16 bits, of which a flow
 * has only 8. */
bool lfield_can_be(const struct lfield *, ovs_u128 value);

/* Adds "field == x/mask" to 'match', which must not have the field yet. */
void lfield_match(const struct lfield *, ovs_u128 x, ovs_u128 mask,
                  struct match *);

/* Marks the field's bits as looked at. */
void lfield_unwildcard(const struct lfield *, struct flow_wildcards *);

/* Which 64-bit words of 'struct flow' the field is in: '*n' from '*first'
 * on. */
void lfield_words(const struct lfield *, size_t *first, size_t *n);

#endif /* lflow/symbol.h */
