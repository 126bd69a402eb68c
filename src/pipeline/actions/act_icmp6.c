/* "icmp6 { ACTIONS };" and icmp6_error: an ICMPv6 error about the packet. */

#include "pipe_answer.h"

static void
icmp6_execute(struct pipe_state *s, const struct lact *lact,
              bool last OVS_UNUSED)
{
    pipe_note(s, lact, NULL);
    pipe_flush(s);
    if (!answer_is_possible(s) || s->flow.dl_type != htons(ETH_TYPE_IPV6)) {
        pipe_drop(s, DROP_MALFORMED);
        return;
    }
    answer_with(s, lact, answer_icmp6_error(s, false));
}

const struct lact_class act_icmp6 = {
    .name = "icmp6",
    .prereqs = "ip6",
    .size = sizeof(struct lact_nested),
    .parse = lact_nested_parse,
    .format = lact_nested_format,
    .uninit = lact_nested_uninit,
    .execute = icmp6_execute,
};

const struct lact_class act_icmp6_error = {
    .name = "icmp6_error",
    .prereqs = "ip6",
    .size = sizeof(struct lact_nested),
    .parse = lact_nested_parse,
    .format = lact_nested_format,
    .uninit = lact_nested_uninit,
    .execute = icmp6_execute,
};
