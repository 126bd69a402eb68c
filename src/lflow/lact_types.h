/* The structs of actions, one for each family (actions.def). */

#ifndef LFLOW_LACT_TYPES_H
#define LFLOW_LACT_TYPES_H 1

#include "constant.h"
#include "lact.h"
#include "symbol.h"

/* "NAME;" */
struct lact_bare {
    struct lact head;
};

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
    struct lfield src;        /* MOVE, EXCHANGE. */
    struct constant constant; /* SET, of an integer... */
    struct flow_word word;    /* ...and what that comes to. */
    char *string;             /* SET, of a port: its name, "" for none. */
};

/* "NAME { ACTIONS };" and, for some, "NAME;" */
struct lact_nested {
    struct lact head;
    bool has_body;
    struct lacts actions;
};

/* "NAME;", "NAME(IP);", "NAME(IP, PORT-PORT);" */
struct lact_nat {
    struct lact head;
    bool has_ip;
    bool is_ipv6;
    struct in6_addr ip; /* IPv4 mapped. */
    uint16_t port_min;  /* 0 if no range was given. */
    uint16_t port_max;
};

struct lact_backend {
    struct in6_addr ip; /* IPv4 mapped. */
    uint16_t port;      /* 0 if not given. */
};

enum lact_lb_flag { LB_FLAG_NONE, LB_FLAG_SKIP_SNAT, LB_FLAG_FORCE_SNAT };

/* "NAME;", "NAME(backends=IP:PORT,...; hash_fields="..."; FLAG);" */
struct lact_lb {
    struct lact head;
    struct lact_backend *backends;
    size_t n;
    char *hash_fields; /* NULL if not given. */
    enum lact_lb_flag flag;
};

/* "NAME(FIELD, ...);", "RESULT = NAME(FIELD, ...);" */
struct lact_call {
    struct lact head;
    struct lfield result; /* No symbol if there is none. */
    struct lfield args[3];
    char *port; /* bind_vport: the first argument is a name. */
    size_t n_args;
};

/* "NAME(N, ...);", "RESULT = NAME(N);" */
struct lact_number {
    struct lact head;
    struct lfield result;
    uint64_t numbers[2];
    size_t n;
};

/* "RESULT = select(ID=WEIGHT, ...);" */
struct lact_choice {
    uint16_t id;
    uint16_t weight;
};
struct lact_select {
    struct lact head;
    struct lfield result;
    struct lact_choice *choices;
    size_t n;
    uint32_t total_weight;
};

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

/* The argument with that key, the first if there are several; or NULL. */
const struct lact_arg *lact_args_find(const struct lact_args *,
                                      const char *key);
/* The string or word of an argument; NULL if there is none. */
const char *lact_args_text(const struct lact_args *, const char *key);

#endif /* lflow/lact_types.h */
