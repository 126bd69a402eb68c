/* Trees of matches: building, comparing, copying, and the names in them. */

#include "unit.h"

#include "lflow_world.h"

static struct lflow_world world;

static struct expr *
parse(const char *text)
{
    char *error = NULL;
    struct expr *expr = expr_parse(text, world.symtab, &error);

    assert_case(expr != NULL, "%s: %s", text, error);
    return expr;
}

/* Takes 'expr'. */
static void
assert_format(struct expr *expr, const char *want)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    expr_format(expr, &ds);
    assert_string_equal(ds_cstr(&ds), want);
    ds_destroy(&ds);
    expr_free(expr);
}

static void
operators_flatten(void **state)
{
    assert_format(expr_and(parse("ip4 && tcp"), parse("udp && ip6")),
                  "ip4 && tcp && udp && ip6");
    assert_format(expr_or(parse("ip4 || tcp"), parse("udp")),
                  "ip4 || tcp || udp");
    assert_format(expr_and(parse("ip4 || tcp"), parse("udp")),
                  "(ip4 || tcp) && udp");
    assert_format(expr_or(parse("udp"), parse("ip4 && tcp")),
                  "udp || (ip4 && tcp)");
    assert_format(expr_not(parse("ip4 || tcp")), "!(ip4 || tcp)");
}

/* What is not there does not count. */
static void
operators_take_null(void **state)
{
    assert_format(expr_and(NULL, parse("ip4")), "ip4");
    assert_format(expr_and(parse("ip4"), NULL), "ip4");
    assert_format(expr_or(NULL, parse("ip4")), "ip4");
    assert_format(expr_or(parse("ip4"), NULL), "ip4");
    assert_null(expr_and(NULL, NULL));
    assert_null(expr_or(NULL, NULL));
    expr_free(NULL);
}

static void
equality(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        { "1", "1", true }, { "1", "0", false }, { "ip4", "ip6", false },
        { "tcp.dst == 80", "tcp.dst == 0x50", true },
        { "tcp.dst == 80", "tcp.dst == 81", false },
        { "tcp.dst == 80", "tcp.dst != 80", false },
        { "tcp.dst == 80", "tcp.src == 80", false },
        { "reg0[0..3] == 1", "reg0[1..4] == 1", false },
        { "ip4.src == 10.0.0.0/8", "ip4.src == 10.0.0.0/9", false },
        { "ip4.src == $as", "ip4.src == $many", false },
        { "inport == @pg", "inport == \"pg\"", false },
        { "ip4 && tcp", "tcp && ip4", false },
        { "ip4 && tcp", "ip4 && tcp && udp", false },
        { "!eth.bcast", "eth.bcast", false },
        { "is_chassis_resident(\"a\")", "is_chassis_resident(\"b\")", false },
        { "is_chassis_resident(\"a\")", "is_chassis_resident(\"a\")", true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct expr *a = parse(cases[i].a), *b = parse(cases[i].b);

        assert_case(expr_equals(a, b) == cases[i].equal, "%s, %s",
                    cases[i].a, cases[i].b);
        expr_free(a);
        expr_free(b);
    }
}

/* A copy is equal and lives on without what it was copied from. */
static void
copies(void **state)
{
    struct dice dice = { 11 };

    for (int i = 0; i < 300; i++) {
        char *text = lflow_world_random_match(&dice);
        struct expr *expr = parse(text), *again = parse(text);
        struct expr *copy = expr_clone(expr);

        expr_free(expr);
        assert_case(expr_equals(copy, again), "%s", text);
        expr_free(copy);
        expr_free(again);
        free(text);
    }
}

static void
note_name(void *ds, enum expr_ref_type type, const char *name)
{
    static const char marks[] = { [REF_ADDRESS_SET] = '$',
                                  [REF_PORT_GROUP] = '@', [REF_PORT] = '=',
                                  [REF_RESIDENT] = '?' };

    ds_put_format(ds, "%c%s ", marks[type], name);
}

static void
names(void **state)
{
    static const struct {
        const char *text, *names;
    } cases[] = {
        { "ip4 && tcp.dst == 80", "" },
        { "ip4.src == $as", "$as " },
        { "ip4.src == {$a, $b} && !(ip6.dst == $c)", "$a $b $c " },
        { "inport == {\"p1\", @g} || outport == \"p2\"", "=p1 @g =p2 " },
        { "outport == \"\"", "=" " " },
        { "is_chassis_resident(\"x\")", "?x " },
        { "!(is_chassis_resident(\"x\") && reg0 == 1)", "?x " },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct expr *expr = parse(cases[i].text);
        struct ds ds = DS_EMPTY_INITIALIZER;

        expr_for_each_ref(expr, note_name, &ds);
        assert_case(!strcmp(ds_cstr(&ds), cases[i].names), "%s: %s",
                    cases[i].text, ds_cstr(&ds));
        ds_destroy(&ds);
        expr_free(expr);
    }
}

static void
empty_environment(void **state)
{
    struct flow flow = { .regs[LREG_INPORT] = 1,
                         .dl_type = htons(ETH_TYPE_IP) };
    struct expr *expr = parse("inport == \"p1\" || ip4.src == $as || "
                              "inport == @pg || is_chassis_resident(\"p1\")");

    assert_false(expr_evaluate(expr, &lenv_empty, 7, &flow));
    expr_free(expr);
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
        cmocka_unit_test(operators_flatten),
        cmocka_unit_test(operators_take_null),
        cmocka_unit_test(equality),
        cmocka_unit_test(copies),
        cmocka_unit_test(names),
        cmocka_unit_test(empty_environment),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
