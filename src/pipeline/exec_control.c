/* What is for the control plane: events, logs, queues, services. */

#include "frag_packet.h"
#include "learned.h"
#include "offload.h"
#include "pipe_private.h"

/* How long a route's reply path is known after its last packet, as with stock
 * OVN's learned flows. */
#define ECMP_TIMEOUT_MS (120 * 1000)

static struct pipe_event *
event_from_args(const struct lact *lact, const char *name)
{
    const struct lact_args *args = (const struct lact_args *) lact;
    struct pipe_event *event = pipe_event_new(name);

    for (size_t i = 0; i < args->n; i++) {
        const char *key = args->args[i].key;
        const char *text = lact_args_text(args, key);

        if (!text || !strcmp(key, "event")) {
            continue;
        }
        if (!strcmp(key, "meter")) {
            free(event->meter);
            event->meter = xstrdup(text);
        } else {
            smap_replace(&event->args, key, text);
        }
    }
    return event;
}

struct event_source {
    struct pipe_state *state;
    const struct lact *lact;
};

/* An event for each fragment: they come back one by one. */
static void
add_event(void *source_, struct dp_packet **packet)
{
    const struct event_source *source = source_;
    struct pipe_state *s = source->state;
    const char *name = lact_args_text((const struct lact_args *) source->lact,
                                      "event");
    struct pipe_effect *effect = pipe_add_effect(s, EFFECT_EVENT);

    effect->packet = *packet;
    *packet = NULL;
    effect->event = event_from_args(source->lact, name);
    effect->port = net_datapath_find_port(s->datapath,
                                          s->flow.regs[LREG_INPORT]);
}

void
exec_trigger_event(struct pipe_state *s, const struct lact *lact,
                   bool last OVS_UNUSED)
{
    pipe_note(s, lact, NULL);
    pipe_flush(s);

    struct event_source source = { .state = s, .lact = lact };
    if (!s->mru || !frag_split(s->packet, s->flow.dl_type, s->mru, add_event,
                               &source)) {
        struct dp_packet *copy = dp_packet_clone(s->packet);

        add_event(&source, &copy);
    }
}

void
exec_log(struct pipe_state *s, const struct lact *lact, bool last OVS_UNUSED)
{
    pipe_note(s, lact, NULL);
    pipe_add_effect(s, EFFECT_LOG)->event = event_from_args(lact, "acl_log");
}

/* Samples are for an IPFIX collector, and there is none here. */
void
exec_sample(struct pipe_state *s, const struct lact *lact,
            bool last OVS_UNUSED)
{
    pipe_note(s, lact, NULL);
}

/* A rate is for the datapath to keep: the verdict of one packet only says
 * that it depends on it. */
void
exec_set_meter(struct pipe_state *s, const struct lact *lact,
               bool last OVS_UNUSED)
{
    s->run->verdict->dependencies |= DEPENDS_ON_TIME;
    pipe_note(s, lact, NULL);
}

void
exec_set_queue(struct pipe_state *s, const struct lact *lact,
               bool last OVS_UNUSED)
{
    s->queue = ((const struct lact_number *) lact)->numbers[0];
    pipe_note(s, lact, NULL);
}

void
exec_check_pkt_larger(struct pipe_state *s, const struct lact *lact,
                      bool last OVS_UNUSED)
{
    const struct lact_number *number = (const struct lact_number *) lact;
    /* It leaves in the fragments that it came in. */
    size_t size = s->mru ? s->packet->l3_ofs + s->mru
                  : offload_frame_size(s->packet);
    bool larger = size > number->numbers[0];

    s->run->verdict->dependencies |= DEPENDS_ON_SIZE;
    if (s->run->pipeline->supposition) {
        /* A question has no size. */
        larger = false;
    }
    pipe_write_bit(s, &number->result, larger);
    pipe_note(s, lact, larger ? "1" : "0");
}

void
exec_igmp(struct pipe_state *s, const struct lact *lact,
          bool last OVS_UNUSED)
{
    pipe_note(s, lact, NULL);
    pipe_punt(s, "igmp", net_datapath_find_port(
                             s->datapath, s->flow.regs[LREG_INPORT]));
}

void
exec_handle_svc_check(struct pipe_state *s, const struct lact *lact,
                      bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    uint32_t key = pipe_read(s, &call->args[0]).u64.lo;

    pipe_note(s, lact, NULL);
    pipe_punt(s, "svc_check", net_datapath_find_port(s->datapath, key));
}

void
exec_handle_bfd_msg(struct pipe_state *s, const struct lact *lact,
                    bool last OVS_UNUSED)
{
    pipe_note(s, lact, NULL);
    pipe_punt(s, "bfd", net_datapath_find_port(s->datapath,
                                               s->flow.regs[LREG_INPORT]));
}

void
exec_handle_dhcpv6_reply(struct pipe_state *s, const struct lact *lact,
                         bool last OVS_UNUSED)
{
    pipe_note(s, lact, NULL);
    pipe_punt(s, "dhcpv6_reply", net_datapath_find_port(
                                     s->datapath,
                                     s->flow.regs[LREG_INPORT]));
}

void
exec_bind_vport(struct pipe_state *s, const struct lact *lact,
                bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    uint32_t key = pipe_read(s, &call->args[0]).u64.lo;
    const struct net_port *port
        = network_find_port(s->run->pipeline->network, call->port);
    const struct net_port *parent = net_datapath_find_port(s->datapath, key);

    pipe_note(s, lact, NULL);
    if (port && parent) {
        struct pipe_effect *effect = pipe_add_effect(s, EFFECT_BIND);

        effect->port = port;
        effect->parent = parent;
    }
}

/* To one of several ports. */
void
exec_fwd_group(struct pipe_state *s, const struct lact *lact, bool last)
{
    const struct lact_arg *ports
        = lact_args_find((const struct lact_args *) lact, "childports");
    const struct svec *names = &ports->set.strings;
    uint32_t key;

    pipe_depend_on_tuple(s);

    uint32_t hash = flow_hash_5tuple(&s->flow, 0);
    const char *name = names->names[hash % names->n];
    pipe_note(s, lact, "%s", name);
    if (net_datapath_key(s->run->pipeline->network, s->datapath, name,
                         &key)) {
        s->flow.regs[LREG_OUTPORT] = key;
        pipe_output(s, last);
    } else {
        pipe_drop(s, DROP_NO_PORT);
    }
}

/* ECMP with symmetric replies: a connection, and the next hop it came by. */

static void
ecmp_key(const struct pipe_state *s, bool reverse, bool with_mac,
         struct learned_key *key)
{
    const struct flow *f = &s->flow;

    memset(key, 0, sizeof *key);
    key->kind = LEARNED_ECMP;
    key->datapath = s->datapath->key;
    if (f->dl_type == htons(ETH_TYPE_IPV6)) {
        key->src = reverse ? f->ipv6_dst : f->ipv6_src;
        key->dst = reverse ? f->ipv6_src : f->ipv6_dst;
    } else {
        in6_addr_set_mapped_ipv4(&key->src, reverse ? f->nw_dst : f->nw_src);
        in6_addr_set_mapped_ipv4(&key->dst, reverse ? f->nw_src : f->nw_dst);
    }
    key->proto = f->nw_proto;
    key->sport = ntohs(reverse ? f->tp_dst : f->tp_src);
    key->dport = ntohs(reverse ? f->tp_src : f->tp_dst);
    if (with_mac) {
        key->mac = f->dl_src;
    }
}

void
exec_commit_ecmp_nh(struct pipe_state *s, const struct lact *lact,
                    bool last OVS_UNUSED)
{
    static const struct learned_value value = {
        .timeout_ms = ECMP_TIMEOUT_MS,
    };
    struct learned *learned = s->run->pipeline->learned;
    struct learned_key key;

    pipe_note(s, lact, NULL);
    if (s->run->pipeline->supposition) {
        return;
    }
    ecmp_key(s, false, true, &key);
    learned_put(learned, &key, &value, s->run->now_ms);
    ecmp_key(s, false, false, &key);
    learned_put(learned, &key, &value, s->run->now_ms);
}

void
exec_chk_ecmp_nh(struct pipe_state *s, const struct lact *lact,
                 bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    bool with_mac = lact->type == LACT_CHK_ECMP_NH_MAC;
    bool found = false;

    if (!s->run->pipeline->supposition && is_ip_any(&s->flow)) {
        struct learned_key key;

        pipe_depend_on_tuple(s);
        s->run->verdict->dependencies |= DEPENDS_ON_TIME;
        ecmp_key(s, !with_mac, with_mac, &key);
        found = learned_get(s->run->pipeline->learned, &key,
                            s->run->now_ms) != NULL;
    }
    pipe_write_bit(s, &call->result, found);
    pipe_note(s, lact, found ? "1" : "0");
}
