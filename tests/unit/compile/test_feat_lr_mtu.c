#include "lr_world.h"

#include "unit.h"

static void
test_mtu(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "check_pkt_larger"), 0);

    lr_world_set_port_option(l.r1_pub, "gateway_mtu", "1400");
    lr_world_set_port_option(l.r1_pub, "gateway_mtu_bypass", "udp");
    nb_world_compile(&l.w);
    assert_flow(&l.w, "lr_in_chk_pkt_len r1 50 (outport == \"r1-pub\") "
                "(reg9[1] = check_pkt_larger(1414); next;)");
    assert_flow(&l.w, "lr_in_chk_pkt_len r1 55 (outport == \"r1-pub\" && "
                "(udp)) (next;)");
    assert_flow(&l.w, "lr_in_larger_pkts r1 150 (inport == \"r1-s1\" && "
                "outport == \"r1-pub\" && ip4 && reg9[1] && reg9[0] == 0) "
                "(icmp4_error {reg9[0] = 1; reg9[1] = 0; "
                "eth.dst = 0a:00:00:00:01:01; ip4.dst = ip4.src; "
                "ip4.src = 10.0.1.1; ip.ttl = 255; icmp4.type = 3; "
                "/* Destination Unreachable. */ icmp4.code = 4; "
                "/* Frag Needed and DF was Set. */ icmp4.frag_mtu = 1400; "
                "next(pipeline=ingress, table=0); };)");

    lr_world_set_port_option(l.r1_pub, "gateway_mtu", "-1");
    nb_world_compile(&l.w);
    assert_int_equal(nb_world_count(&l.w, "check_pkt_larger"), 0);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mtu),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
