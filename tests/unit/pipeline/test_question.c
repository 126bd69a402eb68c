/* Questions as packets. */

#include "unit.h"

#include "question.h"

static struct network *network;

static int
set_up(void **state)
{
    struct uuid uuid = { .parts = { 1 } };
    struct net_datapath *sw;

    network = network_new();
    sw = network_add_datapath(network, &uuid, 1, "sw", false);
    network_add_port(network, sw, 5, "p", PORT_VIF);
    return 0;
}

static int
tear_down(void **state)
{
    network_free(network);
    return 0;
}

static void
packets(void **state)
{
    const struct net_port *inport = NULL;
    char *error = NULL;
    struct dp_packet *packet = question_packet(
        network, "sw", "inport == \"p\" && eth.src == 00:00:00:00:00:01 && "
        "ip4.src == 10.0.0.1 && ip.ttl == 64 && udp.dst == 53", &inport,
        &error);
    struct flow flow;

    assert_case(packet != NULL, "%s", error);
    assert_string_equal(inport->name, "p");
    flow_extract(packet, &flow);
    assert_int_equal(flow.dl_src.ea[5], 1);
    assert_int_equal(flow.nw_src, htonl(0x0a000001));
    assert_int_equal(flow.nw_ttl, 64);
    assert_int_equal(flow.tp_dst, htons(53));
    dp_packet_delete(packet);
}

static void
refused(void **state)
{
    static const struct {
        const char *datapath, *text, *error;
    } cases[] = {
        { NULL, "inport == ", "line 1" },
        { NULL, "ip4", "no inport" },
        { NULL, "inport == \"nosuch\"", "there is no port \"nosuch\"" },
        { "other", "inport == \"p\"", "is not in datapath \"other\"" },
        { "sw", "inport == \"p\" && ip4 && ip6", "contradict" },
        { "sw", "inport == \"p\" && tcp", "not one packet" },
        { "sw", "outport == \"p\"", "no inport" },
        { NULL, "", "" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct net_port *inport = NULL;
        char *error = NULL;

        assert_case(!question_packet(network, cases[i].datapath,
                                     cases[i].text, &inport, &error), "%s",
                    cases[i].text);
        assert_case(error && strstr(error, cases[i].error), "%s: %s",
                    cases[i].text, error);
        free(error);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets),
        cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
