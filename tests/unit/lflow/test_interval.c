/* Intervals and prefixes against plain sets of the numbers 0...255. */

#include "unit.h"

#include "interval.h"
#include "lflow_world.h"

enum { WIDTH = 8, N = 1 << WIDTH };

static ovs_u128
u128(uint64_t x)
{
    return (ovs_u128) { .u64 = { .lo = x } };
}

static struct intervals
random_intervals(struct dice *dice, bool *members)
{
    struct intervals v = INTERVALS_INITIALIZER;

    memset(members, 0, N);
    for (int n = dice_roll(dice, 8); n > 0; n--) {
        int first = dice_roll(dice, N);
        int last = first + dice_roll(dice, 40);

        last = MIN(last, N - 1);
        intervals_add(&v, u128(first), u128(last));
        memset(members + first, 1, last - first + 1);
    }
    intervals_sort(&v);
    return v;
}

static void
mark(void *aux, ovs_u128 value, ovs_u128 mask)
{
    int *times = aux;

    for (int i = 0; i < N; i++) {
        times[i] += (i & mask.u64.lo) == value.u64.lo;
    }
}

/* Each member is in one prefix, the others in none. */
static void
check(const struct intervals *v, const bool *members)
{
    int times[N] = { 0 };

    intervals_to_prefixes(v, WIDTH, mark, times);
    for (int i = 0; i < N; i++) {
        assert_int_equal(times[i], members[i]);
    }
}

static void
random_sets(void **state)
{
    struct dice dice = { 4 };

    for (int i = 0; i < 2000; i++) {
        bool in_a[N], in_b[N], in_both[N], in_rest[N];
        struct intervals a = random_intervals(&dice, in_a);
        struct intervals b = random_intervals(&dice, in_b);
        struct intervals both = intervals_and(&a, &b);
        struct intervals rest = intervals_not(&a, WIDTH);

        for (int j = 0; j < N; j++) {
            in_both[j] = in_a[j] && in_b[j];
            in_rest[j] = !in_a[j];
        }
        check(&a, in_a);
        check(&both, in_both);
        check(&rest, in_rest);
        intervals_uninit(&a);
        intervals_uninit(&b);
        intervals_uninit(&both);
        intervals_uninit(&rest);
    }
}

static void
count(void *aux, ovs_u128 value, ovs_u128 mask)
{
    int *n = aux;

    ++*n;
}

/* 128 bits, where sums carry and ends are the ends of the type. */
static void
wide_sets(void **state)
{
    struct intervals v = INTERVALS_INITIALIZER;
    int n = 0;

    intervals_add(&v, (ovs_u128) { .u64 = { .hi = 5, .lo = UINT64_MAX } },
                  (ovs_u128) { .u64 = { .hi = 6, .lo = 0 } });
    struct intervals rest = intervals_not(&v, 128);
    assert_int_equal(rest.n, 2);
    assert_int_equal(rest.list[0].last.u64.lo, UINT64_MAX - 1);
    assert_int_equal(rest.list[1].first.u64.hi, 6);
    assert_int_equal(rest.list[1].first.u64.lo, 1);
    assert_true(ovs_u128_equals(rest.list[1].last, OVS_U128_MAX));
    intervals_to_prefixes(&v, 128, count, &n);
    assert_int_equal(n, 2);

    struct intervals all = INTERVALS_INITIALIZER;
    intervals_add(&all, OVS_U128_ZERO, OVS_U128_MAX);
    n = 0;
    intervals_to_prefixes(&all, 128, count, &n);
    assert_int_equal(n, 1);
    intervals_uninit(&all);
    intervals_uninit(&rest);
    intervals_uninit(&v);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_sets),
        cmocka_unit_test(wide_sets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
