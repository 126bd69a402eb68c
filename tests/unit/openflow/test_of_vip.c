/* A watch's conversation with a switch that is played here (fake_switch.h). */

#include "unit.h"

#include <netinet/in.h>

#include "fake_switch.h"
#include "of_messages.h"
#include "stock_flows.h"

static void
an_answer_counts_once_its_barrier_has_passed(void **state OVS_UNUSED)
{
    static const char *const flows[] = { SWITCH_TRIGGER, SWITCH_DROP,
                                         SWITCH_PRE_LB };
    struct fake_switch sw;

    sw_init(&sw);
    of_vips_connected(sw.vips, OFPUTIL_P_OF15_OXM);
    sw_assert_nothing_sent(&sw);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_UNKNOWN);
    assert_int_not_equal(sw_take_monitor(&sw, OFPFMC_ADD, MATCH2), 0);
    ovs_be32 xid = sw_take_question(&sw, MATCH2);
    /* Asking again does not ask the switch again. */
    assert_int_equal(sw_state(&sw, 2), OF_VIP_UNKNOWN);
    sw_assert_nothing_sent(&sw);

    uint64_t seqno = of_vips_seqno(sw.vips);
    sw_send_stats(&sw, msg_flow_stats(flows, ARRAY_SIZE(flows), xid, false));
    assert_int_equal(sw_state(&sw, 2), OF_VIP_UNKNOWN);
    assert_int_equal(of_vips_seqno(sw.vips), seqno);
    of_vips_barrier_reply(sw.vips, sw_take_barrier(&sw));
    assert_int_equal(sw_state(&sw, 2), OF_VIP_ASLEEP);
    assert_true(of_vips_seqno(sw.vips) > seqno);
    sw_uninit(&sw);
}

static void
states_follow_from_flows(void **state OVS_UNUSED)
{
    static const struct {
        const char *flows[4];
        enum of_vip_state state;
    } cases[] = {
        { { NULL }, OF_VIP_ABSENT },
        { { SWITCH_TRIGGER, SWITCH_DROP, SWITCH_PRE_LB }, OF_VIP_ASLEEP },
        { { SWITCH_TRIGGER, SWITCH_BALANCE }, OF_VIP_ASLEEP },
        { { SWITCH_BALANCE, SWITCH_PRE_LB }, OF_VIP_AWAKE },
        { { SWITCH_DROP, SWITCH_PRE_LB }, OF_VIP_ABSENT },
        { { SWITCH_PRE_LB }, OF_VIP_OPEN },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fake_switch sw;
        size_t n = 0;

        while (cases[i].flows[n]) {
            n++;
        }
        sw_init(&sw);
        of_vips_connected(sw.vips, OFPUTIL_P_OF15_OXM);
        sw_state(&sw, 2);
        sw_take_monitor(&sw, OFPFMC_ADD, MATCH2);
        sw_send_stats(&sw,
                      msg_flow_stats(cases[i].flows, n,
                                     sw_take_question(&sw, MATCH2), false));
        of_vips_barrier_reply(sw.vips, sw_take_barrier(&sw));
        if (!n) {
            sw_answer_count(&sw, "metadata=0x2", 1);
        }
        assert_case(sw_state(&sw, 2) == cases[i].state, "case %" PRIuSIZE, i);
        sw_uninit(&sw);
    }
}

/* As ovn-controller fills it when it has been started again. */
static void
a_switch_without_flows_is_filled_step_by_step(void **state OVS_UNUSED)
{
    for (int lost = 0; lost < 2; lost++) {
        struct fake_switch sw;

        sw_watch(&sw, SWITCH_BALANCE);
        assert_int_equal(sw_state(&sw, 2), OF_VIP_AWAKE);
        if (lost) {
            of_vips_disconnected(sw.vips);
            of_vips_connected(sw.vips, OFPUTIL_P_OF15_OXM);
            sw_take_monitor(&sw, OFPFMC_ADD, MATCH2);
        } else {
            sw_send_update(&sw,
                           msg_flow_update(OFPFME_REMOVED, SWITCH_PRE_LB));
        }
        sw_answer(&sw, sw_take_question(&sw, MATCH2), NULL);
        sw_answer_count(&sw, "metadata=0x2", 0);
        assert_int_equal(sw_state(&sw, 2), OF_VIP_UNKNOWN);

        /* Some flows are there, maybe not all. */
        sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_PRE_LB));
        long long since_ms = time_msec();
        sw_answer(&sw, sw_take_question(&sw, MATCH2), SWITCH_BALANCE);
        assert_int_equal(sw_state(&sw, 2), OF_VIP_UNKNOWN);
        of_vips_run(sw.vips);
        sw_assert_nothing_sent(&sw);

        /* One that triggers says enough. */
        sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
        sw_answer(&sw, sw_take_question(&sw, MATCH2), SWITCH_TRIGGER);
        assert_int_equal(sw_state(&sw, 2), OF_VIP_ASLEEP);
        sw_send_update(&sw, msg_flow_update(OFPFME_REMOVED, SWITCH_TRIGGER));
        sw_answer(&sw, sw_take_question(&sw, MATCH2), SWITCH_BALANCE);
        assert_int_equal(sw_state(&sw, 2), OF_VIP_UNKNOWN);

        while (ovs_list_is_empty(&sw.sent)) {
            of_vips_wait(sw.vips);
            poll_block();
            of_vips_run(sw.vips);
        }
        assert_true(time_msec() >= since_ms + 500);
        sw_answer(&sw, sw_take_question(&sw, MATCH2), SWITCH_BALANCE);
        assert_int_equal(sw_state(&sw, 2), OF_VIP_AWAKE);
        sw_uninit(&sw);
    }
}

/* The question how many flows there are is one like the others. */
static void
a_count_may_be_overtaken_refused_or_unreadable(void **state OVS_UNUSED)
{
    struct fake_switch sw;

    sw_watch(&sw, SWITCH_BALANCE);
    sw_send_update(&sw, msg_flow_update(OFPFME_REMOVED, SWITCH_BALANCE));
    sw_answer(&sw, sw_take_question(&sw, MATCH2), NULL);
    sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
    sw_answer_count(&sw, "metadata=0x2", 7);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_AWAKE);
    sw_answer(&sw, sw_take_question(&sw, MATCH2), SWITCH_TRIGGER);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_ASLEEP);

    sw_send_update(&sw, msg_flow_update(OFPFME_REMOVED, SWITCH_TRIGGER));
    sw_answer(&sw, sw_take_question(&sw, MATCH2), NULL);
    assert_true(of_vips_error(sw.vips, sw_take_count(&sw, "metadata=0x2")));
    assert_int_equal(sw_state(&sw, 2), OF_VIP_UNKNOWN);

    sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_PRE_LB));
    sw_answer(&sw, sw_take_question(&sw, MATCH2), NULL);
    /* Only the header of a reply: OFPMP_AGGREGATE_STATS is 2. */
    struct ofpbuf *reply =
        msg_flow_stats(NULL, 0, sw_take_count(&sw, "metadata=0x2"), false);
    *(ovs_be16 *) ofpbuf_at_assert(reply, 8, 2) = htons(2);
    assert_true(sw_is_received(reply, OFPTYPE_AGGREGATE_STATS_REPLY));
    of_vips_aggregate_stats(sw.vips, reply->data);
    ofpbuf_delete(reply);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_UNKNOWN);
    sw_uninit(&sw);
}

static void
an_answer_may_come_in_parts(void **state OVS_UNUSED)
{
    static const char *const part1[] = { SWITCH_PRE_LB };
    static const char *const part2[] = { SWITCH_TRIGGER };
    static const char *const part3[] = { SWITCH_DROP };
    struct fake_switch sw;

    sw_init(&sw);
    of_vips_connected(sw.vips, OFPUTIL_P_OF15_OXM);
    sw_state(&sw, 2);
    sw_take_monitor(&sw, OFPFMC_ADD, MATCH2);
    ovs_be32 xid = sw_take_question(&sw, MATCH2);
    sw_send_stats(&sw, msg_flow_stats(part1, 1, xid, true));
    sw_send_stats(&sw, msg_flow_stats(part2, 1, xid, true));
    sw_assert_nothing_sent(&sw);
    sw_send_stats(&sw, msg_flow_stats(part3, 1, xid, false));
    of_vips_barrier_reply(sw.vips, sw_take_barrier(&sw));
    assert_int_equal(sw_state(&sw, 2), OF_VIP_ASLEEP);
    sw_uninit(&sw);
}

static void
a_change_is_asked_about(void **state OVS_UNUSED)
{
    static const enum ofp_flow_update_event events[] = {
        OFPFME_INITIAL, OFPFME_ADDED, OFPFME_REMOVED, OFPFME_MODIFIED
    };
    struct fake_switch sw;

    sw_watch(&sw, SWITCH_TRIGGER);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_ASLEEP);
    for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
        const char *now = i % 2 ? SWITCH_TRIGGER : SWITCH_BALANCE;
        uint64_t seqno = of_vips_seqno(sw.vips);

        sw_send_update(&sw, msg_flow_update(events[i], SWITCH_TRIGGER));
        /* Until the answer is there, the last one counts. */
        assert_int_equal(of_vips_seqno(sw.vips), seqno);
        sw_answer(&sw, sw_take_question(&sw, MATCH2), now);
        assert_int_equal(sw_state(&sw, 2),
                         i % 2 ? OF_VIP_ASLEEP : OF_VIP_AWAKE);
        assert_true(of_vips_seqno(sw.vips) > seqno);
    }
    /* A change that leaves things as they are is none. */
    uint64_t seqno = of_vips_seqno(sw.vips);
    sw_send_update(&sw, msg_flow_update(OFPFME_MODIFIED, SWITCH_PRE_LB));
    sw_answer(&sw, sw_take_question(&sw, MATCH2), SWITCH_TRIGGER);
    assert_int_equal(of_vips_seqno(sw.vips), seqno);
    sw_uninit(&sw);
}

static void
changes_elsewhere_are_not_asked_about(void **state OVS_UNUSED)
{
    static const char *const flows[] = {
        ROUTER_TRIGGER, /* Another datapath. */
        "tcp,metadata=0x2,nw_dst=192.168.1.101,tp_dst=80,actions=drop",
        "tcp6,metadata=0x2,ipv6_dst=fd00::100,tp_dst=80,actions=drop",
        "arp,metadata=0x2,arp_tpa=192.168.1.100,actions=drop",
        "metadata=0x2,actions=drop",
    };
    struct fake_switch sw;

    sw_watch(&sw, SWITCH_TRIGGER);
    for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
        sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, flows[i]));
        sw_assert_nothing_sent(&sw);
    }
    sw_uninit(&sw);
}

/* The answer may be older than the change: it does not count. */
static void
a_change_during_a_question_has_it_asked_again(void **state OVS_UNUSED)
{
    static const char *const old[] = { SWITCH_BALANCE };

    for (int when = 0; when < 3; when++) {
        struct fake_switch sw;

        sw_watch(&sw, SWITCH_TRIGGER);
        sw_send_update(&sw, msg_flow_update(OFPFME_REMOVED, SWITCH_TRIGGER));
        ovs_be32 xid = sw_take_question(&sw, MATCH2);
        if (when == 0) {
            /* Before the answer, twice. */
            sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
            sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
        }
        sw_send_stats(&sw, msg_flow_stats(old, 1, xid, when == 1));
        if (when == 1) {
            /* In the middle of it. */
            sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
            sw_send_stats(&sw, msg_flow_stats(NULL, 0, xid, false));
        }
        ovs_be32 barrier = sw_take_barrier(&sw);
        if (when == 2) {
            /* Between it and the barrier. */
            sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
        }
        sw_assert_nothing_sent(&sw);
        of_vips_barrier_reply(sw.vips, barrier);
        assert_int_equal(sw_state(&sw, 2), OF_VIP_ASLEEP);
        xid = sw_take_question(&sw, MATCH2);
        sw_assert_nothing_sent(&sw);
        sw_answer(&sw, xid, SWITCH_TRIGGER);
        assert_int_equal(sw_state(&sw, 2), OF_VIP_ASLEEP);
        sw_uninit(&sw);
    }
}

/* What an earlier answer has shown must not count in a later one. */
static void
answers_do_not_mix(void **state OVS_UNUSED)
{
    static const char *const old[] = { SWITCH_TRIGGER };
    struct fake_switch sw;

    sw_watch(&sw, SWITCH_BALANCE);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_AWAKE);
    sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
    ovs_be32 xid = sw_take_question(&sw, MATCH2);
    sw_send_stats(&sw, msg_flow_stats(old, 1, xid, true));
    sw_send_update(&sw, msg_flow_update(OFPFME_REMOVED, SWITCH_TRIGGER));
    sw_send_stats(&sw, msg_flow_stats(NULL, 0, xid, false));
    of_vips_barrier_reply(sw.vips, sw_take_barrier(&sw));
    sw_answer(&sw, sw_take_question(&sw, MATCH2), SWITCH_BALANCE);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_AWAKE);
    sw_uninit(&sw);
}

static void
messages_for_others_are_ignored(void **state OVS_UNUSED)
{
    static const char *const flows[] = { SWITCH_BALANCE };
    struct fake_switch sw;

    sw_init(&sw);
    of_vips_connected(sw.vips, OFPUTIL_P_OF15_OXM);
    /* While nothing is watched. */
    sw_send_stats(&sw, msg_flow_stats(flows, 1, htonl(1), false));
    sw_send_stats(&sw, msg_flow_stats(flows, 1, 0, false));
    sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
    of_vips_barrier_reply(sw.vips, 0);
    assert_false(of_vips_error(sw.vips, 0));
    of_vips_monitor_resumed(sw.vips);
    sw_assert_nothing_sent(&sw);

    sw_state(&sw, 2);
    sw_take_monitor(&sw, OFPFMC_ADD, MATCH2);
    ovs_be32 xid = sw_take_question(&sw, MATCH2);
    sw_send_stats(&sw, msg_flow_stats(flows, 1, ~xid, false));
    assert_false(of_vips_error(sw.vips, ~xid));
    of_vips_barrier_reply(sw.vips, ~xid);
    /* The barrier has not been sent yet. */
    of_vips_barrier_reply(sw.vips, xid);
    sw_assert_nothing_sent(&sw);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_UNKNOWN);

    sw_send_stats(&sw, msg_flow_stats(flows, 1, xid, false));
    ovs_be32 barrier = sw_take_barrier(&sw);
    /* Stats for the barrier, or the same ones again. */
    sw_send_stats(&sw, msg_flow_stats(NULL, 0, barrier, false));
    sw_send_stats(&sw, msg_flow_stats(flows, 1, xid, false));
    sw_assert_nothing_sent(&sw);
    of_vips_barrier_reply(sw.vips, barrier);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_AWAKE);
    of_vips_barrier_reply(sw.vips, barrier);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_AWAKE);
    sw_uninit(&sw);
}

static void
a_refused_question_leaves_the_state_unknown(void **state OVS_UNUSED)
{
    struct fake_switch sw;

    sw_watch(&sw, SWITCH_BALANCE);
    sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
    ovs_be32 xid = sw_take_question(&sw, MATCH2);
    uint64_t seqno = of_vips_seqno(sw.vips);
    assert_true(of_vips_error(sw.vips, xid));
    assert_int_equal(sw_state(&sw, 2), OF_VIP_UNKNOWN);
    assert_true(of_vips_seqno(sw.vips) > seqno);
    /* Not asked again at once, which might go on forever. */
    sw_assert_nothing_sent(&sw);
    assert_false(of_vips_error(sw.vips, xid));

    /* But at the next change, even one that came before the refusal. */
    sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
    xid = sw_take_question(&sw, MATCH2);
    sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
    assert_true(of_vips_error(sw.vips, xid));
    sw_answer(&sw, sw_take_question(&sw, MATCH2), SWITCH_TRIGGER);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_ASLEEP);

    /* A refused barrier counts as well. */
    sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
    sw_send_stats(
        &sw, msg_flow_stats(NULL, 0, sw_take_question(&sw, MATCH2), false));
    assert_true(of_vips_error(sw.vips, sw_take_barrier(&sw)));
    assert_int_equal(sw_state(&sw, 2), OF_VIP_UNKNOWN);
    sw_uninit(&sw);
}

/* What a newer switch says must not look like "no flow triggers". */
static void
an_unreadable_answer_leaves_the_state_unknown(void **state OVS_UNUSED)
{
    static const char *const flows[] = { SWITCH_BALANCE, SWITCH_PRE_LB };
    struct ofpbuf *whole = msg_flow_stats(flows, 2, 0, false);

    for (size_t cut = 1; cut < whole->size - 16; cut++) {
        struct fake_switch sw;

        sw_watch(&sw, SWITCH_BALANCE);
        sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
        struct ofpbuf *part =
            msg_flow_stats(flows, 2, sw_take_question(&sw, MATCH2), false);
        part->size -= cut;
        ofpmsg_update_length(part);
        assert_true(sw_is_received(part, OFPTYPE_FLOW_STATS_REPLY));
        /* Where one flow ends, the rest is a whole answer. */
        struct ofputil_flow_stats fs;
        struct ofpbuf ofpacts = OFPBUF_STUB_INITIALIZER((uint64_t[64]){ 0 });
        struct ofpbuf b = ofpbuf_const_initializer(part->data, part->size);
        int error;
        do {
            error = ofputil_decode_flow_stats_reply(&fs, &b, true, &ofpacts);
        } while (!error);
        ofpbuf_uninit(&ofpacts);

        sw_send_stats(&sw, part);
        of_vips_barrier_reply(sw.vips, sw_take_barrier(&sw));
        assert_case(sw_state(&sw, 2)
                        == (error == EOF ? OF_VIP_AWAKE : OF_VIP_UNKNOWN),
                    "%" PRIuSIZE " bytes missing: %d", cut, sw_state(&sw, 2));
        sw_uninit(&sw);
    }
    ofpbuf_delete(whole);
}

static void
an_unreadable_update_may_be_about_anything(void **state OVS_UNUSED)
{
    struct ofpbuf *whole = msg_flow_update(OFPFME_ADDED, ROUTER_TRIGGER);
    size_t n = 0;

    for (size_t size = 16; size <= whole->size; size++) {
        struct fake_switch sw;
        struct ofpbuf *part = ofpbuf_clone_data(whole->data, size);

        ofpmsg_update_length(part);
        if (!sw_is_received(part, OFPTYPE_FLOW_MONITOR_STATS_REPLY)) {
            ofpbuf_delete(part);
            continue;
        }
        sw_watch(&sw, SWITCH_BALANCE);
        sw_send_update(&sw, part);
        if (size > 16 && size < whole->size) {
            sw_answer(&sw, sw_take_question(&sw, MATCH2), SWITCH_BALANCE);
            n++;
        }
        sw_uninit(&sw);
    }
    assert_true(n > 5);
    ofpbuf_delete(whole);
}

/* With OpenFlow 1.5 both come as events in an update. */
static void
what_was_missed_in_a_pause_is_asked_for(void **state OVS_UNUSED)
{
    struct fake_switch sw;

    sw_watch(&sw, SWITCH_TRIGGER);
    sw_send_update(&sw, msg_received(ofputil_encode_flow_monitor_pause(
                            OFPFME_PAUSED, OFPUTIL_P_OF15_OXM)));
    sw_assert_nothing_sent(&sw);
    sw_send_update(&sw, msg_received(ofputil_encode_flow_monitor_pause(
                            OFPFME_RESUMED, OFPUTIL_P_OF15_OXM)));
    sw_answer(&sw, sw_take_question(&sw, MATCH2), SWITCH_BALANCE);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_AWAKE);
    of_vips_monitor_resumed(sw.vips);
    sw_answer(&sw, sw_take_question(&sw, MATCH2), SWITCH_TRIGGER);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_ASLEEP);
    sw_uninit(&sw);
}

static void
changes_of_our_own_are_none(void **state OVS_UNUSED)
{
    struct ofputil_flow_update update = { .event = OFPFME_ABBREV,
                                          .xid = htonl(1) };
    struct fake_switch sw;
    struct ovs_list replies;

    sw_watch(&sw, SWITCH_TRIGGER);
    ofputil_start_flow_update(&replies, OFPUTIL_P_OF15_OXM);
    ofputil_append_flow_update(&update, &replies, NULL);
    sw_send_update(&sw, msg_only(&replies));
    sw_uninit(&sw);
}

/* --- Connections --- */

static void
nothing_is_asked_without_a_connection(void **state OVS_UNUSED)
{
    struct fake_switch sw;

    sw_init(&sw);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_UNKNOWN);
    assert_int_equal(sw_state(&sw, 4), OF_VIP_UNKNOWN);
    of_vips_forget(sw.vips, &sw.vip, IPPROTO_TCP);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_UNKNOWN);
    sw_assert_nothing_sent(&sw);

    of_vips_connected(sw.vips, OFPUTIL_P_OF15_OXM);
    sw_take_monitor(&sw, OFPFMC_ADD, MATCH2);
    sw_answer(&sw, sw_take_question(&sw, MATCH2), SWITCH_TRIGGER);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_ASLEEP);
    sw_uninit(&sw);
}

static void
a_new_connection_has_all_asked_again(void **state OVS_UNUSED)
{
    static const char *const flows[] = { SWITCH_BALANCE };

    /* When the old one goes: 0: idle; 1: a question is on its way; 2: so is
     * a barrier. */
    for (int when = 0; when < 3; when++) {
        struct fake_switch sw;
        ovs_be32 xid = 0;

        sw_watch(&sw, SWITCH_BALANCE);
        if (when) {
            sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
            xid = sw_take_question(&sw, MATCH2);
        }
        if (when == 2) {
            sw_send_stats(&sw, msg_flow_stats(flows, 1, xid, false));
            xid = sw_take_barrier(&sw);
        }
        uint64_t seqno = of_vips_seqno(sw.vips);
        of_vips_disconnected(sw.vips);
        assert_int_equal(sw_state(&sw, 2), OF_VIP_UNKNOWN);
        assert_true(of_vips_seqno(sw.vips) > seqno);
        of_vips_barrier_reply(sw.vips, xid);
        assert_false(of_vips_error(sw.vips, xid));
        assert_int_equal(sw_state(&sw, 2), OF_VIP_UNKNOWN);
        sw_assert_nothing_sent(&sw);

        of_vips_connected(sw.vips, OFPUTIL_P_OF15_OXM);
        sw_take_monitor(&sw, OFPFMC_ADD, MATCH2);
        ovs_be32 new_xid = sw_take_question(&sw, MATCH2);
        assert_int_not_equal(new_xid, xid);
        /* Answers from the old one do not count. */
        sw_send_stats(&sw, msg_flow_stats(flows, 1, xid, false));
        of_vips_barrier_reply(sw.vips, xid);
        sw_assert_nothing_sent(&sw);
        assert_int_equal(sw_state(&sw, 2), OF_VIP_UNKNOWN);
        sw_answer(&sw, new_xid, SWITCH_TRIGGER);
        assert_int_equal(sw_state(&sw, 2), OF_VIP_ASLEEP);
        sw_uninit(&sw);
    }
}

static void
a_forgotten_vip_is_not_watched_any_more(void **state OVS_UNUSED)
{
    static const char *const flows[] = { SWITCH_BALANCE };
    struct fake_switch sw;

    sw_watch(&sw, SWITCH_TRIGGER);
    assert_int_equal(sw_state(&sw, 4), OF_VIP_UNKNOWN);
    uint32_t id = sw_take_monitor(&sw, OFPFMC_ADD, MATCH4);
    ovs_be32 xid = sw_take_question(&sw, MATCH4);

    /* Others of the same address stay. */
    struct endpoint other = sw.vip;
    other.port = 81;
    of_vips_forget(sw.vips, &other, IPPROTO_TCP);
    of_vips_forget(sw.vips, &sw.vip, IPPROTO_UDP);
    sw_assert_nothing_sent(&sw);

    of_vips_forget(sw.vips, &sw.vip, IPPROTO_TCP);
    struct ofpbuf *first = ofpbuf_from_list(ovs_list_front(&sw.sent));
    bool four_first = ofpbuf_at_assert(first, 16, 4)
                      && !memcmp(ofpbuf_at_assert(first, 16, 4),
                                 &(ovs_be32){ htonl(id) }, 4);
    sw_take_monitor(&sw, OFPFMC_DELETE, four_first ? MATCH4 : MATCH2);
    sw_take_monitor(&sw, OFPFMC_DELETE, four_first ? MATCH2 : MATCH4);
    sw_send_stats(&sw, msg_flow_stats(flows, 1, xid, false));
    sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
    sw_assert_nothing_sent(&sw);

    /* It can be watched again. */
    assert_int_equal(sw_state(&sw, 2), OF_VIP_UNKNOWN);
    assert_true(sw_take_monitor(&sw, OFPFMC_ADD, MATCH2) > id);
    sw_answer(&sw, sw_take_question(&sw, MATCH2), SWITCH_TRIGGER);
    sw_uninit(&sw);
}

/* --- Many --- */

static void
vips_of_one_address_are_told_apart(void **state OVS_UNUSED)
{
    struct fake_switch sw;
    struct endpoint dns;

    sw_watch(&sw, SWITCH_TRIGGER);
    assert_true(endpoint_parse("192.168.1.100:53", &dns));
    of_vips_state(sw.vips, 2, &dns, IPPROTO_UDP);
    sw_take_monitor(&sw, OFPFMC_ADD, MATCH2);
    sw_answer(
        &sw, sw_take_question(&sw, MATCH2),
        "udp,metadata=0x2,nw_dst=192.168.1.100,udp_dst=53,actions=" BALANCE);
    assert_int_equal(of_vips_state(sw.vips, 2, &dns, IPPROTO_UDP),
                     OF_VIP_AWAKE);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_ASLEEP);

    /* A change of either may be one of both. */
    sw_send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_BALANCE));
    ovs_be32 xids[2] = { sw_take_question(&sw, MATCH2),
                         sw_take_question(&sw, MATCH2) };
    sw_answer(&sw, xids[1], SWITCH_TRIGGER);
    sw_answer(&sw, xids[0], SWITCH_TRIGGER);
    assert_int_equal(of_vips_state(sw.vips, 2, &dns, IPPROTO_UDP),
                     OF_VIP_OPEN);
    assert_int_equal(sw_state(&sw, 2), OF_VIP_ASLEEP);
    sw_uninit(&sw);
}

static void
ipv6_is_watched_as_well(void **state OVS_UNUSED)
{
#define MATCH6 "ipv6,metadata=0x7,ipv6_dst=fd00:192::100"
#define TRIGGER6 \
    "tcp6,metadata=0x7,ipv6_dst=fd00:192::100,tp_dst=80,actions=" TRIGGER
    struct fake_switch sw;
    struct endpoint vip;

    sw_init(&sw);
    of_vips_connected(sw.vips, OFPUTIL_P_OF15_OXM);
    assert_true(endpoint_parse("[fd00:192::100]:80", &vip));
    of_vips_state(sw.vips, 7, &vip, IPPROTO_TCP);
    sw_take_monitor(&sw, OFPFMC_ADD, MATCH6);
    sw_answer(&sw, sw_take_question(&sw, MATCH6), TRIGGER6);
    assert_int_equal(of_vips_state(sw.vips, 7, &vip, IPPROTO_TCP),
                     OF_VIP_ASLEEP);
    sw_send_update(&sw, msg_flow_update(OFPFME_REMOVED, TRIGGER6));
    sw_answer(&sw, sw_take_question(&sw, MATCH6), NULL);
    sw_answer_count(&sw, "metadata=0x7", 1);
    assert_int_equal(of_vips_state(sw.vips, 7, &vip, IPPROTO_TCP),
                     OF_VIP_ABSENT);
    sw_uninit(&sw);
}

/* Their answers come in any order. */
static void
many_are_watched_at_once(void **state OVS_UNUSED)
{
    enum { N = 500 };
    struct fake_switch sw;
    struct endpoint vips[N];
    ovs_be32 xids[N];
    size_t order[N];

    sw_init(&sw);
    of_vips_connected(sw.vips, OFPUTIL_P_OF15_OXM);
    random_set_seed(20261123);
    for (size_t i = 0; i < N; i++) {
        char *text =
            xasprintf("10.1.%" PRIuSIZE ".%" PRIuSIZE ":80", i / 256, i % 256);
        char *match =
            xasprintf("ip,metadata=0x2,nw_dst=10.1.%" PRIuSIZE ".%" PRIuSIZE,
                      i / 256, i % 256);

        assert_true(endpoint_parse(text, &vips[i]));
        of_vips_state(sw.vips, 2, &vips[i], IPPROTO_TCP);
        sw_take_monitor(&sw, OFPFMC_ADD, match);
        xids[i] = sw_take_question(&sw, match);
        order[i] = i;
        free(match);
        free(text);
    }
    for (size_t i = N - 1; i > 0; i--) {
        size_t j = random_range(i + 1);
        size_t swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
    for (size_t i = 0; i < N; i++) {
        size_t k = order[i];
        char *flow = xasprintf("tcp,metadata=0x2,nw_dst=10.1.%" PRIuSIZE
                               ".%" PRIuSIZE ",tp_dst=80,actions=%s",
                               k / 256, k % 256, k % 3 ? TRIGGER : BALANCE);
        sw_answer(&sw, xids[k], flow);
        free(flow);
    }
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(of_vips_state(sw.vips, 2, &vips[i], IPPROTO_TCP),
                         i % 3 ? OF_VIP_ASLEEP : OF_VIP_AWAKE);
    }
    sw_uninit(&sw);
    of_vips_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_counts_once_its_barrier_has_passed),
        cmocka_unit_test(states_follow_from_flows),
        cmocka_unit_test(a_switch_without_flows_is_filled_step_by_step),
        cmocka_unit_test(a_count_may_be_overtaken_refused_or_unreadable),
        cmocka_unit_test(an_answer_may_come_in_parts),
        cmocka_unit_test(a_change_is_asked_about),
        cmocka_unit_test(changes_elsewhere_are_not_asked_about),
        cmocka_unit_test(a_change_during_a_question_has_it_asked_again),
        cmocka_unit_test(answers_do_not_mix),
        cmocka_unit_test(messages_for_others_are_ignored),
        cmocka_unit_test(a_refused_question_leaves_the_state_unknown),
        cmocka_unit_test(an_unreadable_answer_leaves_the_state_unknown),
        cmocka_unit_test(an_unreadable_update_may_be_about_anything),
        cmocka_unit_test(what_was_missed_in_a_pause_is_asked_for),
        cmocka_unit_test(changes_of_our_own_are_none),
        cmocka_unit_test(nothing_is_asked_without_a_connection),
        cmocka_unit_test(a_new_connection_has_all_asked_again),
        cmocka_unit_test(a_forgotten_vip_is_not_watched_any_more),
        cmocka_unit_test(vips_of_one_address_are_told_apart),
        cmocka_unit_test(ipv6_is_watched_as_well),
        cmocka_unit_test(many_are_watched_at_once),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
