/* "sctp_abort;", "sctp_abort { ACTIONS };": the end of the packet's
 * connection.  Without actions it goes on in the packet's place. */

#include "pipe_answer.h"

static void
sctp_abort_execute(struct pipe_state *s, const struct lact *lact,
                   bool last OVS_UNUSED)
{
    const struct lact_nested *nested = (const struct lact_nested *) lact;

    pipe_note(s, lact, NULL);
    pipe_flush(s);
    if (!answer_is_possible(s) || !answer_has_sctp(s)) {
        pipe_drop(s, DROP_MALFORMED);
        return;
    }

    struct dp_packet *packet = answer_sctp_abort(s, false);
    if (!packet) {
        pipe_drop(s, DROP_BY_FLOW);
    } else if (nested->has_body) {
        answer_with(s, lact, packet);
    } else {
        pipe_replace_packet(s, &packet);
    }
}

const struct lact_class act_sctp_abort = {
    .name = "sctp_abort",
    .prereqs = "sctp",
    .size = sizeof(struct lact_nested),
    .parse = lact_nested_parse_optional,
    .format = lact_nested_format,
    .uninit = lact_nested_uninit,
    .execute = sctp_abort_execute,
};
