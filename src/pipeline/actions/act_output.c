/* "output;" */

#include "pipe_private.h"

static void
output_execute(struct pipe_state *s, const struct lact *lact, bool last)
{
    pipe_note(s, lact, NULL);
    pipe_output(s, last);
}

const struct lact_class act_output = {
    .name = "output",
    .size = sizeof(struct lact_bare),
    .parse = lact_bare_parse,
    .format = lact_bare_format,
    .execute = output_execute,
};
