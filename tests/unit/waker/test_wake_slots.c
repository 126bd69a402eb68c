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
    assert_true(ovs_list_is_empty(&slots.queue));
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
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_from_one_kind_to_the_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
