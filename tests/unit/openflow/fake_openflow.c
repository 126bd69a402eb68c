#include "fake_openflow.h"

struct fake_arrival {
    struct ovs_list node; /* In 'arrivals' of struct openflow. */
    struct of_packet_in in;
};

void
fake_openflow_init(struct openflow *openflow, struct custody *custody)
{
    *openflow = (struct openflow){ .custody = custody, .connected = true };
    ovs_list_init(&openflow->arrivals);
    ovs_list_init(&openflow->sent);
}

void
fake_openflow_uninit(struct openflow *openflow)
{
    struct fake_sent *sent;
    struct of_packet_in in;

    while (openflow_next(openflow, &in)) {
        openflow->custody->dropped[DROP_SHUTDOWN]++;
        of_packet_in_uninit(&in);
    }
    while ((sent = fake_openflow_take_sent(openflow)) != NULL) {
        fake_sent_free(sent);
    }
}

void
fake_openflow_arrive(struct openflow *openflow, struct dp_packet *packet,
                     const char *vip, const char *lb, uint64_t datapath)
{
    struct fake_arrival *arrival = xzalloc(sizeof *arrival);

    arrival->in = (struct of_packet_in){
        .packet = packet,
        .origin = { .datapath = datapath,
                    .inport = 3,
                    .ct_zones = { 4, 5, 6 } },
        .event = { .kind = EVENT_empty_lb_backends,
                   .vip = xstrdup(vip),
                   .protocol = xstrdup("tcp") },
    };
    ignore(uuid_from_string(&arrival->in.event.lb, lb));
    ovs_list_push_back(&openflow->arrivals, &arrival->node);
    openflow->custody->received++;
}

void
fake_openflow_set_state(struct openflow *openflow, uint64_t datapath,
                        enum of_vip_state state)
{
    if (openflow->states[datapath] != state) {
        openflow->states[datapath] = state;
        openflow->seqno++;
    }
}

struct fake_sent *
fake_openflow_take_sent(struct openflow *openflow)
{
    return ovs_list_is_empty(&openflow->sent)
               ? NULL
               : CONTAINER_OF(ovs_list_pop_front(&openflow->sent),
                              struct fake_sent, node);
}

void
fake_sent_free(struct fake_sent *sent)
{
    dp_packet_delete(sent->packet);
    free(sent);
}

/* --- openflow.h --- */

void
of_packet_in_uninit(struct of_packet_in *in)
{
    dp_packet_delete(in->packet);
    in->packet = NULL;
    event_uninit(&in->event);
}

bool
openflow_next(struct openflow *openflow, struct of_packet_in *in)
{
    if (ovs_list_is_empty(&openflow->arrivals)) {
        return false;
    }
    struct fake_arrival *arrival = CONTAINER_OF(
        ovs_list_pop_front(&openflow->arrivals), struct fake_arrival, node);
    *in = arrival->in;
    free(arrival);
    return true;
}

static bool
record(struct openflow *openflow, bool is_answer,
       const struct dp_packet *packet, const struct hold_origin *origin)
{
    if (!openflow->connected) {
        return false;
    }
    struct fake_sent *sent = xzalloc(sizeof *sent);
    sent->is_answer = is_answer;
    sent->packet = dp_packet_clone(packet);
    sent->origin = *origin;
    ovs_list_push_back(&openflow->sent, &sent->node);
    return true;
}

bool
openflow_replay(struct openflow *openflow, const struct dp_packet *packet,
                const struct hold_origin *origin)
{
    return record(openflow, false, packet, origin);
}

bool
openflow_answer(struct openflow *openflow, const struct dp_packet *packet,
                const struct hold_origin *origin)
{
    return record(openflow, true, packet, origin);
}

enum of_vip_state
openflow_vip_state(struct openflow *openflow, uint64_t datapath,
                   const struct endpoint *vip OVS_UNUSED,
                   const char *protocol OVS_UNUSED)
{
    return openflow->connected ? openflow->states[datapath] : OF_VIP_UNKNOWN;
}

void
openflow_vip_forget(struct openflow *openflow,
                    const struct endpoint *vip OVS_UNUSED,
                    const char *protocol OVS_UNUSED)
{
    openflow->n_forgotten++;
}

uint64_t
openflow_seqno(const struct openflow *openflow)
{
    return openflow->seqno;
}
