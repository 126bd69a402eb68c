#include "fake_switch.h"

#include <netinet/in.h>

#include "of_messages.h"
#include "unit.h"

static void
record(void *sw_, struct ofpbuf *msg)
{
    struct fake_switch *sw = sw_;

    /* As vconn_send() does. */
    ofpmsg_update_length(msg);
    ovs_list_push_back(&sw->sent, &msg->list_node);
}

void
sw_init(struct fake_switch *sw)
{
    ovs_list_init(&sw->sent);
    sw->vips = of_vips_new(record, sw);
    assert_true(endpoint_parse("192.168.1.100:80", &sw->vip));
}

void
sw_assert_nothing_sent(const struct fake_switch *sw)
{
    assert_true(ovs_list_is_empty(&sw->sent));
}

void
sw_uninit(struct fake_switch *sw)
{
    sw_assert_nothing_sent(sw);
    of_vips_free(sw->vips);
    sw_assert_nothing_sent(sw);
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

ovs_be32
sw_take_question(struct fake_switch *sw, const char *match)
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

uint32_t
sw_take_monitor(struct fake_switch *sw,
                enum ofp14_flow_monitor_command command, const char *match)
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

ovs_be32
sw_take_barrier(struct fake_switch *sw)
{
    struct ofpbuf *msg = next_sent(sw, OFPTYPE_BARRIER_REQUEST);
    ovs_be32 xid = ((const struct ofp_header *) msg->data)->xid;

    ofpbuf_delete(msg);
    return xid;
}

bool
sw_is_received(const struct ofpbuf *msg, enum ofptype expected)
{
    enum ofptype type;

    return !ofptype_decode(&type, msg->data) && type == expected;
}

void
sw_send_stats(struct fake_switch *sw, struct ofpbuf *msg)
{
    of_vips_flow_stats(sw->vips, msg);
    ofpbuf_delete(msg);
}

void
sw_send_update(struct fake_switch *sw, struct ofpbuf *msg)
{
    of_vips_flow_update(sw->vips, msg);
    ofpbuf_delete(msg);
}

/* Takes a request how many flows match 'match'. */
static struct ofpbuf *
next_count(struct fake_switch *sw, const char *match)
{
    struct ofpbuf *msg = next_sent(sw, OFPTYPE_AGGREGATE_STATS_REQUEST);
    struct ofputil_flow_stats_request request;

    assert_int_equal(
        ofputil_decode_flow_stats_request(&request, msg->data, NULL, NULL), 0);
    assert_int_equal(request.table_id, OFPTT_ALL);
    assert_match(&request.match, match);
    return msg;
}

ovs_be32
sw_take_count(struct fake_switch *sw, const char *match)
{
    struct ofpbuf *msg = next_count(sw, match);
    ovs_be32 xid = ((const struct ofp_header *) msg->data)->xid;

    ofpbuf_delete(msg);
    return xid;
}

void
sw_answer_count(struct fake_switch *sw, const char *match, uint32_t n)
{
    const struct ofputil_aggregate_stats stats = { .flow_count = n };
    struct ofpbuf *msg = next_count(sw, match);
    struct ofpbuf *reply =
        msg_received(ofputil_encode_aggregate_stats_reply(&stats, msg->data));

    of_vips_aggregate_stats(sw->vips, reply->data);
    ofpbuf_delete(reply);
    ofpbuf_delete(msg);
}

void
sw_answer(struct fake_switch *sw, ovs_be32 xid, const char *flow)
{
    sw_send_stats(sw, msg_flow_stats(&flow, flow ? 1 : 0, xid, false));
    of_vips_barrier_reply(sw->vips, sw_take_barrier(sw));
}

enum of_vip_state
sw_state(struct fake_switch *sw, uint64_t datapath)
{
    return of_vips_state(sw->vips, datapath, &sw->vip, IPPROTO_TCP);
}

void
sw_watch(struct fake_switch *sw, const char *flow)
{
    sw_init(sw);
    of_vips_connected(sw->vips, OFPUTIL_P_OF15_OXM);
    assert_int_equal(sw_state(sw, 2), OF_VIP_UNKNOWN);
    sw_take_monitor(sw, OFPFMC_ADD, MATCH2);
    sw_answer(sw, sw_take_question(sw, MATCH2), flow);
    sw_assert_nothing_sent(sw);
}
