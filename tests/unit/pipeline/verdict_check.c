#include "verdict_check.h"

#include "packet_spec.h"

static void
count_copy(void *watch_, bool begin)
{
    struct verdict_watch *watch = watch_;

    watch->n_copies += begin;
}

/* A packet that enters may be a copy, for one port of a group. */
static void
count_enter(void *watch_, const struct net_datapath *dp OVS_UNUSED,
            enum lpipeline pipeline OVS_UNUSED,
            const struct flow *flow OVS_UNUSED)
{
    struct verdict_watch *watch = watch_;

    watch->n_copies++;
}

/* Is it a whole IP packet whose checksums are there, and right? */
static bool
is_right(const struct dp_packet *packet)
{
    struct dp_packet *copy = dp_packet_clone(packet);
    struct flow flow;
    bool right;

    flow_extract(copy, &flow);
    right = is_ip_any(&flow) && !flow.nw_frag && dp_packet_l4(copy);
    if (right && flow.nw_proto == IPPROTO_UDP) {
        const struct udp_header *udp = dp_packet_l4(copy);
        size_t size = dp_packet_l4_size(copy);

        right = (size >= UDP_HEADER_LEN && udp->udp_csum
                 && ntohs(udp->udp_len) == size);
    }
    right = right && !packet_check(copy);
    dp_packet_delete(copy);
    return right;
}

void
verdict_watch_init(struct verdict_watch *watch,
                   const struct dp_packet *packet)
{
    struct dp_packet *copy = dp_packet_clone(packet);
    struct flow flow;

    flow_extract(copy, &flow);
    dp_packet_delete(copy);
    *watch = (struct verdict_watch) {
        .observer = {
            .aux = watch, .fork = count_copy, .enter = count_enter,
        },
        .was_right = is_right(packet),
        .is_fragment = flow.nw_frag != 0,
    };
}

static const char *
check_parts(const struct pipe_effect *e)
{
    switch (e->type) {
    case EFFECT_OUTPUT: return e->packet && e->port ? NULL : "bare output";
    case EFFECT_MAC:
    case EFFECT_FDB: return e->port ? NULL : "learned at no port";
    case EFFECT_EVENT:
    case EFFECT_PUNT: return e->packet && e->event ? NULL : "bare event";
    case EFFECT_BIND: return e->port && e->parent ? NULL : "bare binding";
    case EFFECT_LOG: return e->event ? NULL : "bare log";
    case EFFECT_DROP:
        return strcmp(drop_reason_name(e->reason), "unknown") ? NULL
               : "drop without a reason";
    default: return "no such effect";
    }
}

static const char *
check_sums(const struct pipe_effect *e)
{
    struct dp_packet *copy = dp_packet_clone(e->packet);
    const char *problem = NULL;
    struct flow flow;

    flow_extract(copy, &flow);
    if (is_ip_any(&flow)) {
        problem = packet_check(copy);
    }
    dp_packet_delete(copy);
    return problem;
}

char *
verdict_check(const struct verdict_watch *watch,
              const struct pipe_verdict *verdict)
{
    unsigned int n_ends = 0;

    for (size_t i = 0; i < verdict->n; i++) {
        const struct pipe_effect *e = &verdict->effects[i];
        const char *problem = check_parts(e);

        if (!problem && e->packet && watch->was_right) {
            problem = check_sums(e);
        }
        if (problem) {
            return xasprintf("effect %"PRIuSIZE" (%s): %s", i,
                             e->port ? e->port->name : "no port", problem);
        }
        n_ends += (e->type == EFFECT_OUTPUT || e->type == EFFECT_DROP
                   || e->type == EFFECT_EVENT || e->type == EFFECT_PUNT);
    }
    if (!n_ends) {
        return xstrdup("nothing became of the packet");
    }
    if (n_ends > 1 + watch->n_copies && !watch->is_fragment) {
        return xasprintf("%u ends of a packet and at most %u copies", n_ends,
                         watch->n_copies);
    }
    return NULL;
}
