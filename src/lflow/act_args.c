/* "NAME(KEY = VALUE, ...);": options, events, logs. */

#include "lact_private.h"

/* What a value must be; DHCP's types are those of the Southbound table. */
enum value_kind {
    VALUE_WORD,    /* An identifier: "info". */
    VALUE_STR,     /* A string, or several. */
    VALUE_INTEGER, /* A number. */
    VALUE_ANY,     /* Any constants. */
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

struct key {
    enum lact_type type;
    const char *name;
    enum value_kind kind;
    bool required;
};

static const struct key keys[] = {
    { LACT_COMMIT_LB_AFF, "vip", VALUE_STR, true },
    { LACT_COMMIT_LB_AFF, "backend", VALUE_STR, true },
    { LACT_COMMIT_LB_AFF, "proto", VALUE_WORD, false },
    { LACT_COMMIT_LB_AFF, "timeout", VALUE_UINT16, true },
    { LACT_COMMIT_ECMP_NH, "ipv6", VALUE_WORD, true },
    { LACT_COMMIT_ECMP_NH, "proto", VALUE_WORD, true },
    { LACT_PUT_ND_RA_OPTS, "addr_mode", VALUE_STR, true },
    { LACT_PUT_ND_RA_OPTS, "slla", VALUE_MAC, true },
    { LACT_PUT_ND_RA_OPTS, "mtu", VALUE_UINT32, false },
    { LACT_PUT_ND_RA_OPTS, "prefix", VALUE_IPV6, false },
    { LACT_PUT_ND_RA_OPTS, "router_preference", VALUE_STR, false },
    { LACT_PUT_ND_RA_OPTS, "rdnss", VALUE_IPV6, false },
    { LACT_PUT_ND_RA_OPTS, "dnssl", VALUE_STR, false },
    { LACT_PUT_ND_RA_OPTS, "route_info", VALUE_STR, false },
    { LACT_LOG, "name", VALUE_STR, false },
    { LACT_LOG, "severity", VALUE_WORD, false },
    { LACT_LOG, "verdict", VALUE_WORD, false },
    { LACT_LOG, "meter", VALUE_STR, false },
    { LACT_SAMPLE, "probability", VALUE_UINT16, true },
    { LACT_SAMPLE, "collector_set", VALUE_UINT32, false },
    { LACT_SAMPLE, "obs_domain", VALUE_UINT8, false },
    { LACT_SAMPLE, "obs_point", VALUE_OTHER, false },
    { LACT_TRIGGER_EVENT, "event", VALUE_STR, true },
    { LACT_TRIGGER_EVENT, "vip", VALUE_STR, false },
    { LACT_TRIGGER_EVENT, "protocol", VALUE_STR, false },
    { LACT_TRIGGER_EVENT, "load_balancer", VALUE_STR, false },
    { LACT_TRIGGER_EVENT, "meter", VALUE_STR, false },
    { LACT_FWD_GROUP, "liveness", VALUE_OTHER, false },
    { LACT_FWD_GROUP, "childports", VALUE_STR, true },
#define DHCP_OPTION(NAME, CODE, TYPE) \
    { LACT_PUT_DHCP_OPTS, NAME, VALUE_##TYPE, CODE == 0 },
#define DHCPV6_OPTION(NAME, CODE, TYPE) \
    { LACT_PUT_DHCPV6_OPTS, NAME, VALUE_##TYPE, false },
#include "dhcp_options.def"
};

const struct lact_arg *
lact_args_find(const struct lact_args *args, const char *key)
{
    for (size_t i = 0; i < args->n; i++) {
        if (!strcmp(args->args[i].key, key)) {
            return &args->args[i];
        }
    }
    return NULL;
}

const char *
lact_args_text(const struct lact_args *args, const char *key)
{
    const struct lact_arg *arg = lact_args_find(args, key);

    return (!arg ? NULL
            : arg->word ? arg->word
            : arg->set.strings.n ? arg->set.strings.names[0] : NULL);
}

static const struct key *
find_key(enum lact_type type, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (keys[i].type == type && !strcmp(keys[i].name, name)) {
            return &keys[i];
        }
    }
    return NULL;
}

static bool
integers_fit(const struct constant_set *set, enum constant_form form,
             bool may_mask)
{
    for (size_t i = 0; i < set->n_integers; i++) {
        if (set->integers[i].form != form
            || (set->integers[i].masked && !may_mask)) {
            return false;
        }
    }
    return set->n_integers > 0;
}

static bool
number_fits(const struct constant_set *set, int width)
{
    return (set->n_integers == 1 && !set->integers[0].masked
            && constant_width(&set->integers[0]) <= width);
}

static bool
value_fits(const struct lact_arg *arg, enum value_kind kind)
{
    const struct constant_set *set = &arg->set;

    switch (kind) {
    case VALUE_WORD: return arg->word != NULL;
    case VALUE_STR:
    case VALUE_DOMAINS: return set->strings.n > 0;
    case VALUE_INTEGER: return number_fits(set, 64);
    case VALUE_BOOL: return arg->word || number_fits(set, 1);
    case VALUE_UINT8: return number_fits(set, 8);
    case VALUE_UINT16: return number_fits(set, 16);
    case VALUE_UINT32: return number_fits(set, 32);
    case VALUE_IPV4: return integers_fit(set, FORM_IPV4, true);
    case VALUE_IPV6: return integers_fit(set, FORM_IPV6, true);
    case VALUE_MAC: return integers_fit(set, FORM_ETHERNET, false);
    case VALUE_HOST_ID:
        return set->strings.n > 0 || integers_fit(set, FORM_IPV4, false);
    case VALUE_STATIC_ROUTES:
        return integers_fit(set, FORM_IPV4, true)
               && set->n_integers % 2 == 0;
    case VALUE_ANY:
    case VALUE_OTHER:
    default: return true;
    }
}

static void
parse_value(struct lex *lex, struct lact_arg *arg)
{
    if (lex->token.type == LEX_ID) {
        lex_take_id(lex, &arg->word);
        return;
    }
    if (lex->token.type == LEX_PORT_GROUP) {
        arg->word = xasprintf("@%s", lex->token.s);
        lex_next(lex);
        return;
    }

    struct constant_set set;
    if (!constant_set_parse(lex, &set)) {
        return;
    }
    constant_set_uninit(&arg->set);
    arg->set = set;
    if (set.address_sets.n || set.port_groups.n) {
        lex_error(lex, "%s must be constant", arg->key);
    }
    /* fwd_group's list of ports has no braces. */
    while (!lex->error && set.strings.n && !set.in_curlies
           && lex->token.type == LEX_COMMA
           && lex_peek(lex) == LEX_STRING) {
        lex_next(lex);
        svec_add(&arg->set.strings, lex->token.s);
        lex_next(lex);
    }
}

static struct lact_arg *
add_arg(struct lact_args *args, size_t *allocated)
{
    if (args->n >= *allocated) {
        args->args = x2nrealloc(args->args, allocated, sizeof *args->args);
    }

    struct lact_arg *arg = &args->args[args->n++];
    *arg = (struct lact_arg) { .key = NULL };
    constant_set_init(&arg->set);
    return arg;
}

static void
parse_arg(struct lex *lex, struct lact_args *args, size_t *allocated)
{
    if (lex->token.type != LEX_ID) {
        lex_expected(lex, "the name of an argument");
        return;
    }

    const struct key *key = find_key(args->head.type, lex->token.s);
    if (!key) {
        lex_error(lex, "%s has no argument \"%s\"",
                  lact_name(args->head.type), lex->token.s);
        return;
    }

    struct lact_arg *arg = add_arg(args, allocated);
    lex_take_id(lex, &arg->key);
    lex_force(lex, LEX_ASSIGN);
    if (!lex->error) {
        parse_value(lex, arg);
    }
    if (!lex->error && !value_fits(arg, key->kind)) {
        lex_error(lex, "%s cannot have this value", key->name);
    }
}

static void
args_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_args *args = (struct lact_args *) lact;
    size_t allocated = 0;

    lex_force(&p->lex, LEX_LPAREN);
    if (!lex_match(&p->lex, LEX_RPAREN)) {
        do {
            parse_arg(&p->lex, args, &allocated);
        } while (lex_match(&p->lex, LEX_COMMA));
        lex_force(&p->lex, LEX_RPAREN);
    }
    for (size_t i = 0; i < ARRAY_SIZE(keys) && !p->lex.error; i++) {
        if (keys[i].type == lact->type && keys[i].required
            && !lact_args_find(args, keys[i].name)
            && lact->type != LACT_PUT_DHCPV6_OPTS) {
            lex_error(&p->lex, "%s needs the argument \"%s\"",
                      lact_name(lact->type), keys[i].name);
        }
    }
    if (!p->lex.error && lact_type_result(lact->type) != RESULT_NONE
        && p->context->pipeline == PIPELINE_EGRESS) {
        lex_error(&p->lex, "%s is valid only in the ingress pipeline",
                  lact_name(lact->type));
    }
}

static void
args_format(const struct lact *lact, struct ds *ds)
{
    const struct lact_args *args = (const struct lact_args *) lact;

    ds_put_format(ds, "%s(", lact_name(lact->type));
    for (size_t i = 0; i < args->n; i++) {
        const struct lact_arg *arg = &args->args[i];

        ds_put_format(ds, "%s%s = ", i ? ", " : "", arg->key);
        if (arg->word) {
            ds_put_cstr(ds, arg->word);
        } else {
            constant_set_format(&arg->set, ds);
        }
    }
    ds_put_char(ds, ')');
}

static void
args_uninit(struct lact *lact)
{
    struct lact_args *args = (struct lact_args *) lact;

    for (size_t i = 0; i < args->n; i++) {
        free(args->args[i].key);
        free(args->args[i].word);
        constant_set_uninit(&args->args[i].set);
    }
    free(args->args);
}

const struct lact_class lact_args_class = {
    .size = sizeof(struct lact_args),
    .parse = args_parse,
    .format = args_format,
    .uninit = args_uninit,
};
