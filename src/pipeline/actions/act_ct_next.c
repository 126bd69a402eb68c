/* "ct_next;" */

#include "pipe_ct.h"

static void
ct_next_execute(struct pipe_state *s, const struct lact *lact, bool last)
{
    if (s->run->pipeline->supposition) {
        uint8_t state = ct_suppose_next(s);

        pipe_note(s, lact, "0x%02x", state);
        ct_suppose_go(s, state, last);
        return;
    }
    pipe_note(s, lact, NULL);

    struct ct_request request = { .zone = ct_default_zone(s) };
    ct_execute_next(s, &request, last);
}

const struct lact_class act_ct_next = {
    .name = "ct_next",
    .prereqs = "ip",
    .size = sizeof(struct lact_bare),
    .parse = lact_bare_parse,
    .format = lact_bare_format,
    .execute = ct_next_execute,
};
