#include "of_packet.h"

/* Registers of logical pipelines. */
enum {
    REG_CT_ZONE_FIRST = 11, /* 11..13: logical port, DNAT, SNAT. */
    REG_INPORT = 14,
    REG_OUTPORT = 15,
};

/* Userdata of all of ovn-controller's actions begins with this. */
struct action_header {
    ovs_be32 opcode;
    uint8_t pad[4];
};
BUILD_ASSERT_DECL(sizeof(struct action_header) == 8);

bool
of_userdata_is_event(const void *userdata, size_t len)
{
    const struct action_header *header = userdata;

    return len >= sizeof *header
           && get_unaligned_be32(&header->opcode) == htonl(OF_OPCODE_EVENT);
}

static enum drop_reason
reason_from_event_error(enum event_error error)
{
    switch (error) {
    case EVENT_UNKNOWN_KIND:
        return DROP_UNKNOWN_EVENT;
    case EVENT_OK:
    case EVENT_TRUNCATED:
    case EVENT_INCOMPLETE:
    default:
        return DROP_BAD_METADATA;
    }
}

static void
origin_from_metadata(const struct flow *md, struct hold_origin *origin)
{
    origin->datapath = ntohll(md->metadata);
    origin->inport = md->regs[REG_INPORT];
    for (size_t i = 0; i < ARRAY_SIZE(origin->ct_zones); i++) {
        origin->ct_zones[i] = md->regs[REG_CT_ZONE_FIRST + i];
    }
}

enum of_packet_verdict
of_packet_decode(const struct ofp_header *oh, struct of_packet_in *in,
                 enum drop_reason *reason)
{
    struct ofputil_packet_in pin;
    size_t total_len;
    uint32_t buffer_id;
    struct ofpbuf continuation;

    if (ofputil_decode_packet_in(oh, true, NULL, NULL, &pin, &total_len,
                                 &buffer_id, &continuation)
        || !of_userdata_is_event(pin.userdata, pin.userdata_len)) {
        return OF_PACKET_OTHER;
    }

    if (pin.packet_len < total_len || pin.packet_len < ETH_HEADER_LEN) {
        *reason = DROP_TRUNCATED;
        return OF_PACKET_BAD;
    }
    struct event event;
    enum event_error error = event_from_userdata(
        pin.userdata + sizeof(struct action_header),
        pin.userdata_len - sizeof(struct action_header), &event);
    if (error) {
        *reason = reason_from_event_error(error);
        return OF_PACKET_BAD;
    }
    in->event = event;
    in->packet = dp_packet_clone_data(pin.packet, pin.packet_len);
    origin_from_metadata(&pin.flow_metadata.flow, &in->origin);
    return OF_PACKET_EVENT;
}

void
of_packet_in_uninit(struct of_packet_in *in)
{
    dp_packet_delete(in->packet);
    in->packet = NULL;
    event_uninit(&in->event);
}

static void
put_set(struct ofpbuf *acts, enum mf_field_id id, uint64_t value)
{
    const struct mf_field *mf = mf_from_id(id);
    union mf_value bytes;

    memset(&bytes, 0, sizeof bytes);
    bitwise_put(value, &bytes, mf->n_bytes, 0, mf->n_bits);
    ofpact_put_set_field(acts, mf, &bytes, NULL);
}

static void
put_resubmit(struct ofpbuf *acts, uint8_t table_id)
{
    struct ofpact_resubmit *resubmit = ofpact_put_RESUBMIT(acts);

    resubmit->in_port = OFPP_CONTROLLER;
    resubmit->table_id = table_id;
}

static void
put_origin(struct ofpbuf *acts, const struct hold_origin *origin)
{
    put_set(acts, MFF_METADATA, origin->datapath);
    put_set(acts, MFF_REG0 + REG_INPORT, origin->inport);
    for (size_t i = 0; i < ARRAY_SIZE(origin->ct_zones); i++) {
        put_set(acts, MFF_REG0 + REG_CT_ZONE_FIRST + i,
                origin->ct_zones[i]);
    }
}

static struct ofpbuf *
encode_packet_out(const struct dp_packet *packet, const struct ofpbuf *acts,
                  enum ofputil_protocol protocol)
{
    struct ofputil_packet_out po = {
        .packet = dp_packet_data(packet),
        .packet_len = dp_packet_size(packet),
        .buffer_id = UINT32_MAX,
        .ofpacts = acts->data,
        .ofpacts_len = acts->size,
    };

    match_init_catchall(&po.flow_metadata);
    match_set_in_port(&po.flow_metadata, OFPP_CONTROLLER);
    return ofputil_encode_packet_out(&po, protocol);
}

struct ofpbuf *
of_packet_encode_replay(const struct dp_packet *packet,
                        const struct hold_origin *origin,
                        enum ofputil_protocol protocol)
{
    uint64_t stub[512 / 8];
    struct ofpbuf acts = OFPBUF_STUB_INITIALIZER(stub);

    put_origin(&acts, origin);
    put_resubmit(&acts, OF_TABLE_INGRESS);

    struct ofpbuf *msg = encode_packet_out(packet, &acts, protocol);
    ofpbuf_uninit(&acts);
    return msg;
}

struct ofpbuf *
of_packet_encode_answer(const struct dp_packet *packet,
                        const struct hold_origin *origin,
                        enum ofputil_protocol protocol)
{
    uint64_t stub[512 / 8];
    struct ofpbuf acts = OFPBUF_STUB_INITIALIZER(stub);

    put_origin(&acts, origin);
    put_set(&acts, MFF_REG0 + REG_OUTPORT, origin->inport);
    put_resubmit(&acts, OF_TABLE_LOG_TO_PHY);

    struct ofpbuf *msg = encode_packet_out(packet, &acts, protocol);
    ofpbuf_uninit(&acts);
    return msg;
}
