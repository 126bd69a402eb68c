#include "openflow.h"

#include "of_packet.h"
#include "of_vip.h"

VLOG_DEFINE_THIS_MODULE(openflow);

/* Messages taken in one run, so that a flood of packet-ins cannot keep the
 * loop from its other work. */
#define MAX_MESSAGES_PER_RUN 2000

/* Packets taken in and not yet fetched by openflow_next(). */
struct arrival {
    struct ovs_list node; /* In struct openflow's 'arrivals'. */
    struct of_packet_in in;
};

struct openflow {
    struct rconn *rconn;
    unsigned int connection; /* Seqno of the connection that is set up. */
    enum ofputil_protocol protocol;
    struct of_vips *vips;
    struct custody *custody;     /* Borrowed. */
    struct ovs_list arrivals;    /* Contains struct arrival. */
};

static void
send_msg(void *openflow_, struct ofpbuf *msg)
{
    struct openflow *openflow = openflow_;

    /* Frees 'msg' if there is no connection; then the watches learn of that
     * from openflow_run(). */
    rconn_send(openflow->rconn, msg, NULL);
}

struct openflow *
openflow_new(const char *target, struct custody *custody)
{
    struct openflow *openflow = xzalloc(sizeof *openflow);

    openflow->rconn = rconn_create(5, 1, DSCP_DEFAULT, 1u << OFP15_VERSION);
    rconn_connect(openflow->rconn, target, target);
    openflow->vips = of_vips_new(send_msg, openflow);
    openflow->custody = custody;
    ovs_list_init(&openflow->arrivals);
    return openflow;
}

void
openflow_free(struct openflow *openflow)
{
    struct of_packet_in in;

    if (!openflow) {
        return;
    }
    while (openflow_next(openflow, &in)) {
        openflow->custody->dropped[DROP_SHUTDOWN]++;
        of_packet_in_uninit(&in);
    }
    of_vips_free(openflow->vips);
    rconn_destroy(openflow->rconn);
    free(openflow);
}

bool
openflow_is_connected(const struct openflow *openflow)
{
    return rconn_is_connected(openflow->rconn);
}

/* A .mgmt connection is sent nothing of its own accord until it has asked:
 * here, for packet-ins that an action of a flow makes, and nothing else. */
static void
set_up_connection(struct openflow *openflow)
{
    int version = rconn_get_version(openflow->rconn);
    struct ofputil_switch_config config = {
        .frag = OFPUTIL_FRAG_NORMAL,
        .invalid_ttl_to_controller = -1,
        .miss_send_len = UINT16_MAX,
    };
    struct ofputil_async_cfg async = OFPUTIL_ASYNC_CFG_INIT;

    async.primary[OAM_PACKET_IN] = async.secondary[OAM_PACKET_IN]
        = 1u << OFPR_ACTION;
    openflow->protocol = ofputil_protocol_from_ofp_version(version);
    send_msg(openflow, ofputil_encode_set_packet_in_format(
                           version, OFPUTIL_PACKET_IN_NXT2));
    send_msg(openflow, ofputil_encode_set_config(&config, version));
    send_msg(openflow,
             ofputil_encode_set_async_config(
                 &async, 1u << OAM_PACKET_IN | 1u << OAM_PORT_STATUS
                             | 1u << OAM_FLOW_REMOVED,
                 version));
    of_vips_connected(openflow->vips, openflow->protocol);
}

static void
receive_packet_in(struct openflow *openflow, const struct ofp_header *oh)
{
    struct arrival *arrival = xmalloc(sizeof *arrival);
    enum drop_reason reason;

    switch (of_packet_decode(oh, &arrival->in, &reason)) {
    case OF_PACKET_EVENT:
        openflow->custody->received++;
        ovs_list_push_back(&openflow->arrivals, &arrival->node);
        return;
    case OF_PACKET_BAD:
        openflow->custody->received++;
        openflow->custody->dropped[reason]++;
        break;
    case OF_PACKET_OTHER:
        break;
    }
    free(arrival);
}

static void
receive_error(struct openflow *openflow, const struct ofp_header *oh)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);

    of_vips_error(openflow->vips, oh->xid);
    char *s = ofp_to_string(oh, ntohs(oh->length), NULL, NULL, 1);
    VLOG_WARN_RL(&rl, "%s: the switch refused a request: %s",
                 rconn_get_name(openflow->rconn), s);
    free(s);
}

static void
receive(struct openflow *openflow, struct ofpbuf *msg)
{
    const struct ofp_header *oh = msg->data;
    enum ofptype type;

    if (ofptype_decode(&type, oh)) {
        return;
    }
    switch ((int) type) {
    case OFPTYPE_ECHO_REQUEST:
        send_msg(openflow, ofputil_encode_echo_reply(oh));
        break;
    case OFPTYPE_PACKET_IN:
        receive_packet_in(openflow, oh);
        break;
    case OFPTYPE_FLOW_STATS_REPLY:
        of_vips_flow_stats(openflow->vips, msg);
        break;
    case OFPTYPE_AGGREGATE_STATS_REPLY:
        of_vips_aggregate_stats(openflow->vips, oh);
        break;
    case OFPTYPE_FLOW_MONITOR_STATS_REPLY:
        of_vips_flow_update(openflow->vips, msg);
        break;
    case OFPTYPE_FLOW_MONITOR_RESUMED:
        of_vips_monitor_resumed(openflow->vips);
        break;
    case OFPTYPE_BARRIER_REPLY:
        of_vips_barrier_reply(openflow->vips, oh->xid);
        break;
    case OFPTYPE_ERROR:
        receive_error(openflow, oh);
        break;
    default:
        break;
    }
}

void
openflow_run(struct openflow *openflow)
{
    rconn_run(openflow->rconn);

    if (!rconn_is_connected(openflow->rconn)) {
        if (openflow->connection) {
            openflow->connection = 0;
            of_vips_disconnected(openflow->vips);
        }
        return;
    }
    unsigned int seqno = rconn_get_connection_seqno(openflow->rconn);
    if (openflow->connection != seqno) {
        if (openflow->connection) {
            of_vips_disconnected(openflow->vips);
        }
        openflow->connection = seqno;
        set_up_connection(openflow);
    }
    of_vips_run(openflow->vips);
    for (int i = 0; i < MAX_MESSAGES_PER_RUN; i++) {
        struct ofpbuf *msg = rconn_recv(openflow->rconn);
        if (!msg) {
            return;
        }
        receive(openflow, msg);
        ofpbuf_delete(msg);
    }
    poll_immediate_wake();
}

void
openflow_wait(struct openflow *openflow)
{
    rconn_run_wait(openflow->rconn);
    rconn_recv_wait(openflow->rconn);
    of_vips_wait(openflow->vips);
    if (!ovs_list_is_empty(&openflow->arrivals)) {
        poll_immediate_wake();
    }
}

bool
openflow_next(struct openflow *openflow, struct of_packet_in *in)
{
    if (ovs_list_is_empty(&openflow->arrivals)) {
        return false;
    }
    struct arrival *arrival = CONTAINER_OF(
        ovs_list_pop_front(&openflow->arrivals), struct arrival, node);
    *in = arrival->in;
    free(arrival);
    return true;
}

bool
openflow_replay(struct openflow *openflow, const struct dp_packet *packet,
                const struct hold_origin *origin)
{
    return openflow->connection
           && !rconn_send(openflow->rconn,
                          of_packet_encode_replay(packet, origin,
                                                  openflow->protocol),
                          NULL);
}

bool
openflow_answer(struct openflow *openflow, const struct dp_packet *packet,
                const struct hold_origin *origin)
{
    return openflow->connection
           && !rconn_send(openflow->rconn,
                          of_packet_encode_answer(packet, origin,
                                                  openflow->protocol),
                          NULL);
}

enum of_vip_state
openflow_vip_state(struct openflow *openflow, uint64_t datapath,
                   const struct endpoint *vip, const char *protocol)
{
    return of_vips_state(openflow->vips, datapath, vip,
                         of_nw_proto(protocol));
}

void
openflow_vip_forget(struct openflow *openflow, const struct endpoint *vip,
                    const char *protocol)
{
    of_vips_forget(openflow->vips, vip, of_nw_proto(protocol));
}

uint64_t
openflow_seqno(const struct openflow *openflow)
{
    return of_vips_seqno(openflow->vips);
}
