/* What several actions are written like: structs of parsed actions, and the
 * functions that a 'struct lact_class' of such an action is made from.  What
 * only one action is written like is in its own file. */

#ifndef LFLOW_LACT_SYNTAX_H
#define LFLOW_LACT_SYNTAX_H 1

#include "constant.h"
#include "lact_class.h"
#include "symbol.h"

/* "NAME;" or "NAME();" */
struct lact_bare {
    struct lact head;
};
void lact_bare_parse(struct lact_parser *, struct lact *);
void lact_bare_format(const struct lact *, struct ds *);

/* "next;", "next(TABLE);", "next(pipeline=P, table=T);" */
struct lact_next {
    struct lact head;
    enum lpipeline pipeline;
    uint8_t stage;
    bool plain; /* Written as "next;". */
};

/* "dst = constant;", "dst = src;", "dst <-> src;", "ip.ttl--;", "push(dst);",
 * "pop(dst);" */
struct lact_assign {
    struct lact head;
    struct lfield dst;
    union {
        struct lfield src;    /* LACT_MOVE, LACT_EXCHANGE. */
        char *string;         /* LACT_SET, of a port: its name, "" for none. */
    };
    struct constant constant; /* LACT_SET, of an integer... */
    struct flow_word word;    /* ...and what that comes to. */
};

/* "NAME { ACTIONS };" and, for some, "NAME;" */
struct lact_nested {
    struct lact head;
    bool has_body;
    struct lacts actions;
};
void lact_nested_parse(struct lact_parser *, struct lact *);
/* The same, or no braces at all. */
void lact_nested_parse_optional(struct lact_parser *, struct lact *);
void lact_nested_format(const struct lact *, struct ds *);
void lact_nested_uninit(struct lact *);

/* What an action with a result begins with. */
struct lact_valued {
    struct lact head;
    struct lfield result;
};

/* "NAME(FIELD, ...);", "RESULT = NAME(FIELD, ...);" */
struct lact_call {
    struct lact head;
    struct lfield result; /* No symbol if there is none. */
    struct lfield args[LACT_MAX_ARGS];
    char *port; /* ARG_NAME. */
    size_t n_args;
};

/* The arguments are what the class says. */
void lact_call_parse(struct lact_parser *, struct lact *);
void lact_call_format(const struct lact *, struct ds *);
void lact_call_uninit(struct lact *);

/* "NAME(N, ...);", "RESULT = NAME(N);" */
struct lact_number {
    struct lact head;
    struct lfield result;
    uint64_t numbers[2];
    size_t n;
};
/* One number, or up to 'max_n', none of them above 'largest'. */
void lact_number_parse(struct lact_parser *, struct lact *, size_t max_n,
                       uint64_t largest);
void lact_number_format(const struct lact *, struct ds *);

/* "NAME(KEY = VALUE, ...);", "RESULT = NAME(KEY = VALUE, ...);" */
struct lact_arg {
    char *key;
    char *word;              /* "info", "true", "@cookie"; else NULL and... */
    struct constant_set set; /* ...one or more constants. */
};
struct lact_args {
    struct lact head;
    struct lfield result;
    struct lact_arg *args;
    size_t n;
};

/* What a value must be; DHCP's types are those of the Southbound table. */
enum lact_value {
    VALUE_WORD, /* An identifier: "info". */
    VALUE_STR,  /* A string, or several. */
    VALUE_BOOL,
    VALUE_UINT8,
    VALUE_UINT16,
    VALUE_UINT32,
    VALUE_IPV4,
    VALUE_IPV6,
    VALUE_MAC,
    VALUE_HOST_ID,
    VALUE_DOMAINS,
    VALUE_STATIC_ROUTES,
    VALUE_OTHER, /* A number, a string, a word or "@cookie". */
};

/* An argument that an action has. */
struct lact_key {
    const char *name;
    enum lact_value value;
    bool required;
};

void lact_args_parse(struct lact_parser *, struct lact *,
                     const struct lact_key *, size_t n_keys);
void lact_args_format(const struct lact *, struct ds *);
void lact_args_uninit(struct lact *);

/* The argument with that key, the first if there are several; or NULL. */
const struct lact_arg *lact_args_find(const struct lact_args *,
                                      const char *key);
/* The string or word of an argument; NULL if there is none. */
const char *lact_args_text(const struct lact_args *, const char *key);

/* "IP", "IP:PORT" or "[IP6]:PORT" */
struct lact_endpoint {
    struct in6_addr ip; /* IPv4 mapped. */
    uint16_t port;      /* 0 if not given. */
};
bool lact_endpoint_parse(struct lex *, struct lact_endpoint *);
void lact_endpoint_format(const struct lact_endpoint *, struct ds *);

#endif /* lflow/lact_syntax.h */
