/* "nd_na { ACTIONS };" and nd_na_router: the neighbor solicitation becomes its
 * advertisement. */

#include "pipe_answer.h"

static void
advertise(struct pipe_state *s, const struct lact *lact, uint32_t flags)
{
    const struct flow *f = &s->flow;
    struct dp_packet *packet = dp_packet_new(128);

    pipe_note(s, lact, NULL);
    compose_nd_na(packet, f->dl_dst, f->dl_src, &f->nd_target, &f->ipv6_src,
                  htonl(ND_RSO_SOLICITED | ND_RSO_OVERRIDE | flags));
    answer_with(s, lact, answer_finish(packet, f));
}

static void
nd_na_execute(struct pipe_state *s, const struct lact *lact,
              bool last OVS_UNUSED)
{
    advertise(s, lact, 0);
}

static void
nd_na_router_execute(struct pipe_state *s, const struct lact *lact,
                     bool last OVS_UNUSED)
{
    advertise(s, lact, ND_RSO_ROUTER);
}

const struct lact_class act_nd_na = {
    .name = "nd_na",
    .prereqs = "nd_ns",
    .size = sizeof(struct lact_nested),
    .parse = lact_nested_parse,
    .format = lact_nested_format,
    .uninit = lact_nested_uninit,
    .execute = nd_na_execute,
};

const struct lact_class act_nd_na_router = {
    .name = "nd_na_router",
    .prereqs = "nd_ns",
    .size = sizeof(struct lact_nested),
    .parse = lact_nested_parse,
    .format = lact_nested_format,
    .uninit = lact_nested_uninit,
    .execute = nd_na_router_execute,
};
