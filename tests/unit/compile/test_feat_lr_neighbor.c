#include "lr_world.h"

#include "unit.h"

#define REPLY "(eth.dst = eth.src; eth.src = xreg0[0..47]; arp.op = 2; "      \
    "/* ARP reply */ arp.tha = arp.sha; arp.sha = xreg0[0..47]; "             \
    "arp.tpa <-> arp.spa; outport = inport; flags.loopback = 1; output;)"
#define REQUEST(PORT, IP, NET)                                                \
    "lr_in_ip_input r1 90 (inport == \"" PORT "\" && arp.op == 1 && "         \
    "arp.tpa == " IP " && arp.spa == " NET

static void
test_replies(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    nb_world_compile(&l.w);
    assert_flow(&l.w, REQUEST("r1-pub", "192.0.2.1", "192.0.2.0/24") ") "
                REPLY);

    /* Frames that come by localnet reach all chassis: one answers. */
    lr_world_set_gateway_port(&l);
    lr_world_set_option(l.r1, "always_learn_from_arp_request", "false");
    nb_world_compile(&l.w);
    assert_flow(&l.w, REQUEST("r1-pub", "192.0.2.1", "192.0.2.0/24")
                " && is_chassis_resident(\"cr-r1-pub\")) " REPLY);
    assert_flow(&l.w, "lr_in_lookup_neighbor r1 110 (inport == \"r1-s1\" && "
                "arp.spa == 10.0.1.0/24 && arp.tpa == 10.0.1.1 && "
                "arp.op == 1) (reg9[2] = lookup_arp(inport, arp.spa, "
                "arp.sha); reg9[3] = 1; next;)");
    lr_world_uninit(&l);
}

static void
test_reside(void **state OVS_UNUSED)
{
    struct lr_world l;

    lr_world_init(&l);
    lr_world_set_gateway_port(&l);
    lr_world_set_port_option(l.r1_s1, "reside-on-redirect-chassis", "true");
    nb_world_compile(&l.w);
    assert_flow(&l.w, REQUEST("r1-s1", "10.0.1.1", "10.0.1.0/24") ") "
                REPLY);
    nbrec_logical_switch_port_set_type(nb_world_add_port(&l.w, l.s1, "ln1"),
                                       "localnet");
    nb_world_compile(&l.w);
    assert_flow(&l.w, REQUEST("r1-s1", "10.0.1.1", "10.0.1.0/24")
                " && is_chassis_resident(\"cr-r1-pub\")) " REPLY);
    lr_world_uninit(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_reside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
