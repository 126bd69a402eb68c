/* What flows say about a VIP, and a watch's conversation with a switch that
 * is played here.  Flows are data: as ovs-ofctl dumps them from a switch with
 * stock OVN 23.03.1. */

#include "unit.h"

#include <netinet/in.h>

#include "of_messages.h"
#include "of_packet.h"
#include "of_vip.h"

/* --- Flows --- */

#define USERDATA_HEAD "controller(userdata=00.00.00.0f.00.00.00.00.00.00.00.00"
#define TRIGGER                                                             \
    USERDATA_HEAD ".00.01.00.10.31.39.32.2e.31.36.38.2e.31.2e.31.30.30.3a"  \
                  ".38.30.00.02.00.03.74.63.70.00.03.00.24.61.37.64.36.35." \
                  "64.31.65.2d.31"                                          \
                  ".63.33.62.2d.34.62.38.61.2d.39.64.35.33.2d.30.64.30.62." \
                  "36.61.31.66.32"                                          \
                  ".63.33.64)"
#define BALANCE "set_field:0/0x2000000000000000000000000->xxreg0,group:1"
#define BALANCE_CT                                                      \
    "ct(commit,table=21,zone=NXM_NX_REG13[0..15],nat(dst=10.0.0.3:80)," \
    "exec(set_field:0x2/0x2->ct_mark))"
#define UNDNAT "ct(table=14,zone=NXM_NX_REG11[0..15],nat)"
#define SNAT "ct(commit,table=14,zone=NXM_NX_REG12[0..15],nat(src=10.0.0.9))"
#define REJECT "controller(userdata=00.00.00.1b.00.00.00.00)"

#define SWITCH_TRIGGER                                                       \
    "table=13,priority=130,tcp,metadata=0x2,nw_dst=192.168.1.100,tp_dst=80," \
    "actions=" TRIGGER
#define SWITCH_DROP                                             \
    "table=20,priority=120,ct_state=+new+trk,tcp,metadata=0x2," \
    "nw_dst=192.168.1.100,tp_dst=80,actions=drop"
#define SWITCH_BALANCE                                          \
    "table=20,priority=120,ct_state=+new+trk,tcp,metadata=0x2," \
    "nw_dst=192.168.1.100,tp_dst=80,actions=" BALANCE
#define SWITCH_PRE_LB                                             \
    "table=13,priority=100,ip,metadata=0x2,nw_dst=192.168.1.100," \
    "actions=set_field:0x4->reg0,resubmit(,14)"
#define ROUTER_TRIGGER                                                       \
    "table=15,priority=130,tcp,metadata=0x4,nw_dst=192.168.1.100,tp_dst=80," \
    "actions=" TRIGGER
#define ROUTER_DEFRAG                                             \
    "table=13,priority=100,ip,metadata=0x4,nw_dst=192.168.1.100," \
    "actions=" UNDNAT

static const struct flow_case {
    const char *flow;
    const char *vip;
    uint8_t nw_proto;
    enum of_flow_role role;
} flow_cases[] = {
    { SWITCH_TRIGGER, "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_TRIGGER },
    { SWITCH_DROP, "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_BLOCK },
    { SWITCH_BALANCE, "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_BALANCE },
    { SWITCH_PRE_LB, "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_OTHER },
    { ROUTER_TRIGGER, "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_TRIGGER },
    { ROUTER_DEFRAG, "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_OTHER },
    { "table=15,priority=120,ct_state=+new-rel+trk,tcp,metadata=0x4,"
      "nw_dst=192.168.1.100,tp_dst=80,actions=" BALANCE_CT,
      "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_BALANCE },
    { "tcp,nw_dst=192.168.1.100,tp_dst=80,actions=" SNAT, "192.168.1.100:80",
      IPPROTO_TCP, OF_FLOW_OTHER },
    { "tcp,nw_dst=192.168.1.100,tp_dst=80,actions=" REJECT, "192.168.1.100:80",
      IPPROTO_TCP, OF_FLOW_BLOCK },
    { "tcp,nw_dst=192.168.1.100,tp_dst=80,actions=clone(" BALANCE_CT
      "),resubmit(,21)",
      "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_BALANCE },

    /* Other ports and protocols of the same address. */
    { SWITCH_TRIGGER, "192.168.1.100:81", IPPROTO_TCP, OF_FLOW_OTHER },
    { SWITCH_TRIGGER, "192.168.1.100:80", IPPROTO_UDP, OF_FLOW_OTHER },
    { SWITCH_BALANCE, "192.168.1.100:80", IPPROTO_SCTP, OF_FLOW_OTHER },
    { SWITCH_DROP, "192.168.1.100:8080", IPPROTO_TCP, OF_FLOW_OTHER },
    { "tcp,nw_dst=192.168.1.100,tp_dst=0x50/0xfff0,actions=drop",
      "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_OTHER },
    { "udp,nw_dst=192.168.1.100,udp_dst=53,actions=" TRIGGER,
      "192.168.1.100:53", IPPROTO_UDP, OF_FLOW_TRIGGER },
    { "sctp,nw_dst=192.168.1.100,sctp_dst=99,actions=" TRIGGER,
      "192.168.1.100:99", IPPROTO_SCTP, OF_FLOW_TRIGGER },

    /* VIPs without a port. */
    { "tcp,metadata=0x2,nw_dst=192.168.2.3,actions=" TRIGGER, "192.168.2.3",
      IPPROTO_TCP, OF_FLOW_TRIGGER },
    { "udp,metadata=0x2,nw_dst=192.168.2.4,actions=" TRIGGER, "192.168.2.4",
      IPPROTO_UDP, OF_FLOW_TRIGGER },
    { "ct_state=+new+trk,ip,metadata=0x2,nw_dst=192.168.2.3,actions=drop",
      "192.168.2.3", IPPROTO_TCP, OF_FLOW_BLOCK },
    { "ct_state=+new+trk,ip,metadata=0x2,nw_dst=192.168.2.3,actions=" BALANCE,
      "192.168.2.3", IPPROTO_TCP, OF_FLOW_BALANCE },
    { "ip,metadata=0x2,nw_dst=192.168.2.3,actions=resubmit(,14)",
      "192.168.2.3", IPPROTO_TCP, OF_FLOW_OTHER },
    /* Another VIP of that address sleeps, or is awake. */
    { "udp,nw_dst=192.168.2.3,actions=" TRIGGER, "192.168.2.3", IPPROTO_TCP,
      OF_FLOW_OTHER },
    { "tcp,nw_dst=192.168.2.3,tp_dst=80,actions=" TRIGGER, "192.168.2.3",
      IPPROTO_TCP, OF_FLOW_OTHER },
    { "tcp,nw_dst=192.168.2.3,tp_dst=80,actions=" BALANCE, "192.168.2.3",
      IPPROTO_TCP, OF_FLOW_OTHER },
    { "tcp,nw_dst=192.168.2.3,tp_dst=80,actions=drop", "192.168.2.3",
      IPPROTO_TCP, OF_FLOW_OTHER },
    { "icmp,nw_dst=192.168.2.3,actions=drop", "192.168.2.3", IPPROTO_TCP,
      OF_FLOW_OTHER },
    { "tcp,nw_dst=192.168.1.100,actions=" TRIGGER, "192.168.1.100:80",
      IPPROTO_TCP, OF_FLOW_OTHER },

    /* IPv6. */
    { "tcp6,metadata=0x2,ipv6_dst=fd00:192::100,tp_dst=80,actions=" TRIGGER,
      "[fd00:192::100]:80", IPPROTO_TCP, OF_FLOW_TRIGGER },
    { "tcp6,metadata=0x2,ipv6_dst=fd00:192::3,actions=" TRIGGER, "fd00:192::3",
      IPPROTO_TCP, OF_FLOW_TRIGGER },
    { "tcp6,ipv6_dst=fd00:192::100,tp_dst=80,actions="
      "ct(commit,table=21,zone=1,nat(dst=[fd00::3]:80))",
      "[fd00:192::100]:80", IPPROTO_TCP, OF_FLOW_BALANCE },
};

static void
flows_have_roles(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(flow_cases); i++) {
        const struct flow_case *c = &flow_cases[i];
        struct ofputil_flow_mod fm;
        struct endpoint vip;
        struct match match;

        assert_true(endpoint_parse(c->vip, &vip));
        msg_parse_flow(c->flow, &fm);
        minimatch_expand(&fm.match, &match);
        enum of_flow_role role = of_flow_classify(
            &match, fm.ofpacts, fm.ofpacts_len, &vip, c->nw_proto);
        assert_case(role == c->role, "%s of %s: %d", c->flow, c->vip, role);
        msg_flow_uninit(&fm);
    }
}

static void
protocols_have_numbers(void **state OVS_UNUSED)
{
    assert_int_equal(of_nw_proto("tcp"), 6);
    assert_int_equal(of_nw_proto("udp"), 17);
    assert_int_equal(of_nw_proto("sctp"), 132);
    assert_int_equal(of_nw_proto(""), 0);
    assert_int_equal(of_nw_proto("TCP"), 0);
}

/* --- The switch --- */

struct fake_switch {
    struct of_vips *vips;
    struct ovs_list sent; /* Contains struct ofpbuf: what it was sent. */
    struct endpoint vip;  /* 192.168.1.100:80. */
};

static void
record(void *sw_, struct ofpbuf *msg)
{
    struct fake_switch *sw = sw_;

    /* As vconn_send() does. */
    ofpmsg_update_length(msg);
    ovs_list_push_back(&sw->sent, &msg->list_node);
}

static void
switch_init(struct fake_switch *sw)
{
    ovs_list_init(&sw->sent);
    sw->vips = of_vips_new(record, sw);
    assert_true(endpoint_parse("192.168.1.100:80", &sw->vip));
}

static void
assert_nothing_sent(const struct fake_switch *sw)
{
    assert_true(ovs_list_is_empty(&sw->sent));
}

static void
switch_uninit(struct fake_switch *sw)
{
    assert_nothing_sent(sw);
    of_vips_free(sw->vips);
    assert_nothing_sent(sw);
}

/* The next message that was sent, which must be of 'type'. */
static struct ofpbuf *
next_sent(struct fake_switch *sw, enum ofptype type)
{
    enum ofptype sent;

    assert_false(ovs_list_is_empty(&sw->sent));
    struct ofpbuf *msg = ofpbuf_from_list(ovs_list_pop_front(&sw->sent));
    const struct ofp_header *oh = msg->data;
    assert_int_equal(ntohs(oh->length), msg->size);
    assert_int_equal(ofptype_decode(&sent, oh), 0);
    assert_int_equal(sent, type);
    return msg;
}

static void
assert_match(const struct match *match, const char *text)
{
    char *s = match_to_string(match, NULL, OFP_DEFAULT_PRIORITY);

    assert_string_equal(s, text);
    free(s);
}

/* Takes a flow stats request for 'match' from what was sent: its xid. */
static ovs_be32
take_question(struct fake_switch *sw, const char *match)
{
    struct ofpbuf *msg = next_sent(sw, OFPTYPE_FLOW_STATS_REQUEST);
    struct ofputil_flow_stats_request request;
    ovs_be32 xid = ((const struct ofp_header *) msg->data)->xid;

    assert_int_equal(
        ofputil_decode_flow_stats_request(&request, msg->data, NULL, NULL), 0);
    assert_int_equal(request.table_id, OFPTT_ALL);
    assert_int_equal(request.out_port, OFPP_ANY);
    assert_int_equal(request.out_group, OFPG_ANY);
    assert_match(&request.match, match);
    assert_int_not_equal(xid, 0);
    ofpbuf_delete(msg);
    return xid;
}

/* Takes the start or end of a flow monitor from what was sent: its id. */
static uint32_t
take_monitor(struct fake_switch *sw, enum ofp14_flow_monitor_command command,
             const char *match)
{
    struct ofpbuf *msg = next_sent(sw, OFPTYPE_FLOW_MONITOR_STATS_REQUEST);
    struct ofputil_flow_monitor_request request;
    struct ofpbuf b = ofpbuf_const_initializer(msg->data, msg->size);

    assert_int_equal(ofputil_decode_flow_monitor_request(&request, &b), 0);
    assert_int_equal(request.command, command);
    assert_match(&request.match, match);
    if (command == OFPFMC_ADD) {
        assert_int_equal(request.flags,
                         OFPFMF_ADD | OFPFMF_REMOVED | OFPFMF_MODIFY);
        assert_int_equal(request.table_id, OFPTT_ALL);
    }
    ofpbuf_delete(msg);
    return request.id;
}

static ovs_be32
take_barrier(struct fake_switch *sw)
{
    struct ofpbuf *msg = next_sent(sw, OFPTYPE_BARRIER_REQUEST);
    ovs_be32 xid = ((const struct ofp_header *) msg->data)->xid;

    ofpbuf_delete(msg);
    return xid;
}

/* True if openflow.c would hand on 'msg', as 'type'. */
static bool
is_received(const struct ofpbuf *msg, enum ofptype expected)
{
    enum ofptype type;

    return !ofptype_decode(&type, msg->data) && type == expected;
}

/* Sends 'msg' (taken). */
static void
send_stats(struct fake_switch *sw, struct ofpbuf *msg)
{
    of_vips_flow_stats(sw->vips, msg);
    ofpbuf_delete(msg);
}

static void
send_update(struct fake_switch *sw, struct ofpbuf *msg)
{
    of_vips_flow_update(sw->vips, msg);
    ofpbuf_delete(msg);
}

/* Answers the question 'xid' with 'flow' (none, if NULL) in full. */
static void
answer(struct fake_switch *sw, ovs_be32 xid, const char *flow)
{
    send_stats(sw, msg_flow_stats(&flow, flow ? 1 : 0, xid, false));
    of_vips_barrier_reply(sw->vips, take_barrier(sw));
}

#define MATCH2 "ip,metadata=0x2,nw_dst=192.168.1.100"
#define MATCH4 "ip,metadata=0x4,nw_dst=192.168.1.100"

static enum of_vip_state
state_on(struct fake_switch *sw, uint64_t datapath)
{
    return of_vips_state(sw->vips, datapath, &sw->vip, IPPROTO_TCP);
}

/* Connects, and has the VIP watched on datapath 2 with 'flow'. */
static void
switch_watching(struct fake_switch *sw, const char *flow)
{
    switch_init(sw);
    of_vips_connected(sw->vips, OFPUTIL_P_OF15_OXM);
    assert_int_equal(state_on(sw, 2), OF_VIP_UNKNOWN);
    take_monitor(sw, OFPFMC_ADD, MATCH2);
    answer(sw, take_question(sw, MATCH2), flow);
    assert_nothing_sent(sw);
}

/* --- Conversations --- */

static void
an_answer_counts_once_its_barrier_has_passed(void **state OVS_UNUSED)
{
    static const char *const flows[] = { SWITCH_TRIGGER, SWITCH_DROP,
                                         SWITCH_PRE_LB };
    struct fake_switch sw;

    switch_init(&sw);
    of_vips_connected(sw.vips, OFPUTIL_P_OF15_OXM);
    assert_nothing_sent(&sw);
    assert_int_equal(state_on(&sw, 2), OF_VIP_UNKNOWN);
    assert_int_not_equal(take_monitor(&sw, OFPFMC_ADD, MATCH2), 0);
    ovs_be32 xid = take_question(&sw, MATCH2);
    /* Asking again does not ask the switch again. */
    assert_int_equal(state_on(&sw, 2), OF_VIP_UNKNOWN);
    assert_nothing_sent(&sw);

    uint64_t seqno = of_vips_seqno(sw.vips);
    send_stats(&sw, msg_flow_stats(flows, ARRAY_SIZE(flows), xid, false));
    assert_int_equal(state_on(&sw, 2), OF_VIP_UNKNOWN);
    assert_int_equal(of_vips_seqno(sw.vips), seqno);
    of_vips_barrier_reply(sw.vips, take_barrier(&sw));
    assert_int_equal(state_on(&sw, 2), OF_VIP_ASLEEP);
    assert_true(of_vips_seqno(sw.vips) > seqno);
    switch_uninit(&sw);
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
        switch_init(&sw);
        of_vips_connected(sw.vips, OFPUTIL_P_OF15_OXM);
        state_on(&sw, 2);
        take_monitor(&sw, OFPFMC_ADD, MATCH2);
        send_stats(&sw, msg_flow_stats(cases[i].flows, n,
                                       take_question(&sw, MATCH2), false));
        of_vips_barrier_reply(sw.vips, take_barrier(&sw));
        assert_case(state_on(&sw, 2) == cases[i].state, "case %" PRIuSIZE, i);
        switch_uninit(&sw);
    }
}

static void
an_answer_may_come_in_parts(void **state OVS_UNUSED)
{
    static const char *const part1[] = { SWITCH_PRE_LB };
    static const char *const part2[] = { SWITCH_TRIGGER };
    static const char *const part3[] = { SWITCH_DROP };
    struct fake_switch sw;

    switch_init(&sw);
    of_vips_connected(sw.vips, OFPUTIL_P_OF15_OXM);
    state_on(&sw, 2);
    take_monitor(&sw, OFPFMC_ADD, MATCH2);
    ovs_be32 xid = take_question(&sw, MATCH2);
    send_stats(&sw, msg_flow_stats(part1, 1, xid, true));
    send_stats(&sw, msg_flow_stats(part2, 1, xid, true));
    assert_nothing_sent(&sw);
    send_stats(&sw, msg_flow_stats(part3, 1, xid, false));
    of_vips_barrier_reply(sw.vips, take_barrier(&sw));
    assert_int_equal(state_on(&sw, 2), OF_VIP_ASLEEP);
    switch_uninit(&sw);
}

static void
a_change_is_asked_about(void **state OVS_UNUSED)
{
    static const enum ofp_flow_update_event events[] = {
        OFPFME_INITIAL, OFPFME_ADDED, OFPFME_REMOVED, OFPFME_MODIFIED
    };
    struct fake_switch sw;

    switch_watching(&sw, SWITCH_TRIGGER);
    assert_int_equal(state_on(&sw, 2), OF_VIP_ASLEEP);
    for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
        const char *now = i % 2 ? SWITCH_TRIGGER : SWITCH_BALANCE;
        uint64_t seqno = of_vips_seqno(sw.vips);

        send_update(&sw, msg_flow_update(events[i], SWITCH_TRIGGER));
        /* Until the answer is there, the last one counts. */
        assert_int_equal(of_vips_seqno(sw.vips), seqno);
        answer(&sw, take_question(&sw, MATCH2), now);
        assert_int_equal(state_on(&sw, 2),
                         i % 2 ? OF_VIP_ASLEEP : OF_VIP_AWAKE);
        assert_true(of_vips_seqno(sw.vips) > seqno);
    }
    /* A change that leaves things as they are is none. */
    uint64_t seqno = of_vips_seqno(sw.vips);
    send_update(&sw, msg_flow_update(OFPFME_MODIFIED, SWITCH_PRE_LB));
    answer(&sw, take_question(&sw, MATCH2), SWITCH_TRIGGER);
    assert_int_equal(of_vips_seqno(sw.vips), seqno);
    switch_uninit(&sw);
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

    switch_watching(&sw, SWITCH_TRIGGER);
    for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
        send_update(&sw, msg_flow_update(OFPFME_ADDED, flows[i]));
        assert_nothing_sent(&sw);
    }
    switch_uninit(&sw);
}

/* The answer may be older than the change: it does not count. */
static void
a_change_during_a_question_has_it_asked_again(void **state OVS_UNUSED)
{
    static const char *const old[] = { SWITCH_BALANCE };

    for (int when = 0; when < 3; when++) {
        struct fake_switch sw;

        switch_watching(&sw, SWITCH_TRIGGER);
        send_update(&sw, msg_flow_update(OFPFME_REMOVED, SWITCH_TRIGGER));
        ovs_be32 xid = take_question(&sw, MATCH2);
        if (when == 0) {
            /* Before the answer, twice. */
            send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
            send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
        }
        send_stats(&sw, msg_flow_stats(old, 1, xid, when == 1));
        if (when == 1) {
            /* In the middle of it. */
            send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
            send_stats(&sw, msg_flow_stats(NULL, 0, xid, false));
        }
        ovs_be32 barrier = take_barrier(&sw);
        if (when == 2) {
            /* Between it and the barrier. */
            send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
        }
        assert_nothing_sent(&sw);
        of_vips_barrier_reply(sw.vips, barrier);
        assert_int_equal(state_on(&sw, 2), OF_VIP_ASLEEP);
        xid = take_question(&sw, MATCH2);
        assert_nothing_sent(&sw);
        answer(&sw, xid, SWITCH_TRIGGER);
        assert_int_equal(state_on(&sw, 2), OF_VIP_ASLEEP);
        switch_uninit(&sw);
    }
}

/* What an earlier answer has shown must not count in a later one. */
static void
answers_do_not_mix(void **state OVS_UNUSED)
{
    static const char *const old[] = { SWITCH_TRIGGER };
    struct fake_switch sw;

    switch_watching(&sw, SWITCH_BALANCE);
    assert_int_equal(state_on(&sw, 2), OF_VIP_AWAKE);
    send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
    ovs_be32 xid = take_question(&sw, MATCH2);
    send_stats(&sw, msg_flow_stats(old, 1, xid, true));
    send_update(&sw, msg_flow_update(OFPFME_REMOVED, SWITCH_TRIGGER));
    send_stats(&sw, msg_flow_stats(NULL, 0, xid, false));
    of_vips_barrier_reply(sw.vips, take_barrier(&sw));
    answer(&sw, take_question(&sw, MATCH2), SWITCH_BALANCE);
    assert_int_equal(state_on(&sw, 2), OF_VIP_AWAKE);
    switch_uninit(&sw);
}

static void
messages_for_others_are_ignored(void **state OVS_UNUSED)
{
    static const char *const flows[] = { SWITCH_BALANCE };
    struct fake_switch sw;

    switch_init(&sw);
    of_vips_connected(sw.vips, OFPUTIL_P_OF15_OXM);
    /* While nothing is watched. */
    send_stats(&sw, msg_flow_stats(flows, 1, htonl(1), false));
    send_stats(&sw, msg_flow_stats(flows, 1, 0, false));
    send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
    of_vips_barrier_reply(sw.vips, 0);
    assert_false(of_vips_error(sw.vips, 0));
    of_vips_monitor_resumed(sw.vips);
    assert_nothing_sent(&sw);

    state_on(&sw, 2);
    take_monitor(&sw, OFPFMC_ADD, MATCH2);
    ovs_be32 xid = take_question(&sw, MATCH2);
    send_stats(&sw, msg_flow_stats(flows, 1, ~xid, false));
    assert_false(of_vips_error(sw.vips, ~xid));
    of_vips_barrier_reply(sw.vips, ~xid);
    /* The barrier has not been sent yet. */
    of_vips_barrier_reply(sw.vips, xid);
    assert_nothing_sent(&sw);
    assert_int_equal(state_on(&sw, 2), OF_VIP_UNKNOWN);

    send_stats(&sw, msg_flow_stats(flows, 1, xid, false));
    ovs_be32 barrier = take_barrier(&sw);
    /* Stats for the barrier, or the same ones again. */
    send_stats(&sw, msg_flow_stats(NULL, 0, barrier, false));
    send_stats(&sw, msg_flow_stats(flows, 1, xid, false));
    assert_nothing_sent(&sw);
    of_vips_barrier_reply(sw.vips, barrier);
    assert_int_equal(state_on(&sw, 2), OF_VIP_AWAKE);
    of_vips_barrier_reply(sw.vips, barrier);
    assert_int_equal(state_on(&sw, 2), OF_VIP_AWAKE);
    switch_uninit(&sw);
}

static void
a_refused_question_leaves_the_state_unknown(void **state OVS_UNUSED)
{
    struct fake_switch sw;

    switch_watching(&sw, SWITCH_BALANCE);
    send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
    ovs_be32 xid = take_question(&sw, MATCH2);
    uint64_t seqno = of_vips_seqno(sw.vips);
    assert_true(of_vips_error(sw.vips, xid));
    assert_int_equal(state_on(&sw, 2), OF_VIP_UNKNOWN);
    assert_true(of_vips_seqno(sw.vips) > seqno);
    /* Not asked again at once, which might go on forever. */
    assert_nothing_sent(&sw);
    assert_false(of_vips_error(sw.vips, xid));

    /* But at the next change, even one that came before the refusal. */
    send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
    xid = take_question(&sw, MATCH2);
    send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
    assert_true(of_vips_error(sw.vips, xid));
    answer(&sw, take_question(&sw, MATCH2), SWITCH_TRIGGER);
    assert_int_equal(state_on(&sw, 2), OF_VIP_ASLEEP);

    /* A refused barrier counts as well. */
    send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
    send_stats(&sw,
               msg_flow_stats(NULL, 0, take_question(&sw, MATCH2), false));
    assert_true(of_vips_error(sw.vips, take_barrier(&sw)));
    assert_int_equal(state_on(&sw, 2), OF_VIP_UNKNOWN);
    switch_uninit(&sw);
}

/* What a newer switch says must not look like "no flow triggers". */
static void
an_unreadable_answer_leaves_the_state_unknown(void **state OVS_UNUSED)
{
    static const char *const flows[] = { SWITCH_BALANCE, SWITCH_PRE_LB };
    struct ofpbuf *whole = msg_flow_stats(flows, 2, 0, false);

    for (size_t cut = 1; cut < whole->size - 16; cut++) {
        struct fake_switch sw;

        switch_watching(&sw, SWITCH_BALANCE);
        send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
        struct ofpbuf *part =
            msg_flow_stats(flows, 2, take_question(&sw, MATCH2), false);
        part->size -= cut;
        ofpmsg_update_length(part);
        assert_true(is_received(part, OFPTYPE_FLOW_STATS_REPLY));
        /* Where one flow ends, the rest is a whole answer. */
        struct ofputil_flow_stats fs;
        struct ofpbuf ofpacts = OFPBUF_STUB_INITIALIZER((uint64_t[64]){ 0 });
        struct ofpbuf b = ofpbuf_const_initializer(part->data, part->size);
        int error;
        do {
            error = ofputil_decode_flow_stats_reply(&fs, &b, true, &ofpacts);
        } while (!error);
        ofpbuf_uninit(&ofpacts);

        send_stats(&sw, part);
        of_vips_barrier_reply(sw.vips, take_barrier(&sw));
        assert_case(state_on(&sw, 2)
                        == (error == EOF ? OF_VIP_AWAKE : OF_VIP_UNKNOWN),
                    "%" PRIuSIZE " bytes missing: %d", cut, state_on(&sw, 2));
        switch_uninit(&sw);
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
        if (!is_received(part, OFPTYPE_FLOW_MONITOR_STATS_REPLY)) {
            ofpbuf_delete(part);
            continue;
        }
        switch_watching(&sw, SWITCH_BALANCE);
        send_update(&sw, part);
        if (size > 16 && size < whole->size) {
            answer(&sw, take_question(&sw, MATCH2), SWITCH_BALANCE);
            n++;
        }
        switch_uninit(&sw);
    }
    assert_true(n > 5);
    ofpbuf_delete(whole);
}

/* With OpenFlow 1.5 both come as events in an update. */
static void
what_was_missed_in_a_pause_is_asked_for(void **state OVS_UNUSED)
{
    struct fake_switch sw;

    switch_watching(&sw, SWITCH_TRIGGER);
    send_update(&sw, msg_received(ofputil_encode_flow_monitor_pause(
                         OFPFME_PAUSED, OFPUTIL_P_OF15_OXM)));
    assert_nothing_sent(&sw);
    send_update(&sw, msg_received(ofputil_encode_flow_monitor_pause(
                         OFPFME_RESUMED, OFPUTIL_P_OF15_OXM)));
    answer(&sw, take_question(&sw, MATCH2), SWITCH_BALANCE);
    assert_int_equal(state_on(&sw, 2), OF_VIP_AWAKE);
    of_vips_monitor_resumed(sw.vips);
    answer(&sw, take_question(&sw, MATCH2), SWITCH_TRIGGER);
    assert_int_equal(state_on(&sw, 2), OF_VIP_ASLEEP);
    switch_uninit(&sw);
}

static void
changes_of_our_own_are_none(void **state OVS_UNUSED)
{
    struct ofputil_flow_update update = { .event = OFPFME_ABBREV,
                                          .xid = htonl(1) };
    struct fake_switch sw;
    struct ovs_list replies;

    switch_watching(&sw, SWITCH_TRIGGER);
    ofputil_start_flow_update(&replies, OFPUTIL_P_OF15_OXM);
    ofputil_append_flow_update(&update, &replies, NULL);
    send_update(&sw, msg_only(&replies));
    switch_uninit(&sw);
}

/* --- Connections --- */

static void
nothing_is_asked_without_a_connection(void **state OVS_UNUSED)
{
    struct fake_switch sw;

    switch_init(&sw);
    assert_int_equal(state_on(&sw, 2), OF_VIP_UNKNOWN);
    assert_int_equal(state_on(&sw, 4), OF_VIP_UNKNOWN);
    of_vips_forget(sw.vips, &sw.vip, IPPROTO_TCP);
    assert_int_equal(state_on(&sw, 2), OF_VIP_UNKNOWN);
    assert_nothing_sent(&sw);

    of_vips_connected(sw.vips, OFPUTIL_P_OF15_OXM);
    take_monitor(&sw, OFPFMC_ADD, MATCH2);
    answer(&sw, take_question(&sw, MATCH2), SWITCH_TRIGGER);
    assert_int_equal(state_on(&sw, 2), OF_VIP_ASLEEP);
    switch_uninit(&sw);
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

        switch_watching(&sw, SWITCH_BALANCE);
        if (when) {
            send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
            xid = take_question(&sw, MATCH2);
        }
        if (when == 2) {
            send_stats(&sw, msg_flow_stats(flows, 1, xid, false));
            xid = take_barrier(&sw);
        }
        uint64_t seqno = of_vips_seqno(sw.vips);
        of_vips_disconnected(sw.vips);
        assert_int_equal(state_on(&sw, 2), OF_VIP_UNKNOWN);
        assert_true(of_vips_seqno(sw.vips) > seqno);
        assert_nothing_sent(&sw);

        of_vips_connected(sw.vips, OFPUTIL_P_OF15_OXM);
        take_monitor(&sw, OFPFMC_ADD, MATCH2);
        ovs_be32 new_xid = take_question(&sw, MATCH2);
        assert_int_not_equal(new_xid, xid);
        /* Answers from the old one do not count. */
        send_stats(&sw, msg_flow_stats(flows, 1, xid, false));
        of_vips_barrier_reply(sw.vips, xid);
        assert_nothing_sent(&sw);
        assert_int_equal(state_on(&sw, 2), OF_VIP_UNKNOWN);
        answer(&sw, new_xid, SWITCH_TRIGGER);
        assert_int_equal(state_on(&sw, 2), OF_VIP_ASLEEP);
        switch_uninit(&sw);
    }
}

static void
a_forgotten_vip_is_not_watched_any_more(void **state OVS_UNUSED)
{
    static const char *const flows[] = { SWITCH_BALANCE };
    struct fake_switch sw;

    switch_watching(&sw, SWITCH_TRIGGER);
    assert_int_equal(state_on(&sw, 4), OF_VIP_UNKNOWN);
    uint32_t id = take_monitor(&sw, OFPFMC_ADD, MATCH4);
    ovs_be32 xid = take_question(&sw, MATCH4);

    /* Others of the same address stay. */
    struct endpoint other = sw.vip;
    other.port = 81;
    of_vips_forget(sw.vips, &other, IPPROTO_TCP);
    of_vips_forget(sw.vips, &sw.vip, IPPROTO_UDP);
    assert_nothing_sent(&sw);

    of_vips_forget(sw.vips, &sw.vip, IPPROTO_TCP);
    struct ofpbuf *first = ofpbuf_from_list(ovs_list_front(&sw.sent));
    bool four_first = ofpbuf_at_assert(first, 16, 4)
                      && !memcmp(ofpbuf_at_assert(first, 16, 4),
                                 &(ovs_be32){ htonl(id) }, 4);
    take_monitor(&sw, OFPFMC_DELETE, four_first ? MATCH4 : MATCH2);
    take_monitor(&sw, OFPFMC_DELETE, four_first ? MATCH2 : MATCH4);
    send_stats(&sw, msg_flow_stats(flows, 1, xid, false));
    send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_TRIGGER));
    assert_nothing_sent(&sw);

    /* It can be watched again. */
    assert_int_equal(state_on(&sw, 2), OF_VIP_UNKNOWN);
    assert_true(take_monitor(&sw, OFPFMC_ADD, MATCH2) > id);
    answer(&sw, take_question(&sw, MATCH2), SWITCH_TRIGGER);
    switch_uninit(&sw);
}

/* --- Many --- */

static void
vips_of_one_address_are_told_apart(void **state OVS_UNUSED)
{
    struct fake_switch sw;
    struct endpoint dns;

    switch_watching(&sw, SWITCH_TRIGGER);
    assert_true(endpoint_parse("192.168.1.100:53", &dns));
    of_vips_state(sw.vips, 2, &dns, IPPROTO_UDP);
    take_monitor(&sw, OFPFMC_ADD, MATCH2);
    answer(
        &sw, take_question(&sw, MATCH2),
        "udp,metadata=0x2,nw_dst=192.168.1.100,udp_dst=53,actions=" BALANCE);
    assert_int_equal(of_vips_state(sw.vips, 2, &dns, IPPROTO_UDP),
                     OF_VIP_AWAKE);
    assert_int_equal(state_on(&sw, 2), OF_VIP_ASLEEP);

    /* A change of either may be one of both. */
    send_update(&sw, msg_flow_update(OFPFME_ADDED, SWITCH_BALANCE));
    ovs_be32 xids[2] = { take_question(&sw, MATCH2),
                         take_question(&sw, MATCH2) };
    answer(&sw, xids[1], SWITCH_TRIGGER);
    answer(&sw, xids[0], SWITCH_TRIGGER);
    assert_int_equal(of_vips_state(sw.vips, 2, &dns, IPPROTO_UDP),
                     OF_VIP_OPEN);
    assert_int_equal(state_on(&sw, 2), OF_VIP_ASLEEP);
    switch_uninit(&sw);
}

static void
ipv6_is_watched_as_well(void **state OVS_UNUSED)
{
#define MATCH6 "ipv6,metadata=0x7,ipv6_dst=fd00:192::100"
#define TRIGGER6 \
    "tcp6,metadata=0x7,ipv6_dst=fd00:192::100,tp_dst=80,actions=" TRIGGER
    struct fake_switch sw;
    struct endpoint vip;

    switch_init(&sw);
    of_vips_connected(sw.vips, OFPUTIL_P_OF15_OXM);
    assert_true(endpoint_parse("[fd00:192::100]:80", &vip));
    of_vips_state(sw.vips, 7, &vip, IPPROTO_TCP);
    take_monitor(&sw, OFPFMC_ADD, MATCH6);
    answer(&sw, take_question(&sw, MATCH6), TRIGGER6);
    assert_int_equal(of_vips_state(sw.vips, 7, &vip, IPPROTO_TCP),
                     OF_VIP_ASLEEP);
    send_update(&sw, msg_flow_update(OFPFME_REMOVED, TRIGGER6));
    answer(&sw, take_question(&sw, MATCH6), NULL);
    assert_int_equal(of_vips_state(sw.vips, 7, &vip, IPPROTO_TCP),
                     OF_VIP_ABSENT);
    switch_uninit(&sw);
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

    switch_init(&sw);
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
        take_monitor(&sw, OFPFMC_ADD, match);
        xids[i] = take_question(&sw, match);
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
        answer(&sw, xids[k], flow);
        free(flow);
    }
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(of_vips_state(sw.vips, 2, &vips[i], IPPROTO_TCP),
                         i % 3 ? OF_VIP_ASLEEP : OF_VIP_AWAKE);
    }
    switch_uninit(&sw);
    of_vips_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows_have_roles),
        cmocka_unit_test(protocols_have_numbers),
        cmocka_unit_test(an_answer_counts_once_its_barrier_has_passed),
        cmocka_unit_test(states_follow_from_flows),
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
