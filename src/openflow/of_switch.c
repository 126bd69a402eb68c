#include "of_switch.h"

#include "openflow.h"

static bool
next_arrival(void *openflow, struct holder_arrival *arrival)
{
    struct of_packet_in in;

    if (!openflow_next(openflow, &in)) {
        return false;
    }
    *arrival = (struct holder_arrival) {
        .packet = in.packet, .origin = in.origin, .event = in.event,
    };
    return true;
}

static enum holder_vip
vip_state(void *openflow, uint64_t datapath, const struct event *event,
          const struct endpoint *vip)
{
    switch (openflow_vip_state(openflow, datapath, vip, event->protocol)) {
    case OF_VIP_ASLEEP:
        return HOLDER_VIP_ASLEEP;
    case OF_VIP_ABSENT:
        return HOLDER_VIP_ABSENT;
    case OF_VIP_OPEN:
        return HOLDER_VIP_OPEN;
    case OF_VIP_AWAKE:
        return HOLDER_VIP_AWAKE;
    case OF_VIP_UNKNOWN:
    default:
        return HOLDER_VIP_UNKNOWN;
    }
}

static void
vip_forget(void *openflow, const struct endpoint *vip, const char *protocol)
{
    openflow_vip_forget(openflow, vip, protocol);
}

static uint64_t
seqno(void *openflow)
{
    return openflow_seqno(openflow);
}

static enum holder_replayed
replay(void *openflow, const struct dp_packet *packet,
       const struct hold_origin *origin)
{
    return openflow_replay(openflow, packet, origin) ? HOLDER_REPLAYED
                                                     : HOLDER_NO_SWITCH;
}

static bool
answer(void *openflow, const struct dp_packet *packet,
       const struct hold_origin *origin)
{
    return openflow_answer(openflow, packet, origin);
}

const struct holder_switch of_holder_switch = {
    .next = next_arrival,
    .vip_state = vip_state,
    .vip_forget = vip_forget,
    .seqno = seqno,
    .replay = replay,
    .answer = answer,
    .others_write = true,
    .lags = true,
};
