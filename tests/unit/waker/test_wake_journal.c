#include "unit.h"

#include <sys/stat.h>

#include "wake_journal.h"

static char *path;

static struct uuid
number(uint32_t n)
{
    return (struct uuid) { .parts = { n, 2, 3, 4 } };
}

static struct wake_journal *
open_journal(void)
{
    struct wake_journal *journal = wake_journal_open(path);

    assert_non_null(journal);
    return journal;
}

static int
put(struct wake_journal *journal, uint32_t n)
{
    struct uuid uuid = number(n);

    return wake_journal_put(journal, &uuid);
}

static int
take_over(struct wake_journal *journal, uint32_t n)
{
    struct uuid uuid = number(n);

    return wake_journal_take_over(journal, &uuid);
}

static int
setup(void **state)
{
    path = xasprintf("/tmp/rouse-test-journal-%d", (int) getpid());
    unlink(path);
    return 0;
}

static int
teardown(void **state)
{
    unlink(path);
    free(path);
    return 0;
}

static void
test_entries_outlive_the_process(void **state)
{
    struct wake_journal *journal = open_journal();
    int entry = put(journal, 1);

    assert_true(entry >= 0);
    assert_true(put(journal, 2) >= 0);
    wake_journal_remove(journal, entry);
    /* Its own are not left by another. */
    assert_int_equal(take_over(journal, 2), -1);

    /* As the next process sees it if this one is killed now. */
    struct wake_journal *next = open_journal();
    assert_int_equal(take_over(next, 1), -1);
    entry = take_over(next, 2);
    assert_true(entry >= 0);
    assert_int_equal(take_over(next, 2), -1);
    wake_journal_close(next);

    /* Not removed, so still there. */
    next = open_journal();
    entry = take_over(next, 2);
    assert_true(entry >= 0);
    wake_journal_remove(next, entry);
    wake_journal_close(next);

    next = open_journal();
    assert_int_equal(take_over(next, 2), -1);
    wake_journal_close(next);
    wake_journal_close(journal);
}

static void
test_what_nobody_asks_for_is_forgotten(void **state)
{
    struct wake_journal *journal = open_journal();

    put(journal, 1);
    wake_journal_leave(journal, put(journal, 2));
    assert_true(take_over(journal, 2) >= 0);
    wake_journal_close(journal);

    journal = open_journal();
    wake_journal_forget_left(journal);
    wake_journal_close(journal);

    journal = open_journal();
    assert_int_equal(take_over(journal, 1), -1);
    assert_int_equal(take_over(journal, 2), -1);
    wake_journal_close(journal);
}

static void
test_it_may_be_full(void **state)
{
    struct wake_journal *journal = open_journal();

    for (int i = 0; i < WAKE_JOURNAL_MAX; i++) {
        assert_true(put(journal, i) >= 0);
    }
    assert_int_equal(put(journal, 5000), -1);
    wake_journal_remove(journal, 7);
    assert_int_equal(put(journal, 5000), 7);
    wake_journal_close(journal);

    journal = open_journal();
    assert_int_equal(take_over(journal, 5000), 7);
    for (int i = 0; i < WAKE_JOURNAL_MAX; i++) {
        assert_true(i == 7 || take_over(journal, i) == i);
    }
    wake_journal_close(journal);
}

/* What is no journal is made one, and what cannot be one is left alone. */
static void
test_the_file_may_be_anything(void **state)
{
    FILE *file = fopen(path, "w");

    fputs("something else", file);
    fclose(file);
    struct wake_journal *journal = open_journal();
    wake_journal_forget_left(journal);
    assert_true(put(journal, 1) >= 0);
    wake_journal_close(journal);

    file = fopen(path, "r+");
    for (int i = 0; i < WAKE_JOURNAL_MAX * 32; i++) {
        fputc(i * 7 + 1, file);
    }
    fclose(file);
    journal = open_journal();
    assert_int_equal(take_over(journal, 1), -1);
    for (int i = 0; i < WAKE_JOURNAL_MAX; i++) {
        assert_true(put(journal, i) >= 0);
    }
    wake_journal_close(journal);

    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_null(wake_journal_open(path));
    assert_int_equal(rmdir(path), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_entries_outlive_the_process,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_nobody_asks_for_is_forgotten,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_it_may_be_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_file_may_be_anything, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
