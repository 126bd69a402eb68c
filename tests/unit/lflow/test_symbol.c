/* Where logical fields are in 'struct flow', and what they imply. */

#include "unit.h"

#include "lex.h"
#include "lflow_world.h"

static struct lflow_world world;

static struct lfield
field(const char *text)
{
    struct lfield f;
    struct lex lex;

    lex_init(&lex, text);
    if (!lfield_parse(&lex, world.symtab, &f)) {
        fail_msg("%s: %s", text, lex.error);
    }
    lex_uninit(&lex);
    return f;
}

/* Writing a field changes its own bits and nothing else. */
static void
written_is_read(void **state)
{
    struct dice dice = { 9 };

    for (size_t i = 0; i < symtab_n(world.symtab); i++) {
        const struct symbol *symbol = symtab_get(world.symtab, i);
        struct lfield f = { symbol, 0, symbol->width };
        struct flow flow, before;
        struct flow_wildcards wc;

        if (symbol->type != SYMBOL_FIELD) {
            continue;
        }
        lflow_world_random_flow(&dice, &flow);
        before = flow;
        ovs_u128 value = { .u64 = { .lo = 1 } };
        lfield_write(&f, value, &flow);
        assert_case(ovs_u128_equals(lfield_read(&f, &flow), value), "%s",
                    symbol->name);

        flow_wildcards_init_catchall(&wc);
        lfield_unwildcard(&f, &wc);
        for (size_t j = 0; j < FLOW_U64S; j++) {
            uint64_t changed = (((uint64_t *) &flow)[j]
                                ^ ((uint64_t *) &before)[j]);

            assert_case(!(changed & ~((uint64_t *) &wc.masks)[j]),
                        "%s changes word %"PRIuSIZE, symbol->name, j);
        }
    }
}

static void
registers_overlap(void **state)
{
    struct lfield xx = field("xxreg0"), high = field("xxreg0[96..127]");
    struct lfield x = field("xreg0"), reg0 = field("reg0");
    struct flow flow = { .regs = { 1, 2, 3, 4 } };

    ovs_u128 all = lfield_read(&xx, &flow);
    assert_int_equal(all.u64.hi, UINT64_C(0x100000002));
    assert_int_equal(all.u64.lo, UINT64_C(0x300000004));
    assert_int_equal(lfield_read(&high, &flow).u64.lo, 1);
    assert_int_equal(lfield_read(&x, &flow).u64.lo, UINT64_C(0x100000002));
    lfield_write(&high, (ovs_u128) { .u64 = { .lo = 9 } }, &flow);
    assert_int_equal(lfield_read(&reg0, &flow).u64.lo, 9);
    assert_int_equal(flow.regs[1], 2);
}

static void
logical_metadata(void **state)
{
    static const struct {
        const char *match;
        struct flow flow;
    } cases[] = {
        { "flags.loopback", { .regs[LREG_FLAGS] = LFLAG_loopback } },
        { "flags.use_snat_zone",
          { .regs[LREG_FLAGS] = LFLAG_use_snat_zone } },
        { "inport == \"p3\"", { .regs[LREG_INPORT] = 3 } },
        { "outport == \"_MC_flood\"", { .regs[LREG_OUTPORT] = 32768 } },
        { "pkt.mark == 7", { .pkt_mark = 7 } },
        { "ct.est && !ct.new && ct.trk",
          { .ct_state = CS_TRACKED | CS_ESTABLISHED } },
        { "ct_mark.natted", { .ct_mark = 2 } },
        { "ct_label.label == 5",
          { .ct_label.u64.hi = UINT64_C(5) << 32 } },
        { "vlan.vid == 5 && vlan.pcp == 3",
          { .vlans[0] = { .tpid = CONSTANT_HTONS(ETH_TYPE_VLAN),
                          .tci = CONSTANT_HTONS(VLAN_CFI | 5
                                                | 3 << 13) } } },
        { "ip.dscp == 10 && ip.ecn == 1 && ip4 && ip.frag == 3",
          { .dl_type = CONSTANT_HTONS(ETH_TYPE_IP),
            .nw_tos = 41,
            .nw_frag = 3 } },
        { "arp.op == 2 && arp.spa == 10.0.0.1",
          { .dl_type = CONSTANT_HTONS(ETH_TYPE_ARP),
            .nw_proto = 2,
            .nw_src = CONSTANT_HTONL(0x0a000001) } },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *error = NULL;
        struct expr *expr = expr_parse(cases[i].match, world.symtab, &error);
        struct flow flow;

        assert_case(expr, "%s: %s", cases[i].match, error);
        assert_case(expr_evaluate(expr, &world.env, 7, &cases[i].flow), "%s",
                    cases[i].match);
        /* And back: the match as a packet. */
        assert_case(expr_to_flow(expr, &world.env, 7, &flow, &error),
                    "%s: %s", cases[i].match, error);
        assert_case(flow_equal(&flow, &cases[i].flow), "%s",
                    cases[i].match);
        expr_free(expr);
    }
}

static void
bad_questions(void **state)
{
    static const struct {
        const char *match;
        const char *error;
    } cases[] = {
        { "tcp.src == 80", "not one packet but several" },
        { "ip4 && tcp.src > 1024", "not one packet but several" },
        { "ip4 && ip6", "the demands on the packet contradict" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *error = NULL;
        struct expr *expr = expr_parse(cases[i].match, world.symtab, &error);
        struct flow flow;

        assert_false(expr_to_flow(expr, &world.env, 7, &flow, &error));
        assert_case(!strncmp(error, cases[i].error, strlen(cases[i].error)),
                    "%s: %s", cases[i].match, error);
        free(error);
        expr_free(expr);
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
        cmocka_unit_test(written_is_read),
        cmocka_unit_test(registers_overlap),
        cmocka_unit_test(logical_metadata),
        cmocka_unit_test(bad_questions),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
