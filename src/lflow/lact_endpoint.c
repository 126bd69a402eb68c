/* "IP", "IP:PORT" and "[IP6]:PORT". */

#include "lact_syntax.h"

bool
lact_endpoint_parse(struct lex *lex, struct lact_endpoint *endpoint)
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
        in6_addr_set_mapped_ipv4(&endpoint->ip, htonl(c->value.u64.lo));
    } else {
        ovs_be128 be = hton128(c->value);
        memcpy(&endpoint->ip, &be, sizeof endpoint->ip);
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
    endpoint->port = port;
    return !lex->error;
}

void
lact_endpoint_format(const struct lact_endpoint *endpoint, struct ds *ds)
{
    bool square = endpoint->port && !IN6_IS_ADDR_V4MAPPED(&endpoint->ip);

    if (square) {
        ds_put_char(ds, '[');
    }
    ipv6_format_mapped(&endpoint->ip, ds);
    if (square) {
        ds_put_char(ds, ']');
    }
    if (endpoint->port) {
        ds_put_format(ds, ":%d", endpoint->port);
    }
}
