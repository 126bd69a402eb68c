/* "icmp4 { ACTIONS };" and icmp4_error: an ICMP error about the packet. */

#include "pipe_answer.h"

static void
icmp4_execute(struct pipe_state *s, const struct lact *lact,
              bool last OVS_UNUSED)
{
    pipe_note(s, lact, NULL);
    pipe_flush(s);
    if (!answer_is_possible(s) || s->flow.dl_type != htons(ETH_TYPE_IP)) {
        pipe_drop(s, DROP_MALFORMED);
        return;
    }
    answer_with(s, lact, answer_icmp4_error(s, false));
}

const struct lact_class act_icmp4 = {
    .name = "icmp4",
    .prereqs = "ip4",
    .size = sizeof(struct lact_nested),
    .parse = lact_nested_parse,
    .format = lact_nested_format,
    .uninit = lact_nested_uninit,
    .execute = icmp4_execute,
};

const struct lact_class act_icmp4_error = {
    .name = "icmp4_error",
    .prereqs = "ip4",
    .size = sizeof(struct lact_nested),
    .parse = lact_nested_parse,
    .format = lact_nested_format,
    .uninit = lact_nested_uninit,
    .execute = icmp4_execute,
};
