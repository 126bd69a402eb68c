#include "of_messages.h"

static void
put_field(struct ofpbuf *b, uint16_t code, const char *s)
{
    ovs_be16 header[2] = { htons(code), htons(strlen(s)) };

    ofpbuf_put(b, header, sizeof header);
    ofpbuf_put(b, s, strlen(s));
}

struct ofpbuf *
msg_event_userdata(const char *vip, const char *protocol)
{
    struct ofpbuf *b = ofpbuf_new(128);

    /* Opcode, padding, event id. */
    ofpbuf_put(b,
               "\0\0\0\17"
               "\0\0\0\0"
               "\0\0\0\0",
               12);
    put_field(b, 1, vip);
    put_field(b, 2, protocol);
    put_field(b, 3, TEST_LB);
    return b;
}

struct ofpbuf *
msg_packet_in(const struct dp_packet *packet, const struct ofpbuf *userdata,
              const struct hold_origin *origin)
{
    struct ofputil_packet_in_private pin = {
        .base = {
            .packet = dp_packet_data(packet),
            .packet_len = dp_packet_size(packet),
            .reason = OFPR_ACTION,
            .table_id = 13,
            .cookie = htonll(0xd996d7df),
            .userdata = userdata->data,
            .userdata_len = userdata->size,
        },
    };
    struct match *md = &pin.base.flow_metadata;

    match_init_catchall(md);
    match_set_in_port(md, u16_to_ofp(3));
    match_set_metadata(md, htonll(origin->datapath));
    for (int i = 0; i < 3; i++) {
        if (origin->ct_zones[i]) {
            match_set_reg(md, 11 + i, origin->ct_zones[i]);
        }
    }
    if (origin->inport) {
        match_set_reg(md, 14, origin->inport);
    }
    return ofputil_encode_packet_in_private(&pin, OFPUTIL_P_OF15_OXM,
                                            OFPUTIL_PACKET_IN_NXT2);
}

void
msg_put_property(struct ofpbuf *packet_in, uint16_t type, const void *data,
                 size_t len)
{
    ovs_be16 header[2] = { htons(type), htons(4 + len) };

    ofpbuf_put(packet_in, header, sizeof header);
    ofpbuf_put(packet_in, data, len);
    ofpbuf_put_zeros(packet_in, PAD_SIZE(4 + len, 8));
    ofpmsg_update_length(packet_in);
}

void
msg_parse_flow(const char *text, struct ofputil_flow_mod *fm)
{
    enum ofputil_protocol usable;
    char *error = parse_ofp_str(fm, OFPFC_ADD, text, NULL, NULL, &usable);

    if (error) {
        ovs_fatal(0, "%s: %s", text, error);
    }
}

void
msg_flow_uninit(struct ofputil_flow_mod *fm)
{
    free(fm->ofpacts);
    minimatch_destroy(&fm->match);
}

struct ofpbuf *
msg_received(struct ofpbuf *msg)
{
    ofpmsg_update_length(msg);
    struct ofpbuf *received = ofpbuf_clone_data(msg->data, msg->size);
    ofpbuf_delete(msg);
    return received;
}

struct ofpbuf *
msg_only(struct ovs_list *msgs)
{
    ovs_assert(ovs_list_is_singleton(msgs));
    return msg_received(ofpbuf_from_list(ovs_list_pop_front(msgs)));
}

struct ofpbuf *
msg_flow_stats(const char *const *texts, size_t n, ovs_be32 xid, bool more)
{
    struct ofputil_flow_stats_request request = { .out_port = OFPP_ANY };
    struct ovs_list replies;

    match_init_catchall(&request.match);
    struct ofpbuf *ask =
        ofputil_encode_flow_stats_request(&request, OFPUTIL_P_OF15_OXM);
    ofpmp_init(&replies, ask->data);
    ofpbuf_delete(ask);

    for (size_t i = 0; i < n; i++) {
        struct ofputil_flow_stats fs = { .idle_age = -1, .hard_age = -1 };
        struct ofputil_flow_mod fm;

        msg_parse_flow(texts[i], &fm);
        minimatch_expand(&fm.match, &fs.match);
        fs.table_id = fm.table_id;
        fs.priority = fm.priority;
        fs.ofpacts = fm.ofpacts;
        fs.ofpacts_len = fm.ofpacts_len;
        ofputil_append_flow_stats_reply(&fs, &replies, NULL);
        msg_flow_uninit(&fm);
    }

    struct ofpbuf *reply = msg_only(&replies);
    struct ofp_header *oh = reply->data;
    struct ofp11_stats_msg {
        struct ofp_header header;
        ovs_be16 type;
        ovs_be16 flags;
    } *stats = reply->data;

    oh->xid = xid;
    stats->flags = more ? htons(OFPSF_REPLY_MORE) : 0;
    return reply;
}

struct ofpbuf *
msg_flow_update(enum ofp_flow_update_event event, const char *text)
{
    struct ofputil_flow_update update = { .event = event };
    struct ofputil_flow_mod fm;
    struct ovs_list replies;

    msg_parse_flow(text, &fm);
    minimatch_expand(&fm.match, &update.match);
    update.table_id = fm.table_id;
    update.priority = fm.priority;
    ofputil_start_flow_update(&replies, OFPUTIL_P_OF15_OXM);
    ofputil_append_flow_update(&update, &replies, NULL);
    msg_flow_uninit(&fm);
    return msg_only(&replies);
}
