/* "R = chk_lb_hairpin();", "R = chk_lb_hairpin_reply();" and
 * "ct_snat_to_vip;": a backend that is its own client. */

#include "pipe_ct.h"

static bool
source_is_destination(const struct flow *f)
{
    return (f->dl_type == htons(ETH_TYPE_IP) ? f->nw_src == f->nw_dst
            : f->dl_type == htons(ETH_TYPE_IPV6)
              && ipv6_addr_equals(&f->ipv6_src, &f->ipv6_dst));
}

static void
chk_lb_hairpin_execute(struct pipe_state *s, const struct lact *lact,
                       bool last OVS_UNUSED)
{
    bool hairpin = false;

    if ((s->flow.ct_state & CS_TRACKED)
        && (s->flow.ct_state & CS_DST_NAT)) {
        struct in6_addr ip = pipe_flow_ip(&s->flow, false);

        pipe_depend_on_connection(s);
        s->run->verdict->matched_dst = OVS_BE16_MAX;
        hairpin = (source_is_destination(&s->flow)
                   && net_datapath_has_backend(s->datapath, &ip,
                                               ntohs(s->flow.tp_dst)));
    }
    pipe_store_bit(s, lact, hairpin);
}

/* A reply of such a backend belongs to a connection of the SNAT zone, and has
 * another source there. */
static void
chk_lb_hairpin_reply_execute(struct pipe_state *s, const struct lact *lact,
                             bool last OVS_UNUSED)
{
    bool reply = false;

    pipe_depend_on_connection(s);
    s->run->verdict->dependencies |= DEPENDS_ON_CT;
    if (s->run->pipeline->has_hairpins && is_ip_any(&s->flow)) {
        struct ct_request request = { .zone = s->datapath->snat_zone };
        struct dp_packet *copy = dp_packet_clone(s->packet);
        struct pipe_state probe;

        pipe_state_fork(&probe, s, &copy);
        probe.packet->md.ct_state = 0;
        probe.packet->md.conn = NULL;
        if (!(probe.flow.nw_frag & FLOW_NW_FRAG_ANY)
            && ct_execute(&probe, &request)) {
            reply = (probe.flow.ct_state & CS_REPLY_DIR) != 0;
        }
        pipe_state_uninit(&probe);
    }
    pipe_store_bit(s, lact, reply);
}

/* The source becomes the VIP, what the client had asked for, or what the load
 * balancer has for that. */
static void
ct_snat_to_vip_execute(struct pipe_state *s, const struct lact *lact,
                       bool last OVS_UNUSED)
{
    struct nat_action_info_t info;
    struct in6_addr vip;

    pipe_note(s, lact, NULL);
    if (s->run->pipeline->supposition
        || !(s->flow.ct_state & CS_DST_NAT)) {
        return;
    }
    if (s->flow.dl_type == htons(ETH_TYPE_IPV6)) {
        vip = s->flow.ct_ipv6_dst;
    } else {
        in6_addr_set_mapped_ipv4(&vip, s->flow.ct_nw_dst);
    }
    net_datapath_find_hairpin(s->datapath, &vip, ntohs(s->flow.ct_tp_dst),
                              &vip);
    ct_nat_to(&info, true, &vip, 0, 0);

    struct ct_request request = {
        .zone = s->datapath->snat_zone, .commit = true, .nat = &info,
    };
    s->run->pipeline->has_hairpins = true;
    ct_execute(s, &request);
}

const struct lact_class act_chk_lb_hairpin = {
    .name = "chk_lb_hairpin",
    .result = RESULT_BIT,
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = chk_lb_hairpin_execute,
};

const struct lact_class act_chk_lb_hairpin_reply = {
    .name = "chk_lb_hairpin_reply",
    .result = RESULT_BIT,
    .size = sizeof(struct lact_call),
    .parse = lact_call_parse,
    .format = lact_call_format,
    .execute = chk_lb_hairpin_reply_execute,
};

const struct lact_class act_ct_snat_to_vip = {
    .name = "ct_snat_to_vip",
    .size = sizeof(struct lact_bare),
    .parse = lact_bare_parse,
    .format = lact_bare_format,
    .execute = ct_snat_to_vip_execute,
};
