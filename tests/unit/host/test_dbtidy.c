/* A server that is asked to tidy up, and one that is not there. */

#include "unit.h"

#include <sys/stat.h>

#include "cleanup.h"
#include "dbtidy.h"
#include "private_db.h"

enum { SIZE = 100 * 1000, N = 14 };

struct world {
    struct private_db db;
    char *file; /* Of the database. */
    struct dbtidy *tidy;
};

static void
world_init(struct world *w)
{
    private_db_start(&w->db, "ovn-nb");
    w->file = xasprintf("%s/db", w->db.dir);
    char *control OWNED_STRING = xasprintf("%s/ctl", w->db.dir);
    w->tidy = dbtidy_new(control, w->file);
}

static void
world_uninit(struct world *w)
{
    dbtidy_free(w->tidy);
    private_db_stop(&w->db);
    free(w->file);
}

static off_t
size_of(const char *file)
{
    struct stat s;

    assert_int_equal(stat(file, &s), 0);
    return s.st_size;
}

/* A row of 0.1 MB, again and again: the file grows by each. */
static void
grow(const struct private_db *db, int n)
{
    char *text OWNED_STRING = xzalloc(SIZE + 1);

    memset(text, 'x', SIZE);
    for (int i = 0; i < n; i++) {
        text[0] = 'a' + i;
        char *operations OWNED_STRING = xasprintf(
            "{\"op\":\"delete\",\"table\":\"NB_Global\",\"where\":[]},"
            "{\"op\":\"insert\",\"table\":\"NB_Global\",\"row\":"
            "{\"name\":\"%s\"}}", text);
        char *answer OWNED_STRING = private_db_transact(db, "OVN_Northbound",
                                                        operations);

        assert_case(!strstr(answer, "error"), "%.200s", answer);
    }
}

static void
run_until(struct dbtidy *tidy, unsigned int n_done)
{
    long long deadline_ms = time_msec() + UNIT_PATIENCE_MS;

    for (;;) {
        dbtidy_run(tidy, time_msec());
        if (dbtidy_n_done(tidy) == n_done) {
            return;
        }
        assert_case(time_msec() < deadline_ms, "it never answers");
        dbtidy_wait(tidy);
        poll_timer_wait_until(deadline_ms);
        poll_block();
    }
}

static void
compacts_what_has_grown(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);

    /* Too small to be worth it. */
    dbtidy_rest(w.tidy, time_msec());
    dbtidy_run(w.tidy, time_msec());
    assert_int_equal(dbtidy_n_done(w.tidy), 0);

    grow(&w.db, N);
    off_t before = size_of(w.file);
    dbtidy_rest(w.tidy, time_msec());
    run_until(w.tidy, 1);
    assert_true(size_of(w.file) < before / 2);

    /* Not again, until it has grown. */
    off_t after = size_of(w.file);
    dbtidy_rest(w.tidy, time_msec());
    for (int i = 0; i < 10; i++) {
        dbtidy_run(w.tidy, time_msec());
    }
    assert_int_equal(size_of(w.file), after);
    grow(&w.db, N);
    dbtidy_rest(w.tidy, time_msec());
    run_until(w.tidy, 2);

    world_uninit(&w);
}

/* No server, or one that dies: nothing comes of it, and another is asked. */
static void
a_server_that_is_gone(void **state OVS_UNUSED)
{
    struct world w;

    world_init(&w);
    grow(&w.db, N);
    private_db_kill(&w.db);
    dbtidy_rest(w.tidy, time_msec());
    for (int i = 0; i < 3; i++) {
        dbtidy_run(w.tidy, time_msec());
    }
    assert_int_equal(dbtidy_n_done(w.tidy), 0);

    private_db_revive(&w.db);
    grow(&w.db, N);
    dbtidy_rest(w.tidy, time_msec());
    run_until(w.tidy, 1);
    world_uninit(&w);
}

int
main(int argc OVS_UNUSED, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compacts_what_has_grown),
        cmocka_unit_test(a_server_that_is_gone),
    };

    set_program_name(argv[0]);
    return cmocka_run_group_tests_name("dbtidy", tests, NULL, NULL);
}
