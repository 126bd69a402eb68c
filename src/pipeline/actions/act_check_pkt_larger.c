/* "R = check_pkt_larger(SIZE);" */

#include "offload.h"
#include "pipe_private.h"

static void
check_pkt_larger_parse(struct lact_parser *p, struct lact *lact)
{
    lact_number_parse(p, lact, 1, UINT16_MAX);
}

static void
check_pkt_larger_execute(struct pipe_state *s, const struct lact *lact,
                         bool last OVS_UNUSED)
{
    const struct lact_number *number = (const struct lact_number *) lact;
    /* It leaves in the fragments that it came in. */
    size_t size = s->mru ? s->packet->l3_ofs + s->mru
                  : offload_frame_size(s->packet);
    bool larger = size > number->numbers[0];

    s->run->verdict->dependencies |= DEPENDS_ON_SIZE;
    if (s->run->pipeline->supposition) {
        /* A question has no size. */
        larger = false;
    }
    pipe_store_bit(s, lact, larger);
}

const struct lact_class act_check_pkt_larger = {
    .name = "check_pkt_larger",
    .result = RESULT_BIT,
    .size = sizeof(struct lact_number),
    .parse = check_pkt_larger_parse,
    .format = lact_number_format,
    .execute = check_pkt_larger_execute,
};
