/* DHCP, DHCPv6, DNS and router advertisements, on the flows that ovn-northd
 * wrote for a network with all of them (tests/data/pipeline/rich.json). */

#include "unit.h"

#include "netload.h"
#include "packet_spec.h"
#include "pipeline.h"

struct fixture {
    struct network *network;
    struct pipeline *pipeline;
    struct pipe_verdict verdict;
};

static int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);
    struct svec problems = SVEC_EMPTY_INITIALIZER;
    struct json *tables = json_from_file(getenv("NETWORK"));

    assert_case(tables->type == JSON_OBJECT, "%s", json_string(tables));
    f->network = network_new();
    netload(f->network, tables, &problems);
    assert_case(!problems.n, "%s", problems.names[0]);
    svec_destroy(&problems);
    json_destroy(tables);
    f->pipeline = pipeline_new(f->network);
    pipe_verdict_init(&f->verdict);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    pipe_verdict_uninit(&f->verdict);
    pipeline_free(f->pipeline);
    network_free(f->network);
    free(f);
    return 0;
}

/* Sends; returns the packet that left by 'port', borrowed, which is right. */
static const struct dp_packet *
answer(struct fixture *f, const char *port, const struct packet_spec *spec)
{
    struct dp_packet *packet = packet_from_spec(spec);

    pipeline_run(f->pipeline, &packet, network_find_port(f->network, port),
                 time_msec(), NULL, &f->verdict);
    for (size_t i = 0; i < f->verdict.n; i++) {
        const struct pipe_effect *e = &f->verdict.effects[i];

        if (e->type == EFFECT_OUTPUT && !strcmp(e->port->name, port)) {
            const char *problem = packet_check(e->packet);

            assert_case(!problem, "bad packet: %s", problem);
            return e->packet;
        }
    }
    print_error("nothing came back\n");
    fail();
    return NULL;
}

/* Does the layer 4 of 'packet' have these bytes from 'ofs' on? */
static void
assert_bytes(const struct dp_packet *packet, size_t ofs, const char *hex)
{
    struct dp_packet want;

    dp_packet_init(&want, 64);
    packet_put_hex(&want, hex);
    assert_true(dp_packet_l4_size(packet) >= ofs + dp_packet_size(&want));
    const char *at = (const char *) dp_packet_l4(packet) + ofs;
    if (memcmp(at, dp_packet_data(&want), dp_packet_size(&want))) {
        ovs_hex_dump(stderr, at, dp_packet_size(&want), ofs, true);
        assert_case(false, "want %s", hex);
    }
    dp_packet_uninit(&want);
}

#define DHCP_FLOW                                                             \
    "udp,dl_src=50:54:00:00:10:03,dl_dst=ff:ff:ff:ff:ff:ff,nw_src=0.0.0.0,"   \
    "nw_dst=255.255.255.255,udp_src=68,udp_dst=67"
#define ZEROS_64                                                              \
    "00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "\
    "00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
#define BOOTREQUEST                                                           \
    "01 01 06 00 11223344 0000 0000 00000000 00000000 00000000 00000000 "     \
    "505400001003 0000 00000000 00000000 " ZEROS_64 ZEROS_64 ZEROS_64         \
    "63825363 "

static void
dhcp_offer(void **state)
{
    const struct dp_packet *packet = answer(
        *state, "sw0-p3",
        &(struct packet_spec) { .flow = DHCP_FLOW,
                                .hex = BOOTREQUEST "350101 ff" });

    assert_bytes(packet, 0, "0043 0044");
    assert_bytes(packet, 8, "02 01 06 00 11223344");
    assert_bytes(packet, 8 + 16, "0a000003"); /* yiaddr */
    assert_bytes(packet, 8 + 236, "63825363 350102");
}

static void
dhcp_nak_for_another_address(void **state)
{
    const struct dp_packet *packet = answer(
        *state, "sw0-p3",
        &(struct packet_spec) {
            .flow = DHCP_FLOW,
            .hex = BOOTREQUEST "350103 3204 0a000007 ff" });

    assert_bytes(packet, 8 + 16, "00000000");
    assert_bytes(packet, 8 + 236, "63825363 350106");
}

static void
dns(void **state)
{
    const struct dp_packet *packet = answer(
        *state, "sw0-p4",
        &(struct packet_spec) {
            .flow = "udp,dl_src=50:54:00:00:10:04,dl_dst=50:54:00:00:10:05,"
                    "nw_src=10.0.0.4,nw_dst=10.0.0.5,udp_src=4000,"
                    "udp_dst=53",
            .hex = "1234 0100 0001 0000 0000 0000 "
                   "03 566d31 01 78 03 6f7267 00 0001 0001" });

    assert_bytes(packet, 0, "0035 0fa0");
    assert_bytes(packet, 8, "1234 8180 0001 0001 0000 0000 "
                 "03 566d31 01 78 03 6f7267 00 0001 0001 "
                 "c00c 0001 0001 00000e10 0004 0a000003");
}

static void
dhcpv6(void **state)
{
    const struct dp_packet *packet = answer(
        *state, "sw0-p3",
        &(struct packet_spec) {
            .flow = "udp6,dl_src=50:54:00:00:10:03,dl_dst=33:33:00:01:00:02,"
                    "ipv6_src=fe80::5254:ff:fe00:1003,ipv6_dst=ff02::1:2,"
                    "udp_src=546,udp_dst=547",
            .hex = "01 aabbcc 0001 000a 0003 0001 505400001003 "
                   "0003 000c 00000007 00000000 00000000" });

    assert_bytes(packet, 0, "0223 0222");
    assert_bytes(packet, 8, "02 aabbcc 0001 000a 0003 0001 505400001003 "
                 "0003 0028 00000007 ffffffff ffffffff 0005 0018 "
                 "fd00 0010 0000 0000 0000 0000 0000 0003");
}

static void
router_advertisement(void **state)
{
    struct fixture *f = *state;
    const struct dp_packet *packet = answer(
        f, "sw0-p4",
        &(struct packet_spec) {
            .flow = "icmp6,dl_src=50:54:00:00:10:04,dl_dst=33:33:00:00:00:02,"
                    "ipv6_src=fe80::5254:ff:fe00:1004,ipv6_dst=ff02::2,"
                    "nw_ttl=255,icmpv6_type=133,icmpv6_code=0",
            .hex = "00000000" });

    assert_bytes(packet, 0, "86 00");
    assert_bytes(packet, 4, "ff 08 ffff 00000000 00000000 "
                 "01 01 00000000ff01 05 01 0000 00000578");
}

int
main(int argc OVS_UNUSED, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(dhcp_offer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dhcp_nak_for_another_address, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(dns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dhcpv6, set_up, tear_down),
        cmocka_unit_test_setup_teardown(router_advertisement, set_up,
                                        tear_down),
    };

    set_program_name(argv[0]);
    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    int failed = cmocka_run_group_tests_name("replies", tests, NULL, NULL);
    ovsrcu_exit();
    return failed;
}
