#include "unit.h"

#include "waker_private.h"

static void
wake_init(struct wake *wake)
{
    *wake = (struct wake) { .slots = NULL };
    ovs_list_init(&wake->slot_node);
}

static void
test_in_order(void **state)
{
    struct slots slots;
    struct wake wakes[6];

    slots_init(&slots, 2);
    for (size_t i = 0; i < ARRAY_SIZE(wakes); i++) {
        wake_init(&wakes[i]);
        assert_int_equal(slots_ask(&slots, &wakes[i]), i < 2);
    }
    /* Who holds one keeps it; who queues goes on queueing. */
    assert_true(slots_ask(&slots, &wakes[0]));
    assert_false(slots_ask(&slots, &wakes[5]));

    /* Gives up its place in the queue. */
    slots_release(&wakes[2]);
    slots_release(&wakes[0]);
    assert_false(slots_ask(&slots, &wakes[4]));
    assert_true(slots_ask(&slots, &wakes[3]));
    assert_int_equal(slots.used, 2);

    /* Comes again: behind the others. */
    assert_false(slots_ask(&slots, &wakes[0]));
    slots_release(&wakes[1]);
    slots_release(&wakes[3]);
    assert_false(slots_ask(&slots, &wakes[0]));
    assert_true(slots_ask(&slots, &wakes[4]));
    assert_true(slots_ask(&slots, &wakes[5]));
    slots_release(&wakes[4]);
    slots_release(&wakes[5]);
    assert_true(slots_ask(&slots, &wakes[0]));
    slots_release(&wakes[0]);
    slots_release(&wakes[0]);
    assert_int_equal(slots.used, 0);
    assert_true(ovs_list_is_empty(&slots.turns));
    slots_uninit(&slots);
}

static void
test_from_one_kind_to_the_other(void **state)
{
    struct slots start, stop;
    struct wake a, b;

    slots_init(&start, 1);
    slots_init(&stop, 1);
    wake_init(&a);
    wake_init(&b);
    assert_true(slots_ask(&start, &a));
    assert_false(slots_ask(&start, &b));
    assert_true(slots_ask(&stop, &a));
    assert_true(slots_ask(&start, &b));
    assert_int_equal(start.used, 1);
    assert_int_equal(stop.used, 1);
    slots_release(&a);
    slots_release(&b);
    slots_uninit(&start);
    slots_uninit(&stop);
}

/* How many of 'wakes' hold one. */
static size_t
count(struct slots *slots, struct wake *wakes, size_t n)
{
    size_t held = 0;

    for (size_t i = 0; i < n; i++) {
        held += slots_ask(slots, &wakes[i]);
    }
    return held;
}

static void
wakes_of(struct wake *wakes, size_t n, char *source)
{
    for (size_t i = 0; i < n; i++) {
        wake_init(&wakes[i]);
        wakes[i].source = source;
    }
}

static void
release_all(struct wake *wakes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        slots_release(&wakes[i]);
    }
}

/* However many services one source wakes, there is room for another's. */
static void
test_no_source_has_all(void **state)
{
    static const size_t maxes[] = { 2, 3, 4, 7, 16, 64 };

    for (size_t m = 0; m < ARRAY_SIZE(maxes); m++) {
        char scanner[] = "10.0.0.66", client[] = "10.0.0.2", third[] = "::1";
        struct wake many[100], few[2], other;
        struct slots slots;

        slots_init(&slots, maxes[m]);
        wakes_of(many, ARRAY_SIZE(many), scanner);
        wakes_of(few, ARRAY_SIZE(few), client);
        wakes_of(&other, 1, third);
        size_t got = count(&slots, many, ARRAY_SIZE(many));
        assert_case(got >= 1 && (maxes[m] < 4 || got < maxes[m])
                    && got <= maxes[m], "%"PRIuSIZE" of %"PRIuSIZE, got,
                    maxes[m]);
        if (maxes[m] >= 4) {
            assert_true(slots_ask(&slots, &few[0]));
        }
        if (maxes[m] >= 16) {
            assert_true(slots_ask(&slots, &other));
        }
        release_all(many, ARRAY_SIZE(many));
        release_all(few, ARRAY_SIZE(few));
        slots_release(&other);
        assert_int_equal(slots.used, 0);
        slots_uninit(&slots);
    }
}

/* Of those that queue, each source has its turn, whoever has more. */
static void
test_turns(void **state)
{
    char scanner[] = "10.0.0.66", client[] = "10.0.0.2";
    struct wake first, many[50], few[3];
    struct slots slots;

    slots_init(&slots, 1);
    wakes_of(&first, 1, NULL);
    wakes_of(many, ARRAY_SIZE(many), scanner);
    wakes_of(few, ARRAY_SIZE(few), client);
    assert_true(slots_ask(&slots, &first));
    assert_int_equal(count(&slots, many, ARRAY_SIZE(many)), 0);
    assert_int_equal(count(&slots, few, ARRAY_SIZE(few)), 0);
    slots_release(&first);
    for (size_t i = 0; i < ARRAY_SIZE(few); i++) {
        assert_true(slots_ask(&slots, &many[i]));
        slots_release(&many[i]);
        assert_true(slots_ask(&slots, &few[i]));
        slots_release(&few[i]);
    }
    release_all(many, ARRAY_SIZE(many));
    assert_int_equal(slots.used, 0);
    slots_uninit(&slots);
}

static void
test_unknown_sources_have_no_bound(void **state)
{
    struct wake many[20];
    struct slots slots;

    slots_init(&slots, 8);
    wakes_of(many, ARRAY_SIZE(many), NULL);
    assert_int_equal(count(&slots, many, ARRAY_SIZE(many)), 8);
    /* A new bound is kept from then on. */
    slots_set_max(&slots, 4);
    release_all(many, 3);
    assert_int_equal(count(&slots, many + 3, ARRAY_SIZE(many) - 3), 5);
    release_all(many + 3, 2);
    assert_int_equal(count(&slots, many + 5, ARRAY_SIZE(many) - 5), 4);
    slots_set_max(&slots, 6);
    assert_int_equal(count(&slots, many + 5, ARRAY_SIZE(many) - 5), 6);
    release_all(many, ARRAY_SIZE(many));
    slots_uninit(&slots);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_from_one_kind_to_the_other),
        cmocka_unit_test(test_no_source_has_all),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_unknown_sources_have_no_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
