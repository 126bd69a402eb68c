/* Fragments through stateful stages: conntrack keeps them until the packet is
 * whole, and gives all of them back at once, each time. */

#include "unit.h"

#include "packet_spec.h"
#include "pipeline.h"

#define PAYLOAD 3000
#define CUT 1400 /* Bytes of IP payload in a fragment, a multiple of 8. */

static const struct {
    enum lpipeline pipeline;
    uint8_t stage;
    const char *match, *actions;
} flows[] = {
    { PIPELINE_INGRESS, 0, "ip", "ct_next;" },
    { PIPELINE_INGRESS, 1, "ct.new",
      "ct_commit { ct_mark.blocked = 0; }; next;" },
    { PIPELINE_INGRESS, 2, "1", "outport = \"p2\"; output;" },
    { PIPELINE_EGRESS, 0, "ip", "ct_next;" },
    { PIPELINE_EGRESS, 1, "ct.trk",
      "ct_commit { ct_mark.blocked = 0; }; next;" },
    { PIPELINE_EGRESS, 2, "1", "output;" },
};

static struct network *
make_network(void)
{
    struct network *network = network_new();
    struct uuid uuid;
    char *error = NULL;

    uuid_generate(&uuid);
    struct net_datapath *dp = network_add_datapath(network, &uuid, 1, "sw",
                                                   false);
    network_add_port(network, dp, 1, "p1", PORT_VIF)->zone = 1;
    network_add_port(network, dp, 2, "p2", PORT_VIF)->zone = 2;
    for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
        struct lflow_desc desc = {
            .datapaths = &dp->flows, .n_datapaths = 1,
            .pipeline = flows[i].pipeline, .stage = flows[i].stage,
            .match = flows[i].match, .actions = flows[i].actions,
        };

        uuid_generate(&desc.uuid);
        assert_case(ltables_add(network_tables(network), &desc, &error),
                    "%s: %s", desc.match, error);
    }
    ltables_publish(network_tables(network));
    return network;
}

/* A piece of 'whole' from 'offset' of its IP payload on. */
static struct dp_packet *
cut(const struct dp_packet *whole, size_t offset)
{
    size_t headers = ETH_HEADER_LEN + IP_HEADER_LEN;
    const char *data = dp_packet_data(whole);
    size_t left = dp_packet_size(whole) - headers - offset;
    struct dp_packet *p = dp_packet_clone_data(data, headers);
    struct ip_header *ip = (void *) ((char *) dp_packet_data(p)
                                     + ETH_HEADER_LEN);

    ip->ip_tot_len = htons(IP_HEADER_LEN + MIN(left, CUT));
    ip->ip_frag_off = htons(offset / 8 | (left > CUT ? 0x2000 : 0));
    ip->ip_csum = 0;
    ip->ip_csum = csum(ip, IP_HEADER_LEN);
    dp_packet_put(p, data + headers + offset, MIN(left, CUT));
    return p;
}

/* All fragments in the order of 'offsets'; how many came out. */
static size_t
run(size_t size, const size_t *offsets, size_t n)
{
    char *payload = xzalloc(size + 1);
    struct network *network = make_network();
    struct pipeline *pipeline = pipeline_new(network);
    const struct net_port *p1 = network_find_port(network, "p1");
    size_t n_out = 0;

    memset(payload, 'x', size);
    struct dp_packet *whole = packet_from_spec(&(struct packet_spec) {
        .flow = "udp,nw_src=10.0.0.2,nw_dst=10.0.0.3,udp_src=1,udp_dst=2",
        .payload = payload, .ip_id = 77,
    });
    for (size_t i = 0; i < n; i++) {
        struct dp_packet *p = cut(whole, offsets[i]);
        struct pipe_verdict v;

        pipe_verdict_init(&v);
        pipeline_run(pipeline, &p, p1, time_msec(), NULL, &v);
        for (size_t j = 0; j < v.n; j++) {
            n_out += v.effects[j].type == EFFECT_OUTPUT;
        }
        assert_true(n_out == 0 || i + 1 == n);
        pipe_verdict_uninit(&v);
    }
    dp_packet_delete(whole);
    free(payload);
    pipeline_free(pipeline);
    network_free(network);
    return n_out;
}

static void
all_come_out_together(void **state OVS_UNUSED)
{
    assert_int_equal(run(PAYLOAD, (const size_t[]) { 0, 1400, 2800 }, 3), 3);
    assert_int_equal(run(PAYLOAD, (const size_t[]) { 2800, 1400, 0 }, 3), 3);
    assert_int_equal(run(PAYLOAD, (const size_t[]) { 1400, 2800, 0 }, 3), 3);
}

/* Conntrack gives back 32 packets at once, at most. */
static void
many_come_out_together(void **state OVS_UNUSED)
{
    size_t offsets[45];

    for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
        offsets[i] = i * CUT;
    }
    assert_int_equal(run(45 * CUT - 100, offsets, 45), 45);
}

static void
none_comes_out_of_a_packet_with_a_hole(void **state OVS_UNUSED)
{
    assert_int_equal(run(PAYLOAD, (const size_t[]) { 0, 2800 }, 2), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_come_out_together),
        cmocka_unit_test(many_come_out_together),
        cmocka_unit_test(none_comes_out_of_a_packet_with_a_hole),
    };
    int status = cmocka_run_group_tests(tests, NULL, NULL);

    ovsrcu_exit();
    return status;
}
