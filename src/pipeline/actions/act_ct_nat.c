/* "ct_dnat;", "ct_dnat(IP);", "ct_snat(IP, PORT-PORT);" and their kin, and
 * "ct_commit_nat;". */

#include "pipe_ct.h"

struct lact_nat {
    struct lact head;
    bool has_ip;
    bool is_ipv6;
    struct in6_addr ip; /* IPv4 mapped. */
    uint16_t port_min;  /* 0 if no range was given. */
    uint16_t port_max;
};

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
    struct lact_endpoint address;

    if (!lex_match(&p->lex, LEX_LPAREN)) {
        return;
    }
    if (!lact_endpoint_parse(&p->lex, &address)) {
        return;
    }
    if (address.port) {
        lex_error(&p->lex, "%s takes no port here", lact->class->name);
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

    ds_put_cstr(ds, lact->class->name);
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

static void
suppose(struct pipe_state *s, const struct lact_nat *nat, bool is_source,
        bool last)
{
    struct flow old = s->flow;
    uint8_t flag = !nat->has_ip ? 0 : is_source ? CS_SRC_NAT : CS_DST_NAT;
    uint8_t state = ct_suppose_nat_state(s, flag);

    if (nat->has_ip) {
        ct_suppose_nat(s, is_source, &nat->ip, 0);
    }
    pipe_note(s, &nat->head, "0x%02x", state);
    ct_suppose_go(s, state, last);
    if (!last) {
        s->flow = old;
    }
}

static void
translate(struct pipe_state *s, const struct lact *lact, bool is_source,
          uint16_t zone, bool last)
{
    const struct lact_nat *nat = (const struct lact_nat *) lact;
    struct nat_action_info_t info = ct_nat_restore;

    if (s->run->pipeline->supposition) {
        suppose(s, nat, is_source, last);
        return;
    }
    pipe_note(s, lact, NULL);

    struct ct_request request = {
        .zone = zone, .commit = nat->has_ip, .nat = &info,
    };
    if (nat->has_ip) {
        ct_nat_to(&info, is_source, &nat->ip, nat->port_min, nat->port_max);
    }
    ct_execute_next(s, &request, last);
}

static void
ct_dnat_execute(struct pipe_state *s, const struct lact *lact, bool last)
{
    translate(s, lact, false, s->datapath->dnat_zone, last);
}

static void
ct_snat_execute(struct pipe_state *s, const struct lact *lact, bool last)
{
    if (pipe_run_is_like_ovn_trace(s->run) && s->datapath->is_gateway
        && !((const struct lact_nat *) lact)->has_ip) {
        /* ovn-trace(8): a no-op, so that the packet ends there. */
        pipe_note(s, lact, "no-op");
        return;
    }
    translate(s, lact, true, s->datapath->snat_zone, last);
}

static void
ct_snat_in_czone_execute(struct pipe_state *s, const struct lact *lact,
                         bool last)
{
    translate(s, lact, true, s->datapath->dnat_zone, last);
}

static void
ct_commit_nat_execute(struct pipe_state *s, const struct lact *lact,
                      bool last)
{
    pipe_note(s, lact, NULL);
    if (s->run->pipeline->supposition) {
        ct_suppose_go(s, ct_suppose_nat_state(s, 0), last);
        return;
    }

    struct ct_request request = {
        .zone = ct_default_zone(s), .commit = true, .nat = &ct_nat_restore,
    };
    ct_execute_next(s, &request, last);
}

const struct lact_class act_ct_dnat = {
    .name = "ct_dnat",
    .prereqs = "ip",
    .size = sizeof(struct lact_nat),
    .parse = nat_parse,
    .format = nat_format,
    .execute = ct_dnat_execute,
};

const struct lact_class act_ct_snat = {
    .name = "ct_snat",
    .prereqs = "ip",
    .size = sizeof(struct lact_nat),
    .parse = nat_parse,
    .format = nat_format,
    .execute = ct_snat_execute,
};

const struct lact_class act_ct_dnat_in_czone = {
    .name = "ct_dnat_in_czone",
    .prereqs = "ip",
    .size = sizeof(struct lact_nat),
    .parse = nat_parse,
    .format = nat_format,
    .execute = ct_dnat_execute,
};

const struct lact_class act_ct_snat_in_czone = {
    .name = "ct_snat_in_czone",
    .prereqs = "ip",
    .size = sizeof(struct lact_nat),
    .parse = nat_parse,
    .format = nat_format,
    .execute = ct_snat_in_czone_execute,
};

const struct lact_class act_ct_commit_nat = {
    .name = "ct_commit_nat",
    .prereqs = "ip",
    .size = sizeof(struct lact_bare),
    .parse = lact_bare_parse,
    .format = lact_bare_format,
    .execute = ct_commit_nat_execute,
};
