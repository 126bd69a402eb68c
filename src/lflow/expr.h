/* Matches: Boolean expressions over the fields of a packet.
 *
 * A tree as written: address sets, port groups and predicates are names until
 * it is compiled or evaluated, so that it can be written out again and so that
 * a change of a set needs no parsing.  Trees are values: nothing shares them,
 * and the functions that take one do not change it unless they say "take".
 *
 * expr_evaluate() says what an expression means, in the simplest way;
 * expr_compile() must agree with it on every packet. */

#ifndef LFLOW_EXPR_H
#define LFLOW_EXPR_H 1

#include "constant.h"
#include "ovs.h"
#include "symbol.h"

struct lenv;
struct lex;

enum expr_type {
    EXPR_BOOLEAN,   /* 0 or 1. */
    EXPR_COMPARE,   /* field OP constants. */
    EXPR_PREDICATE, /* A predicate's name. */
    EXPR_RESIDENT,  /* is_chassis_resident("port"). */
    EXPR_NOT,
    EXPR_AND,
    EXPR_OR,
};

enum expr_relop { REL_EQ, REL_NE, REL_LT, REL_LE, REL_GT, REL_GE };

struct expr {
    enum expr_type type;
    union {
        bool boolean; /* EXPR_BOOLEAN. */
        struct {
            struct lfield field;
            enum expr_relop relop;
            struct constant_set set;
            bool implied; /* A one-bit field alone: "ct.new". */
        } compare; /* EXPR_COMPARE. */
        const struct symbol *predicate; /* EXPR_PREDICATE. */
        char *port;                     /* EXPR_RESIDENT. */
        struct {
            struct expr **list; /* One for NOT, two or more for AND, OR; an
                                 * AND has no AND in its list, and so on. */
            size_t n;
        } subs; /* EXPR_NOT, EXPR_AND, EXPR_OR. */
    };
};

/* Parses all of 'text'.  NULL on failure: '*error' is then the caller's. */
struct expr *expr_parse(const char *text, const struct symtab *,
                        char **error) OVS_WARN_UNUSED_RESULT;

/* Parses at the lexer's place and stops behind the expression.  NULL on
 * failure: the error is in the lexer. */
struct expr *expr_parse_lex(struct lex *, const struct symtab *);

void expr_free(struct expr *);
struct expr *expr_clone(const struct expr *);
bool expr_equals(const struct expr *, const struct expr *);
void expr_format(const struct expr *, struct ds *);

struct expr *expr_new_boolean(bool);
/* These take their operands, and flatten: AND into AND, OR into OR.  Either
 * operand may be NULL, which is the same as not being there. */
struct expr *expr_and(struct expr *, struct expr *);
struct expr *expr_or(struct expr *, struct expr *);
struct expr *expr_not(struct expr *);

/* Is 'expr' true for 'flow', in the datapath with the given key?
 * Using a symbol implies its prerequisites. */
bool expr_evaluate(const struct expr *, const struct lenv *,
                   uint32_t datapath, const struct flow *);

/* Names that the meaning of an expression depends on. */
enum expr_ref_type {
    REF_ADDRESS_SET,
    REF_PORT_GROUP,
    REF_PORT,     /* Compared with inport or outport. */
    REF_RESIDENT, /* is_chassis_resident(). */
};
typedef void expr_ref_cb(void *aux, enum expr_ref_type, const char *name);
void expr_for_each_ref(const struct expr *, expr_ref_cb *, void *aux);

/* What the classifier matches: an OR of rules.  Rules without conjunctions
 * match alone; those with one are a part of "conjunction ID, clause K of N",
 * which matches when a rule of each clause does. */
struct expr_rule {
    struct minimatch match;
    uint32_t conj_id;  /* 0: matches alone.  Else 1... within the result. */
    uint8_t clause;    /* 0...n_clauses - 1. */
    uint8_t n_clauses;
};

struct expr_rules {
    struct expr_rule *list;
    size_t n;
    uint32_t n_conj; /* Ids 1...n_conj are used. */
};

/* Compiles for a datapath.  0 rules means "never".  False if the expression
 * would need too many rules; '*error' is then the caller's, and says how to
 * write it instead. */
bool expr_compile(const struct expr *, const struct lenv *,
                  uint32_t datapath, struct expr_rules *, char **error)
    OVS_WARN_UNUSED_RESULT;
void expr_rules_uninit(struct expr_rules *);

/* A packet as a question: each field in 'expr' is given one value, all others
 * are zero (ovn-trace(8), "microflow").  False with '*error' if a field is
 * left open or two demands contradict each other. */
bool expr_to_flow(const struct expr *, const struct lenv *,
                  uint32_t datapath, struct flow *, char **error)
    OVS_WARN_UNUSED_RESULT;

#endif /* lflow/expr.h */
