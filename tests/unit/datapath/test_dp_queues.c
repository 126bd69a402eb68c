/* Turns between queues, with pipes for queues. */

#include "unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "dp_queues.h"

#define N 3

struct pipes {
    struct queues queues;
    int write[N];
};

static int
set_up(void **state)
{
    struct pipes *p = xzalloc(sizeof *p);

    assert_int_equal(queues_init(&p->queues), 0);
    for (size_t i = 0; i < N; i++) {
        int fds[2];

        assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
        assert_int_equal(queues_add(&p->queues, fds[0]), 0);
        p->write[i] = fds[1];
    }
    *state = p;
    return 0;
}

static int
tear_down(void **state)
{
    struct pipes *p = *state;

    for (size_t i = 0; i < N; i++) {
        close(p->write[i]);
    }
    queues_uninit(&p->queues);
    free(p);
    return 0;
}

/* 'n' bytes that are the queue's number. */
static void
put(struct pipes *p, char queue, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(write(p->write[(size_t) queue], &queue, 1), 1);
    }
}

/* The queue that the next byte comes from, -1 if there is none. */
static int
take(struct pipes *p)
{
    int fd;

    while ((fd = queues_current(&p->queues)) >= 0) {
        char queue;
        bool was_empty = read(fd, &queue, 1) != 1;

        queues_took(&p->queues, was_empty);
        if (!was_empty) {
            return queue;
        }
    }
    return -1;
}

static void
all_that_is_there_comes(void **state)
{
    struct pipes *p = *state;
    size_t seen[N] = { 0 };
    int queue;

    assert_int_equal(take(p), -1);
    put(p, 0, 100);
    put(p, 1, 1);
    put(p, 2, 20);
    while ((queue = take(p)) >= 0) {
        seen[queue]++;
    }
    assert_int_equal(seen[0], 100);
    assert_int_equal(seen[1], 1);
    assert_int_equal(seen[2], 20);
    put(p, 1, 1);
    assert_int_equal(take(p), 1);
    assert_int_equal(take(p), -1);
}

/* However full one queue is, the other's frame is among the next few, also
 * if it comes while the full one is being read from. */
static void
a_full_one_does_not_keep_the_others_waiting(void **state)
{
    struct pipes *p = *state;

    put(p, 0, 1000);
    for (size_t round = 0; round < 20; round++) {
        size_t before = 0;

        for (size_t i = 0; i < round; i++) {
            assert_int_equal(take(p), 0);
        }
        put(p, 2, 1);
        while (take(p) != 2) {
            before++;
        }
        assert_true(before <= 2 * QUEUES_QUANTUM);
    }
}

static void
too_many_are_refused(void **state)
{
    struct pipes *p = *state;

    for (size_t i = N; i < QUEUES_MAX; i++) {
        assert_int_equal(queues_add(&p->queues, dup(p->queues.fds[0])), 0);
    }
    int fd = dup(p->queues.fds[0]);
    assert_int_equal(queues_add(&p->queues, fd), ENOSPC);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_that_is_there_comes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            a_full_one_does_not_keep_the_others_waiting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_many_are_refused, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
