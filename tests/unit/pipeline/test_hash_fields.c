/* Which backend connections go to: those that have the load balancer's
 * selection fields in common go to the same, the others to all. */

#include "unit.h"

#include "packet_spec.h"
#include "pipeline.h"

#define N_BACKENDS 4
#define N_PACKETS 64

static struct network *
make_network(const char *hash_fields)
{
    struct network *network = network_new();
    struct uuid uuid;

    uuid_generate(&uuid);
    network_add_datapath(network, &uuid, 1, "sw", false);

    struct net_datapath *dp = network_find_datapath(network, 1);
    network_add_port(network, dp, 1, "client", PORT_VIF);
    network_add_port(network, dp, 2, "server", PORT_VIF);

    char *lb = xasprintf("ct_lb_mark(backends=10.0.0.1:80,10.0.0.2:80,"
                         "10.0.0.3:80,10.0.0.4:80%s%s%s);",
                         *hash_fields ? "; hash_fields=\"" : "", hash_fields,
                         *hash_fields ? "\"" : "");
    const char *const actions[] = {
        "ct_next;", lb, "outport = \"server\"; output;",
    };
    for (int stage = 0; stage < 3; stage++) {
        char *error = NULL;
        struct lflow_desc desc = {
            .datapaths = &dp->flows, .n_datapaths = 1,
            .pipeline = PIPELINE_INGRESS, .stage = stage, .priority = 1,
            .match = "ip", .actions = actions[stage],
        };

        uuid_generate(&desc.uuid);
        assert_case(ltables_add(network_tables(network), &desc, &error)
                    != NULL, "%s", error);
    }
    struct lflow_desc out = {
        .datapaths = &dp->flows, .n_datapaths = 1,
        .pipeline = PIPELINE_EGRESS, .priority = 1, .match = "1",
        .actions = "output;",
    };
    char *error = NULL;
    uuid_generate(&out.uuid);
    assert_non_null(ltables_add(network_tables(network), &out, &error));
    ltables_publish(network_tables(network));
    free(lb);
    return network;
}

/* Which backend the packet goes to, 0...N_BACKENDS - 1. */
static unsigned int
backend(struct pipeline *pipeline, const struct network *network,
        const char *flow_text)
{
    struct dp_packet *packet = packet_from_spec(
        &(struct packet_spec) { .flow = flow_text, .tcp_flags = TCP_SYN });
    struct pipe_verdict verdict;
    struct flow flow;

    pipe_verdict_init(&verdict);
    pipeline_run(pipeline, &packet, network_find_port(network, "client"),
                 time_msec(), NULL, &verdict);
    assert_int_equal(verdict.n, 1);
    assert_int_equal(verdict.effects[0].type, EFFECT_OUTPUT);
    flow_extract(verdict.effects[0].packet, &flow);
    pipe_verdict_uninit(&verdict);

    unsigned int last = ntohl(flow.nw_dst) & 0xff;
    assert_in_range(last, 1, N_BACKENDS);
    return last - 1;
}

/* How many backends packets go to that differ in 'varied' alone. */
static unsigned int
count_backends(const char *hash_fields, const char *varied)
{
    struct network *network = make_network(hash_fields);
    struct pipeline *pipeline = pipeline_new(network);
    unsigned int seen = 0;

    for (int i = 1; i <= N_PACKETS; i++) {
        bool eth_src = !strcmp(varied, "eth_src");
        bool eth_dst = !strcmp(varied, "eth_dst");
        bool ip_src = !strcmp(varied, "ip_src");
        bool ip_dst = !strcmp(varied, "ip_dst");
        bool tp_src = !strcmp(varied, "tcp_src");
        bool tp_dst = !strcmp(varied, "tcp_dst");
        /* Something must make it a new connection: what is not hashed. */
        char *text = xasprintf(
            "tcp,dl_src=02:00:00:00:00:%02x,dl_dst=02:00:00:00:01:%02x,"
            "nw_src=10.1.0.%d,nw_dst=10.9.0.%d,tcp_src=%d,tcp_dst=%d",
            eth_src ? i : 1, eth_dst ? i : 1, ip_src ? i : 1, ip_dst ? i : 1,
            tp_src ? 1000 + i : 1000, tp_dst ? i : 80);

        if (eth_src || eth_dst) {
            /* The same connection would be found again. */
            pipeline_free(pipeline);
            pipeline = pipeline_new(network);
        }
        seen |= 1u << backend(pipeline, network, text);
        free(text);
    }
    pipeline_free(pipeline);
    network_free(network);
    return count_1bits(seen);
}

static void
same_fields_same_backend(void **state OVS_UNUSED)
{
    static const char *const fields[] = {
        "eth_dst", "eth_src", "ip_dst", "ip_src", "tcp_dst", "tcp_src",
    };
    /* As ovn-northd writes them. */
    static const char *const lists[] = {
        "ip_src", "ip_dst", "ip_dst,ip_src", "ip_src,tcp_src", "tcp_dst",
        "tcp_src", "ip_dst,ip_src,tcp_src", "ip_dst,ip_src,tcp_dst,tcp_src",
        "eth_src", "eth_dst,ip_src", "eth_dst,eth_src",
    };

    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(fields); j++) {
            bool listed = strstr(lists[i], fields[j]) != NULL;
            unsigned int n = count_backends(lists[i], fields[j]);

            assert_case(n == (listed ? N_BACKENDS : 1),
                        "hash_fields=\"%s\": packets that differ in %s go to "
                        "%u backends", lists[i], fields[j], n);
        }
    }
}

/* Without fields, connections are spread. */
static void
without_fields(void **state OVS_UNUSED)
{
    assert_int_equal(count_backends("", "tcp_src"), N_BACKENDS);
    assert_int_equal(count_backends("", "ip_src"), N_BACKENDS);
    assert_int_equal(count_backends("", "eth_src"), 1);
}

int
main(int argc OVS_UNUSED, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_fields_same_backend),
        cmocka_unit_test(without_fields),
    };

    set_program_name(argv[0]);
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ovsrcu_exit();
    return failed;
}
