/* "reject { ACTIONS };": the answer that fits the packet. */

#include "pipe_answer.h"

/* Two rejecting ACLs must not talk to each other for ever. */
static bool
is_unreachable(const struct flow *f)
{
    return ((is_icmpv4(f, NULL) && f->tp_src == htons(ICMP4_DST_UNREACH))
            || (is_icmpv6(f, NULL) && f->tp_src == htons(1)));
}

static void
reject_execute(struct pipe_state *s, const struct lact *lact,
               bool last OVS_UNUSED)
{
    pipe_note(s, lact, NULL);
    pipe_flush(s);
    pipe_depend_on_headers(s);
    if (!answer_is_possible(s)) {
        pipe_drop(s, DROP_MALFORMED);
    } else if (answer_has_tcp(s)) {
        /* Nobody resets a reset. */
        if (ntohs(s->flow.tcp_flags) & TCP_RST) {
            pipe_drop(s, DROP_BY_FLOW);
        } else {
            answer_with(s, lact, answer_tcp_reset(s, true));
        }
    } else if (answer_has_sctp(s)) {
        /* Nor aborts an abort. */
        struct dp_packet *packet = answer_sctp_abort(s, true);

        if (packet) {
            answer_with(s, lact, packet);
        } else {
            pipe_drop(s, DROP_BY_FLOW);
        }
    } else if (is_unreachable(&s->flow)) {
        pipe_drop(s, DROP_BY_FLOW);
    } else if (s->flow.dl_type == htons(ETH_TYPE_IP)) {
        answer_with(s, lact, answer_icmp4_error(s, true));
    } else {
        answer_with(s, lact, answer_icmp6_error(s, true));
    }
}

const struct lact_class act_reject = {
    .name = "reject",
    .size = sizeof(struct lact_nested),
    .parse = lact_nested_parse,
    .format = lact_nested_format,
    .uninit = lact_nested_uninit,
    .execute = reject_execute,
};
