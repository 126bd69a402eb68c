/* Cubes: conjunctions of bits, and lists of them. */

#include "unit.h"

#include "cube.h"

/* "reg0 == value/mask", and "reg1 == ...", which shares its word. */
static struct cube *
new_cube(int reg, uint32_t value, uint32_t mask)
{
    struct match match;

    match_init_catchall(&match);
    match_set_reg_masked(&match, reg, value, mask);
    return cube_from_match(&match);
}

static void
and_joins_bits(void **state)
{
    struct cube *a = new_cube(0, 1, 0xf);
    struct cube *b = new_cube(1, 2, 0xf);
    struct cube *c = new_cube(8, 3, UINT32_MAX);
    struct cube *ab = cube_and(a, b);
    struct cube *abc = cube_and(ab, c);
    struct flow flow = { .regs = { 0xf1, 0xf2, [8] = 3 } };

    assert_int_equal(ab->n, 1);
    assert_int_equal(abc->n, 2);
    assert_true(cube_contains(abc, &flow));
    flow.regs[1] = 0xf3;
    assert_false(cube_contains(abc, &flow));
    assert_true(cube_contains(a, &flow));

    struct match match;
    match_init_catchall(&match);
    cube_to_match(abc, &match);
    struct cube *again = cube_from_match(&match);
    assert_true(cube_equals(again, abc));
    assert_int_equal(cube_hash(again), cube_hash(abc));
    assert_false(cube_equals(ab, abc));

    struct cube *cubes[] = { a, b, c, ab, abc, again };
    for (size_t i = 0; i < ARRAY_SIZE(cubes); i++) {
        free(cubes[i]);
    }
}

static void
contradictions_are_nothing(void **state)
{
    struct cube *a = new_cube(0, 1, 0xf);
    struct cube *b = new_cube(0, 2, 0x2);
    struct cube *c = new_cube(0, 0x10, 0xf0);

    assert_null(cube_and(a, b));
    struct cube *ac = cube_and(a, c);
    struct flow flow = { .regs = { 0x11 } };
    assert_true(cube_contains(ac, &flow));
    free(a);
    free(b);
    free(c);
    free(ac);
}

static struct cubes
new_list(const uint32_t *values, size_t n)
{
    struct cubes cubes = CUBES_INITIALIZER;

    for (size_t i = 0; i < n; i++) {
        struct cube *cube = new_cube(0, values[i], UINT32_MAX);

        cubes_add(&cubes, &cube);
        assert_null(cube);
    }
    return cubes;
}

static void
duplicates_go(void **state)
{
    uint32_t values[1000];
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        values[i] = i % 300;
    }
    struct cubes cubes = new_list(values, ARRAY_SIZE(values));

    cubes_simplify(&cubes);
    assert_int_equal(cubes.n, 300);
    for (uint32_t i = 0; i < cubes.n; i++) {
        struct flow flow = { .regs = { i } };
        assert_true(cube_contains(cubes.list[i], &flow));
    }

    /* What is always true makes the rest needless. */
    struct cube *all = new_cube(0, 0, 0);
    cubes_add(&cubes, &all);
    cubes_simplify(&cubes);
    assert_int_equal(cubes.n, 1);
    assert_int_equal(cubes.list[0]->n, 0);
    cubes_uninit(&cubes);
}

static void
product_is_what_both_have(void **state)
{
    static const uint32_t a_values[] = { 1, 2, 3, 4 };
    static const uint32_t b_values[] = { 3, 4, 5 };
    struct cubes a = new_list(a_values, ARRAY_SIZE(a_values));
    struct cubes b = new_list(b_values, ARRAY_SIZE(b_values));
    struct cubes both = cubes_product(&a, &b);

    assert_int_equal(both.n, 2);
    struct cubes copy = cubes_clone(&both);
    cubes_append(&a, &both);
    assert_int_equal(a.n, 6);
    assert_int_equal(both.n, 0);
    cubes_simplify(&a);
    assert_int_equal(a.n, 4);
    cubes_uninit(&a);
    cubes_uninit(&b);
    cubes_uninit(&both);
    cubes_uninit(&copy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(and_joins_bits),
        cmocka_unit_test(contradictions_are_nothing),
        cmocka_unit_test(duplicates_go),
        cmocka_unit_test(product_is_what_both_have),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
