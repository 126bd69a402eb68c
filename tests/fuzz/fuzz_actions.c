/* Any text as actions: it is refused with a place, or it comes back the same
 * from its own formatting, and can be done to packets.  The first byte says
 * where the flow is. */

#include "fuzz.h"

#include "act_table.h"
#include "packet_spec.h"
#include "verdict_check.h"

enum { INPUTS_PER_PIPELINE = 256 };

static const struct packet_spec specs[] = {
    { .flow = "tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tcp_src=7,tcp_dst=80",
      .tcp_flags = TCP_SYN, .payload = "data" },
    { .flow = "udp6,ipv6_src=fd00::1,ipv6_dst=fd00::2,udp_src=546,"
              "udp_dst=547",
      .hex = "01 aabbcc 0001 000a 0003 0001 505400001003 "
             "0003 000c 00000007 00000000 00000000" },
    { .flow = "icmp6,ipv6_src=fd00::1,ipv6_dst=ff02::2,nw_ttl=255,"
              "icmpv6_type=133,icmpv6_code=0", .hex = "00000000" },
    { .flow = "arp,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.2,"
              "arp_sha=0a:00:00:00:00:01" },
    { .flow = "udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,udp_src=68,udp_dst=67",
      .hex = "01 01 06 00 11223344" },
    { .flow = "sctp,nw_src=10.0.0.1,nw_dst=10.0.0.2,sctp_src=7,sctp_dst=80",
      .hex = "01 00 0014 00000001 00000002 00030004 00000005" },
};

static struct network *network;
static struct ldatapath *flows;
static struct net_port *inport;
static struct pipeline *pipeline;
static struct dp_packet *packets[ARRAY_SIZE(specs)];
static long long now_ms;
static unsigned int n_inputs;

static void
make_network(void)
{
    struct uuid uuid = { .parts = { 1 } };

    network = network_new();
    struct net_datapath *sw = network_add_datapath(network, &uuid, 1, "sw",
                                                   false);
    struct net_datapath *router = network_add_datapath(network, &uuid, 2,
                                                       "r", true);
    flows = sw->flows;
    inport = network_add_port(network, sw, 1, "p1", PORT_VIF);
    struct net_port *ports[] = {
        inport, network_add_port(network, sw, 2, "p2", PORT_VIF),
        network_add_port(network, sw, 3, "sw-r", PORT_PATCH),
    };
    net_port_set_peers(ports[2], network_add_port(network, router, 1, "r-sw",
                                                  PORT_PATCH));
    network_add_group(network, sw, 32768, "_MC_flood", ports,
                      ARRAY_SIZE(ports));
    net_datapath_set_dns(sw, "a", "10.0.0.3");

    for (int i = 0; i < 3; i++) {
        struct lflow_desc desc = {
            .datapaths = i < 2 ? &sw->flows : &router->flows,
            .n_datapaths = 1,
            .pipeline = i == 1 ? PIPELINE_EGRESS : PIPELINE_INGRESS,
            .stage = N_LSTAGES - 1,
            .match = "1",
            .actions = i == 1 ? "output;" : "outport = \"p2\"; output;",
        };
        char *error = NULL;

        desc.actions = i == 2 ? "drop;" : desc.actions;
        if (!ltables_add(network_tables(network), &desc, &error)) {
            ovs_fatal(0, "%s", error);
        }
    }
}

int
LLVMFuzzerInitialize(int *argc OVS_UNUSED, char ***argv)
{
    fuzz_init(*argv);
    make_network();
    for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
        packets[i] = packet_from_spec(&specs[i]);
    }
    return 0;
}

static void
check_round_trip(const struct lacts *lacts, const struct lact_context *context)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    struct expr *prereqs;
    struct lacts again;
    char *error = NULL;

    lacts_format(lacts, &text);
    if (!lacts_parse(ds_cstr(&text), context, &again, &prereqs, &error)) {
        ovs_fatal(0, "it formats as \"%s\": %s", ds_cstr(&text), error);
    }
    ovs_assert(lacts_equal(lacts, &again));
    lacts_uninit(&again);
    expr_free(prereqs);
    ds_destroy(&text);
}

static void
send_packets(void)
{
    if (!(n_inputs++ % INPUTS_PER_PIPELINE)) {
        pipeline_free(pipeline);
        ovsrcu_quiesce();
        pipeline = pipeline_new(network);
        now_ms = time_msec();
    }
    now_ms += 24 * 3600 * 1000;
    for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
        struct dp_packet *packet = dp_packet_clone(packets[i]);
        struct pipe_verdict verdict;
        struct verdict_watch watch;

        pipe_verdict_init(&verdict);
        verdict_watch_init(&watch, packet);
        pipeline_run(pipeline, &packet, inport, now_ms, &watch.observer,
                     &verdict);

        char *problem = verdict_check(&watch, &verdict);
        if (problem) {
            ovs_fatal(0, "packet %"PRIuSIZE": %s", i, problem);
        }
        pipe_verdict_uninit(&verdict);
    }
}

/* Does the actions to packets, in a flow of their own. */
static void
check_execution(const char *text, const struct lact_context *context)
{
    struct lflow_desc desc = {
        .datapaths = &flows, .n_datapaths = 1,
        .pipeline = context->pipeline, .stage = context->stage,
        .priority = 1, .match = "1", .actions = text,
    };
    char *error = NULL;
    const struct lflow *lflow = ltables_add(network_tables(network), &desc,
                                            &error);

    if (!lflow) {
        /* What the actions demand of the packet may be too much to match. */
        ovs_assert(error);
        free(error);
        return;
    }
    ltables_publish(network_tables(network));
    send_packets();
    ltables_remove(network_tables(network), lflow);
    ltables_publish(network_tables(network));
    ovsrcu_quiesce();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lact_context context = {
        .symtab = network_symtab(network), .actions = &act_table,
    };
    struct expr *prereqs;
    struct lacts lacts;
    char *error = NULL;

    if (!size) {
        return 0;
    }
    context.pipeline = *data & 1 ? PIPELINE_EGRESS : PIPELINE_INGRESS;
    context.stage = (*data >> 1) % N_LSTAGES;

    char *text = xmemdup0((const char *) data + 1, size - 1);
    if (lacts_parse(text, &context, &lacts, &prereqs, &error)) {
        check_round_trip(&lacts, &context);
        lacts_uninit(&lacts);
        expr_free(prereqs);
        check_execution(text, &context);
    } else {
        ovs_assert(!strncmp(error, "line ", 5));
        free(error);
    }
    free(text);
    return 0;
}
