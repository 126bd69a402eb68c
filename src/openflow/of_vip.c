#include "of_vip.h"

/* From the first flow of a datapath that had none to its last.  Whoever waits
 * for so long would have been heard at the next retransmission. */
#define FILLING_MS 500

/* What a watch asks the switch, in this order. */
enum question {
    ASK_FLOWS,   /* The flows about its address. */
    ASK_BARRIER, /* Whether they are really there. */
    ASK_COUNT,   /* If there are none: how many the datapath has. */
};

struct watch {
    struct hmap_node by_addr; /* In struct of_vips's 'watches'. */
    struct hmap_node by_xid;  /* In 'questions' while 'xid' is not 0. */
    uint64_t datapath;
    struct endpoint vip;
    uint8_t nw_proto;
    uint32_t monitor_id;     /* Of the flow monitor. */

    enum of_vip_state state; /* Last complete answer. */

    ovs_be32 xid;            /* Of the question on its way, or 0. */
    enum question question;
    bool again;              /* Something changed after it was asked. */
    unsigned int roles;      /* What its answer has shown so far: bit N for
                              * enum of_flow_role N. */
    uint32_t n_flows;        /* If that is nothing: of the datapath. */
    bool unreadable;         /* Part of its answer could not be decoded. */

    bool blank;              /* The datapath had no flows when last asked, or
                              * the connection was lost. */
    long long whole_ms;      /* When it is taken for filled, or 0. */
};

struct of_vips {
    of_send_func *send;
    void *aux;
    bool connected;
    enum ofputil_protocol protocol;
    struct hmap watches;     /* Contains struct watch, by VIP address. */
    struct hmap questions;   /* Contains struct watch, by xid. */
    uint32_t last_monitor_id;
    uint64_t seqno;
    long long next_whole_ms; /* Least whole_ms, or earlier. */
};

/* --- Watches --- */

static uint32_t
watch_hash(const struct in6_addr *addr)
{
    return hash_bytes(addr, sizeof *addr, 0);
}

/* The watch whose question has 'xid', or NULL. */
static struct watch *
watch_by_xid(const struct of_vips *vips, ovs_be32 xid)
{
    struct watch *watch;

    HMAP_FOR_EACH_WITH_HASH (watch, by_xid, hash_int(xid, 0),
                             &vips->questions) {
        if (watch->xid == xid) {
            return watch;
        }
    }
    return NULL;
}

static void
watch_set_xid(struct of_vips *vips, struct watch *watch, ovs_be32 xid)
{
    if (watch->xid) {
        hmap_remove(&vips->questions, &watch->by_xid);
    }
    watch->xid = xid;
    if (xid) {
        hmap_insert(&vips->questions, &watch->by_xid, hash_int(xid, 0));
    }
}

/* The match of all flows of the watch: datapath and destination address. */
static void
watch_match(const struct watch *watch, struct match *match)
{
    match_init_catchall(match);
    match_set_metadata(match, htonll(watch->datapath));
    if (endpoint_is_ipv4(&watch->vip)) {
        match_set_dl_type(match, htons(ETH_TYPE_IP));
        match_set_nw_dst(match, in6_addr_get_mapped_ipv4(&watch->vip.addr));
    } else {
        match_set_dl_type(match, htons(ETH_TYPE_IPV6));
        match_set_ipv6_dst(match, &watch->vip.addr);
    }
}

/* Starts (OFPFMC_ADD) or ends (OFPFMC_DELETE) the watch's flow monitor. */
static void
watch_send_monitor(struct of_vips *vips, const struct watch *watch,
                   enum ofp14_flow_monitor_command command)
{
    struct ofputil_flow_monitor_request request = {
        .id = watch->monitor_id,
        .flags = OFPFMF_ADD | OFPFMF_REMOVED | OFPFMF_MODIFY,
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .table_id = OFPTT_ALL,
    };
    struct ofpbuf *msg = ofpbuf_new(0);

    watch_match(watch, &request.match);
    ofputil_append_flow_monitor_request(&request, msg, vips->protocol);
    ofpmsg_update_length(msg);
    /* libopenvswitch always encodes "add", and its encoder for a deletion
     * leaves out the match that its decoder wants. */
    struct ofp14_flow_monitor_request *body
        = CONST_CAST(void *, ofpmsg_body(msg->data));
    body->command = command;
    vips->send(vips->aux, msg);
}

static ovs_be32
msg_xid(const struct ofpbuf *msg)
{
    const struct ofp_header *oh = msg->data;

    return oh->xid;
}

/* Sends 'msg' (taken) and waits for its answer. */
static void
watch_send(struct of_vips *vips, struct watch *watch, enum question question,
           struct ofpbuf *msg)
{
    watch_set_xid(vips, watch, msg_xid(msg));
    watch->question = question;
    vips->send(vips->aux, msg);
}

/* The watch that has asked 'question' with 'xid', or NULL. */
static struct watch *
watch_asked(const struct of_vips *vips, ovs_be32 xid, enum question question)
{
    struct watch *watch = watch_by_xid(vips, xid);

    return watch && watch->question == question ? watch : NULL;
}

static void
watch_ask(struct of_vips *vips, struct watch *watch)
{
    struct ofputil_flow_stats_request request = {
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .table_id = OFPTT_ALL,
    };

    watch_match(watch, &request.match);
    watch->again = watch->unreadable = false;
    watch->roles = 0;
    watch_send(vips, watch, ASK_FLOWS,
               ofputil_encode_flow_stats_request(&request, vips->protocol));
}

static void
watch_ask_count(struct of_vips *vips, struct watch *watch)
{
    struct ofputil_flow_stats_request request = {
        .aggregate = true,
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .table_id = OFPTT_ALL,
    };

    match_init_catchall(&request.match);
    match_set_metadata(&request.match, htonll(watch->datapath));
    watch_send(vips, watch, ASK_COUNT,
               ofputil_encode_flow_stats_request(&request, vips->protocol));
}

/* Something may have changed: asks, now or once the answer to the last
 * question is here. */
static void
watch_ask_again(struct of_vips *vips, struct watch *watch)
{
    if (watch->xid) {
        watch->again = true;
    } else {
        watch_ask(vips, watch);
    }
}

static void
watch_set_state(struct of_vips *vips, struct watch *watch,
                enum of_vip_state state)
{
    if (watch->state != state) {
        watch->state = state;
        vips->seqno++;
    }
}

/* A flow that balances says it all.  But a router far from its gateway
 * chassis has none for an awake VIP, only others about its address. */
static enum of_vip_state
state_from_roles(unsigned int roles)
{
    if (roles & 1u << OF_FLOW_TRIGGER) {
        return OF_VIP_ASLEEP;
    } else if (roles & 1u << OF_FLOW_BALANCE) {
        return OF_VIP_AWAKE;
    } else if (!roles || roles & 1u << OF_FLOW_BLOCK) {
        return OF_VIP_ABSENT;
    }
    return OF_VIP_OPEN;
}

/* The datapath has flows, and these 'roles' are all about the VIP. */
static void
watch_conclude(struct of_vips *vips, struct watch *watch)
{
    enum of_vip_state state = state_from_roles(watch->roles);

    if (watch->blank) {
        watch->blank = false;
        watch->whole_ms = time_msec() + FILLING_MS;
        vips->next_whole_ms = MIN(vips->next_whole_ms, watch->whole_ms);
    }
    /* That it triggers is true as soon as it does. */
    watch_set_state(vips, watch, watch->whole_ms && state != OF_VIP_ASLEEP
                                 ? OF_VIP_UNKNOWN : state);
}

static void
watch_answered(struct of_vips *vips, struct watch *watch)
{
    enum question question = watch->question;

    watch_set_xid(vips, watch, 0);
    if (watch->again) {
        watch_ask(vips, watch);
    } else if (watch->unreadable) {
        watch_set_state(vips, watch, OF_VIP_UNKNOWN);
    } else if (!watch->roles && question != ASK_COUNT) {
        watch_ask_count(vips, watch);
    } else if (!watch->roles && !watch->n_flows) {
        watch->blank = true;
        watch_set_state(vips, watch, OF_VIP_UNKNOWN);
    } else {
        watch_conclude(vips, watch);
    }
}

struct of_vips *
of_vips_new(of_send_func *send, void *aux)
{
    struct of_vips *vips = xzalloc(sizeof *vips);

    vips->send = send;
    vips->aux = aux;
    hmap_init(&vips->watches);
    hmap_init(&vips->questions);
    vips->next_whole_ms = LLONG_MAX;
    return vips;
}

static void
watch_free(struct of_vips *vips, struct watch *watch)
{
    if (vips->connected) {
        watch_send_monitor(vips, watch, OFPFMC_DELETE);
    }
    watch_set_xid(vips, watch, 0);
    hmap_remove(&vips->watches, &watch->by_addr);
    free(watch);
}

void
of_vips_free(struct of_vips *vips)
{
    struct watch *watch;

    if (!vips) {
        return;
    }
    vips->connected = false;
    HMAP_FOR_EACH_SAFE (watch, by_addr, &vips->watches) {
        watch_free(vips, watch);
    }
    hmap_destroy(&vips->watches);
    hmap_destroy(&vips->questions);
    free(vips);
}

void
of_vips_connected(struct of_vips *vips, enum ofputil_protocol protocol)
{
    struct watch *watch;

    vips->connected = true;
    vips->protocol = protocol;
    HMAP_FOR_EACH (watch, by_addr, &vips->watches) {
        watch_send_monitor(vips, watch, OFPFMC_ADD);
        watch_ask(vips, watch);
    }
}

void
of_vips_disconnected(struct of_vips *vips)
{
    struct watch *watch;

    vips->connected = false;
    HMAP_FOR_EACH (watch, by_addr, &vips->watches) {
        watch_set_xid(vips, watch, 0);
        watch_set_state(vips, watch, OF_VIP_UNKNOWN);
        watch->blank = true;
        watch->whole_ms = 0;
    }
}

void
of_vips_run(struct of_vips *vips)
{
    long long now_ms = time_msec();
    struct watch *watch;

    if (!vips->connected || now_ms < vips->next_whole_ms) {
        return;
    }
    vips->next_whole_ms = LLONG_MAX;
    HMAP_FOR_EACH (watch, by_addr, &vips->watches) {
        if (watch->whole_ms > now_ms) {
            vips->next_whole_ms = MIN(vips->next_whole_ms, watch->whole_ms);
        } else if (watch->whole_ms) {
            watch->whole_ms = 0;
            watch_ask_again(vips, watch);
        }
    }
}

void
of_vips_wait(const struct of_vips *vips)
{
    if (vips->connected && vips->next_whole_ms != LLONG_MAX) {
        poll_timer_wait_until(vips->next_whole_ms);
    }
}

enum of_vip_state
of_vips_state(struct of_vips *vips, uint64_t datapath,
              const struct endpoint *vip, uint8_t nw_proto)
{
    uint32_t hash = watch_hash(&vip->addr);
    struct watch *watch;

    HMAP_FOR_EACH_WITH_HASH (watch, by_addr, hash, &vips->watches) {
        if (watch->datapath == datapath && watch->nw_proto == nw_proto
            && endpoint_equals(&watch->vip, vip)) {
            return watch->state;
        }
    }
    watch = xzalloc(sizeof *watch);
    watch->datapath = datapath;
    watch->vip = *vip;
    watch->nw_proto = nw_proto;
    watch->monitor_id = ++vips->last_monitor_id;
    watch->state = OF_VIP_UNKNOWN;
    hmap_insert(&vips->watches, &watch->by_addr, hash);
    if (vips->connected) {
        watch_send_monitor(vips, watch, OFPFMC_ADD);
        watch_ask(vips, watch);
    }
    return watch->state;
}

/* Some watch on 'vip', on whatever datapath, or NULL. */
static struct watch *
watch_on_vip(const struct of_vips *vips, const struct endpoint *vip,
             uint8_t nw_proto)
{
    struct watch *watch;

    HMAP_FOR_EACH_WITH_HASH (watch, by_addr, watch_hash(&vip->addr),
                             &vips->watches) {
        if (watch->nw_proto == nw_proto
            && endpoint_equals(&watch->vip, vip)) {
            return watch;
        }
    }
    return NULL;
}

void
of_vips_forget(struct of_vips *vips, const struct endpoint *vip,
               uint8_t nw_proto)
{
    struct watch *watch;

    while ((watch = watch_on_vip(vips, vip, nw_proto)) != NULL) {
        watch_free(vips, watch);
    }
}

uint64_t
of_vips_seqno(const struct of_vips *vips)
{
    return vips->seqno;
}

/* --- Messages --- */

void
of_vips_flow_stats(struct of_vips *vips, struct ofpbuf *msg)
{
    const struct ofp_header *oh = msg->data;
    bool more = ofpmp_more(oh);
    struct watch *watch = watch_asked(vips, oh->xid, ASK_FLOWS);

    if (!watch) {
        return;
    }

    uint64_t stub[1024 / 8];
    struct ofpbuf ofpacts = OFPBUF_STUB_INITIALIZER(stub);
    struct ofputil_flow_stats fs;
    int error;
    while (!(error = ofputil_decode_flow_stats_reply(&fs, msg, true,
                                                     &ofpacts))) {
        watch->roles |= 1u << of_flow_classify(&fs.match, fs.ofpacts,
                                               fs.ofpacts_len, &watch->vip,
                                               watch->nw_proto);
    }
    watch->unreadable |= error != EOF;
    ofpbuf_uninit(&ofpacts);

    if (!more) {
        enum ofp_version version
            = ofputil_protocol_to_ofp_version(vips->protocol);
        watch_send(vips, watch, ASK_BARRIER,
                   ofputil_encode_barrier_request(version));
    }
}

void
of_vips_barrier_reply(struct of_vips *vips, ovs_be32 xid)
{
    struct watch *watch = watch_asked(vips, xid, ASK_BARRIER);

    if (watch) {
        watch_answered(vips, watch);
    }
}

void
of_vips_aggregate_stats(struct of_vips *vips, const struct ofp_header *oh)
{
    struct watch *watch = watch_asked(vips, oh->xid, ASK_COUNT);
    struct ofputil_aggregate_stats stats;

    if (!watch) {
        return;
    }
    watch->unreadable = ofputil_decode_aggregate_stats_reply(&stats, oh) != 0;
    watch->n_flows = watch->unreadable ? 0 : stats.flow_count;
    watch_answered(vips, watch);
}

/* The addresses of a flow as watches have them: false for a flow that is not
 * about one destination. */
static bool
flow_destination(const struct match *match, struct in6_addr *addr)
{
    if (match->flow.dl_type == htons(ETH_TYPE_IP)) {
        in6_addr_set_mapped_ipv4(addr, match->flow.nw_dst);
    } else if (match->flow.dl_type == htons(ETH_TYPE_IPV6)) {
        *addr = match->flow.ipv6_dst;
    } else {
        return false;
    }
    return true;
}

/* Something happened to a flow with 'match'. */
static void
flow_changed(struct of_vips *vips, const struct match *match)
{
    uint64_t datapath = ntohll(match->flow.metadata);
    struct in6_addr addr;
    struct watch *watch;

    if (!flow_destination(match, &addr)) {
        return;
    }
    HMAP_FOR_EACH_WITH_HASH (watch, by_addr, watch_hash(&addr),
                             &vips->watches) {
        if (watch->datapath == datapath
            && ipv6_addr_equals(&watch->vip.addr, &addr)) {
            watch_ask_again(vips, watch);
        }
    }
}

void
of_vips_flow_update(struct of_vips *vips, struct ofpbuf *msg)
{
    uint64_t stub[1024 / 8];
    struct ofpbuf ofpacts = OFPBUF_STUB_INITIALIZER(stub);
    struct ofputil_flow_update update;
    int error;

    while (!(error = ofputil_decode_flow_update(&update, msg, &ofpacts))) {
        switch (update.event) {
        case OFPFME_INITIAL:
        case OFPFME_ADDED:
        case OFPFME_REMOVED:
        case OFPFME_MODIFIED:
            flow_changed(vips, &update.match);
            break;
        case OFPFME_RESUMED:
            of_vips_monitor_resumed(vips);
            break;
        case OFPFME_ABBREV:
        case OFPFME_PAUSED:
        default:
            break;
        }
    }
    if (error != EOF) {
        /* Whatever else changed, it is unreadable. */
        of_vips_monitor_resumed(vips);
    }
    ofpbuf_uninit(&ofpacts);
}

void
of_vips_monitor_resumed(struct of_vips *vips)
{
    struct watch *watch;

    HMAP_FOR_EACH (watch, by_addr, &vips->watches) {
        watch_ask_again(vips, watch);
    }
}

bool
of_vips_error(struct of_vips *vips, ovs_be32 xid)
{
    struct watch *watch = watch_by_xid(vips, xid);

    if (!watch) {
        return false;
    }
    watch_set_xid(vips, watch, 0);
    watch_set_state(vips, watch, OF_VIP_UNKNOWN);
    if (watch->again) {
        watch_ask(vips, watch);
    }
    return true;
}
