#include "rneighbor.h"

#include "lr_world.h"
#include "view_world.h"

#include "unit.h"

static void
assert_text(char *text, const char *expected)
{
    assert_string_equal(text, expected);
    free(text);
}

static void
test_network(void **state OVS_UNUSED)
{
    static const struct {
        const char *ip, *network;
    } cases[] = {
        { "10.0.0.5/24", "10.0.0.0/24" }, { "10.0.0.5", "10.0.0.5/32" },
        { "10.0.0.5/32", "10.0.0.5/32" }, { "fd00::5", "fd00::5/128" },
        { "fd00::5/64", "fd00::/64" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct caddr ip;

        assert_true(caddr_parse(cases[i].ip, &ip));
        assert_text(rneighbor_network(&ip), cases[i].network);
        caddr_uninit(&ip);
    }
}

static void
test_replies(void **state OVS_UNUSED)
{
    assert_text(rneighbor_arp_reply("0a:00:00:00:00:01"),
                "eth.dst = eth.src; eth.src = 0a:00:00:00:00:01; "
                "arp.op = 2; /* ARP reply */ arp.tha = arp.sha; "
                "arp.sha = 0a:00:00:00:00:01; arp.tpa <-> arp.spa; "
                "outport = inport; flags.loopback = 1; output;");
    assert_text(rneighbor_nd_reply("nd_na_router", NULL),
                "nd_na_router { eth.src = xreg0[0..47]; "
                "ip6.src = nd.target; nd.tll = xreg0[0..47]; "
                "outport = inport; flags.loopback = 1; output; };");
}

/* A route, and who has the address where only one chassis would ask. */
static void
test_route(void **state OVS_UNUSED)
{
    const char *resolved = "lr_in_arp_resolve r1 100 (outport == \"r1-pub\" "
                           "&& reg0 == {10.9.9.9}) "
                           "(eth.dst = 0a:00:00:00:00:09; next;)";
    struct view_reader r;
    struct lr_world l;

    lr_world_init(&l);
    for (int gateway = 0; gateway < 2; gateway++) {
        if (gateway) {
            lr_world_set_gateway_router(&l);
        }
        nb_world_compile(&l.w);
        view_reader_init(&r, &l.w);
        rneighbor_emit_route(
            r.ctx, view_router_port(r.ctx, &l.r1_pub->header_.uuid),
            "10.9.9.9", "0a:00:00:00:00:09");
        assert_flow(&l.w, "lr_in_ip_routing r1 98 (ip4.dst == 10.9.9.9/32) "
                    "(ip.ttl--; reg8[0..15] = 0; reg0 = ip4.dst; "
                    "reg1 = 192.0.2.1; eth.src = 0a:00:00:00:02:01; "
                    "outport = \"r1-pub\"; flags.loopback = 1; next;)");
        if (gateway) {
            assert_flow(&l.w, resolved);
        } else {
            assert_no_flow(&l.w, resolved);
        }
        view_reader_uninit(&r);
    }
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_network),
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_route),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
