/* "ct_lb(backends=IP:PORT,...; hash_fields="..."; FLAG);" and ct_lb_mark. */

#include "pipe_ct.h"

enum lact_lb_flag { LB_FLAG_NONE, LB_FLAG_SKIP_SNAT, LB_FLAG_FORCE_SNAT };

struct lact_lb {
    struct lact head;
    struct lact_endpoint *backends;
    size_t n;
    char *hash_fields; /* NULL if not given. */
    enum lact_lb_flag flag;
};

static void
parse_backends(struct lex *lex, struct lact_lb *lb)
{
    size_t allocated = 0;

    do {
        struct lact_endpoint backend;

        if (!lact_endpoint_parse(lex, &backend)) {
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

    ds_put_cstr(ds, lact->class->name);
    if (!lb->n) {
        return;
    }
    ds_put_cstr(ds, "(backends=");
    for (size_t i = 0; i < lb->n; i++) {
        if (i) {
            ds_put_char(ds, ',');
        }
        lact_endpoint_format(&lb->backends[i], ds);
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

/* The bits of ct_mark and ct_label. */
enum { NATTED = 1 << 1, SKIP_SNAT = 1 << 2, FORCE_SNAT = 1 << 3 };

/* Is 'name' in 'list' ("ip_dst,ip_src,tcp_src")? */
static bool
is_listed(const char *list, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = list; *p; p += *p == ',') {
        size_t length = strcspn(p, ", ");

        if (length == n && !strncmp(p, name, n)) {
            return true;
        }
        p += length;
        p += strspn(p, " ");
    }
    return false;
}

static bool
is_port_listed(const char *list, const char *suffix)
{
    static const char *const protocols[] = { "tcp", "udp", "sctp" };

    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        char name[16];

        snprintf(name, sizeof name, "%s_%s", protocols[i], suffix);
        if (is_listed(list, name)) {
            return true;
        }
    }
    return false;
}

/* Of the fields in 'list' alone, so that connections which have them in common
 * go to the same backend. */
static uint32_t
fields_hash(struct pipe_state *s, const char *list)
{
    struct flow f = s->flow;
    struct flow_wildcards wc;
    struct eth_addr macs[2] = { eth_addr_zero, eth_addr_zero };

    flow_wildcards_init_catchall(&wc);
    pipe_depend_on_tuple(s);
    if (is_listed(list, "eth_src")) {
        macs[0] = f.dl_src;
        wc.masks.dl_src = eth_addr_exact;
    }
    if (is_listed(list, "eth_dst")) {
        macs[1] = f.dl_dst;
        wc.masks.dl_dst = eth_addr_exact;
    }
    if (!is_listed(list, "ip_src")) {
        f.nw_src = 0;
        f.ipv6_src = in6addr_any;
    }
    if (!is_listed(list, "ip_dst")) {
        f.nw_dst = 0;
        f.ipv6_dst = in6addr_any;
    }
    f.tp_src = is_port_listed(list, "src") ? f.tp_src : 0;
    f.tp_dst = is_port_listed(list, "dst") ? f.tp_dst : 0;
    pipe_depend(s, &wc);
    return flow_hash_5tuple(&f, hash_bytes(macs, sizeof macs, 0));
}

static const struct lact_endpoint *
choose(struct pipe_state *s, const struct lact_lb *lb)
{
    const struct pipe_supposition *supposition
        = s->run->pipeline->supposition;

    if (supposition && ipv6_addr_is_set(&supposition->lb_ip)) {
        for (size_t i = 0; i < lb->n; i++) {
            const struct lact_endpoint *b = &lb->backends[i];

            if (ipv6_addr_equals(&b->ip, &supposition->lb_ip)
                && (!supposition->lb_port
                    || b->port == supposition->lb_port)) {
                return b;
            }
        }
    }
    if (lb->n == 1) {
        return lb->backends;
    }

    uint32_t hash = (lb->hash_fields ? fields_hash(s, lb->hash_fields)
                     : pipe_hash_tuple(s));
    return &lb->backends[hash % lb->n];
}

static void
suppose_lb(struct pipe_state *s, const struct lact_lb *lb, bool last)
{
    const struct pipe_supposition *supposition
        = s->run->pipeline->supposition;
    struct flow old = s->flow;
    uint8_t state = s->flow.ct_state | ct_suppose_next(s);

    if (lb->n) {
        const struct lact_endpoint *b = choose(s, lb);

        ct_suppose_nat(s, false, &b->ip, b->port);
        state |= CS_DST_NAT;
    } else if (ipv6_addr_is_set(&supposition->lb_ip)) {
        /* ovn-trace(8): --lb-dst is where the connection goes. */
        ct_suppose_nat(s, false, &supposition->lb_ip, supposition->lb_port);
        state |= CS_DST_NAT;
    }
    s->flow.ct_state = state;
    pipe_note(s, &lb->head, "0x%02x", state);
    pipe_next(s, s->lflow->pipeline, s->lflow->stage + 1, last);
    if (!last) {
        s->flow = old;
    }
}

/* Where the connection says that it is balanced. */
enum bits_place { IN_LABEL, IN_MARK };

static void
balance(struct pipe_state *s, const struct lact *lact, bool last,
        enum bits_place place)
{
    const struct lact_lb *lb = (const struct lact_lb *) lact;
    struct nat_action_info_t info = { .nat_action = 0 };

    if (s->run->pipeline->supposition) {
        suppose_lb(s, lb, last);
        return;
    }

    struct ct_request request = {
        .zone = ct_default_zone(s), .nat = &info,
    };
    if (lb->n) {
        const struct lact_endpoint *b = choose(s, lb);
        uint32_t bits = (NATTED
                         | (lb->flag == LB_FLAG_SKIP_SNAT ? SKIP_SNAT
                            : lb->flag == LB_FLAG_FORCE_SNAT ? FORCE_SNAT
                            : 0));

        request.commit = true;
        ct_nat_to(&info, false, &b->ip, b->port, b->port);
        if (place == IN_MARK) {
            request.mark = request.mark_mask = bits;
        } else {
            request.label.u64.lo = request.label_mask.u64.lo = bits;
        }
    }
    pipe_note(s, lact, NULL);
    ct_execute_next(s, &request, last);
}

static void
ct_lb_execute(struct pipe_state *s, const struct lact *lact, bool last)
{
    balance(s, lact, last, IN_LABEL);
}

static void
ct_lb_mark_execute(struct pipe_state *s, const struct lact *lact, bool last)
{
    balance(s, lact, last, IN_MARK);
}

const struct lact_class act_ct_lb = {
    .name = "ct_lb",
    .prereqs = "ip",
    .size = sizeof(struct lact_lb),
    .parse = lb_parse,
    .format = lb_format,
    .uninit = lb_uninit,
    .execute = ct_lb_execute,
};

const struct lact_class act_ct_lb_mark = {
    .name = "ct_lb_mark",
    .prereqs = "ip",
    .size = sizeof(struct lact_lb),
    .parse = lb_parse,
    .format = lb_format,
    .uninit = lb_uninit,
    .execute = ct_lb_mark_execute,
};
