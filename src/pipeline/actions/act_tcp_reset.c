/* "tcp_reset;", "tcp_reset { ACTIONS };": the end of the packet's connection.
 * Without actions it goes on in the packet's place. */

#include "pipe_answer.h"

static void
tcp_reset_execute(struct pipe_state *s, const struct lact *lact,
                  bool last OVS_UNUSED)
{
    const struct lact_nested *nested = (const struct lact_nested *) lact;

    pipe_note(s, lact, NULL);
    pipe_flush(s);
    if (!answer_is_possible(s) || !answer_has_tcp(s)) {
        pipe_drop(s, DROP_MALFORMED);
    } else if (nested->has_body) {
        answer_with(s, lact, answer_tcp_reset(s, false));
    } else {
        struct dp_packet *packet = answer_tcp_reset(s, false);

        pipe_replace_packet(s, &packet);
    }
}

const struct lact_class act_tcp_reset = {
    .name = "tcp_reset",
    .prereqs = "tcp",
    .size = sizeof(struct lact_nested),
    .parse = lact_nested_parse_optional,
    .format = lact_nested_format,
    .uninit = lact_nested_uninit,
    .execute = tcp_reset_execute,
};
