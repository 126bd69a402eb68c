/* "commit_ecmp_nh(ipv6 = ..., proto = ...);", "R = chk_ecmp_nh();" and
 * "R = chk_ecmp_nh_mac();": ECMP with symmetric replies, a connection and the
 * next hop it came by. */

#include "learned.h"
#include "pipe_private.h"

/* How long a route's reply path is known after its last packet, as with stock
 * OVN's learned flows. */
#define ECMP_TIMEOUT_MS (120 * 1000)

static const struct lact_key keys[] = {
    { "ipv6", VALUE_WORD, true },
    { "proto", VALUE_WORD, true },
};

static void
commit_ecmp_nh_parse(struct lact_parser *p, struct lact *lact)
{
    lact_args_parse(p, lact, keys, ARRAY_SIZE(keys));
}

static void
ecmp_key(const struct pipe_state *s, bool reverse, bool with_mac,
         struct learned_key *key)
{
    const struct flow *f = &s->flow;

    memset(key, 0, sizeof *key);
    key->kind = LEARNED_ECMP;
    key->datapath = s->datapath->key;
    key->src = pipe_flow_ip(f, !reverse);
    key->dst = pipe_flow_ip(f, reverse);
    key->proto = f->nw_proto;
    key->sport = ntohs(reverse ? f->tp_dst : f->tp_src);
    key->dport = ntohs(reverse ? f->tp_src : f->tp_dst);
    if (with_mac) {
        key->mac = f->dl_src;
    }
}

static void
commit_ecmp_nh_execute(struct pipe_state *s, const struct lact *lact,
                       bool last OVS_UNUSED)
{
    static const struct learned_value value = {
        .timeout_ms = ECMP_TIMEOUT_MS,
    };
    struct learned *learned = s->run->pipeline->learned;
    struct learned_key key;

    pipe_note(s, lact, NULL);
    if (s->run->pipeline->supposition) {
        return;
    }
    ecmp_key(s, false, true, &key);
    learned_put(learned, &key, &value, s->run->now_ms);
    ecmp_key(s, false, false, &key);
    learned_put(learned, &key, &value, s->run->now_ms);
}

static void
check(struct pipe_state *s, const struct lact *lact, bool with_mac)
{
    bool found = false;

    if (!s->run->pipeline->supposition && is_ip_any(&s->flow)) {
        struct learned_key key;

        pipe_depend_on_tuple(s);
        s->run->verdict->dependencies |= DEPENDS_ON_TIME;
        ecmp_key(s, !with_mac, with_mac, &key);
        found = learned_get(s->run->pipeline->learned, &key,
                            s->run->now_ms) != NULL;
    }
    pipe_store_bit(s, lact, found);
}

static void
chk_ecmp_nh_execute(struct pipe_state *s, const struct lact *lact,
                    bool last OVS_UNUSED)
{
    check(s, lact, false);
}

static void
chk_ecmp_nh_mac_execute(struct pipe_state *s, const struct lact *lact,
                        bool last OVS_UNUSED)
{
    check(s, lact, true);
}

const struct lact_class act_commit_ecmp_nh = {
    .name = "commit_ecmp_nh",
    .size = sizeof(struct lact_args),
    .parse = commit_ecmp_nh_parse,
    .format = lact_args_format,
    .uninit = lact_args_uninit,
    .execute = commit_ecmp_nh_execute,
};

const struct lact_class act_chk_ecmp_nh = {
    .name = "chk_ecmp_nh",
    .result = RESULT_BIT,
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = chk_ecmp_nh_execute,
};

const struct lact_class act_chk_ecmp_nh_mac = {
    .name = "chk_ecmp_nh_mac",
    .result = RESULT_BIT,
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = chk_ecmp_nh_mac_execute,
};
