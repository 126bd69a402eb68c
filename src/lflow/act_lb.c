/* "ct_lb(backends=IP:PORT,...; hash_fields="..."; FLAG);" and ct_lb_mark. */

#include "lact_private.h"

bool
lact_parse_endpoint(struct lex *lex, struct lact_backend *backend)
{
    bool square = lex_match(lex, LEX_LSQUARE);
    const struct constant *c = &lex->token.constant;
    uint64_t port = 0;

    if (lex->token.type != LEX_INTEGER
        || (c->form != FORM_IPV4 && c->form != FORM_IPV6)
        || (square && c->form == FORM_IPV4)) {
        return lex_expected(lex, square ? "an IPv6 address"
                            : "an IP address");
    }
    if (c->form == FORM_IPV4) {
        in6_addr_set_mapped_ipv4(&backend->ip, htonl(c->value.u64.lo));
    } else {
        ovs_be128 be = hton128(c->value);
        memcpy(&backend->ip, &be, sizeof backend->ip);
    }
    bool ipv6_alone = c->form == FORM_IPV6 && !square;
    lex_next(lex);
    if (square) {
        lex_force(lex, LEX_RSQUARE);
    }
    if (!ipv6_alone && lex_match(lex, LEX_COLON)) {
        lex_force_uint(lex, UINT16_MAX, &port);
        if (!lex->error && !port) {
            return lex_error(lex, "0 is no port");
        }
    }
    backend->port = port;
    return !lex->error;
}

void
lact_format_endpoint(const struct lact_backend *backend, struct ds *ds)
{
    bool square = backend->port && !IN6_IS_ADDR_V4MAPPED(&backend->ip);

    if (square) {
        ds_put_char(ds, '[');
    }
    ipv6_format_mapped(&backend->ip, ds);
    if (square) {
        ds_put_char(ds, ']');
    }
    if (backend->port) {
        ds_put_format(ds, ":%d", backend->port);
    }
}

static void
parse_backends(struct lex *lex, struct lact_lb *lb)
{
    size_t allocated = 0;

    do {
        struct lact_backend backend;

        if (!lact_parse_endpoint(lex, &backend)) {
            return;
        }
        if (lb->n && (IN6_IS_ADDR_V4MAPPED(&backend.ip)
                      != IN6_IS_ADDR_V4MAPPED(&lb->backends[0].ip))) {
            lex_error(lex, "backends must all be IPv4 or all be IPv6");
            return;
        }
        if (lb->n >= allocated) {
            lb->backends = x2nrealloc(lb->backends, &allocated,
                                      sizeof *lb->backends);
        }
        lb->backends[lb->n++] = backend;
    } while (lex_match(lex, LEX_COMMA));
}

static void
parse_option(struct lex *lex, struct lact_lb *lb)
{
    if (lex_match_id(lex, "hash_fields")) {
        lex_force(lex, LEX_ASSIGN);
        free(lb->hash_fields);
        lb->hash_fields = NULL;
        lex_force_string(lex, &lb->hash_fields);
    } else if (lex_match_id(lex, "skip_snat")) {
        lb->flag = LB_FLAG_SKIP_SNAT;
    } else if (lex_match_id(lex, "force_snat")) {
        lb->flag = LB_FLAG_FORCE_SNAT;
    } else {
        lex_expected(lex, "\"hash_fields\", \"skip_snat\" or "
                     "\"force_snat\"");
    }
}

static void
lb_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_lb *lb = (struct lact_lb *) lact;
    struct lex *lex = &p->lex;

    if (!lex_match(lex, LEX_LPAREN)) {
        return;
    }
    if (lex_match_id(lex, "backends") && lex_force(lex, LEX_ASSIGN)) {
        parse_backends(lex, lb);
    } else if (!lex->error) {
        lex_expected(lex, "\"backends\"");
    }
    while (!lex->error && lex_match(lex, LEX_SEMICOLON)) {
        parse_option(lex, lb);
    }
    lex_force(lex, LEX_RPAREN);
}

static void
lb_format(const struct lact *lact, struct ds *ds)
{
    const struct lact_lb *lb = (const struct lact_lb *) lact;

    ds_put_cstr(ds, lact_name(lact->type));
    if (!lb->n) {
        return;
    }
    ds_put_cstr(ds, "(backends=");
    for (size_t i = 0; i < lb->n; i++) {
        if (i) {
            ds_put_char(ds, ',');
        }
        lact_format_endpoint(&lb->backends[i], ds);
    }
    if (lb->hash_fields) {
        ds_put_cstr(ds, "; hash_fields=");
        lex_quote(lb->hash_fields, ds);
    }
    if (lb->flag) {
        ds_put_cstr(ds, lb->flag == LB_FLAG_SKIP_SNAT ? "; skip_snat"
                    : "; force_snat");
    }
    ds_put_char(ds, ')');
}

static void
lb_uninit(struct lact *lact)
{
    struct lact_lb *lb = (struct lact_lb *) lact;

    free(lb->backends);
    free(lb->hash_fields);
}

const struct lact_class lact_lb_class = {
    .size = sizeof(struct lact_lb),
    .parse = lb_parse,
    .format = lb_format,
    .uninit = lb_uninit,
};
