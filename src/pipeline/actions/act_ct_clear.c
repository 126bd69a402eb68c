/* "ct_clear;" */

#include "pipe_private.h"

static void
ct_clear_execute(struct pipe_state *s, const struct lact *lact,
                 bool last OVS_UNUSED)
{
    pipe_note(s, lact, NULL);
    pipe_clear_ct(&s->flow);
    conntrack_clear(s->packet);
    s->packet->md.ct_state = 0;
}

const struct lact_class act_ct_clear = {
    .name = "ct_clear",
    .size = sizeof(struct lact_bare),
    .parse = lact_bare_parse,
    .format = lact_bare_format,
    .execute = ct_clear_execute,
};
