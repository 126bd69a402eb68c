#include "constant.h"

#include "lex.h"
#include "symbol.h"

ovs_u128
u128_ones(int n_bits)
{
    ovs_u128 ones = { .u64 = { .lo = 0, .hi = 0 } };

    if (n_bits >= 64) {
        ones.u64.lo = UINT64_MAX;
        n_bits -= 64;
        ones.u64.hi = n_bits >= 64 ? UINT64_MAX
                                   : (UINT64_C(1) << n_bits) - 1;
    } else if (n_bits > 0) {
        ones.u64.lo = (UINT64_C(1) << n_bits) - 1;
    }
    return ones;
}

ovs_u128
u128_shift_left(ovs_u128 x, int n)
{
    if (n >= 128) {
        x.u64.hi = x.u64.lo = 0;
    } else if (n >= 64) {
        x.u64.hi = x.u64.lo << (n - 64);
        x.u64.lo = 0;
    } else if (n > 0) {
        x.u64.hi = x.u64.hi << n | x.u64.lo >> (64 - n);
        x.u64.lo <<= n;
    }
    return x;
}

ovs_u128
u128_shift_right(ovs_u128 x, int n)
{
    if (n >= 128) {
        x.u64.hi = x.u64.lo = 0;
    } else if (n >= 64) {
        x.u64.lo = x.u64.hi >> (n - 64);
        x.u64.hi = 0;
    } else if (n > 0) {
        x.u64.lo = x.u64.lo >> n | x.u64.hi << (64 - n);
        x.u64.hi >>= n;
    }
    return x;
}

int
u128_compare(ovs_u128 a, ovs_u128 b)
{
    if (a.u64.hi != b.u64.hi) {
        return a.u64.hi < b.u64.hi ? -1 : 1;
    }
    return a.u64.lo < b.u64.lo ? -1 : a.u64.lo > b.u64.lo;
}

static int
u128_width(ovs_u128 x)
{
    return (x.u64.hi ? 64 + log_2_floor(x.u64.hi) + 1
            : x.u64.lo ? log_2_floor(x.u64.lo) + 1 : 0);
}

int
constant_width(const struct constant *c)
{
    int width = u128_width(c->value);

    return c->masked ? MAX(width, u128_width(c->mask)) : width;
}

struct constant
constant_from_u64(uint64_t value)
{
    return (struct constant) {
        .form = FORM_DECIMAL,
        .value = { .u64 = { .lo = value } },
        .mask = OVS_U128_MAX,
    };
}

bool
constant_equals(const struct constant *a, const struct constant *b)
{
    return (ovs_u128_equals(a->value, b->value)
            && ovs_u128_equals(a->mask, b->mask));
}

bool
constant_suits(const struct constant *c, const struct lfield *f)
{
    switch (c->form) {
    case FORM_IPV4:
        return f->width == 32;
    case FORM_IPV6:
        return f->width == 128;
    case FORM_ETHERNET:
        return f->width == 48;
    case FORM_DECIMAL:
    case FORM_HEX:
    default:
        return constant_width(c) <= f->width;
    }
}

bool
constant_parse(const char *s, struct constant *c)
{
    struct lex lex;

    lex_init(&lex, s);
    bool ok = (!lex.error
               && (lex.token.type == LEX_INTEGER
                   || lex.token.type == LEX_MASKED)
               && lex.token.start[lex.token.length] == '\0');
    if (ok) {
        *c = lex.token.constant;
    }
    lex_uninit(&lex);
    return ok;
}

/* Formatting. */

static struct in6_addr
u128_to_ipv6(ovs_u128 x)
{
    ovs_be64 be[2] = { htonll(x.u64.hi), htonll(x.u64.lo) };
    struct in6_addr addr;

    memcpy(&addr, be, sizeof addr);
    return addr;
}

static void
format_number(enum constant_form form, ovs_u128 x, struct ds *s)
{
    if (form == FORM_DECIMAL && !x.u64.hi) {
        ds_put_format(s, "%"PRIu64, x.u64.lo);
    } else if (form == FORM_IPV4 && !x.u64.hi && x.u64.lo <= UINT32_MAX) {
        ds_put_format(s, IP_FMT, IP_ARGS(htonl(x.u64.lo)));
    } else if (form == FORM_IPV6) {
        struct in6_addr addr = u128_to_ipv6(x);
        ipv6_format_addr(&addr, s);
    } else if (form == FORM_ETHERNET && !x.u64.hi && !(x.u64.lo >> 48)) {
        struct eth_addr ea;
        eth_addr_from_uint64(x.u64.lo, &ea);
        ds_put_format(s, ETH_ADDR_FMT, ETH_ADDR_ARGS(ea));
    } else if (x.u64.hi) {
        ds_put_format(s, "0x%"PRIx64"%016"PRIx64, x.u64.hi, x.u64.lo);
    } else {
        ds_put_format(s, "0x%"PRIx64, x.u64.lo);
    }
}

void
constant_format(const struct constant *c, struct ds *s)
{
    format_number(c->form, c->value, s);
    if (!c->masked) {
        return;
    }
    ds_put_char(s, '/');

    int width = c->form == FORM_IPV4 ? 32 : c->form == FORM_IPV6 ? 128 : 0;
    for (int plen = 0; width && plen <= width; plen++) {
        ovs_u128 prefix = u128_shift_left(u128_ones(plen), width - plen);
        if (ovs_u128_equals(prefix, c->mask)) {
            ds_put_format(s, "%d", plen);
            return;
        }
    }
    format_number(c->form, c->mask, s);
}

/* Sets. */

void
constant_set_init(struct constant_set *set)
{
    memset(set, 0, sizeof *set);
    svec_init(&set->strings);
    svec_init(&set->address_sets);
    svec_init(&set->port_groups);
}

void
constant_set_uninit(struct constant_set *set)
{
    free(set->integers);
    svec_destroy(&set->strings);
    svec_destroy(&set->address_sets);
    svec_destroy(&set->port_groups);
}

void
constant_set_clone(struct constant_set *dst, const struct constant_set *src)
{
    *dst = *src;
    dst->allocated = src->n_integers;
    dst->integers = src->n_integers
        ? xmemdup(src->integers, src->n_integers * sizeof *src->integers)
        : NULL;
    svec_clone(&dst->strings, &src->strings);
    svec_clone(&dst->address_sets, &src->address_sets);
    svec_clone(&dst->port_groups, &src->port_groups);
}

void
constant_set_add(struct constant_set *set, const struct constant *c)
{
    if (set->n_integers >= set->allocated) {
        set->integers = x2nrealloc(set->integers, &set->allocated,
                                   sizeof *set->integers);
    }
    set->integers[set->n_integers++] = *c;
}

bool
constant_set_equals(const struct constant_set *a,
                    const struct constant_set *b)
{
    if (a->n_integers != b->n_integers
        || !svec_equal(&a->strings, &b->strings)
        || !svec_equal(&a->address_sets, &b->address_sets)
        || !svec_equal(&a->port_groups, &b->port_groups)) {
        return false;
    }
    for (size_t i = 0; i < a->n_integers; i++) {
        if (!constant_equals(&a->integers[i], &b->integers[i])) {
            return false;
        }
    }
    return true;
}

static void
format_names(const struct svec *names, char prefix, const char **separator,
             struct ds *s)
{
    const char *name;
    size_t i;

    SVEC_FOR_EACH (i, name, names) {
        ds_put_cstr(s, *separator);
        *separator = ", ";
        if (prefix) {
            ds_put_format(s, "%c%s", prefix, name);
        } else {
            lex_quote(name, s);
        }
    }
}

void
constant_set_format(const struct constant_set *set, struct ds *s)
{
    const char *separator = "";

    if (set->in_curlies) {
        ds_put_char(s, '{');
    }
    for (size_t i = 0; i < set->n_integers; i++) {
        ds_put_cstr(s, separator);
        separator = ", ";
        constant_format(&set->integers[i], s);
    }
    format_names(&set->strings, '\0', &separator, s);
    format_names(&set->address_sets, '$', &separator, s);
    format_names(&set->port_groups, '@', &separator, s);
    if (set->in_curlies) {
        ds_put_char(s, '}');
    }
}

const char *
constant_set_from_strings(struct constant_set *set, char *const *strings,
                          size_t n)
{
    const char *bad = NULL;

    constant_set_init(set);
    for (size_t i = 0; i < n; i++) {
        struct constant c;

        if (constant_parse(strings[i], &c)) {
            constant_set_add(set, &c);
        } else if (!bad) {
            bad = strings[i];
        }
    }
    return bad;
}

/* Parsing. */

static bool
parse_member(struct lex *lex, struct constant_set *set)
{
    switch (lex->token.type) {
    case LEX_INTEGER:
    case LEX_MASKED:
        constant_set_add(set, &lex->token.constant);
        break;
    case LEX_STRING:
        svec_add(&set->strings, lex->token.s);
        break;
    case LEX_ADDRESS_SET:
        svec_add(&set->address_sets, lex->token.s);
        break;
    case LEX_PORT_GROUP:
        svec_add(&set->port_groups, lex->token.s);
        break;
    default:
        return lex_expected(lex, "constant");
    }
    lex_next(lex);
    return true;
}

bool
constant_set_parse(struct lex *lex, struct constant_set *set)
{
    bool ok = true;

    constant_set_init(set);
    if (lex_match(lex, LEX_LCURLY)) {
        set->in_curlies = true;
        if (lex->token.type == LEX_RCURLY) {
            ok = lex_expected(lex, "constant");
        }
        while (ok && !lex_match(lex, LEX_RCURLY)) {
            ok = parse_member(lex, set);
            lex_match(lex, LEX_COMMA);
        }
    } else {
        ok = parse_member(lex, set);
    }
    if (ok && set->n_integers + set->address_sets.n
        && set->strings.n + set->port_groups.n) {
        ok = lex_error(lex, "a set may not contain both integers and ports");
    }
    ok = ok && !lex->error;
    if (!ok) {
        constant_set_uninit(set);
    }
    return ok;
}
