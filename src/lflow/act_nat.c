/* "ct_dnat;", "ct_dnat(IP);", "ct_snat(IP, PORT-PORT);" and their kin. */

#include "lact_private.h"

/* "1000-2000".  There is no such token: nothing else is written with "-". */
static void
parse_range(struct lex *lex, struct lact_nat *nat)
{
    uint64_t min = 0, max = 0;

    if (lex->token.type != LEX_INTEGER) {
        lex_expected(lex, "a port or a range of ports");
        return;
    }
    bool is_range = *lex->next == '-';
    if (is_range) {
        lex->next++;
    }
    lex_force_uint(lex, UINT16_MAX, &min);
    max = min;
    if (is_range) {
        lex_force_uint(lex, UINT16_MAX, &max);
    }
    if (!lex->error && (!min || max < min)) {
        lex_error(lex, "%"PRIu64"-%"PRIu64" is no range of ports: write "
                  "the smaller one, which is not 0, first", min, max);
    }
    nat->port_min = min;
    nat->port_max = max;
}

static void
nat_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_nat *nat = (struct lact_nat *) lact;
    struct lact_backend address;

    if (!lex_match(&p->lex, LEX_LPAREN)) {
        return;
    }
    if (!lact_parse_endpoint(&p->lex, &address)) {
        return;
    }
    if (address.port) {
        lex_error(&p->lex, "%s takes no port here", lact_name(lact->type));
        return;
    }
    nat->has_ip = true;
    nat->ip = address.ip;
    nat->is_ipv6 = !IN6_IS_ADDR_V4MAPPED(&nat->ip);
    lact_require(p, nat->is_ipv6 ? "ip6" : "ip4");
    if (lex_match(&p->lex, LEX_COMMA)) {
        parse_range(&p->lex, nat);
    }
    lex_force(&p->lex, LEX_RPAREN);
}

static void
nat_format(const struct lact *lact, struct ds *ds)
{
    const struct lact_nat *nat = (const struct lact_nat *) lact;

    ds_put_cstr(ds, lact_name(lact->type));
    if (nat->has_ip) {
        ds_put_char(ds, '(');
        ipv6_format_mapped(&nat->ip, ds);
        if (nat->port_min) {
            ds_put_format(ds, ",%d", nat->port_min);
            if (nat->port_max != nat->port_min) {
                ds_put_format(ds, "-%d", nat->port_max);
            }
        }
        ds_put_char(ds, ')');
    }
}

const struct lact_class lact_nat_class = {
    .size = sizeof(struct lact_nat),
    .parse = nat_parse,
    .format = nat_format,
};
