#include "unit.h"

#include "wake_fsm.h"

/* The way of a service through a sequence of inputs. */
static void
check_way(enum wake_state state, const enum wake_input *inputs, size_t n,
          enum wake_state end)
{
    for (size_t i = 0; i < n; i++) {
        enum wake_state next = wake_fsm_next(state, inputs[i]);

        assert_case(next != state, "input %s changes nothing in state %s",
                    wake_input_name(inputs[i]), wake_state_name(state));
        state = next;
    }
    assert_case(state == end, "ends in %s, not in %s",
                wake_state_name(state), wake_state_name(end));
}

#define WAY(FROM, TO, ...)                                                    \
    do {                                                                      \
        const enum wake_input inputs_[] = { __VA_ARGS__ };                    \
        check_way(WAKE_##FROM, inputs_, ARRAY_SIZE(inputs_), WAKE_##TO);      \
    } while (0)

static void
test_ways(void **state)
{
    WAY(ASLEEP, AWAKE, IN_WAKE, IN_NEEDS_MET, IN_STARTED, IN_ANSWERS,
        IN_RESTORED);
    WAY(FAILED, AWAKE, IN_WAKE, IN_NEEDS_MET, IN_STARTED, IN_ANSWERS,
        IN_RESTORED);
    WAY(ASLEEP, START, IN_WAKE, IN_NEEDS_MET, IN_FAILURE, IN_RETRY,
        IN_NEEDS_MET);
    WAY(ASLEEP, START, IN_WAKE, IN_NEEDS_MET, IN_UNUSABLE, IN_CHANGED,
        IN_NEEDS_MET);
    WAY(ASLEEP, FAILED, IN_WAKE, IN_NEEDS_MET, IN_STARTED, IN_DEADLINE,
        IN_STOPPED);
    WAY(AWAKE, ASLEEP, IN_IDLE, IN_CONFIRMED, IN_DRAINED, IN_STOPPED);
    WAY(AWAKE, ASLEEP, IN_IDLE, IN_CONFIRMED, IN_DRAINED, IN_FAILURE,
        IN_RETRY, IN_DEADLINE);
    /* Turned round: never stopped, so it is only asked. */
    WAY(AWAKE, AWAKE, IN_IDLE, IN_WAKE, IN_STILL_RUNNING, IN_ANSWERS,
        IN_RESTORED);
    WAY(AWAKE, AWAKE, IN_IDLE, IN_CONFIRMED, IN_WAKE, IN_STILL_RUNNING,
        IN_NOT_RUNNING, IN_STARTED, IN_ANSWERS, IN_RESTORED);
    /* Being stopped: that ends first. */
    WAY(AWAKE, START, IN_IDLE, IN_CONFIRMED, IN_DRAINED, IN_WAKE, IN_STOPPED,
        IN_NEEDS_MET);
    WAY(BARRIER, START, IN_WAKE_DIRTY, IN_STOPPED, IN_NEEDS_MET);
    /* What others do to the VIPs. */
    WAY(AWAKE, ASLEEP, IN_EMPTIED);
    WAY(ASLEEP, AWAKE, IN_FILLED, IN_RESTORED);
    WAY(START, AWAKE, IN_FILLED, IN_RESTORED);
}

/* Whatever happens, a wake ends when its deadline comes: nothing of it stays
 * for ever. */
static void
test_each_step_of_a_wake_has_an_end(void **state)
{
    for (enum wake_state s = 0; s < N_WAKE_STATES; s++) {
        if (wake_state_is_wake(s) && s != WAKE_RESTORE) {
            assert_case(wake_fsm_next(s, IN_DEADLINE) == WAKE_GIVE_UP,
                        "%s has no deadline", wake_state_name(s));
        }
    }
    /* The backend answers; only the commit is missing. */
    assert_int_equal(wake_fsm_next(WAKE_RESTORE, IN_DEADLINE), WAKE_RESTORE);
    assert_int_equal(wake_fsm_next(WAKE_GIVE_UP, IN_DEADLINE), WAKE_FAILED);
    assert_int_equal(wake_fsm_next(WAKE_STOP, IN_DEADLINE), WAKE_ASLEEP);
    assert_int_equal(wake_fsm_next(WAKE_STOP_RETRY, IN_DEADLINE),
                     WAKE_ASLEEP);
}

/* Somebody who wants the service is heard in each state that is not already
 * about that. */
static void
test_wake_is_heard(void **state)
{
    for (enum wake_state s = 0; s < N_WAKE_STATES; s++) {
        enum service_state persistent = wake_state_persistent(s);
        bool heard = wake_fsm_next(s, IN_WAKE) != s
                     && wake_fsm_next(s, IN_WAKE_DIRTY) != s;

        assert_case(heard == (!wake_state_is_wake(s)
                              && persistent != SERVICE_AWAKE),
                    "%s: %s", wake_state_name(s), heard ? "heard" : "deaf");
        if (heard) {
            assert_true(wake_state_is_wake(wake_fsm_next(s, IN_WAKE)));
        }
    }
}

/* A state is reached from asleep, and asleep or awake from it. */
static void
reach(enum wake_state from, bool *seen)
{
    seen[from] = true;
    for (enum wake_input in = 0; in < N_WAKE_INPUTS; in++) {
        enum wake_state next = wake_fsm_next(from, in);

        assert_in_range(next, 0, N_WAKE_STATES - 1);
        if (!seen[next]) {
            reach(next, seen);
        }
    }
}

static void
test_no_state_is_a_trap(void **state)
{
    bool from_asleep[N_WAKE_STATES] = { false };

    reach(WAKE_ASLEEP, from_asleep);
    for (enum wake_state s = 0; s < N_WAKE_STATES; s++) {
        bool seen[N_WAKE_STATES] = { false };

        assert_case(from_asleep[s], "%s is never reached",
                    wake_state_name(s));
        reach(s, seen);
        assert_case(seen[WAKE_AWAKE] && seen[WAKE_ASLEEP],
                    "no way out of %s", wake_state_name(s));
    }
}

static void
test_nonsense(void **state)
{
    assert_int_equal(wake_fsm_next(WAKE_AWAKE, IN_NONE), WAKE_AWAKE);
    assert_int_equal(wake_fsm_next(WAKE_AWAKE, (enum wake_input) 1000),
                     WAKE_AWAKE);
    assert_string_equal(wake_state_name(N_WAKE_STATES), "?");
    assert_string_equal(wake_input_name(IN_NONE), "NONE");
    assert_int_equal(wake_state_persistent(N_WAKE_STATES), SERVICE_UNKNOWN);
}

static void
test_backoff(void **state)
{
    static const long long int nominal[] = { 100,  100,  200,  400, 800,
                                             1600, 3200, 5000, 5000 };

    for (unsigned int i = 0; i < ARRAY_SIZE(nominal); i++) {
        long long int low = nominal[i], high = 0;

        for (uint32_t r = 0; r < 5000; r++) {
            long long int ms = wake_backoff_ms(i, r * 7919);

            low = MIN(low, ms);
            high = MAX(high, ms);
        }
        assert_in_range(low, nominal[i] * 3 / 4, nominal[i] * 4 / 5);
        assert_in_range(high, nominal[i] * 6 / 5, nominal[i] * 5 / 4);
    }
    assert_true(wake_backoff_ms(UINT_MAX, UINT32_MAX) <= 6250);
}

static void
test_ready_interval(void **state)
{
    assert_int_equal(wake_ready_interval_ms(0, 1), 5);
    assert_int_equal(wake_ready_interval_ms(48, 1), 6);
    assert_int_equal(wake_ready_interval_ms(800, 1), 100);
    assert_int_equal(wake_ready_interval_ms(60000, 1), 250);
    assert_int_equal(wake_ready_interval_ms(0, 64), 45);
    assert_int_equal(wake_ready_interval_ms(0, 100000), 250);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_each_step_of_a_wake_has_an_end),
        cmocka_unit_test(test_wake_is_heard),
        cmocka_unit_test(test_no_state_is_a_trap),
        cmocka_unit_test(test_nonsense),
        cmocka_unit_test(test_backoff),
        cmocka_unit_test(test_ready_interval),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
