/* OR of ANDs of ORs, against truth tables over the 256 values of one byte. */

#include "unit.h"

#include "form.h"
#include "lflow_world.h"

enum { N = 256 };

/* A list of cubes over reg0[0..7], and its truth table. */
static struct cubes
random_cubes(struct dice *dice, int max, bool *truth)
{
    struct cubes cubes = CUBES_INITIALIZER;

    memset(truth, 0, N);
    for (int n = 1 + dice_roll(dice, max); n > 0; n--) {
        uint32_t mask = dice_roll(dice, N), value = dice_roll(dice, N) & mask;
        struct match match;

        match_init_catchall(&match);
        match_set_reg_masked(&match, 0, value, mask);
        struct cube *cube = cube_from_match(&match);
        cubes_add(&cubes, &cube);
        for (int i = 0; i < N; i++) {
            truth[i] |= (i & mask) == value;
        }
    }
    return cubes;
}

static bool
cubes_are_true(const struct cubes *cubes, const struct flow *flow)
{
    for (size_t i = 0; i < cubes->n; i++) {
        if (cube_contains(cubes->list[i], flow)) {
            return true;
        }
    }
    return false;
}

static bool
form_holds(const struct form *form, const struct flow *flow)
{
    for (size_t i = 0; i < form->n; i++) {
        bool all = true;

        for (size_t j = 0; all && j < form->list[i].n; j++) {
            all = cubes_are_true(&form->list[i].clauses[j], flow);
        }
        if (all) {
            return true;
        }
    }
    return false;
}

static void
check(const struct form *form, const bool *truth)
{
    size_t n_plain = 0, n_cubes = 0;

    for (int i = 0; i < N; i++) {
        struct flow flow = { .regs[0] = i };

        assert_case(form_holds(form, &flow) == truth[i], "%d", i);
    }
    for (size_t i = 0; i < form->n; i++) {
        n_plain += form->list[i].n == 1;
        for (size_t j = 0; j < form->list[i].n; j++) {
            assert_true(form->list[i].clauses[j].n > 0);
            n_cubes += form->list[i].clauses[j].n;
        }
    }
    assert_true(n_plain <= 1);
    assert_int_equal(n_cubes, form->n_cubes);
    assert_false(form_is_too_big(form));
}

static void
random_operations(void **state)
{
    struct dice dice = { 41 };

    for (int i = 0; i < 100; i++) {
        bool truth[N], other[N];
        struct cubes cubes = random_cubes(&dice, 40, truth);
        struct form form = form_from_cubes(&cubes);

        check(&form, truth);
        for (int j = 0; j < 4; j++) {
            cubes = random_cubes(&dice, 40, other);
            struct form b = form_from_cubes(&cubes);
            bool is_and = dice_roll(&dice, 2);

            (is_and ? form_and : form_or)(&form, &b);
            assert_int_equal(b.n, 0);
            for (int k = 0; k < N; k++) {
                truth[k] = is_and ? truth[k] && other[k]
                                  : truth[k] || other[k];
            }
            check(&form, truth);
        }
        form_uninit(&form);
    }
}

static void
constants(void **state)
{
    struct form yes = form_from_boolean(true);
    struct form no = form_from_boolean(false);

    assert_true(form_is_true(&yes));
    assert_false(form_is_true(&no));
    assert_int_equal(no.n, 0);
    form_and(&yes, &no);
    assert_int_equal(yes.n, 0);

    no = form_from_boolean(true);
    form_or(&yes, &no);
    assert_true(form_is_true(&yes));
    form_uninit(&yes);
}

/* 'n' different values of a register: nothing to multiply out. */
static struct form
values(int reg, uint32_t n)
{
    struct cubes cubes = CUBES_INITIALIZER;

    for (uint32_t i = 0; i < n; i++) {
        struct match match;

        match_init_catchall(&match);
        match_set_reg(&match, reg, i * 7);
        struct cube *cube = cube_from_match(&match);
        cubes_add(&cubes, &cube);
    }
    return form_from_cubes(&cubes);
}

/* Products of long lists stay lists, side by side. */
static void
long_products(void **state)
{
    struct form form = values(0, 1000);

    for (int reg = 1; reg < 5; reg++) {
        struct form b = values(reg, 1000);

        form_and(&form, &b);
    }
    assert_int_equal(form.n, 1);
    assert_int_equal(form.list[0].n, 5);
    assert_int_equal(form.n_cubes, 5000);
    form_uninit(&form);
}

/* Beyond the limit it gives up instead of growing. */
static void
too_big(void **state)
{
    struct form form = values(0, FORM_MAX_CUBES / 2);
    struct form b = values(1, FORM_MAX_CUBES / 2 + 1);

    assert_false(form_is_too_big(&form));
    form_or(&form, &b);
    assert_true(form_is_too_big(&form));
    form_uninit(&form);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations),
        cmocka_unit_test(constants),
        cmocka_unit_test(long_products),
        cmocka_unit_test(too_big),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
