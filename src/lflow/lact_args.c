/* "NAME(KEY = VALUE, ...);": options, events, logs. */

#include "lact_syntax.h"

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

/* The arguments of an action, and those that it may have. */
struct args_parser {
    struct lex *lex;
    struct lact_args *args;
    size_t allocated;
    const struct lact_key *keys;
    size_t n_keys;
};

static const struct lact_key *
find_key(const struct args_parser *p, const char *name)
{
    for (size_t i = 0; i < p->n_keys; i++) {
        if (!strcmp(p->keys[i].name, name)) {
            return &p->keys[i];
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
value_fits(const struct lact_arg *arg, enum lact_value value)
{
    const struct constant_set *set = &arg->set;

    switch (value) {
    case VALUE_WORD: return arg->word != NULL;
    case VALUE_STR:
    case VALUE_DOMAINS: return set->strings.n > 0;
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
add_arg(struct args_parser *p)
{
    struct lact_args *args = p->args;

    if (args->n >= p->allocated) {
        args->args = x2nrealloc(args->args, &p->allocated,
                                sizeof *args->args);
    }

    struct lact_arg *arg = &args->args[args->n++];
    *arg = (struct lact_arg) { .key = NULL };
    constant_set_init(&arg->set);
    return arg;
}

static void
parse_arg(struct args_parser *p)
{
    struct lex *lex = p->lex;

    if (lex->token.type != LEX_ID) {
        lex_expected(lex, "the name of an argument");
        return;
    }

    const struct lact_key *key = find_key(p, lex->token.s);
    if (!key) {
        lex_error(lex, "%s has no argument \"%s\"",
                  p->args->head.class->name, lex->token.s);
        return;
    }

    struct lact_arg *arg = add_arg(p);
    lex_take_id(lex, &arg->key);
    lex_force(lex, LEX_ASSIGN);
    if (!lex->error) {
        parse_value(lex, arg);
    }
    if (!lex->error && !value_fits(arg, key->value)) {
        lex_error(lex, "%s cannot have this value", key->name);
    }
}

void
lact_args_parse(struct lact_parser *p, struct lact *lact,
                const struct lact_key *keys, size_t n_keys)
{
    struct args_parser args = {
        .lex = &p->lex,
        .args = (struct lact_args *) lact,
        .keys = keys,
        .n_keys = n_keys,
    };

    lex_force(&p->lex, LEX_LPAREN);
    if (!lex_match(&p->lex, LEX_RPAREN)) {
        do {
            parse_arg(&args);
        } while (lex_match(&p->lex, LEX_COMMA));
        lex_force(&p->lex, LEX_RPAREN);
    }
    for (size_t i = 0; i < n_keys && !p->lex.error; i++) {
        if (keys[i].required && !lact_args_find(args.args, keys[i].name)) {
            lex_error(&p->lex, "%s needs the argument \"%s\"",
                      lact->class->name, keys[i].name);
        }
    }
    if (!p->lex.error && lact->class->result != RESULT_NONE
        && p->context->pipeline == PIPELINE_EGRESS) {
        lex_error(&p->lex, "%s is valid only in the ingress pipeline",
                  lact->class->name);
    }
}

void
lact_args_format(const struct lact *lact, struct ds *ds)
{
    const struct lact_args *args = (const struct lact_args *) lact;

    ds_put_format(ds, "%s(", lact->class->name);
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

void
lact_args_uninit(struct lact *lact)
{
    struct lact_args *args = (struct lact_args *) lact;

    for (size_t i = 0; i < args->n; i++) {
        free(args->args[i].key);
        free(args->args[i].word);
        constant_set_uninit(&args->args[i].set);
    }
    free(args->args);
}
