/* "commit_lb_aff(vip = ..., backend = ...);" and "R = chk_lb_aff();": a client
 * comes back to its backend for a while. */

#include "learned.h"
#include "pipe_private.h"
#include "vip.h"

static const struct lact_key keys[] = {
    { "vip", VALUE_STR, true },
    { "backend", VALUE_STR, true },
    { "proto", VALUE_WORD, false },
    { "timeout", VALUE_UINT16, true },
};

static void
commit_lb_aff_parse(struct lact_parser *p, struct lact *lact)
{
    lact_args_parse(p, lact, keys, ARRAY_SIZE(keys));
}

static void
commit_lb_aff_execute(struct pipe_state *s, const struct lact *lact,
                      bool last OVS_UNUSED)
{
    const struct lact_args *args = (const struct lact_args *) lact;
    const struct lact_arg *timeout = lact_args_find(args, "timeout");
    const char *proto = lact_args_text(args, "proto");
    struct learned_key key;
    struct learned_value value = { .port = 0 };
    struct endpoint vip, backend;

    pipe_note(s, lact, NULL);
    if (s->run->pipeline->supposition
        || !endpoint_parse(lact_args_text(args, "vip"), &vip)
        || !endpoint_parse(lact_args_text(args, "backend"), &backend)) {
        return;
    }
    value.ip = backend.addr;
    value.port = backend.port;
    memset(&key, 0, sizeof key);
    key.kind = LEARNED_AFFINITY;
    key.datapath = s->datapath->key;
    key.src = pipe_flow_ip(&s->flow, true);
    key.dst = vip.addr;
    key.dport = vip.port;
    key.proto = proto ? s->flow.nw_proto : 0;
    value.timeout_ms = timeout->set.integers[0].value.u64.lo * 1000;
    learned_put(s->run->pipeline->learned, &key, &value, s->run->now_ms);
}

static void
chk_lb_aff_execute(struct pipe_state *s, const struct lact *lact,
                   bool last OVS_UNUSED)
{
    const struct learned_value *value = NULL;

    if (!s->run->pipeline->supposition && is_ip_any(&s->flow)) {
        struct learned_key key;

        memset(&key, 0, sizeof key);
        key.kind = LEARNED_AFFINITY;
        key.datapath = s->datapath->key;
        key.src = pipe_flow_ip(&s->flow, true);
        /* The VIP as it was before ct_lb: on a router it is in the flow, on
         * a switch in the original tuple; both agree for new connections. */
        key.dst = pipe_flow_ip(&s->flow, false);
        key.dport = ntohs(s->flow.tp_dst);
        key.proto = s->flow.nw_proto;
        s->run->verdict->dependencies |= DEPENDS_ON_TIME;
        pipe_depend_on_tuple(s);
        value = learned_get(s->run->pipeline->learned, &key,
                            s->run->now_ms);
    }
    if (value) {
        /* reg4 or xxreg1: the address; reg8[0..15]: the port. */
        if (IN6_IS_ADDR_V4MAPPED(&value->ip)) {
            s->flow.regs[4] = ntohl(in6_addr_get_mapped_ipv4(&value->ip));
        } else {
            ovs_be32 be[4];

            memcpy(be, &value->ip, sizeof be);
            for (int i = 0; i < 4; i++) {
                s->flow.regs[4 + i] = ntohl(be[i]);
            }
        }
        s->flow.regs[8] = (s->flow.regs[8] & 0xffff0000) | value->port;
    }
    pipe_store_bit(s, lact, value != NULL);
}

const struct lact_class act_commit_lb_aff = {
    .name = "commit_lb_aff",
    .size = sizeof(struct lact_args),
    .parse = commit_lb_aff_parse,
    .format = lact_args_format,
    .uninit = lact_args_uninit,
    .execute = commit_lb_aff_execute,
};

const struct lact_class act_chk_lb_aff = {
    .name = "chk_lb_aff",
    .result = RESULT_BIT,
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = chk_lb_aff_execute,
};
