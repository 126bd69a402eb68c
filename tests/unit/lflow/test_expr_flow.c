/* Matches as questions: one packet, or why not. */

#include "unit.h"

#include "lflow_world.h"

static struct lflow_world world;

static bool
ask(const char *text, struct flow *flow, char **error)
{
    struct expr *expr = expr_parse(text, world.symtab, error);

    assert_case(expr != NULL, "%s: %s", text, *error);
    bool ok = expr_to_flow(expr, &world.env, 7, flow, error);
    expr_free(expr);
    return ok;
}

static void
packets(void **state)
{
    char *error = NULL;
    struct flow flow;

    assert_true(ask("inport == \"p3\" && ip4.src == 10.0.0.1 && "
                    "tcp.dst == 80 && tcp.flags == 2", &flow, &error));
    assert_int_equal(flow.regs[LREG_INPORT], 3);
    assert_int_equal(flow.dl_type, htons(ETH_TYPE_IP));
    assert_int_equal(flow.nw_proto, IPPROTO_TCP);
    assert_int_equal(flow.nw_src, htonl(0x0a000001));
    assert_int_equal(flow.tp_dst, htons(80));
    assert_int_equal(flow.tcp_flags, htons(2));
    assert_int_equal(flow.nw_dst, 0);

    /* Said twice is said once; a part of a field leaves the rest 0. */
    assert_true(ask("ip4 && ip4.src == 10.0.0.0/8 && ip4.src == 10.0.0.7",
                    &flow, &error));
    assert_int_equal(flow.nw_src, htonl(0x0a000007));
    assert_true(ask("reg0[4..7] == 5", &flow, &error));
    assert_int_equal(flow.regs[0], 0x50);
}

static void
vlan_tags(void **state)
{
    char *error = NULL;
    struct flow flow;

    assert_true(ask("vlan.vid == 5", &flow, &error));
    assert_int_equal(flow.vlans[0].tci, htons(VLAN_CFI | 5));
    assert_int_equal(flow.vlans[0].tpid, htons(ETH_TYPE_VLAN));
    assert_true(ask("ip4", &flow, &error));
    assert_int_equal(flow.vlans[0].tpid, 0);
}

static void
no_packets(void **state)
{
    static const struct {
        const char *match, *error;
    } cases[] = {
        { "0", "contradict each other" },
        { "ip4 && ip6", "contradict each other" },
        { "tcp.dst == 80 && ip4 && tcp.dst == 81", "contradict each other" },
        { "inport == \"nosuch\"", "contradict each other" },
        { "ip4.src == {10.0.0.1, 10.0.0.9}", "not one packet but several" },
        { "tcp", "not one packet but several" },
        { "ip4 || arp", "not one packet but several" },
        { "ip4 && tcp.dst != 80", "not one packet but several" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *error = NULL;
        struct flow flow;

        assert_case(!ask(cases[i].match, &flow, &error), "%s",
                    cases[i].match);
        assert_case(strstr(error, cases[i].error), "%s: %s", cases[i].match,
                    error);
        free(error);
    }
}

static int
set_up(void **state)
{
    lflow_world_init(&world);
    return 0;
}

static int
tear_down(void **state)
{
    lflow_world_uninit(&world);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets),
        cmocka_unit_test(vlan_tags),
        cmocka_unit_test(no_packets),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
