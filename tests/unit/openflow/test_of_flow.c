/* What flows say about a VIP.  Flows are data, in the syntax of ovs-ofctl. */

#include "unit.h"

#include <netinet/in.h>

#include "of_flow.h"
#include "of_messages.h"
#include "stock_flows.h"

static const struct flow_case {
    const char *flow;
    const char *vip;
    uint8_t nw_proto;
    enum of_flow_role role;
} flow_cases[] = {
    { SWITCH_TRIGGER, "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_TRIGGER },
    { SWITCH_DROP, "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_BLOCK },
    { SWITCH_BALANCE, "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_BALANCE },
    { SWITCH_PRE_LB, "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_OTHER },
    { ROUTER_TRIGGER, "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_TRIGGER },
    { ROUTER_DEFRAG, "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_OTHER },
    { "table=15,priority=120,ct_state=+new-rel+trk,tcp,metadata=0x4,"
      "nw_dst=192.168.1.100,tp_dst=80,actions=" BALANCE_CT,
      "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_BALANCE },
    { "tcp,nw_dst=192.168.1.100,tp_dst=80,actions=" SNAT, "192.168.1.100:80",
      IPPROTO_TCP, OF_FLOW_OTHER },
    { "tcp,nw_dst=192.168.1.100,tp_dst=80,actions=" REJECT, "192.168.1.100:80",
      IPPROTO_TCP, OF_FLOW_BLOCK },
    { "tcp,nw_dst=192.168.1.100,tp_dst=80,actions=clone(" BALANCE_CT
      "),resubmit(,21)",
      "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_BALANCE },

    /* Other ports and protocols of the same address. */
    { SWITCH_TRIGGER, "192.168.1.100:81", IPPROTO_TCP, OF_FLOW_OTHER },
    { SWITCH_TRIGGER, "192.168.1.100:80", IPPROTO_UDP, OF_FLOW_OTHER },
    { SWITCH_BALANCE, "192.168.1.100:80", IPPROTO_SCTP, OF_FLOW_OTHER },
    { SWITCH_DROP, "192.168.1.100:8080", IPPROTO_TCP, OF_FLOW_OTHER },
    { "tcp,nw_dst=192.168.1.100,tp_dst=0x50/0xfff0,actions=drop",
      "192.168.1.100:80", IPPROTO_TCP, OF_FLOW_OTHER },
    { "udp,nw_dst=192.168.1.100,udp_dst=53,actions=" TRIGGER,
      "192.168.1.100:53", IPPROTO_UDP, OF_FLOW_TRIGGER },
    { "sctp,nw_dst=192.168.1.100,sctp_dst=99,actions=" TRIGGER,
      "192.168.1.100:99", IPPROTO_SCTP, OF_FLOW_TRIGGER },

    /* VIPs without a port. */
    { "tcp,metadata=0x2,nw_dst=192.168.2.3,actions=" TRIGGER, "192.168.2.3",
      IPPROTO_TCP, OF_FLOW_TRIGGER },
    { "udp,metadata=0x2,nw_dst=192.168.2.4,actions=" TRIGGER, "192.168.2.4",
      IPPROTO_UDP, OF_FLOW_TRIGGER },
    { "ct_state=+new+trk,ip,metadata=0x2,nw_dst=192.168.2.3,actions=drop",
      "192.168.2.3", IPPROTO_TCP, OF_FLOW_BLOCK },
    { "ct_state=+new+trk,ip,metadata=0x2,nw_dst=192.168.2.3,actions=" BALANCE,
      "192.168.2.3", IPPROTO_TCP, OF_FLOW_BALANCE },
    { "ip,metadata=0x2,nw_dst=192.168.2.3,actions=resubmit(,14)",
      "192.168.2.3", IPPROTO_TCP, OF_FLOW_OTHER },
    /* Another VIP of that address sleeps, or is awake. */
    { "udp,nw_dst=192.168.2.3,actions=" TRIGGER, "192.168.2.3", IPPROTO_TCP,
      OF_FLOW_OTHER },
    { "tcp,nw_dst=192.168.2.3,tp_dst=80,actions=" TRIGGER, "192.168.2.3",
      IPPROTO_TCP, OF_FLOW_OTHER },
    { "tcp,nw_dst=192.168.2.3,tp_dst=80,actions=" BALANCE, "192.168.2.3",
      IPPROTO_TCP, OF_FLOW_OTHER },
    { "tcp,nw_dst=192.168.2.3,tp_dst=80,actions=drop", "192.168.2.3",
      IPPROTO_TCP, OF_FLOW_OTHER },
    { "icmp,nw_dst=192.168.2.3,actions=drop", "192.168.2.3", IPPROTO_TCP,
      OF_FLOW_OTHER },
    { "tcp,nw_dst=192.168.1.100,actions=" TRIGGER, "192.168.1.100:80",
      IPPROTO_TCP, OF_FLOW_OTHER },

    /* IPv6. */
    { "tcp6,metadata=0x2,ipv6_dst=fd00:192::100,tp_dst=80,actions=" TRIGGER,
      "[fd00:192::100]:80", IPPROTO_TCP, OF_FLOW_TRIGGER },
    { "tcp6,metadata=0x2,ipv6_dst=fd00:192::3,actions=" TRIGGER, "fd00:192::3",
      IPPROTO_TCP, OF_FLOW_TRIGGER },
    { "tcp6,ipv6_dst=fd00:192::100,tp_dst=80,actions="
      "ct(commit,table=21,zone=1,nat(dst=[fd00::3]:80))",
      "[fd00:192::100]:80", IPPROTO_TCP, OF_FLOW_BALANCE },
};

static void
flows_have_roles(void **state OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(flow_cases); i++) {
        const struct flow_case *c = &flow_cases[i];
        struct ofputil_flow_mod fm;
        struct endpoint vip;
        struct match match;

        assert_true(endpoint_parse(c->vip, &vip));
        msg_parse_flow(c->flow, &fm);
        minimatch_expand(&fm.match, &match);
        enum of_flow_role role = of_flow_classify(
            &match, fm.ofpacts, fm.ofpacts_len, &vip, c->nw_proto);
        assert_case(role == c->role, "%s of %s: %d", c->flow, c->vip, role);
        msg_flow_uninit(&fm);
    }
}

static void
protocols_have_numbers(void **state OVS_UNUSED)
{
    assert_int_equal(of_nw_proto("tcp"), 6);
    assert_int_equal(of_nw_proto("udp"), 17);
    assert_int_equal(of_nw_proto("sctp"), 132);
    assert_int_equal(of_nw_proto(""), 0);
    assert_int_equal(of_nw_proto("TCP"), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows_have_roles),
        cmocka_unit_test(protocols_have_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
