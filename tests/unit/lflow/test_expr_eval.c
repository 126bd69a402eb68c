/* What matches mean. */

#include "unit.h"

#include "lflow_world.h"

static struct lflow_world world;

static const struct flow tcp = {
    .dl_type = CONSTANT_HTONS(ETH_TYPE_IP), .nw_proto = IPPROTO_TCP,
    .nw_src = CONSTANT_HTONL(0x0a000001),
    .nw_dst = CONSTANT_HTONL(0x0a000107),
    .tp_src = CONSTANT_HTONS(1000), .tp_dst = CONSTANT_HTONS(80),
    .regs = { [0] = 0x12, [LREG_INPORT] = 2, [LREG_OUTPORT] = 0 },
    .ct_state = CS_TRACKED | CS_NEW,
};
static const struct flow arp = {
    .dl_type = CONSTANT_HTONS(ETH_TYPE_ARP), .nw_proto = 1,
    .nw_src = CONSTANT_HTONL(0x0a000001),
};

static const struct {
    const char *match;
    const struct flow *flow;
    bool want;
} cases[] = {
    { "1", &tcp, true }, { "0", &tcp, false },
    { "ip4", &tcp, true }, { "ip4", &arp, false }, { "ip", &tcp, true },
    { "tcp.dst == 80", &tcp, true }, { "tcp.dst == 81", &tcp, false },
    { "tcp.dst == {80, 81}", &tcp, true },
    { "tcp.dst != {80, 81}", &tcp, false },
    { "tcp.dst < 80", &tcp, false }, { "tcp.dst <= 80", &tcp, true },
    { "tcp.dst > 79", &tcp, true }, { "tcp.dst >= 81", &tcp, false },
    { "79 < tcp.dst < 81", &tcp, true },
    { "reg0[4..7] == 1", &tcp, true }, { "reg0[1]", &tcp, true },
    { "reg0 == 2/2", &tcp, true }, { "reg0 == 1/1", &tcp, false },
    /* Prerequisites come with each use, negated or not... */
    { "udp.dst == 80", &tcp, false }, { "udp.dst != 80", &tcp, false },
    { "!(udp.dst == 80)", &tcp, false }, { "!(tcp.dst == 81)", &tcp, true },
    { "arp.spa == 10.0.0.1", &tcp, false },
    { "arp.spa == 10.0.0.1", &arp, true },
    { "ip4.src == 10.0.0.1", &arp, false },
    /* ...but those of a predicate are a part of it. */
    { "ip.is_frag", &tcp, false }, { "!ip.is_frag", &tcp, true },
    { "!ip.is_frag", &arp, true }, { "!!ip.is_frag", &arp, false },
    { "!(eth.bcast && reg0 == 0x12)", &tcp, true },
    { "!(eth.bcast || reg0 == 0x12)", &tcp, false },
    { "ct.new", &tcp, true }, { "ct.est", &tcp, false },
    { "!ct.est", &tcp, true }, { "ct.new", &arp, false },
    { "!ct.new", &arp, false },
    /* Sets: members of another kind do not count; a comparison with none at
     * all, or with a set that is not there, is not true, nor is its
     * opposite. */
    { "ip4.src == $as", &tcp, true }, { "ip4.dst == $as", &tcp, true },
    { "ip4.src != $as", &tcp, false }, { "eth.src == $as", &tcp, false },
    { "ip4.src == $nosuch", &tcp, false },
    { "ip4.src != $nosuch", &tcp, false },
    { "!(ip4.src == $nosuch)", &tcp, false },
    { "!(ip4.src == {$none, $nosuch})", &tcp, false },
    { "ip4.src == $only6", &tcp, false },
    { "!(ip4.src == $only6)", &tcp, false },
    { "ip4.src != $only6", &tcp, false },
    { "!(ip4.src == {$only6, 10.0.0.1})", &tcp, false },
    { "!(ip4.src == {$only6, 10.0.0.2})", &tcp, true },
    /* An empty one is true or false, whatever the packet is. */
    { "ip4.src == $none", &tcp, false }, { "ip4.src != $none", &tcp, true },
    { "!(ip4.src == $none)", &arp, true },
    { "!(ip4.src != $none)", &tcp, false },
    { "ip4 && !(ip4.src == $none)", &arp, false },
    { "!(ip4.src == {$none, 10.0.0.1})", &tcp, false },
    { "!(ip4.src == {$none, 10.0.0.2})", &tcp, true },
    { "!(ip4.src == {$none, 10.0.0.2})", &arp, false },
    { "ip4.src == {$nosuch, 10.0.0.1}", &tcp, true },
    /* Ports. */
    { "inport == \"p2\"", &tcp, true }, { "inport == \"p3\"", &tcp, false },
    { "inport == @pg", &tcp, true }, { "inport == @nosuch", &tcp, false },
    { "inport == \"nosuch\"", &tcp, false },
    { "outport == \"\"", &tcp, true }, { "inport == \"\"", &tcp, false },
    { "is_chassis_resident(\"p1\")", &tcp, true },
    { "is_chassis_resident(\"p2\")", &tcp, false },
    { "!is_chassis_resident(\"p2\")", &tcp, true },
    { "tcp && !(ip4.src == 10.0.0.1 && tcp.dst == 81)", &tcp, true },
};

static void
meanings(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *error = NULL;
        struct expr *expr = expr_parse(cases[i].match, world.symtab, &error);

        assert_case(expr != NULL, "%s: %s", cases[i].match, error);
        assert_case(expr_evaluate(expr, &world.env, 7, cases[i].flow)
                    == cases[i].want, "%s for %s", cases[i].match,
                    cases[i].flow == &tcp ? "tcp" : "arp");
        expr_free(expr);
    }
}

/* "!" twice is nothing, and De Morgan holds. */
static void
laws(void **state)
{
    struct dice dice = { 5 };

    for (int i = 0; i < 300; i++) {
        char *ta = lflow_world_random_match(&dice);
        char *tb = lflow_world_random_match(&dice);
        char *error = NULL;
        struct expr *a = expr_parse(ta, world.symtab, &error);
        struct expr *b = expr_parse(tb, world.symtab, &error);
        struct expr *both = expr_and(expr_clone(a), expr_clone(b));
        struct expr *either = expr_or(expr_clone(a), expr_clone(b));
        struct expr *twice = expr_not(expr_not(expr_clone(a)));
        struct expr *neither = expr_not(expr_clone(either));
        struct expr *morgan = expr_and(expr_not(expr_clone(a)),
                                       expr_not(expr_clone(b)));

        for (int j = 0; j < 20; j++) {
            struct flow flow;

            lflow_world_random_flow(&dice, &flow);
#define TRUE(E) expr_evaluate(E, &world.env, 7, &flow)
            assert_case(TRUE(both) == (TRUE(a) && TRUE(b)), "%s && %s", ta,
                        tb);
            assert_case(TRUE(either) == (TRUE(a) || TRUE(b)), "%s || %s", ta,
                        tb);
            assert_case(TRUE(twice) == TRUE(a), "!!(%s)", ta);
            assert_case(TRUE(neither) == TRUE(morgan), "!(%s || %s)", ta, tb);
#undef TRUE
        }
        expr_free(both);
        expr_free(either);
        expr_free(twice);
        expr_free(neither);
        expr_free(morgan);
        expr_free(a);
        expr_free(b);
        free(ta);
        free(tb);
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
        cmocka_unit_test(meanings),
        cmocka_unit_test(laws),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
