/* What the switch says about the flows of a VIP: flow stats and aggregate
 * stats replies, and flow monitor updates. */

#include "fuzz.h"

#include <netinet/in.h>

#include "of_vip.h"

/* Remembers the xid of the last message that was sent. */
static void
record_xid(void *xid_, struct ofpbuf *msg)
{
    ovs_be32 *xid = xid_;
    const struct ofp_header *oh = msg->data;

    *xid = oh->xid;
    ofpbuf_delete(msg);
}

/* Has the watch ask how many flows there are, because none is about it. */
static void
answer_none(struct of_vips *vips, ovs_be32 *last_xid)
{
    const struct ofp_header request = { .version = OFP15_VERSION,
                                        .xid = *last_xid };
    struct ofpbuf *empty =
        ofpraw_alloc_reply(OFPRAW_OFPST15_FLOW_REPLY, &request, 0);

    ofpmsg_update_length(empty);
    struct ofpbuf *msg = ofpbuf_clone_data(empty->data, empty->size);
    of_vips_flow_stats(vips, msg);
    of_vips_barrier_reply(vips, *last_xid);
    ofpbuf_delete(msg);
    ofpbuf_delete(empty);
}

static void
fuzz_message(struct of_vips *vips, struct ofpbuf *msg, ovs_be32 *last_xid)
{
    struct ofp_header *oh = msg->data;
    enum ofptype type;

    /* What a connection sees to. */
    oh->version = OFP15_VERSION;
    oh->length = htons(msg->size);
    if (ofptype_decode(&type, oh)) {
        return;
    }
    if (type == OFPTYPE_AGGREGATE_STATS_REPLY) {
        answer_none(vips, last_xid);
    }
    oh->xid = *last_xid;
    switch ((int) type) {
    case OFPTYPE_AGGREGATE_STATS_REPLY:
        of_vips_aggregate_stats(vips, oh);
        break;
    case OFPTYPE_FLOW_STATS_REPLY:
        of_vips_flow_stats(vips, msg);
        of_vips_barrier_reply(vips, *last_xid);
        break;
    case OFPTYPE_FLOW_MONITOR_STATS_REPLY:
        of_vips_flow_update(vips, msg);
        break;
    default:
        break;
    }
}

int
LLVMFuzzerInitialize(int *argc OVS_UNUSED, char ***argv)
{
    fuzz_init(*argv);
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct endpoint vip;
    ovs_be32 last_xid = 0;

    if (size < sizeof(struct ofp_header) || size > UINT16_MAX) {
        return -1;
    }
    struct of_vips *vips = of_vips_new(record_xid, &last_xid);
    ovs_assert(endpoint_parse("192.168.1.100:80", &vip));
    of_vips_connected(vips, OFPUTIL_P_OF15_OXM);
    of_vips_state(vips, 2, &vip, IPPROTO_TCP);

    struct ofpbuf *msg = ofpbuf_clone_data(data, size);
    fuzz_message(vips, msg, &last_xid);
    ovs_assert(of_vips_state(vips, 2, &vip, IPPROTO_TCP) <= OF_VIP_AWAKE);
    ofpbuf_delete(msg);
    of_vips_forget(vips, &vip, IPPROTO_TCP);
    of_vips_free(vips);
    return 0;
}
