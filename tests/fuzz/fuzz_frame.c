/* Any frame into the pipelines of a network that has nearly everything in it
 * (tests/data/pipeline/rich.json).  The first byte picks the port; its top
 * bit sends the frame twice, the second time as a part of what the first has
 * begun. */

#include "netload.h"
#include "pipeline.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct network *network;
static struct pipeline *pipeline;
static struct net_port *ports[128];
static size_t n_ports;
static unsigned int n_runs;

static void
collect_ports(void)
{
    for (uint32_t dp_key = 1; dp_key < 16; dp_key++) {
        struct net_datapath *dp = network_find_datapath(network, dp_key);
        struct net_port *port;

        if (!dp) {
            continue;
        }
        HMAP_FOR_EACH (port, by_key, &dp->ports) {
            if (n_ports < ARRAY_SIZE(ports)) {
                ports[n_ports++] = port;
            }
        }
    }
}

int
LLVMFuzzerInitialize(int *argc OVS_UNUSED, char ***argv)
{
    struct svec problems = SVEC_EMPTY_INITIALIZER;

    set_program_name((*argv)[0]);
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);

    struct json *tables = json_from_file(NETWORK);
    ovs_assert(tables->type == JSON_OBJECT);
    network = network_new();
    netload(network, tables, &problems);
    ovs_assert(!problems.n);
    svec_destroy(&problems);
    json_destroy(tables);
    pipeline = pipeline_new(network);
    collect_ports();
    ovs_assert(n_ports);
    return 0;
}

static void
send_frame(const uint8_t *data, size_t size, const struct net_port *port)
{
    struct dp_packet *packet = dp_packet_clone_data(data, size);
    struct pipe_verdict verdict;

    pipe_verdict_init(&verdict);
    pipeline_run(pipeline, &packet, port, time_msec(), NULL, &verdict);
    ovs_assert(!packet);
    /* Whatever came in became of something. */
    ovs_assert(verdict.n);
    for (size_t i = 0; i < verdict.n; i++) {
        struct flow flow;

        if (verdict.effects[i].packet) {
            flow_extract(verdict.effects[i].packet, &flow);
        }
    }
    pipe_verdict_uninit(&verdict);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 + ETH_HEADER_LEN) {
        return 0;
    }

    const struct net_port *port = ports[(*data & 0x7f) % n_ports];
    send_frame(data + 1, size - 1, port);
    if (*data & 0x80) {
        send_frame(data + 1, size - 1, port);
    }
    if (!(++n_runs % 64)) {
        ovsrcu_quiesce();
    }
    return 0;
}
