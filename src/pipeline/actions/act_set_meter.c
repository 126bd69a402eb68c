/* "set_meter(RATE);", "set_meter(RATE, BURST);": a rate is for the datapath to
 * keep; the verdict of one packet only says that it depends on it. */

#include "pipe_private.h"

static void
set_meter_parse(struct lact_parser *p, struct lact *lact)
{
    lact_number_parse(p, lact, 2, UINT32_MAX);
}

static void
set_meter_execute(struct pipe_state *s, const struct lact *lact,
                  bool last OVS_UNUSED)
{
    s->run->verdict->dependencies |= DEPENDS_ON_TIME;
    pipe_note(s, lact, NULL);
}

const struct lact_class act_set_meter = {
    .name = "set_meter",
    .size = sizeof(struct lact_number),
    .parse = set_meter_parse,
    .format = lact_number_format,
    .execute = set_meter_execute,
};
