/* "trigger_event(event = ..., vip = ..., ...);" */

#include "frag_packet.h"
#include "pipe_private.h"

static const struct lact_key keys[] = {
    { "event", VALUE_STR, true },
    { "vip", VALUE_STR, false },
    { "protocol", VALUE_STR, false },
    { "load_balancer", VALUE_STR, false },
    { "meter", VALUE_STR, false },
};

static void
trigger_event_parse(struct lact_parser *p, struct lact *lact)
{
    lact_args_parse(p, lact, keys, ARRAY_SIZE(keys));
}

struct event_source {
    struct pipe_state *state;
    const struct lact *lact;
};

/* An event for each fragment: they come back one by one. */
static void
add_event(void *source_, struct dp_packet **packet)
{
    const struct event_source *source = source_;
    struct pipe_state *s = source->state;
    const struct lact_args *args = (const struct lact_args *) source->lact;
    struct pipe_effect *effect = pipe_add_effect(s, EFFECT_EVENT);

    effect->packet = *packet;
    *packet = NULL;
    effect->event = pipe_event_from_args(args, lact_args_text(args,
                                                              "event"));
    effect->port = net_datapath_find_port(s->datapath,
                                          s->flow.regs[LREG_INPORT]);
}

static void
trigger_event_execute(struct pipe_state *s, const struct lact *lact,
                      bool last OVS_UNUSED)
{
    pipe_note(s, lact, NULL);
    pipe_flush(s);

    struct event_source source = { .state = s, .lact = lact };
    if (!s->mru || !frag_split(s->packet, s->flow.dl_type, s->mru, add_event,
                               &source)) {
        struct dp_packet *copy = dp_packet_clone(s->packet);

        add_event(&source, &copy);
    }
}

const struct lact_class act_trigger_event = {
    .name = "trigger_event",
    .size = sizeof(struct lact_args),
    .parse = trigger_event_parse,
    .format = lact_args_format,
    .uninit = lact_args_uninit,
    .execute = trigger_event_execute,
};
