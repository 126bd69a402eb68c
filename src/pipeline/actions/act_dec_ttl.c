/* "ip.ttl--;" */

#include "pipe_private.h"

static void
dec_ttl_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_assign *a = (struct lact_assign *) lact;

    if (strcmp(a->dst.symbol->name, "ip.ttl")) {
        lex_error(&p->lex, "only ip.ttl can be decremented");
        return;
    }
    lact_require_field(p, &a->dst);
}

static void
dec_ttl_format(const struct lact *lact, struct ds *ds)
{
    lfield_format(&((const struct lact_assign *) lact)->dst, ds);
    ds_put_cstr(ds, "--");
}

static void
dec_ttl_execute(struct pipe_state *s, const struct lact *lact,
                bool last OVS_UNUSED)
{
    const struct lact_assign *a = (const struct lact_assign *) lact;
    ovs_u128 ttl = pipe_read(s, &a->dst);
    uint64_t least = pipe_run_is_like_ovn_trace(s->run) ? 1 : 2;

    if (ttl.u64.lo < least) {
        pipe_note(s, lact, "TTL");
        pipe_drop(s, DROP_TTL);
        return;
    }
    ttl.u64.lo--;
    pipe_write(s, &a->dst, ttl);
    pipe_note(s, lact, NULL);
}

const struct lact_class act_dec_ttl = {
    .name = "ip.ttl--",
    .kind = LACT_DECREMENT,
    .size = sizeof(struct lact_assign),
    .parse = dec_ttl_parse,
    .format = dec_ttl_format,
    .execute = dec_ttl_execute,
};
