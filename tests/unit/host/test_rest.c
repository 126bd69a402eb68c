#include "unit.h"

#include <malloc.h>

#include "rest.h"

static void
comes_once_after_the_last_change(void **state OVS_UNUSED)
{
    struct rest rest = { .due_ms = 0 };

    assert_false(rest_run(&rest, 1000));
    rest_note_change(&rest, 1000);
    rest_note_change(&rest, 1100);
    assert_false(rest_run(&rest, 1000 + REST_AFTER_MS));
    assert_true(rest_run(&rest, 1100 + REST_AFTER_MS));
    assert_false(rest_run(&rest, 1100 + REST_AFTER_MS));
}

/* Many pieces, of which every other stays, and then none. */
static void
gives_back(void **state OVS_UNUSED)
{
    enum { N = 10000, SIZE = 2000 };
    struct rest rest = { .due_ms = 0 };
    static char *pieces[N];

    for (int i = 0; i < N; i++) {
        pieces[i] = xzalloc(SIZE);
    }
    char *last = xmalloc(SIZE); /* What is before it is no end to cut off. */
    rest_note_change(&rest, 1000);
    assert_true(rest_run(&rest, 9000));
    assert_true(rest.used >= N * SIZE);
    size_t used = rest.used;

    free(pieces[0]);
    rest_note_change(&rest, 10000);
    assert_true(rest_run(&rest, 19000));
    assert_int_equal(rest.used, used); /* Not worth it. */

    for (int i = 1; i < N; i++) {
        free(pieces[i]);
    }
    rest_note_change(&rest, 20000);
    assert_true(rest_run(&rest, 29000));
    assert_true(rest.used < used / 2);
    free(last);
}

int
main(int argc OVS_UNUSED, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_once_after_the_last_change),
        cmocka_unit_test(gives_back),
    };

    set_program_name(argv[0]);
    return cmocka_run_group_tests_name("rest", tests, NULL, NULL);
}
