/* "clone { ACTIONS };" */

#include "pipe_private.h"

/* The actions work on the same packet, so they demand of it what they would
 * without the braces. */
static void
clone_parse(struct lact_parser *p, struct lact *lact)
{
    struct lact_nested *nested = (struct lact_nested *) lact;

    nested->has_body = true;
    lacts_parse_braces(p, true, &nested->actions);
}

static void
clone_execute(struct pipe_state *s, const struct lact *lact,
              bool last OVS_UNUSED)
{
    const struct lact_nested *nested = (const struct lact_nested *) lact;
    struct dp_packet *copy = dp_packet_clone(s->packet);
    struct pipe_state fork;

    pipe_note(s, lact, NULL);
    pipe_state_fork(&fork, s, &copy);
    pipe_do_forked(&fork, &nested->actions);
    s->handled = true;
}

const struct lact_class act_clone = {
    .name = "clone",
    .size = sizeof(struct lact_nested),
    .parse = clone_parse,
    .format = lact_nested_format,
    .uninit = lact_nested_uninit,
    .execute = clone_execute,
};
