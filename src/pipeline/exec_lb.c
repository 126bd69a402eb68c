/* Load balancing: ct_lb, hairpin, affinity; select. */

#include "learned.h"
#include "pipe_ct.h"
#include "vip.h"

static uint32_t
tuple_hash(struct pipe_state *s)
{
    pipe_depend_on_tuple(s);
    return flow_hash_5tuple(&s->flow, 0);
}

/* The bits of ct_mark and ct_label. */
enum { NATTED = 1 << 1, SKIP_SNAT = 1 << 2, FORCE_SNAT = 1 << 3 };

/* Is 'name' in 'list' ("ip_dst,ip_src,tcp_src")? */
static bool
is_listed(const char *list, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = list; *p; p += *p == ',') {
        size_t length = strcspn(p, ", ");

        if (length == n && !strncmp(p, name, n)) {
            return true;
        }
        p += length;
        p += strspn(p, " ");
    }
    return false;
}

static bool
is_port_listed(const char *list, const char *suffix)
{
    static const char *const protocols[] = { "tcp", "udp", "sctp" };

    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        char name[16];

        snprintf(name, sizeof name, "%s_%s", protocols[i], suffix);
        if (is_listed(list, name)) {
            return true;
        }
    }
    return false;
}

/* Of the fields in 'list' alone, so that connections which have them in common
 * go to the same backend. */
static uint32_t
fields_hash(struct pipe_state *s, const char *list)
{
    struct flow f = s->flow;
    struct flow_wildcards wc;
    struct eth_addr macs[2] = { eth_addr_zero, eth_addr_zero };

    flow_wildcards_init_catchall(&wc);
    pipe_depend_on_tuple(s);
    if (is_listed(list, "eth_src")) {
        macs[0] = f.dl_src;
        wc.masks.dl_src = eth_addr_exact;
    }
    if (is_listed(list, "eth_dst")) {
        macs[1] = f.dl_dst;
        wc.masks.dl_dst = eth_addr_exact;
    }
    if (!is_listed(list, "ip_src")) {
        f.nw_src = 0;
        f.ipv6_src = in6addr_any;
    }
    if (!is_listed(list, "ip_dst")) {
        f.nw_dst = 0;
        f.ipv6_dst = in6addr_any;
    }
    f.tp_src = is_port_listed(list, "src") ? f.tp_src : 0;
    f.tp_dst = is_port_listed(list, "dst") ? f.tp_dst : 0;
    pipe_depend(s, &wc);
    return flow_hash_5tuple(&f, hash_bytes(macs, sizeof macs, 0));
}

static const struct lact_backend *
choose(struct pipe_state *s, const struct lact_lb *lb)
{
    const struct pipe_supposition *supposition
        = s->run->pipeline->supposition;

    if (supposition && ipv6_addr_is_set(&supposition->lb_ip)) {
        for (size_t i = 0; i < lb->n; i++) {
            const struct lact_backend *b = &lb->backends[i];

            if (ipv6_addr_equals(&b->ip, &supposition->lb_ip)
                && (!supposition->lb_port
                    || b->port == supposition->lb_port)) {
                return b;
            }
        }
    }
    if (lb->n == 1) {
        return lb->backends;
    }
    uint32_t hash = (lb->hash_fields ? fields_hash(s, lb->hash_fields)
                     : tuple_hash(s));
    return &lb->backends[hash % lb->n];
}

static void
suppose_lb(struct pipe_state *s, const struct lact_lb *lb, bool last)
{
    const struct pipe_supposition *supposition
        = s->run->pipeline->supposition;
    struct flow old = s->flow;
    uint8_t state = s->flow.ct_state | ct_suppose_next(s);

    if (lb->n) {
        const struct lact_backend *b = choose(s, lb);

        ct_suppose_nat(s, false, &b->ip, b->port);
        state |= CS_DST_NAT;
    } else if (ipv6_addr_is_set(&supposition->lb_ip)) {
        /* ovn-trace(8): --lb-dst is where the connection goes. */
        ct_suppose_nat(s, false, &supposition->lb_ip, supposition->lb_port);
        state |= CS_DST_NAT;
    }
    s->flow.ct_state = state;
    pipe_note(s, &lb->head, "0x%02x", state);
    pipe_next(s, s->lflow->pipeline, s->lflow->stage + 1, last);
    if (!last) {
        s->flow = old;
    }
}

void
exec_ct_lb(struct pipe_state *s, const struct lact *lact, bool last)
{
    const struct lact_lb *lb = (const struct lact_lb *) lact;
    struct nat_action_info_t info = { .nat_action = 0 };

    if (s->run->pipeline->supposition) {
        suppose_lb(s, lb, last);
        return;
    }

    struct ct_request request = {
        .zone = ct_default_zone(s), .nat = &info,
    };
    if (lb->n) {
        const struct lact_backend *b = choose(s, lb);
        uint32_t bits = (NATTED
                         | (lb->flag == LB_FLAG_SKIP_SNAT ? SKIP_SNAT
                            : lb->flag == LB_FLAG_FORCE_SNAT ? FORCE_SNAT
                            : 0));

        request.commit = true;
        ct_nat_to(&info, false, &b->ip, b->port, b->port);
        if (lact->type == LACT_CT_LB_MARK) {
            request.mark = request.mark_mask = bits;
        } else {
            request.label.u64.lo = request.label_mask.u64.lo = bits;
        }
    }
    pipe_note(s, lact, NULL);
    ct_execute_next(s, &request, last);
}

static struct in6_addr
flow_ip(const struct flow *f, bool source)
{
    struct in6_addr ip;

    if (f->dl_type == htons(ETH_TYPE_IPV6)) {
        return source ? f->ipv6_src : f->ipv6_dst;
    }
    in6_addr_set_mapped_ipv4(&ip, source ? f->nw_src : f->nw_dst);
    return ip;
}

/* Hairpin: a backend that is its own client. */

static bool
source_is_destination(const struct flow *f)
{
    return (f->dl_type == htons(ETH_TYPE_IP) ? f->nw_src == f->nw_dst
            : f->dl_type == htons(ETH_TYPE_IPV6)
              && ipv6_addr_equals(&f->ipv6_src, &f->ipv6_dst));
}

void
exec_chk_lb_hairpin(struct pipe_state *s, const struct lact *lact,
                    bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    bool hairpin = false;

    if ((s->flow.ct_state & CS_TRACKED)
        && (s->flow.ct_state & CS_DST_NAT)) {
        struct in6_addr ip = flow_ip(&s->flow, false);

        pipe_depend_on_connection(s);
        s->run->verdict->matched_dst = OVS_BE16_MAX;
        hairpin = (source_is_destination(&s->flow)
                   && net_datapath_has_backend(s->datapath, &ip,
                                               ntohs(s->flow.tp_dst)));
    }
    pipe_write_bit(s, &call->result, hairpin);
    pipe_note(s, lact, hairpin ? "1" : "0");
}

/* A reply of such a backend belongs to a connection of the SNAT zone, and has
 * another source there. */
void
exec_chk_lb_hairpin_reply(struct pipe_state *s, const struct lact *lact,
                          bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
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
    pipe_write_bit(s, &call->result, reply);
    pipe_note(s, lact, reply ? "1" : "0");
}

/* The source becomes the VIP, what the client had asked for, or what the load
 * balancer has for that. */
void
exec_ct_snat_to_vip(struct pipe_state *s, const struct lact *lact,
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

/* Affinity: a client comes back to its backend for a while. */

void
exec_commit_lb_aff(struct pipe_state *s, const struct lact *lact,
                   bool last OVS_UNUSED)
{
    const struct lact_args *args = (const struct lact_args *) lact;
    const struct lact_arg *timeout = lact_args_find(args, "timeout");
    const char *proto = lact_args_text(args, "proto");
    struct learned_key key;
    struct learned_value value = { .port = 0 };
    struct endpoint vip, backend;

    pipe_note(s, lact, NULL);
    if (s->run->pipeline->supposition
        || !endpoint_parse(lact_args_text(args, "vip"), &vip)
        || !endpoint_parse(lact_args_text(args, "backend"), &backend)) {
        return;
    }
    value.ip = backend.addr;
    value.port = backend.port;
    memset(&key, 0, sizeof key);
    key.kind = LEARNED_AFFINITY;
    key.datapath = s->datapath->key;
    key.src = flow_ip(&s->flow, true);
    key.dst = vip.addr;
    key.dport = vip.port;
    key.proto = proto ? s->flow.nw_proto : 0;
    value.timeout_ms = timeout->set.integers[0].value.u64.lo * 1000;
    learned_put(s->run->pipeline->learned, &key, &value, s->run->now_ms);
}

void
exec_chk_lb_aff(struct pipe_state *s, const struct lact *lact,
                bool last OVS_UNUSED)
{
    const struct lact_call *call = (const struct lact_call *) lact;
    const struct learned_value *value = NULL;

    if (!s->run->pipeline->supposition && is_ip_any(&s->flow)) {
        struct learned_key key;

        memset(&key, 0, sizeof key);
        key.kind = LEARNED_AFFINITY;
        key.datapath = s->datapath->key;
        key.src = flow_ip(&s->flow, true);
        /* The VIP as it was before ct_lb: on a router it is in the flow, on
         * a switch in the original tuple; both agree for new connections. */
        key.dst = flow_ip(&s->flow, false);
        key.dport = ntohs(s->flow.tp_dst);
        key.proto = s->flow.nw_proto;
        s->run->verdict->dependencies |= DEPENDS_ON_TIME;
        pipe_depend_on_tuple(s);
        value = learned_get(s->run->pipeline->learned, &key,
                            s->run->now_ms);
    }
    if (value) {
        /* reg4 or xxreg1: the address; reg8[0..15]: the port. */
        if (IN6_IS_ADDR_V4MAPPED(&value->ip)) {
            s->flow.regs[4] = ntohl(in6_addr_get_mapped_ipv4(&value->ip));
        } else {
            ovs_be32 be[4];

            memcpy(be, &value->ip, sizeof be);
            for (int i = 0; i < 4; i++) {
                s->flow.regs[4 + i] = ntohl(be[i]);
            }
        }
        s->flow.regs[8] = (s->flow.regs[8] & 0xffff0000) | value->port;
    }
    pipe_write_bit(s, &call->result, value != NULL);
    pipe_note(s, lact, value ? "1" : "0");
}

void
exec_select(struct pipe_state *s, const struct lact *lact, bool last)
{
    const struct lact_select *select = (const struct lact_select *) lact;
    const struct pipe_supposition *supposition
        = s->run->pipeline->supposition;
    uint32_t left = tuple_hash(s) % select->total_weight;
    size_t i = 0;

    while (left >= select->choices[i].weight) {
        left -= select->choices[i++].weight;
    }

    uint16_t id = select->choices[i].id;
    for (i = 0; supposition && i < select->n; i++) {
        if (select->choices[i].id == supposition->select_id) {
            id = supposition->select_id;
        }
    }
    pipe_write(s, &select->result, (ovs_u128) { .u64 = { .lo = id } });
    pipe_note(s, lact, "%"PRIu16, id);
    pipe_next(s, s->lflow->pipeline, s->lflow->stage + 1, last);
}
