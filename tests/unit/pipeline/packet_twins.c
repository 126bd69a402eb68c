#include "packet_twins.h"

#include "packet_spec.h"
#include "still_pipeline.h"
#include "unit.h"

#define N_TWINS 8

/* What a twin may differ in. */
static const struct {
    size_t ofs, size;
} fields[] = {
#define FLOW_FIELD(NAME) \
    { offsetof(struct flow, NAME), sizeof ((struct flow *) NULL)->NAME }
    FLOW_FIELD(dl_dst), FLOW_FIELD(dl_src), FLOW_FIELD(dl_type),
    FLOW_FIELD(vlans[0].tci), FLOW_FIELD(nw_src), FLOW_FIELD(nw_dst),
    FLOW_FIELD(ipv6_src), FLOW_FIELD(ipv6_dst), FLOW_FIELD(ipv6_label),
    FLOW_FIELD(nw_frag), FLOW_FIELD(nw_tos), FLOW_FIELD(nw_ttl),
    FLOW_FIELD(nw_proto), FLOW_FIELD(nd_target), FLOW_FIELD(arp_sha),
    FLOW_FIELD(arp_tha), FLOW_FIELD(tp_src), FLOW_FIELD(tp_dst),
    /* Last: conntrack looks at them, and says so in its own way. */
    FLOW_FIELD(tcp_flags),
#undef FLOW_FIELD
};

void
twins_init(struct twins *t, const struct network *network)
{
    *t = (struct twins) { .network = network, .random = 1 };
}

void
twins_uninit(struct twins *t)
{
    for (size_t i = 0; i < t->n; i++) {
        dp_packet_delete(t->past[i].packet);
    }
    free(t->past);
}

uint32_t
twins_random(struct twins *t)
{
    return hash_int(t->random++, 0);
}

static void
extract(const struct dp_packet *packet, struct flow *flow)
{
    flow_extract(CONST_CAST(struct dp_packet *, packet), flow);
    flow->in_port.odp_port = 0;
}

static struct dp_packet *
compose(const struct flow *flow)
{
    struct dp_packet *packet = dp_packet_new(128);

    flow_compose(packet, flow, NULL, 0);
    return packet;
}

/* A pipeline that has seen the past runs 'last'. */
static void
run(const struct twins *t, const struct twins_packet *last,
    const struct pipe_observer *observer, struct pipe_verdict *verdict)
{
    random_set_seed(1); /* Conntrack's hashes are the same each time. */

    struct pipeline *pipeline = still_pipeline_new(t->network);
    for (size_t i = 0; i <= t->n; i++) {
        const struct twins_packet *p = i < t->n ? &t->past[i] : last;
        struct dp_packet *packet = dp_packet_clone(p->packet);

        if (i == t->n) {
            pipeline_suppose(pipeline, t->supposition);
        }
        pipe_verdict_init(verdict);
        pipeline_run(pipeline, &packet, p->inport, p->now_ms,
                     i < t->n ? NULL : observer, verdict);
        if (i < t->n) {
            pipe_verdict_uninit(verdict);
        }
    }
    pipeline_free(pipeline);
}

/* Do 'a' and 'b' differ only in bits that 'a_in' and 'b_in' differ in? */
static bool
differ_as(const struct dp_packet *a, const struct dp_packet *b,
          const struct flow *a_in, const struct flow *b_in)
{
    struct flow a_out, b_out;

    extract(a, &a_out);
    extract(b, &b_out);
    for (size_t i = 0; i < sizeof a_out; i++) {
        uint8_t out = ((uint8_t *) &a_out)[i] ^ ((uint8_t *) &b_out)[i];
        uint8_t in = ((uint8_t *) a_in)[i] ^ ((uint8_t *) b_in)[i];

        if (out & ~in) {
            return false;
        }
    }
    return true;
}

static bool
events_equal(const struct pipe_event *a, const struct pipe_event *b)
{
    return (!a == !b
            && (!a || (!strcmp(a->name, b->name)
                       && smap_equal(&a->args, &b->args)
                       && nullable_string_is_equal(a->meter, b->meter))));
}

/* Did the same happen to both? */
static bool
same_verdict(const struct pipe_verdict *a, const struct pipe_verdict *b,
             const struct flow *a_in, const struct flow *b_in)
{
    if (a->n != b->n || a->dependencies != b->dependencies) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        const struct pipe_effect *x = &a->effects[i], *y = &b->effects[i];

        if (x->type != y->type || x->port != y->port
            || x->parent != y->parent || x->queue != y->queue
            || x->reason != y->reason || x->flow != y->flow
            || !eth_addr_equals(x->mac.mac, y->mac.mac)
            || !ipv6_addr_equals(&x->mac.ip, &y->mac.ip)
            || !events_equal(x->event, y->event) || !x->packet != !y->packet
            || (x->packet
                && !differ_as(x->packet, y->packet, a_in, b_in))) {
            return false;
        }
    }
    return true;
}

/* The address of an option of neighbour discovery that 'flow' does not have: a
 * twin with the option has more room to write to. */
static bool
is_missing_option(const struct flow *flow, size_t ofs)
{
    return (flow->dl_type == htons(ETH_TYPE_IPV6)
            && ((ofs == offsetof(struct flow, arp_sha)
                 && eth_addr_is_zero(flow->arp_sha))
                || (ofs == offsetof(struct flow, arp_tha)
                    && eth_addr_is_zero(flow->arp_tha))));
}

/* A packet that differs from the one of 'flow' where 'verdict' does not care;
 * NULL if the dice give none: fields that go away with another one were maybe
 * not to change. */
static struct dp_packet *
make_twin(struct twins *t, const struct flow *flow,
          const struct pipe_verdict *verdict, struct flow *twin)
{
    size_t n = ARRAY_SIZE(fields) - !!(verdict->dependencies & DEPENDS_ON_CT);
    const uint8_t *mask = (const uint8_t *) &verdict->wc.masks;

    *twin = *flow;
    for (size_t i = 0; i < n; i++) {
        /* Ethernet's and IP's types change what all the others are. */
        bool rarely = (fields[i].ofs == offsetof(struct flow, dl_type)
                       || fields[i].ofs == offsetof(struct flow, nw_proto));

        if (twins_random(t) % (rarely ? 8 : 2)
            || is_missing_option(flow, fields[i].ofs)) {
            continue;
        }
        for (size_t j = fields[i].ofs; j < fields[i].ofs + fields[i].size;
             j++) {
            ((uint8_t *) twin)[j] ^= twins_random(t) & ~mask[j];
        }
    }

    struct dp_packet *packet = compose(twin);
    extract(packet, twin);
    for (size_t j = 0; j < sizeof *flow; j++) {
        if ((((uint8_t *) twin)[j] ^ ((const uint8_t *) flow)[j]) & mask[j]) {
            dp_packet_delete(packet);
            return NULL;
        }
    }
    return packet;
}

static void
describe(const struct flow *flow, const struct pipe_verdict *verdict)
{
    char *text = flow_to_string(flow, NULL);

    print_error("  %s\n    dependencies 0x%x\n", text,
                verdict->dependencies);
    free(text);
    for (size_t i = 0; i < verdict->n; i++) {
        const struct pipe_effect *e = &verdict->effects[i];
        struct flow out;

        print_error("    effect %d, port %s, reason %s, flow %s\n", e->type,
                    e->port ? e->port->name : "-",
                    e->type == EFFECT_DROP ? drop_reason_name(e->reason)
                    : "-", e->flow ? e->flow->match : "-");
        if (e->packet) {
            extract(e->packet, &out);
            text = flow_to_string(&out, NULL);
            print_error("      %s\n", text);
            free(text);
        }
    }
}

/* Asserts that what happened to a packet, and to another, is the same. */
static void
assert_same(const char *where, const struct pipe_verdict *a,
            const struct flow *a_in, const struct pipe_verdict *b,
            const struct flow *b_in)
{
    if (!same_verdict(a, b, a_in, b_in)) {
        print_error("%s: these should fare the same\n", where);
        describe(a_in, a);
        describe(b_in, b);
        fail();
    }
}

static void
check_twin(struct twins *t, const char *where,
           const struct twins_packet *original,
           const struct pipe_verdict *verdict)
{
    struct flow flow, other;
    extract(original->packet, &flow);

    struct twins_packet twin = {
        .packet = make_twin(t, &flow, verdict, &other),
        .inport = original->inport,
        .now_ms = original->now_ms,
    };
    if (!twin.packet) {
        return;
    }
    if (!(verdict->dependencies & DEPENDS_ON_SIZE)
        || dp_packet_size(twin.packet) == dp_packet_size(original->packet)) {
        struct pipe_verdict its;

        run(t, &twin, NULL, &its);
        assert_same(where, verdict, &flow, &its, &other);
        pipe_verdict_uninit(&its);
        t->n_checked++;
    }
    dp_packet_delete(twin.packet);
}

static void
check_observed(struct twins *t, const char *where,
               const struct twins_packet *original,
               const struct pipe_verdict *verdict)
{
    const struct pipe_observer observer = { .aux = NULL };
    struct pipe_verdict its;
    struct flow flow;

    extract(original->packet, &flow);
    run(t, original, &observer, &its);
    assert_same(where, verdict, &flow, &its, &flow);
    assert_case(flow_wildcards_equal(&verdict->wc, &its.wc),
                "%s: who is watched has other wildcards", where);
    pipe_verdict_uninit(&its);
}

void
twins_check(struct twins *t, const char *where,
            const struct dp_packet *packet, const struct net_port *inport,
            long long now_ms)
{
    struct pipe_verdict verdict;
    struct flow flow;

    /* Twins have no payload, so neither has this. */
    extract(packet, &flow);
    struct twins_packet original = {
        .packet = compose(&flow), .inport = inport, .now_ms = now_ms,
    };
    run(t, &original, NULL, &verdict);
    check_observed(t, where, &original, &verdict);
    for (int i = 0; i < N_TWINS; i++) {
        check_twin(t, where, &original, &verdict);
    }
    pipe_verdict_uninit(&verdict);

    if (t->n >= t->allocated) {
        t->past = x2nrealloc(t->past, &t->allocated, sizeof *t->past);
    }
    dp_packet_delete(original.packet);
    original.packet = dp_packet_clone(packet);
    t->past[t->n++] = original;
}
