#include "unit.h"

#include "cleanup.h"
#include "of_messages.h"
#include "of_packet.h"
#include "packet_spec.h"

#define SYN "tcp,nw_src=10.0.0.2,nw_dst=192.168.1.100,tcp_src=40000,tcp_dst=80"
#define VIP "192.168.1.100:80"

static const struct hold_origin origin = { .datapath = 0x2,
                                           .inport = 0x3,
                                           .ct_zones = { 0x3, 0x4, 0x8 } };

static struct dp_packet *
syn(void)
{
    return packet_from_spec(
        &(struct packet_spec){ .flow = SYN, .tcp_flags = TCP_SYN });
}

/* A packet-in of 'packet' (taken) for VIP. */
static struct ofpbuf *
trigger(struct dp_packet *packet)
{
    struct ofpbuf *userdata OWNED_OFPBUF = msg_event_userdata(VIP, "tcp");
    struct ofpbuf *msg = msg_packet_in(packet, userdata, &origin);

    dp_packet_delete(packet);
    return msg;
}

/* What openflow.c does with a message: a packet-in is decoded, all else is
 * ignored.  Reads memory that ends where 'msg' ends. */
static enum of_packet_verdict
decode(const struct ofpbuf *msg, struct of_packet_in *in,
       enum drop_reason *reason)
{
    enum of_packet_verdict verdict = OF_PACKET_OTHER;
    struct ofp_header *oh = xmemdup(msg->data, msg->size);
    enum ofptype type;

    if (!ofptype_decode(&type, oh) && type == OFPTYPE_PACKET_IN) {
        verdict = of_packet_decode(oh, in, reason);
    }
    free(oh);
    return verdict;
}

/* Asserts that 'msg' (taken) is refused with 'reason', or ignored if that is
 * 0, and that nothing else is written. */
static void
assert_refused(struct ofpbuf *msg, int reason)
{
    struct of_packet_in in, before;
    enum drop_reason got = 0;

    memset(&in, 0x5a, sizeof in);
    before = in;
    assert_int_equal(decode(msg, &in, &got),
                     reason ? OF_PACKET_BAD : OF_PACKET_OTHER);
    assert_int_equal(got, reason);
    assert_memory_equal(&in, &before, sizeof in);
    ofpbuf_delete(msg);
}

/* --- Packet-in --- */

static void
a_trigger_is_decoded(void **state OVS_UNUSED)
{
    struct dp_packet *packet = syn();
    struct ofpbuf *msg OWNED_OFPBUF = trigger(dp_packet_clone(packet));
    struct of_packet_in in;
    enum drop_reason reason;

    assert_int_equal(decode(msg, &in, &reason), OF_PACKET_EVENT);
    assert_int_equal(dp_packet_size(in.packet), dp_packet_size(packet));
    assert_memory_equal(dp_packet_data(in.packet), dp_packet_data(packet),
                        dp_packet_size(packet));
    assert_memory_equal(&in.origin, &origin, sizeof origin);
    assert_int_equal(in.event.kind, EVENT_empty_lb_backends);
    assert_string_equal(in.event.vip, VIP);
    assert_string_equal(in.event.protocol, "tcp");
    of_packet_in_uninit(&in);
    assert_null(in.packet);
    assert_null(in.event.vip);
    dp_packet_delete(packet);
}

/* A switch leaves out what is zero. */
static void
metadata_may_be_missing(void **state OVS_UNUSED)
{
    static const struct hold_origin zero = { .datapath = 0 };
    struct dp_packet *packet = syn();
    struct ofpbuf *userdata OWNED_OFPBUF = msg_event_userdata(VIP, "tcp");
    struct ofpbuf *msg OWNED_OFPBUF = msg_packet_in(packet, userdata, &zero);
    struct of_packet_in in;
    enum drop_reason reason;

    assert_int_equal(decode(msg, &in, &reason), OF_PACKET_EVENT);
    assert_memory_equal(&in.origin, &zero, sizeof zero);
    of_packet_in_uninit(&in);
    dp_packet_delete(packet);
}

static void
other_packet_ins_are_left_alone(void **state OVS_UNUSED)
{
    static const struct {
        const char *bytes;
        size_t n;
    } userdata[] = {
        { "", 0 },
        { "\0\0\0\17", 4 },
        { "\0\0\0\17\0\0\0", 7 },
        { "\0\0\0\16\0\0\0\0\0\0\0\0", 12 }, /* Another opcode. */
        { "\17\0\0\0\0\0\0\0\0\0\0\0", 12 },
    };
    struct dp_packet *packet = syn();

    for (size_t i = 0; i < ARRAY_SIZE(userdata); i++) {
        struct ofpbuf *b OWNED_OFPBUF =
            ofpbuf_clone_data(userdata[i].bytes, userdata[i].n);

        assert_refused(msg_packet_in(packet, b, &origin), 0);
    }
    dp_packet_delete(packet);
}

static void
packet_ins_of_other_formats_are_left_alone(void **state OVS_UNUSED)
{
    static const struct {
        enum ofputil_protocol protocol;
        enum ofputil_packet_in_format format;
    } formats[] = {
        { OFPUTIL_P_OF10_STD, OFPUTIL_PACKET_IN_STD },
        { OFPUTIL_P_OF11_STD, OFPUTIL_PACKET_IN_STD },
        { OFPUTIL_P_OF13_OXM, OFPUTIL_PACKET_IN_STD },
        { OFPUTIL_P_OF15_OXM, OFPUTIL_PACKET_IN_STD },
        { OFPUTIL_P_OF15_OXM, OFPUTIL_PACKET_IN_NXT },
    };
    struct dp_packet *packet = syn();

    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        struct ofputil_packet_in_private pin = {
            .base.packet = dp_packet_data(packet),
            .base.packet_len = dp_packet_size(packet),
            .base.reason = OFPR_ACTION,
        };

        match_init_catchall(&pin.base.flow_metadata);
        match_set_in_port(&pin.base.flow_metadata, u16_to_ofp(3));
        assert_refused(ofputil_encode_packet_in_private(
                           &pin, formats[i].protocol, formats[i].format),
                       0);
    }
    dp_packet_delete(packet);
}

static void
unusable_triggers_say_why(void **state OVS_UNUSED)
{
    struct dp_packet *packet = syn();
    struct ofpbuf *userdata;

    /* An event of a kind that a newer OVN may have. */
    userdata = msg_event_userdata(VIP, "tcp");
    memcpy((char *) userdata->data + 8, "\0\0\0\1", 4);
    assert_refused(msg_packet_in(packet, userdata, &origin),
                   DROP_UNKNOWN_EVENT);
    ofpbuf_delete(userdata);

    userdata = msg_event_userdata("web", "tcp");
    assert_refused(msg_packet_in(packet, userdata, &origin),
                   DROP_BAD_METADATA);
    ofpbuf_delete(userdata);

    userdata = msg_event_userdata(VIP, "tcp");
    for (; userdata->size >= 8; userdata->size--) {
        if (userdata->size < 12 + 4 + strlen(VIP) + 4 + 3 + 4 + 36) {
            assert_refused(msg_packet_in(packet, userdata, &origin),
                           DROP_BAD_METADATA);
        }
    }
    ofpbuf_delete(userdata);
    dp_packet_delete(packet);
}

static void
a_part_of_a_packet_is_refused(void **state OVS_UNUSED)
{
    struct dp_packet *packet = syn();
    ovs_be32 full_len = htonl(dp_packet_size(packet) + 1);
    struct ofpbuf *msg = trigger(dp_packet_clone(packet));

    msg_put_property(msg, NXPINT_FULL_LEN, &full_len, sizeof full_len);
    assert_refused(msg, DROP_TRUNCATED);

    /* Shorter than Ethernet's header, though all of it is there. */
    for (size_t size = 1; size < ETH_HEADER_LEN; size++) {
        assert_refused(trigger(packet_truncated(packet, size)),
                       DROP_TRUNCATED);
    }
    /* No packet at all is not a packet-in. */
    assert_refused(trigger(packet_truncated(packet, 0)), 0);
    dp_packet_delete(packet);
}

/* The header's length agrees with what is there. */
static void
every_truncated_message_is_survived(void **state OVS_UNUSED)
{
    struct ofpbuf *whole OWNED_OFPBUF = trigger(syn());

    for (size_t size = sizeof(struct ofp_header); size < whole->size; size++) {
        struct ofpbuf *msg OWNED_OFPBUF = ofpbuf_clone_data(whole->data, size);
        struct of_packet_in in;
        enum drop_reason reason;

        ofpmsg_update_length(msg);
        /* Userdata is last, and this shorter: no event. */
        assert_int_not_equal(decode(msg, &in, &reason), OF_PACKET_EVENT);
    }
}

static void
random_changes_are_survived(void **state OVS_UNUSED)
{
    struct ofpbuf *whole OWNED_OFPBUF = trigger(syn());
    size_t counts[OF_PACKET_BAD + 1] = { 0 };

    random_set_seed(20261123);
    for (int i = 0; i < 100000; i++) {
        struct ofpbuf *msg OWNED_OFPBUF = ofpbuf_clone(whole);
        struct of_packet_in in;
        enum drop_reason reason;

        for (int n = random_range(4); n >= 0; n--) {
            size_t ofs =
                sizeof(struct ofp_header)
                + random_range(whole->size - sizeof(struct ofp_header));
            ((uint8_t *) msg->data)[ofs] = random_uint8();
        }
        enum of_packet_verdict verdict = decode(msg, &in, &reason);
        counts[verdict]++;
        if (verdict == OF_PACKET_EVENT) {
            of_packet_in_uninit(&in);
        }
    }
    /* Otherwise the changes are of the wrong kind. */
    assert_true(counts[OF_PACKET_EVENT] > 1000);
    assert_true(counts[OF_PACKET_OTHER] > 1000);
    assert_true(counts[OF_PACKET_BAD] > 1000);
}

/* --- Packet-out --- */

/* The actions of the packet-out 'msg' (taken), which must carry 'packet'; the
 * caller's. */
static char *
actions_of(struct ofpbuf *msg, const struct dp_packet *packet)
{
    struct ofpbuf ofpacts = OFPBUF_STUB_INITIALIZER((uint64_t[128]){ 0 });
    struct ofputil_packet_out po;
    struct ds ds = DS_EMPTY_INITIALIZER;
    const struct ofp_header *oh = msg->data;

    assert_int_equal(ntohs(oh->length), msg->size);
    assert_int_equal(oh->version, OFP15_VERSION);
    assert_int_equal(ofputil_decode_packet_out(&po, oh, NULL, &ofpacts), 0);
    assert_int_equal(po.buffer_id, UINT32_MAX);
    assert_int_equal(po.flow_metadata.flow.in_port.ofp_port, OFPP_CONTROLLER);
    assert_int_equal(po.packet_len, dp_packet_size(packet));
    assert_memory_equal(po.packet, dp_packet_data(packet), po.packet_len);

    struct ofpact_format_params fp = { .s = &ds };
    ofpacts_format(po.ofpacts, po.ofpacts_len, &fp);
    ofpbuf_uninit(&ofpacts);
    ofpbuf_delete(msg);
    return ds_steal_cstr(&ds);
}

static const struct hold_origin wide_origin = {
    .datapath = 0xffffff, .inport = 0x7fff, .ct_zones = { 65535, 65534, 1 }
};

static void
a_replay_starts_the_ingress_pipeline_again(void **state OVS_UNUSED)
{
    struct dp_packet *packet = syn();
    char *actions = actions_of(
        of_packet_encode_replay(packet, &origin, OFPUTIL_P_OF15_OXM), packet);

    assert_string_equal(actions, "set_field:0x2->metadata,"
                                 "set_field:0x3->reg14,set_field:0x3->reg11,"
                                 "set_field:0x4->reg12,set_field:0x8->reg13,"
                                 "resubmit(CONTROLLER,8)");
    free(actions);

    actions = actions_of(
        of_packet_encode_replay(packet, &wide_origin, OFPUTIL_P_OF15_OXM),
        packet);
    assert_string_equal(actions,
                        "set_field:0xffffff->metadata,"
                        "set_field:0x7fff->reg14,set_field:0xffff->reg11,"
                        "set_field:0xfffe->reg12,set_field:0x1->reg13,"
                        "resubmit(CONTROLLER,8)");
    free(actions);
    dp_packet_delete(packet);
}

static void
an_answer_leaves_by_the_port_that_it_came_in_by(void **state OVS_UNUSED)
{
    struct dp_packet *packet = syn();
    char *actions = actions_of(
        of_packet_encode_answer(packet, &origin, OFPUTIL_P_OF15_OXM), packet);

    assert_string_equal(actions, "set_field:0x2->metadata,"
                                 "set_field:0x3->reg14,set_field:0x3->reg11,"
                                 "set_field:0x4->reg12,set_field:0x8->reg13,"
                                 "set_field:0x3->reg15,"
                                 "resubmit(CONTROLLER,65)");
    free(actions);
    dp_packet_delete(packet);
}

/* A message's length has 16 bits.  Whatever fits into a packet-in must go
 * back out whole, or be refused when it comes in. */
static void
the_largest_packet_that_comes_in_goes_out(void **state OVS_UNUSED)
{
    static const struct hold_origin none = { .datapath = 1 };
    struct ofpbuf *userdata OWNED_OFPBUF = ofpbuf_new(0);
    struct of_packet_in in;
    enum drop_reason reason;

    /* As little of everything else as can be. */
    ofpbuf_put(userdata,
               "\0\0\0\17"
               "\0\0\0\0"
               "\0\0\0\0"
               "\0\1\0\2"
               "::"
               "\0\3\0\44" TEST_LB,
               58);
    for (size_t size = 65000;; size++) {
        struct dp_packet *packet = dp_packet_new(size);
        dp_packet_put_zeros(packet, size);
        struct ofpbuf *msg OWNED_OFPBUF =
            msg_packet_in(packet, userdata, &none);
        dp_packet_delete(packet);
        if (msg->size > UINT16_MAX) {
            assert_true(size > 65200);
            return;
        }
        switch (decode(msg, &in, &reason)) {
        case OF_PACKET_EVENT:
            free(actions_of(of_packet_encode_replay(in.packet, &wide_origin,
                                                    OFPUTIL_P_OF15_OXM),
                            in.packet));
            of_packet_in_uninit(&in);
            break;
        case OF_PACKET_BAD:
            assert_int_equal(reason, DROP_TOO_LARGE);
            break;
        case OF_PACKET_OTHER:
        default:
            fail_msg("not seen as a trigger");
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trigger_is_decoded),
        cmocka_unit_test(metadata_may_be_missing),
        cmocka_unit_test(other_packet_ins_are_left_alone),
        cmocka_unit_test(packet_ins_of_other_formats_are_left_alone),
        cmocka_unit_test(unusable_triggers_say_why),
        cmocka_unit_test(a_part_of_a_packet_is_refused),
        cmocka_unit_test(every_truncated_message_is_survived),
        cmocka_unit_test(random_changes_are_survived),
        cmocka_unit_test(a_replay_starts_the_ingress_pipeline_again),
        cmocka_unit_test(an_answer_leaves_by_the_port_that_it_came_in_by),
        cmocka_unit_test(the_largest_packet_that_comes_in_goes_out),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
