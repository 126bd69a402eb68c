/* Comparisons as sets of values: for each value of a field of 4 bits, all ways
 * to say it agree with the arithmetic. */

#include "unit.h"

#include "expr_values.h"
#include "lflow_world.h"

static struct lflow_world world;
static struct expr_target target = { .datapath = 7 };

static struct expr *
parse(const char *text)
{
    char *error = NULL;
    struct expr *expr = expr_parse(text, world.symtab, &error);

    assert_case(expr != NULL, "%s: %s", text, error);
    return expr;
}

static bool
intervals_have(const struct intervals *v, uint64_t x)
{
    for (size_t i = 0; i < v->n; i++) {
        if (v->list[i].first.u64.lo <= x && x <= v->list[i].last.u64.lo) {
            return true;
        }
    }
    return false;
}

static bool
cubes_have(const struct cubes *cubes, const struct flow *flow)
{
    for (size_t i = 0; i < cubes->n; i++) {
        if (cube_contains(cubes->list[i], flow)) {
            return true;
        }
    }
    return false;
}

static bool
is_true(int x, enum expr_relop relop, int y)
{
    switch (relop) {
    case REL_EQ: return x == y;
    case REL_NE: return x != y;
    case REL_LT: return x < y;
    case REL_LE: return x <= y;
    case REL_GT: return x > y;
    case REL_GE: default: return x >= y;
    }
}

static void
check_comparison(const struct expr *expr, enum expr_relop relop, int y,
                 bool negated)
{
    struct intervals v;

    assert_true(expr_compare_intervals(expr, negated, &target, &v));
    struct cubes cubes = lfield_cubes(&expr->compare.field, &v);
    for (int x = 0; x < 16; x++) {
        bool want = is_true(x, relop, y) != negated;
        struct flow flow = { .regs[0] = x << 3 | 5 };

        assert_case(intervals_have(&v, x) == want, "%d, %d, %d, %d", x,
                    relop, y, negated);
        assert_case(cubes_have(&cubes, &flow) == want,
                    "cubes: %d, %d, %d, %d", x, relop, y, negated);
    }
    cubes_uninit(&cubes);
    intervals_uninit(&v);
}

static void
comparisons(void **state)
{
    static const char *const relops[] = {
        [REL_EQ] = "==", [REL_NE] = "!=", [REL_LT] = "<",
        [REL_LE] = "<=", [REL_GT] = ">", [REL_GE] = ">=",
    };

    for (int relop = REL_EQ; relop <= REL_GE; relop++) {
        for (int y = 0; y < 16; y++) {
            char *text = xasprintf("reg0[3..6] %s %d", relops[relop], y);
            struct expr *expr = parse(text);

            check_comparison(expr, relop, y, false);
            check_comparison(expr, relop, y, true);
            expr_free(expr);
            free(text);
        }
    }
}

/* Masks that are no prefixes have no intervals, but cubes; and "differs" is
 * the opposite. */
static void
masks(void **state)
{
    struct expr *expr = parse("reg0[3..6] == 2/6");
    const struct expr_value want = {
        .value = { .u64 = { .lo = 2 } }, .mask = { .u64 = { .lo = 6 } },
    };
    struct intervals v;

    assert_false(expr_compare_intervals(expr, false, &target, &v));
    struct cubes same = expr_compare_cubes(expr, &target);
    struct cubes differs = lfield_differs(&expr->compare.field, want.value,
                                          want.mask);
    for (int x = 0; x < 16; x++) {
        struct flow flow = { .regs[0] = x << 3 };

        assert_case(cubes_have(&same, &flow) == ((x & 6) == 2), "%d", x);
        assert_case(cubes_have(&differs, &flow) == ((x & 6) != 2), "%d", x);
    }
    cubes_uninit(&same);
    cubes_uninit(&differs);
    expr_free(expr);
}

/* What a set stands for, as "VALUE/MASK" in hex. */
static char *
values(const char *text)
{
    struct expr *expr = parse(text);
    struct expr_values list = expr_compare_values(expr, &target);
    struct ds ds = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < list.n; i++) {
        ds_put_format(&ds, "%"PRIx64"/%"PRIx64" ", list.list[i].value.u64.lo,
                      list.list[i].mask.u64.lo);
    }
    free(list.list);
    expr_free(expr);
    return ds_steal_cstr(&ds);
}

static void
sets(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "tcp.dst == {80, 81}", "50/ffff 51/ffff " },
        { "ip4.src == $as", "a000001/ffffffff a000002/ffffffff "
                            "a000100/ffffff00 " },
        { "eth.src == $as", "1/ffffffffffff " },
        { "ip4.src == $nosuch", "" },
        { "inport == \"p3\"", "3/ffffffff " },
        { "inport == \"nosuch\"", "" },
        { "inport == \"\"", "0/ffffffff " },
        { "outport == \"_MC_flood\"", "8000/ffffffff " },
        { "inport == @nosuch", "" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *found = values(cases[i].text);

        assert_case(!strcmp(found, cases[i].want), "%s: %s", cases[i].text,
                    found);
        free(found);
    }
}

/* arp.op has 16 bits in the packet and 8 in a flow: what it cannot be is never
 * true, instead of true for another. */
static void
impossible_values(void **state)
{
    struct expr *expr = parse("arp.op == 0x101");
    struct cubes cubes = expr_compare_cubes(expr, &target);

    assert_int_equal(cubes.n, 0);
    cubes_uninit(&cubes);
    expr_free(expr);
}

static int
set_up(void **state)
{
    lflow_world_init(&world);
    target.env = &world.env;
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
        cmocka_unit_test(comparisons),
        cmocka_unit_test(masks),
        cmocka_unit_test(sets),
        cmocka_unit_test(impossible_values),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
