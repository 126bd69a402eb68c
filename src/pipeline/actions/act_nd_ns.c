/* "nd_ns { ACTIONS };": the packet becomes an IPv6 neighbor solicitation for
 * its destination. */

#include "pipe_answer.h"

static void
nd_ns_execute(struct pipe_state *s, const struct lact *lact,
              bool last OVS_UNUSED)
{
    const struct flow *f = &s->flow;
    struct dp_packet *packet = dp_packet_new(128);

    pipe_note(s, lact, NULL);
    compose_nd_ns(packet, f->dl_src, &f->ipv6_src, &f->ipv6_dst);
    answer_with(s, lact, answer_finish(packet, f));
}

const struct lact_class act_nd_ns = {
    .name = "nd_ns",
    .prereqs = "ip6",
    .size = sizeof(struct lact_nested),
    .parse = lact_nested_parse,
    .format = lact_nested_format,
    .uninit = lact_nested_uninit,
    .execute = nd_ns_execute,
};
