/* "arp { ACTIONS };": the packet becomes an ARP request for its
 * destination. */

#include "pipe_answer.h"

static void
arp_execute(struct pipe_state *s, const struct lact *lact,
            bool last OVS_UNUSED)
{
    const struct flow *f = &s->flow;
    struct dp_packet *packet = dp_packet_new(128);

    pipe_note(s, lact, NULL);
    compose_arp(packet, ARP_OP_REQUEST, f->dl_src, eth_addr_zero, false,
                f->nw_src, f->nw_dst);

    struct eth_header *eth = dp_packet_eth(packet);
    eth->eth_dst = f->dl_dst;
    answer_with(s, lact, answer_finish(packet, f));
}

const struct lact_class act_arp = {
    .name = "arp",
    .prereqs = "ip4",
    .size = sizeof(struct lact_nested),
    .parse = lact_nested_parse,
    .format = lact_nested_format,
    .uninit = lact_nested_uninit,
    .execute = arp_execute,
};
