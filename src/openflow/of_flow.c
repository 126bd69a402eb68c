#include "of_flow.h"

#include <netinet/in.h>

#include "of_packet.h"

uint8_t
of_nw_proto(const char *protocol)
{
    return !strcmp(protocol, "tcp")    ? IPPROTO_TCP
           : !strcmp(protocol, "udp")  ? IPPROTO_UDP
           : !strcmp(protocol, "sctp") ? IPPROTO_SCTP
                                       : 0;
}

static bool
actions_trigger(const struct ofpact *ofpacts, size_t len)
{
    const struct ofpact *a;

    OFPACT_FOR_EACH (a, ofpacts, len) {
        if (a->type == OFPACT_CONTROLLER) {
            const struct ofpact_controller *c = ofpact_get_CONTROLLER(a);
            if (of_userdata_is_event(c->userdata, c->userdata_len)) {
                return true;
            }
        }
    }
    return false;
}

static bool
actions_punt(const struct ofpact *ofpacts, size_t len)
{
    const struct ofpact *a;

    OFPACT_FOR_EACH (a, ofpacts, len) {
        if (a->type == OFPACT_CONTROLLER) {
            return true;
        }
    }
    return false;
}

/* A conntrack action that translates the destination, or a group (whose
 * buckets do), sends packets to backends. */
static bool
actions_balance(const struct ofpact *ofpacts, size_t len)
{
    const struct ofpact *a;

    OFPACT_FOR_EACH_FLATTENED (a, ofpacts, len) {
        if (a->type == OFPACT_GROUP) {
            return true;
        }
        if (a->type == OFPACT_NAT) {
            const struct ofpact_nat *nat = ofpact_get_NAT(a);
            if (nat->range_af != AF_UNSPEC && nat->flags & NX_NAT_F_DST) {
                return true;
            }
        }
    }
    return false;
}

/* True if 'match' is about the VIP's protocol and port.  A VIP without a port
 * has flows without one, and for one without a protocol they may lack that,
 * too; flows with a port are those of another VIP of the same address. */
static bool
match_has_port(const struct match *match, const struct endpoint *vip,
               uint8_t nw_proto)
{
    if (match->wc.masks.nw_proto && match->flow.nw_proto != nw_proto) {
        return false;
    }
    return vip->port ? match->wc.masks.nw_proto == UINT8_MAX
                           && match->wc.masks.tp_dst == OVS_BE16_MAX
                           && match->flow.tp_dst == htons(vip->port)
                     : !match->wc.masks.tp_dst;
}

enum of_flow_role
of_flow_classify(const struct match *match, const struct ofpact *ofpacts,
                 size_t ofpacts_len, const struct endpoint *vip,
                 uint8_t nw_proto)
{
    if (!match_has_port(match, vip, nw_proto)) {
        return OF_FLOW_OTHER;
    }
    if (actions_trigger(ofpacts, ofpacts_len)) {
        return OF_FLOW_TRIGGER;
    } else if (actions_balance(ofpacts, ofpacts_len)) {
        return OF_FLOW_BALANCE;
    } else if (!ofpacts_len || actions_punt(ofpacts, ofpacts_len)) {
        return OF_FLOW_BLOCK;
    }
    return OF_FLOW_OTHER;
}
