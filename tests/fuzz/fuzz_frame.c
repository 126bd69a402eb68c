/* Any frames into the pipelines of a network that has nearly everything in it
 * (tests/data/pipeline/rich.json), and of a switch with what is missing there.
 *
 * The input is up to 8 frames, each behind 3 bytes: 5 bits that pick the port,
 * 3 flags, and 2 bytes of length.  Without FRAME_AS_IT_IS lengths and checksums
 * are put right, since a fuzzer does not find them; FRAME_WHAT_IF asks what
 * would become of the frame, as "rouse trace" does.
 * The frames of an input may belong together: a connection, and its replies.
 *
 * What must hold: something becomes of each frame and of each copy; a frame
 * whose checksums are right leaves with right ones. */

#include "fuzz.h"
#include "fuzz_network.h"

#include "packet_spec.h"
#include "pipeline.h"

enum { FRAME_WHAT_IF = 0x20, FRAME_AS_IT_IS = 0x40, FRAME_TWICE = 0x80 };
enum { MAX_FRAMES = 8, INPUTS_PER_PIPELINE = 256 };

static struct fuzz_network world;
static struct pipeline *pipeline;
static long long now_ms;
static unsigned int n_inputs;

static const uint8_t ct_states[] = {
    CS_NEW, CS_ESTABLISHED, CS_ESTABLISHED | CS_REPLY_DIR, CS_INVALID,
};
static const struct pipe_supposition what_if = {
    .ct_states = ct_states,
    .n_ct_states = ARRAY_SIZE(ct_states),
    .select_id = 2,
};

/* Copies of the packet, and what became of all. */
struct tally {
    unsigned int n_copies, n_enters;
};

static void
count_copy(void *tally_, bool begin)
{
    struct tally *tally = tally_;

    tally->n_copies += begin;
}

static void
count_enter(void *tally_, const struct net_datapath *dp OVS_UNUSED,
            enum lpipeline pipeline_ OVS_UNUSED,
            const struct flow *flow OVS_UNUSED)
{
    struct tally *tally = tally_;

    tally->n_enters++;
}

int
LLVMFuzzerInitialize(int *argc OVS_UNUSED, char ***argv)
{
    set_program_name((*argv)[0]);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    fuzz_network_init(&world);
    now_ms = time_msec();
    return 0;
}

/* Is it a whole IP packet whose checksums are there, and right? */
static bool
is_right(struct dp_packet *packet)
{
    struct flow flow;

    flow_extract(packet, &flow);
    if (!is_ip_any(&flow) || flow.nw_frag || !dp_packet_l4(packet)) {
        return false;
    }
    if (flow.nw_proto == IPPROTO_UDP) {
        const struct udp_header *udp = dp_packet_l4(packet);
        size_t size = dp_packet_l4_size(packet);

        if (size < UDP_HEADER_LEN || !udp->udp_csum
            || ntohs(udp->udp_len) != size) {
            return false;
        }
    }
    return !packet_check(packet);
}

static void
check_effects(const struct pipe_verdict *verdict, const struct tally *tally,
              bool was_right)
{
    unsigned int n_ends = 0;

    for (size_t i = 0; i < verdict->n; i++) {
        const struct pipe_effect *e = &verdict->effects[i];
        struct flow flow;

        n_ends += (e->type == EFFECT_OUTPUT || e->type == EFFECT_DROP
                   || e->type == EFFECT_EVENT || e->type == EFFECT_PUNT);
        if (!e->packet) {
            continue;
        }
        flow_extract(e->packet, &flow);
        if (was_right && is_ip_any(&flow) && !flow.nw_frag) {
            const char *problem = packet_check(e->packet);

            if (problem) {
                char *s = flow_to_string(&flow, NULL);

                ovs_fatal(0, "%s at %s: %s", problem,
                          e->port ? e->port->name : "?", s);
            }
        }
    }
    /* Each packet and each copy ends once, or in what was made of it. */
    ovs_assert(n_ends > 0);
    ovs_assert(n_ends <= 1 + tally->n_copies + tally->n_enters);
}

static void
send_frame(struct dp_packet *packet, const struct net_port *port)
{
    struct tally tally = { .n_copies = 0 };
    const struct pipe_observer observer = {
        .aux = &tally, .fork = count_copy, .enter = count_enter,
    };
    struct pipe_verdict verdict;
    bool was_right = is_right(packet);

    pipe_verdict_init(&verdict);
    pipeline_run(pipeline, &packet, port, now_ms, &observer, &verdict);
    ovs_assert(!packet);
    check_effects(&verdict, &tally, was_right);
    pipe_verdict_uninit(&verdict);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Memory stays bounded, and connections of one input do not live to see
     * the next. */
    if (!(n_inputs++ % INPUTS_PER_PIPELINE)) {
        pipeline_free(pipeline);
        ovsrcu_quiesce();
        pipeline = pipeline_new(world.network);
        now_ms = time_msec();
    }
    now_ms += 24 * 3600 * 1000;

    for (int i = 0; i < MAX_FRAMES && size >= 3 + ETH_HEADER_LEN; i++) {
        uint8_t how = data[0];
        size_t length = MIN((size_t) (data[1] << 8 | data[2]), size - 3);
        const struct net_port *port = world.ports[(how & 0x1f)
                                                  % world.n_ports];

        pipeline_suppose(pipeline, how & FRAME_WHAT_IF ? &what_if : NULL);

        for (int j = 0; j <= !!(how & FRAME_TWICE); j++) {
            struct dp_packet *packet = dp_packet_clone_data(data + 3, length);

            if (!(how & FRAME_AS_IT_IS)) {
                packet_finish(packet);
            }
            send_frame(packet, port);
        }
        data += 3 + length;
        size -= 3 + length;
    }
    ovsrcu_quiesce();
    return 0;
}
