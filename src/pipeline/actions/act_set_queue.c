/* "set_queue(ID);" */

#include "pipe_private.h"

#define MAX_QUEUE 61440

static void
set_queue_parse(struct lact_parser *p, struct lact *lact)
{
    lact_number_parse(p, lact, 1, MAX_QUEUE);
}

static void
set_queue_execute(struct pipe_state *s, const struct lact *lact,
                  bool last OVS_UNUSED)
{
    s->queue = ((const struct lact_number *) lact)->numbers[0];
    pipe_note(s, lact, NULL);
}

const struct lact_class act_set_queue = {
    .name = "set_queue",
    .size = sizeof(struct lact_number),
    .parse = set_queue_parse,
    .format = lact_number_format,
    .execute = set_queue_execute,
};
