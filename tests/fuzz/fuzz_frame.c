/* Any frames into the pipelines of a network that has nearly everything in it
 * (tests/data/pipeline/rich.json), and of a switch with what is missing there.
 *
 * The input is up to 8 frames, each behind 3 bytes: 5 bits that pick the port,
 * 3 flags, and 2 bytes of length.  Without FRAME_AS_IT_IS lengths and checksums
 * are put right, since a fuzzer does not find them; FRAME_WHAT_IF asks what
 * would become of the frame, as "rouse trace" does.
 * The frames of an input may belong together: a connection, and its replies.
 *
 * What must hold is in verdict_check.h. */

#include "fuzz.h"
#include "fuzz_network.h"

#include "packet_spec.h"
#include "verdict_check.h"

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

int
LLVMFuzzerInitialize(int *argc OVS_UNUSED, char ***argv)
{
    fuzz_init(*argv);
    fuzz_network_init(&world);
    now_ms = time_msec();
    return 0;
}

static void
send_frame(struct dp_packet *packet, const struct net_port *port)
{
    struct verdict_watch watch;
    struct pipe_verdict verdict;

    pipe_verdict_init(&verdict);
    verdict_watch_init(&watch, packet);
    /* Fragments of an earlier frame may come with any. */
    watch.is_fragment = true;
    pipeline_run(pipeline, &packet, port, now_ms, &watch.observer, &verdict);
    ovs_assert(!packet);

    char *problem = verdict_check(&watch, &verdict);
    if (problem) {
        ovs_fatal(0, "%s", problem);
    }
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
