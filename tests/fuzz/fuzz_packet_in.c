/* Whole OpenFlow messages from the switch: decoded, parked, taken out again,
 * replayed and refused. */

#include "fuzz.h"

#include "of_packet.h"
#include "packet_spec.h"
#include "refuse.h"

/* Whatever came in must go out whole. */
static void
check_packet_out(struct ofpbuf *msg, const struct dp_packet *packet)
{
    uint64_t stub[1024 / 8];
    struct ofpbuf ofpacts = OFPBUF_STUB_INITIALIZER(stub);
    const struct ofp_header *oh = msg->data;
    struct ofputil_packet_out po;

    ovs_assert(ntohs(oh->length) == msg->size);
    ovs_assert(!ofputil_decode_packet_out(&po, oh, NULL, &ofpacts));
    ovs_assert(po.packet_len == dp_packet_size(packet));
    ovs_assert(!memcmp(po.packet, dp_packet_data(packet), po.packet_len));
    ofpbuf_uninit(&ofpacts);
    ofpbuf_delete(msg);
}

static void
check_refusal(struct dp_packet *packet, const struct hold_origin *origin)
{
    struct dp_packet *answer = refuse_compose(packet);

    if (answer) {
        ovs_assert(!packet_check(answer));
        ovs_assert(!refuse_compose(answer));
        check_packet_out(
            of_packet_encode_answer(answer, origin, OFPUTIL_P_OF15_OXM),
            answer);
        dp_packet_delete(answer);
    }
}

/* Parks two copies of the packet, and takes one out. */
static void
check_holding(struct of_packet_in *in)
{
    static const struct hold_policy policy = { .n_packets = 3,
                                               .timeout_ms = 1000 };
    struct custody custody = { .received = 2 };
    struct hold *hold = hold_new(&hold_limits_default, &custody);
    struct hold_queue *queue =
        hold_queue_new(hold, in->event.vip, NULL, &policy);
    struct dp_packet *copy = dp_packet_clone(in->packet);

    int reason = hold_park(hold, queue, &copy, &in->origin, 1);
    ovs_assert(hold_park(hold, queue, &in->packet, &in->origin, 2) == reason);
    ovs_assert(custody_balances(&custody));
    ovs_assert(hold_queue_n_packets(queue) == !reason);
    struct hold_packet *p = hold_packet_expired(hold, 1001);
    ovs_assert(!p == !!reason);
    if (p) {
        struct dp_packet *packet = hold_packet_steal(hold, &p);
        custody.consumed++;
        check_packet_out(
            of_packet_encode_replay(packet, &in->origin, OFPUTIL_P_OF15_OXM),
            packet);
        check_refusal(packet, &in->origin);
        dp_packet_delete(packet);
    }
    hold_free(hold);
    ovs_assert(custody_balances(&custody));
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
    struct of_packet_in in;
    enum drop_reason reason;
    enum ofptype type;

    if (size < sizeof(struct ofp_header) || size > UINT16_MAX) {
        return -1;
    }
    /* What a connection sees to. */
    struct ofp_header *oh = xmemdup(data, size);
    oh->version = OFP15_VERSION;
    oh->length = htons(size);
    if (!ofptype_decode(&type, oh) && type == OFPTYPE_PACKET_IN) {
        switch (of_packet_decode(oh, &in, &reason)) {
        case OF_PACKET_EVENT:
            check_refusal(in.packet, &in.origin);
            check_holding(&in);
            of_packet_in_uninit(&in);
            break;
        case OF_PACKET_BAD:
            ovs_assert(strcmp(drop_reason_name(reason), "unknown"));
            break;
        case OF_PACKET_OTHER:
            break;
        }
    }
    free(oh);
    return 0;
}
